from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.parse.links import links_in, quotation
from tests.examples import examples

ISSUE = (Path(__file__).parent / "data" / "issue.html").read_text()


def test_gives_what_an_issue_speaks_of():
    """The works are there, each once and in order; the newsletter itself, sponsors, pictures and buttons are not."""
    found = links_in(ISSUE, "https://news.example/p/42")

    assert [link.url for link in found] == [
        "https://arxiv.org/abs/2608.00001v2",
        "https://github.com/example/thing",
        "https://www.example.org/blog/thing",
    ]


def test_keeps_the_words_around():
    """A link comes with the words of its anchor and the paragraph it stands in."""
    paper, code, _ = links_in(ISSUE, "https://news.example/p/42")

    assert paper.text == "A Thing That Works (arXiv)"
    assert code.quote == (
        "Researchers with Example Lab have built a thing, described in A Thing That Works (arXiv); the code is on GitHub. It beats the others."
    )


def test_takes_no_more_than_200():
    """A page of a thousand links gives the first 200."""
    html = "".join(f'<p><a href="https://x.example/{n}">n</a></p>' for n in range(1000))

    assert len(links_in(html, "https://news.example/")) == 200


@pytest.mark.parametrize("words", ["start", "middle", "end"])
def test_quotations_are_short_and_hold_the_words(words):
    """A quotation is at most 280 characters long, holds the anchor, and begins and ends with whole words."""
    text = " ".join(["start", *["filler"] * 60, "middle", *["filler"] * 60, "end"])
    quote = quotation(text, words)

    assert len(quote) <= 280
    assert words in quote
    assert set(quote.split()) <= {"start", "filler", "middle", "end", "…"}


def test_a_text_without_spaces_is_cut_all_the_same():
    """Where there is no word to end at, the length still holds."""
    assert len(quotation("x" * 1000, "x")) <= 280


def test_quotations_begin_with_a_sentence():
    """What is quoted begins with the sentence that holds the words, unless that is too long to reach them."""
    before = "The week was long and warm. " * 9
    told = f"{before}What's new: Ada Byron, Mary Shelley and colleagues introduced Foo, which skips keys. {'And more. ' * 30}"
    endless = "word " * 90 + "Foo " + "word " * 90

    assert quotation(told, "Foo").startswith("What's new: Ada Byron, Mary Shelley and colleagues introduced Foo, which")
    assert quotation(f"Foo skips keys. {before}", "Foo").startswith("Foo skips keys.")
    assert quotation(endless, "Foo").startswith("… word")
    assert all(len(quotation(text, "Foo")) <= 280 for text in (told, endless))


def test_a_heading_that_names_a_sponsor_covers_what_follows():
    """All that stands under it is paid for, up to the next heading or rule; the same words within a text are the author's."""
    html = (
        "<h2>A message from ACME</h2><p>Buy <a href='https://a.example/'>this</a>.</p><hr><p><a href='https://b.example/'>b</a></p>"
        "<h3>Today's sponsor</h3><a href='https://c.example/'>c</a><h3>News</h3><p>They sell an advertisement-free model, in partnership with"
        " others, and a page presented by them, <a href='https://d.example/'>d</a></p>"
    )

    assert [link.url for link in links_in(html, "https://news.example/")] == [
        "https://b.example/",
        "https://d.example/",
    ]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://www.google.com/url?q=https://x.example/a%3Fb&sa=D", "https://x.example/a?b"),
        ("https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fx.example%2F&data=1", "https://x.example/"),
        ("https://www.google.com/url?q=javascript:x", "https://www.google.com/url?q=javascript:x"),
        ("https://old.example/page", "https://new.example/p/page"),
    ],
)
def test_follows_detours_on_paper(href, url):
    """An address that names another one is given as that, and as the rules say, without anybody being asked."""
    (link,) = links_in(
        f'<a href="{href}">x</a>', "https://news.example/", [("https://old.example/", "https://new.example/p/")]
    )

    assert link.url == url


def test_gives_each_work_once():
    """Two addresses of one work are one mention."""
    html = '<p><a href="https://arxiv.org/abs/2608.00001v1">a</a> <a href="https://arxiv.org/pdf/2608.00001">b</a> <a href="https://x.example/?utm_source=n">c</a> <a href="https://x.example/">d</a></p>'

    assert [link.text for link in links_in(html, "https://news.example/")] == ["a", "c"]


