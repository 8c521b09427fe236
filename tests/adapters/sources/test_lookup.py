"""What a proposed work is, looked up over the wire: at its registry, else on its page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.sources.http.ssrf import SsrfGuard
from adapters.sources.lookup import Lookup, Registries
from adapters.sources.parse.page import read_page
from bot.errors import SourceError
from bot.model import ItemKind
from tests.local_server import Canned

ARXIV = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"><entry>
<id>http://arxiv.org/abs/1706.03762v7</id><title>Attention Is
 All You Need</title><summary>We propose the Transformer.</summary><published>2017-06-12T17:57:34Z</published>
<author><name>Ashish Vaswani</name></author></entry></feed>"""
CROSSREF = {
    "message": {
        "type": "proceedings-article",
        "title": ["Scaling <i>Laws</i>"],
        "author": [{"given": "Ada", "family": "Lovelace"}, {"name": "The Team"}],
        "abstract": "<jats:p>Bigger is better.</jats:p>",
        "published": {"date-parts": [[2026, 8]]},
        "URL": "https://doi.org/10.1145/1",
    }
}
NOTES = {
    "notes": [
        {
            "id": "AbC123",
            "forum": "AbC123",
            "pdate": 1_760_000_000_000,
            "content": {"title": {"value": "Open Reviews"}, "authors": {"value": ["B. Ben"]}},
        }
    ]
}


def page(head: str, status: int = 200, **headers: str) -> Canned:
    return Canned(f"<!doctype html><html><head>{head}</head><body>x</body></html>".encode(), status, headers)


@pytest.fixture
def lookup(make_fetcher, parser, server) -> Lookup:
    # The name is asked of nobody; the guard lets loopback pass as an operator's own setting does.
    fetcher = make_fetcher(SsrfGuard(allow_private=True))
    registries = Registries(
        arxiv=f"{server.url}/arxiv",
        crossref=f"{server.url}/works/",
        openreview=f"{server.url}/notes",
        collections=f"{server.url}/collections/",
    )
    return _Trusting(fetcher, parser, registries)


class _Trusting(Lookup):
    """Stands on loopback, where nothing but an operator's address may lead."""

    async def _get(self, name, url, **more):
        return await super()._get(name, url, trusted=True, **more)


async def test_a_paper_of_arxiv(lookup, server):
    """A paper is asked of arXiv's API, by its number."""
    server.on("/arxiv", Canned(ARXIV, headers={"Content-Type": "application/atom+xml"}))

    found = await lookup.find("https://arxiv.org/pdf/1706.03762v5")

    assert (found.title, found.authors, found.kind) == (
        "Attention Is All You Need",
        ("Ashish Vaswani",),
        ItemKind.PAPER,
    )
    assert found.abstract == "We propose the Transformer."
    assert found.published == datetime(2017, 6, 12, 17, 57, 34, tzinfo=UTC)
    assert "id_list=1706.03762" in server.asked[-1].path


