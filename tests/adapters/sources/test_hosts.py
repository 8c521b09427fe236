"""Hosts as people report them, where the server that plays them is beside the checkout: each case gives its right value."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from adapters.sources.discover import Finder
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.kinds.feed import FeedSource
from adapters.sources.opml import read_opml
from bot.errors import SourceError
from bot.model import FetchResult, Section, SourceSpec
from tests.adapters.sources.conftest import NOW, QUICK
from tests.fake_sources import ReadHere

pytestmark = pytest.mark.process

SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
READ = ["br", "zstd", "gz-twice", "gz-no-header", "gz-lie", "ce-utf8", "cookie", "cookie-same", "meta-refresh", "accept-picky", "ct-html", "ct-attach"]  # fmt: skip
KEEP_OUT = ["cf403", "cf200", "anubis", "202", "sucuri307", "520"]
NAMED = {"login": "sign in", "loop": "circle", "loop301": "circle", "300": "several addresses", "204": "nothing to show", "404html": "no such page",
         "304-unasked": "not asked"}  # fmt: skip
PAGES = ["/blog", "/onlylink", "/xhtmlfeed", "/hreffeed"]


class Hosts:
    """The server's address, and the ways to ask it."""

    def __init__(self, url: str, only_http2: str) -> None:
        self.url = url
        self.only_http2 = only_http2

    def phase(self, number: int) -> None:
        urlopen(Request(f"{self.url}/_phase/{number}", method="POST")).close()


_READY = re.compile(r"READY (http://127\.0\.0\.1:\d+)")
_HTTP2 = re.compile(r"HTTP/2 only: (http://127\.0\.0\.1:\d+/)")


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    served = next(
        (
            each / "shared/hosts/serve.py"
            for each in Path(__file__).resolve().parents
            if (each / "shared/hosts/serve.py").is_file()
        ),
        None,
    )
    if served is None:
        pytest.skip("the hosts are not beside the checkout")
    with subprocess.Popen([sys.executable, str(served), "0"], stdout=subprocess.PIPE, text=True) as running:
        try:
            said = ""
            # Two of its threads print at once, now and then on one line.
            while not (ready := _READY.search(said)) or not (only_http2 := _HTTP2.search(said)):
                line = running.stdout.readline() if running.stdout else ""
                assert line, "the hosts ended before they were ready"
                said += line
            yield Hosts(ready[1], only_http2[1])
        finally:
            running.kill()


@pytest.fixture
def fetcher(make_fetcher) -> Fetcher:
    """A fetcher that waits as long as a busy machine takes."""
    return make_fetcher(limits=replace(QUICK, deadline=20))


async def fetched(fetcher: Fetcher, url: str, state: dict | None = None) -> FetchResult:
    spec = SourceSpec(id="it", kind="feed", name="It", url=url, section=Section.LABS)
    return await FeedSource(spec, fetcher, ReadHere(), lambda: NOW).fetch(SINCE, state or {})


async def test_what_is_read(hosts, fetcher):
    """Whatever the packing, the cookie or the detour, the feed is read."""
    results = await asyncio.gather(*(fetched(fetcher, f"{hosts.url}/c/{name}") for name in READ))

    assert [(name, bool(result.entries), result.partial) for name, result in zip(READ, results, strict=True)] == [
        (name, True, False) for name in READ
    ]


@pytest.mark.parametrize("name", KEEP_OUT)
async def test_what_keeps_programs_out(hosts, fetcher, name):
    """Such a host is failing, with what an operator can do."""
    with pytest.raises(SourceError, match=r"programs out.*ask its publisher"):
        await fetched(fetcher, f"{hosts.url}/c/{name}")


@pytest.mark.parametrize("name", NAMED)
async def test_what_is_named(hosts, fetcher, name):
    """Other failures are in words, too."""
    with pytest.raises(SourceError, match=NAMED[name]):
        await fetched(fetcher, f"{hosts.url}/c/{name}")


async def test_http2_only(hosts, fetcher):
    """A host that speaks HTTP/2 only is told as such."""
    with pytest.raises(SourceError, match="HTTP/2 only"):
        await fetched(fetcher, hosts.only_http2)


@pytest.mark.parametrize("name", ["short", "chunk-cut", "truncated"])
async def test_what_breaks_off(hosts, fetcher, name):
    """What is whole is kept, and it is said that it was read in part."""
    result = await fetched(fetcher, f"{hosts.url}/c/{name}")

    assert result.entries
    assert result.partial


async def test_the_second_week(hosts, fetcher):
    """A window that rolled over is told; what a stuck ETag hides comes with a full read."""
    before = {name: (await fetched(fetcher, f"{hosts.url}/c/{name}")).state for name in ("rollover", "etag-stuck")}
    hosts.phase(2)
    try:
        rolled = await fetched(fetcher, f"{hosts.url}/c/rollover", before["rollover"])
        hidden = await fetched(fetcher, f"{hosts.url}/c/etag-stuck", before["etag-stuck"])
        found = await fetched(fetcher.unconditional(), f"{hosts.url}/c/etag-stuck", dict(hidden.state))
    finally:
        hosts.phase(1)

    assert rolled.gap
    assert hidden.not_modified
    assert len(found.entries) == 2


@pytest.mark.parametrize("path", PAGES)
async def test_the_posts_feed_is_found(hosts, fetcher, path):
    """A page's feed is found, and never the comments' one."""
    found = await Finder(fetcher, ReadHere()).find(hosts.url + path, trusted=True)

    assert found.url == f"{hosts.url}/c/plain"


@pytest.mark.parametrize("path", ["/nofeed", "/"])
async def test_no_feed(hosts, fetcher, path):
    """A page without one says so."""
    with pytest.raises(SourceError, match="names no feed"):
        await Finder(fetcher, ReadHere()).find(hosts.url + path, trusted=True)


@pytest.mark.parametrize(
    ("name", "problems"), [("bad-ampersand", [False]), ("doctype", [False]), ("freshrss", [True, False])]
)
def test_lists(hosts, name, problems):
    """Lists of other readers are imported; what is no feed in them is named."""
    document = urlopen(f"{hosts.url}/c/{name}.opml").read()

    assert [feed.problem is not None for feed in read_opml(document)] == problems