@settings(max_examples=examples(200), deadline=None)
@given(st.text(alphabet=st.sampled_from("<>/ap href=\"'hts:.x#&;\u202e\x00%@[]"), max_size=300) | st.text(max_size=300))
def test_survives_every_text(html):
    """Whatever the text, its links are few, short and of the web."""
    found = links_in(f'<p>{html}<a href="{html}">{html}</a>', "https://news.example/")

    assert len(found) <= 200
    assert all(link.url.startswith(("http://", "https://")) and len(link.url) <= 2000 for link in found)
    assert all(len(link.quote) <= 280 and len(link.text) <= 280 for link in found)


@pytest.mark.parametrize(
    "html",
    ["<a href=x>" * 15_000, "<p>" * 19_000 + "<a href=x>", "<div>" * 300_000, "<a href='" + "x" * 1_000_000 + "'>"],
)
def test_takes_no_time_for_nonsense(html):
    """A page of tags within tags is given up, or read in a moment."""
    began = time.process_time()
    links_in(html, "https://news.example/")

    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    "words",
    [
        "Supported by ACME",
        "This issue is supported by ACME",
        "Our partner ACME sells things",
        "From our partners: ACME",
        "Get 20% off the course",
        "In partnership with ACME",
        "Presented by ACME",
        "This week is presented by ACME",
    ],
)
def test_leaves_sponsors_out(words):
    """What was paid for says so at its beginning, or lowers a price."""
    assert links_in(f'<p>{words} <a href="https://a.example/">here</a></p>', "https://news.example/") == ()


@pytest.mark.parametrize("words", ["A claim supported by data", "40% off-policy samples", "It is 3% off the optimum"])
def test_takes_no_author_for_a_sponsor(words):
    """The same words are said of science, too."""
    assert len(links_in(f'<p>{words} <a href="https://a.example/">here</a></p>', "https://news.example/")) == 1


@pytest.mark.parametrize(
    ("address", "is_work"),
    [
        ("https://x.com/someone", False),
        ("https://twitter.com/someone?s=20", False),
        ("https://x.com/someone/status/1", True),
        ("https://www.linkedin.com/in/some-one-1/", False),
        ("https://linkedin.com/company/acme", False),
        ("https://www.facebook.com/some.one", False),
        ("https://instagram.com/some.one/", False),
        ("https://www.youtube.com/@someone", False),
        ("https://www.youtube.com/watch?v=1", True),
        ("https://github.com/owner", False),
        ("https://github.com/owner/thing", True),
    ],
)
def test_a_profile_is_no_work(address, is_work):
    """Who is named in passing is not what an issue speaks of."""
    assert bool(links_in(f'<p><a href="{address}">x</a></p>', "https://news.example/")) == is_work


@pytest.mark.parametrize(
    ("href", "url"),
    [
        (
            "https://click.example/t?to=https%3A%2F%2Farxiv.org%2Fabs%2F2608.00001&n=1",
            "https://arxiv.org/abs/2608.00001",
        ),
        ("https://click.example/t?x=https%3A%2F%2Fgithub.com%2Fa%2Fb", "https://github.com/a/b"),
        ("https://substack.com/redirect/2/x?u=https%3A%2F%2Fblog.example%2F1", "https://blog.example/1"),
        (
            "https://view.example/?ref=https%3A%2F%2Fblog.example%2F1",
            "https://view.example/?ref=https%3A%2F%2Fblog.example%2F1",
        ),
    ],
)
def test_unwraps_a_counted_link(href, url):
    """A counting address that names a work in its query is given as the work; another page named there may be the referrer."""
    (link,) = links_in(f'<p><a href="{href}">x</a></p>', "https://news.example/")

    assert link.url == url


def test_a_written_address_is_a_link():
    """A paper's address in plain words counts, once, with the words around it."""
    html = "<p>See arxiv.org/abs/2608.00007v2.</p><p>And <a href='https://arxiv.org/abs/2608.00008'>arxiv.org/abs/2608.00008</a></p>"
    linked, written = links_in(html, "https://news.example/")

    assert (linked.url, written.url) == ("https://arxiv.org/abs/2608.00008", "https://arxiv.org/abs/2608.00007")
    assert "See arxiv.org/abs/2608.00007v2." in written.quote