async def test_a_doi(lookup, server):
    """A DOI is asked of Crossref; markup in its title and abstract is none of the words."""
    server.on("/works/10.1145%2F1", Canned(json.dumps(CROSSREF).encode()))

    found = await lookup.find("https://dl.acm.org/doi/10.1145/1")

    assert (found.title, found.authors) == ("Scaling Laws", ("Ada Lovelace", "The Team"))
    assert (found.abstract, found.published) == ("Bigger is better.", datetime(2026, 8, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("said", "title", "kind"),
    [
        ("proceedings-article", "Tea", ItemKind.PAPER),
        ("proceedings", "Tea '26", ItemKind.POST),
        ("journal-issue", "Tea 3", ItemKind.POST),
        ("book-chapter", "Front Matter", ItemKind.POST),
        ("component", "Tea", None),
    ],
)
async def test_what_a_doi_names(lookup, server, said, title, kind):
    """What papers stand in is no paper, by what Crossref says or by its title."""
    document = {"message": {**CROSSREF["message"], "type": said, "title": [title]}}
    server.on("/works/10.1145%2F1", Canned(json.dumps(document).encode()))

    assert kind is (await lookup.find("https://doi.org/10.1145/1")).kind


async def test_a_forum_of_openreview(lookup, server):
    """A forum is asked of OpenReview."""
    server.on("/notes", Canned(json.dumps(NOTES).encode()))

    found = await lookup.find("https://openreview.net/forum?id=AbC123")

    assert (found.title, found.authors) == ("Open Reviews", ("B. Ben",))


async def test_a_page(lookup, server):
    """Any other page is read; what it calls itself for scholars goes before its title for browsers."""
    head = (
        '<title>Our Blog - A Finding</title><meta property="og:title" content="A Finding &amp; More">'
        '<meta property="og:description" content="What we found."><meta property="og:site_name" content="Our Blog">'
    )
    found = await lookup.find(server.on("/post", page(head)))

    assert (found.title, found.abstract, found.kind) == ("A Finding & More", "What we found.", None)


async def test_a_link_that_leads_on(lookup, server):
    """A short link that ends at a page of a paper with a number is that paper."""
    server.on("/arxiv", Canned(ARXIV))
    head = "<title>Attention</title>"
    address = server.on("/short", page(head))

    class Ended(_Trusting):
        async def _page(self, url):
            found = await super()._page(url)
            return type(found)(url="https://arxiv.org/abs/1706.03762", title=found.title)

    found = await Ended(lookup._fetcher, lookup._parser, lookup._registries).find(address)

    assert found.title == "Attention Is All You Need"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Canned(b"%PDF-1.7 <x>"), "no web page"),
        (page("<title> </title>"), "without a title"),
        (page("<title>Sign in</title><input type=password name=p>"), "sign in"),
        (page("<title>Just a moment...</title>"), "Cloudflare"),
        (Canned(b"", 404), "404"),
    ],
)
async def test_what_tells_no_title(lookup, server, answer, why):
    """What is no page, has no title, wants a password or keeps programs out gives no title, and says why."""
    with pytest.raises(SourceError, match=why):
        await lookup.find(server.on("/page", answer))


async def test_a_registry_that_is_down(lookup, server):
    """What its registry does not say, its own page may."""
    server.on("/arxiv", Canned(b"", 500))

    class Page(_Trusting):
        async def _page(self, url):
            return await super()._page(server.on("/abs", page('<meta name="citation_title" content="Attention">')))

    found = await Page(lookup._fetcher, lookup._parser, lookup._registries).find("https://arxiv.org/abs/1706.03762")

    assert found.title == "Attention"


async def test_a_registry_with_a_line_before_it(lookup, server, monkeypatch):
    """Who would wait too long for arXiv's turn, since a collect asks it too, is told what the page says."""
    monkeypatch.setattr("adapters.sources.lookup._REGISTRY_SECONDS", 0.1)
    server.on("/arxiv", Canned(ARXIV))

    class Page(_Trusting):
        async def _page(self, url):
            return await super()._page(server.on("/abs", page('<meta name="citation_title" content="By its page">')))

    in_front = lookup._fetcher._lanes.named("arxiv", 3.0)
    async with in_front.turn():
        found = await Page(lookup._fetcher, lookup._parser, lookup._registries).find("https://arxiv.org/abs/1706.03762")

    assert found.title == "By its page"


async def test_stays_outside_the_house(make_fetcher, parser, server):
    """What a member proposes may not lead to a private address; nothing is asked there."""
    lookup = Lookup(make_fetcher(SsrfGuard(allow_private=True, ports=frozenset({server.port}))), parser)

    with pytest.raises(SourceError, match="private network"):
        await lookup.find(server.on("/admin", page("<title>Router</title>")))

    assert server.asked == []


