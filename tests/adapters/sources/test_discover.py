from __future__ import annotations

import pytest

from adapters.sources.discover import Finder, feeds_in, guesses, is_single_page, shown
from adapters.sources.http.ssrf import SsrfGuard
from bot.errors import SourceError
from tests.local_server import Canned

FEED = b'<rss version="2.0"><channel><title>A blog</title><item><title>one</title><link>https://x.example/1</link></item></channel></rss>'


def page(*links: str) -> Canned:
    return Canned(f"<!doctype html><html><head><title>t</title>{''.join(links)}</head><body>hi</body></html>".encode())


@pytest.fixture
def finder(fetcher, parser) -> Finder:
    return Finder(fetcher, parser)


async def test_takes_a_feed_for_what_it_is(finder, server):
    """The address of a feed is the feed."""
    found = await finder.find(server.on("/rss", Canned(FEED)), trusted=True)

    assert (found.url, found.title, found.entries) == (server.url + "/rss", "A blog", 1)


async def test_follows_what_the_page_names(finder, server):
    """A page's own feed is found by the link in its head, comments' feeds after it, and what is broken is passed over."""
    server.on("/blog/atom", Canned(FEED))
    server.on("/broken", Canned(b"<!doctype html>no"))
    links = (
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">',
        '<link rel="alternate" type="application/rss+xml" href="/broken">',
        '<link rel="Alternate home" type="application/atom+xml" href="atom">',
    )
    found = await finder.find(server.on("/blog/", page(*links)), trusted=True)

    assert found.url == server.url + "/blog/atom"


async def test_looks_where_feeds_usually_are(finder, server):
    """A page that names none may have one all the same."""
    server.on("/feed.xml", Canned(FEED))

    assert (await finder.find(server.on("/about", page()), trusted=True)).url == server.url + "/feed.xml"


async def test_says_that_there_is_none(finder, server):
    """Without any feed it says so, in the name of the address, and repeats no secret of it."""
    with pytest.raises(SourceError) as caught:
        await finder.find(server.on("/about", page()) + "?token=s3cret", trusted=True)

    assert caught.value.source_id == f"127.0.0.1:{server.port}/about"
    assert "names no feed" in caught.value.reason


async def test_stays_outside_the_house(make_fetcher, parser, server):
    """What a stranger gives may not lead to a private address, not even by way of a public page."""
    finder = Finder(make_fetcher(SsrfGuard(allow_private=True, ports=frozenset({server.port}))), parser)
    with pytest.raises(SourceError, match="private network"):
        await finder.find(server.on("/feed", Canned(FEED)), trusted=False)

    assert server.asked == []


def test_resolves_addresses():
    """Addresses count from `<base>`; what is no web address or no feed is left out."""
    body = (
        b'<base href="https://cdn.example/x/"><link rel=alternate type="application/feed+json" href="f.json"><link rel=alternate type=text/html href=/de>'
        b'<link rel=alternate type="application/rss+xml" href="javascript:x"><link rel=stylesheet type="application/rss+xml" href=/s>'
    )

    assert feeds_in(body, "https://x.example/") == ("https://cdn.example/x/f.json",)


def test_guesses_below_the_page_first():
    """First below the page, then at the root, each place once."""
    assert guesses("https://x.example/a/b.html")[0] == "https://x.example/a/feed"
    assert guesses("https://x.example/") == tuple(dict.fromkeys(guesses("https://x.example/")))


@pytest.mark.parametrize(
    ("url", "told"),
    [("https://u:p@x.example/a?k=v#f", "x.example/a"), ("http://x.example", "x.example"), ("?k=v", "the address")],
)
def test_shows_no_secrets(url, told):
    """User, password and query are not repeated."""
    assert shown(url) == told


HEADS = {
    "xml": '<LINK REL="Alternate" TYPE="application/xml" HREF="/f">',
    "text/xml": '<link rel="alternate" type="text/xml; charset=utf-8" href="/f">',
    "rel feed": '<link rel="feed" href="/f">',
    "rel feed among others": '<link rel="home feed" type="application/atom+xml" href="/f">',
    "json": '<link rel="alternate" type="application/json" href="/f">',
    "a link": '<a href="/f">RSS</a>',
    "a link with a picture": '<a href="/f" title="Subscribe by RSS"><img src="/i.png"></a>',
    "a link that looks like one": '<a href="/blog/index.xml">Updates</a>',
    "an address of WordPress": '<a href="/?feed=rss2">more</a>',
}


@pytest.mark.parametrize("name", HEADS)
def test_ways_of_naming_a_feed(name):
    """A page names its feed in its head, by whatever type or relation, or by a plain link."""
    found = feeds_in(f"<html><body>{HEADS[name]}".encode(), "https://x.example/")

    assert found in {("https://x.example/f",), ("https://x.example/blog/index.xml",), ("https://x.example/?feed=rss2",)}


