from __future__ import annotations

import pytest

from adapters.sources.discover import Finder, feeds_in, guesses, shown
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


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<link" * 100_000, b"<head>" + b"<div>" * 50_000])
def test_any_page_is_read(body):
    """Whatever the page, there is an answer in a moment."""
    assert feeds_in(body, "https://x.example/") == ()