@pytest.mark.parametrize(
    ("title", "url", "site", "told"),
    [
        ("A &amp; B | Example Lab", "https://lab.example/1", "Example Lab", "A & B"),
        ("Example Lab: News - Word | Example Lab", "https://lab.example/1", "Example Lab", "Example Lab: News - Word"),
        ("A paper | OpenReview", "https://openreview.net/x", "", "A paper"),
        ("GitHub - a/b: A tool", "https://github.com/a/b", "GitHub", "a/b: A tool"),
        ("Retrieval - a survey", "https://lab.example/1", "", "Retrieval - a survey"),
        ("<think> or not?", "https://lab.example/1", "", "<think> or not?"),
    ],
)
def test_titles_without_their_site(title, url, site, told):
    """A site's own name beside every title goes; what the work is called stays."""
    content = title.replace('"', "&quot;").replace("<", "&lt;")
    body = f'<title>{content}</title><meta property="og:site_name" content="{site}">'

    assert read_page(body.encode(), url).title == told


def test_other_alphabets():
    """A page is read in the encoding that it, or its answer, names."""
    assert (
        read_page(
            "<title>Żółw</title>".encode("iso-8859-2"), "https://x.example", "text/html; charset=ISO-8859-2"
        ).title
        == "Żółw"
    )
    assert (
        read_page('<meta charset="windows-1251"><title>Слово</title>'.encode("cp1251"), "https://x.example").title
        == "Слово"
    )
    assert read_page("<title>Ünï</title>".encode(), "https://x.example", "text/html; charset=none-such").title == "Ünï"


async def test_a_collection(lookup, server):
    """A collection of Hugging Face is asked for the papers in it; any other address lists nothing, and nobody is asked."""
    items = [
        {"type": "paper", "id": "2309.12307", "title": "LongLoRA"},
        {"type": "model", "id": "o/n"},
        {"type": "paper", "id": "../../x", "title": "No number"},
        {"type": "paper", "id": "2401.00001"},
    ]
    server.on(
        "/collections/o/to-read-64f9", Canned(json.dumps({"slug": "x", "title": "To read", "items": items}).encode())
    )

    found = await lookup.listed("https://huggingface.co/collections/o/to-read-64f9?p=1")

    assert [("https://arxiv.org/abs/2309.12307", "LongLoRA"), ("https://arxiv.org/abs/2401.00001", "")] == [
        (one.url, one.title) for one in found
    ]
    asked = len(server.asked)
    assert lookup.is_list("https://huggingface.co/collections/o/to-read-64f9?p=1")
    assert not lookup.is_list("https://huggingface.co/o/n")
    assert not lookup.is_list("https://evil.example/huggingface.co/collections/o/n")
    assert () == await lookup.listed("https://huggingface.co/o/n")
    assert () == await lookup.listed("https://evil.example/huggingface.co/collections/o/n")
    assert asked == len(server.asked)


async def test_a_collection_that_is_none(lookup, server):
    """What answers with something else is a failure in the name of the address."""
    server.on("/collections/o/n", Canned(b"[]"))

    with pytest.raises(SourceError, match="huggingface"):
        await lookup.listed("https://huggingface.co/collections/o/n")


async def test_many_of_arxiv(lookup, server):
    """Papers of arXiv are asked for in one request, each told by the address that was asked for; what it does not know is said to be unknown."""
    server.on("/arxiv", Canned(ARXIV, headers={"Content-Type": "application/atom+xml"}))
    urls = ["https://arxiv.org/abs/1706.03762", "https://arxiv.org/abs/9912.12345", "https://w.example/c"]

    found = await lookup.find_together(urls)

    assert ("Attention Is All You Need", None) == (found[urls[0]].title, found[urls[1]])
    assert urls[2] not in found
    assert "id_list=1706.03762%2C9912.12345" in server.asked[-1].path
    assert {} == await lookup.find_together(urls[2:])


async def test_arxiv_that_is_away(lookup, server):
    """Where arXiv does not answer for many, each is left to be asked for by itself."""
    server.on("/arxiv", Canned(b"<feed/>", status=500))

    assert {} == await lookup.find_together(["https://arxiv.org/abs/1706.03762"])