def test_the_better_named_come_first():
    """What says that it is a feed is tried before what may be one."""
    body = (
        '<a href="/d">RSS</a><link rel="alternate" type="application/xml" href="/c"><link rel="feed" href="/b">'
        '<link rel="alternate" type="application/rss+xml" href="/a">'
    )

    assert [each[-1] for each in feeds_in(body.encode(), "https://x.example/")] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/rss+xml" title="Blog » Comments Feed" href="/comments/feed/">',
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/c">',
        '<link rel="alternate" type="application/atom+xml" href="/feeds/comments/default">',
        '<link rel="alternate" type="application/rss+xml" title="Blog » A post Comments Feed" href="/a-post/feed/">',
        '<link rel="alternate" type="application/rss+xml" title="Kommentar-Feed" href="/x">',
        '<link rel="alternate" type="application/rss+xml" title="Blog &raquo; Flux des commentaires" href="/x">',
        '<a href="/comments.rss">RSS of comments</a>',
        '<link rel="alternate" type="application/json" href="https://x.example/wp-json/wp/v2/posts/1">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed?url=x">',
        '<link rel="alternate" type="text/xml" href="/oembed?format=xml">',
        '<link rel="alternate" type="text/html" hreflang="de" href="/de">',
        '<link rel="search" type="application/opensearchdescription+xml" href="/osd.xml">',
        '<a href="/about">We feed the hungry and write about it in a sentence that is rather long, as sentences are.</a>',
    ],
)
def test_what_is_no_feed_of_posts(link):
    """A feed of comments is never chosen, nor is what only has a type that feeds have, too."""
    assert feeds_in(f"<html><head>{link}".encode(), "https://x.example/") == ()


async def test_never_the_comments(finder, server):
    """A page that names nothing but the comments' feed has none; one whose feed calls itself so is passed over."""
    comments = FEED.replace(b"A blog", b"Comments on: A post")
    server.on("/feed", Canned(comments))
    url = server.on("/post", page('<link rel="alternate" type="application/rss+xml" title="Comments" href="/rss2">'))
    server.on("/rss2", Canned(FEED))
    with pytest.raises(SourceError, match="names no feed"):
        await finder.find(url, trusted=True)

    assert (await finder.find(server.url + "/feed", trusted=True)).title == "Comments on: A post"


async def test_a_page_behind_a_wall(finder, server):
    """A page that keeps programs out is told as such, and so is one to sign in."""
    wall = Canned(b"<!doctype html><html><head><title>Just a moment...</title></head></html>")
    login = page("<form><input type=password></form>")

    for answer, said in ((wall, "keeps programs out"), (login, "a page to sign in")):
        with pytest.raises(SourceError, match=said):
            await finder.find(server.on("/blog", answer), trusted=True)


async def test_a_page_that_sends_on(finder, server):
    """A page that sends its readers on leads to the feed there."""
    server.on("/there", page('<link rel="alternate" type="application/rss+xml" href="/rss">'))
    server.on("/rss", Canned(FEED))
    here = Canned(b'<html><head><meta http-equiv="refresh" content="0; url=/there"></head></html>')

    assert (await finder.find(server.on("/here", here), trusted=True)).url == server.url + "/rss"


async def test_a_source_that_needs_no_look(finder, server):
    """What an address tells by itself is not asked."""
    found = await finder.find("https://arxiv.org/list/cs.LG/recent", trusted=True)

    assert (found.kind, found.title, found.entries, dict(found.options)) == (
        "arxiv",
        "arXiv cs.LG",
        None,
        {"categories": ["cs.LG"]},
    )
    with pytest.raises(SourceError, match="one paper and no source"):
        await finder.find("https://arxiv.org/abs/1706.03762", trusted=True)
    assert server.asked == []


async def test_a_channel_of_youtube(finder):
    """A page of YouTube names its channel where it names no feed."""
    page = b'<!doctype html><html><script>{"externalId":"UCbfYPyITQ-7l4upoX8nvctg"}</script></html>'
    feed = "https://www.youtube.com/feeds/videos.xml?channel_id=UCbfYPyITQ-7l4upoX8nvctg"

    assert feeds_in(page, "https://www.youtube.com/@somebody") == (feed,)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<link" * 100_000, b"<head>" + b"<div>" * 50_000])
def test_any_page_is_read(body):
    """Whatever the page, there is an answer in a moment."""
    assert feeds_in(body, "https://x.example/") == ()


@pytest.mark.parametrize(("kind", "told"), [("article", True), ("website", False)])
async def test_a_single_article_is_said_to_be_one(finder, server, kind, told):
    """Where an article leads to the feed of its whole site, what is followed instead is said."""
    server.on("/feed", Canned(FEED))
    head = f'<meta property="og:type" content="{kind}"><link rel="alternate" type="application/rss+xml" href="/feed">'
    found = await finder.find(server.on("/blog/a-post", page(head)), trusted=True)

    assert bool(found.instead) is told


def test_a_front_page_is_no_article():
    """Some sites say of all their pages that they are articles."""
    assert not is_single_page(b"<meta content='article' property='og:type'>", "https://lab.example/")
    assert is_single_page(b"<meta content='article' property='og:type'>", "https://lab.example/a")


@pytest.mark.parametrize("link", ['<a href="/pl">Subscribe</a>', '<a href="/pl"><img alt=""></a><a href="/pl" aria-label="Follow this blog"></a>'])  # fmt: skip
async def test_a_link_to_subscribe(finder, server, link):
    """Where the head names only feeds of comments, a link to subscribe is tried, and taken if a feed stands there."""
    server.on("/pl", Canned(FEED))
    server.on("/form", Canned(b"<!doctype html><form></form>"))
    comments = '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
    body = f'{comments}</head><body><a href="/form">Subscribe by e-mail</a><a href="#s">Subscribe</a>{link}'
    found = await finder.find(server.on("/blog", page(body)), trusted=True)

    assert found.url == server.url + "/pl"


def test_links_to_subscribe_come_last():
    """What says that it is a feed goes before what may be a form; comments are none of it, and three are enough."""
    links = "".join(f'<a href="/s{n}">Subscribe</a>' for n in range(5))
    body = f'<a href="/c">Subscribe to comments</a>{links}<a href="/x">RSS</a>'.encode()

    assert feeds_in(body, "https://x.example/") == tuple(
        f"https://x.example/{path}" for path in ("x", "s0", "s1", "s2")
    )
