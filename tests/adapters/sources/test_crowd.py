"""Many sources at once, through the use-case: what they hold, and how long they take."""

from __future__ import annotations

import asyncio

from adapters.sources.kinds.feed import FeedSource
from adapters.sources.parse.feed import ParsedFeed
from bot.usecases.collect import collect
from tests.adapters.sources.conftest import NOW
from tests.factories import WINDOW, spec
from tests.fake_storage import FakeDatabase, FakeUnitOfWork
from tests.local_server import Canned

BODY = b"<rss version='2.0'><channel></channel></rss>" + b" " * 100_000


class Busy:
    """A parser that takes its time, and counts the bodies that wait for it."""

    def __init__(self) -> None:
        self.waiting = self.most = 0

    async def run(self, source_id, function, body, reading):
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.sleep(0.01)
        self.waiting -= 1
        return ParsedFeed(entries=())


async def test_waiting_sources_hold_no_bodies(fetcher, server):
    """Two hundred sources hold no more answers than are asked at once, however long the reading takes."""
    server.on("/feed", Canned(BODY))
    parser, database = Busy(), FakeDatabase()
    specs = [spec(f"feed-{number}", url=f"{server.url}/feed?{number}") for number in range(200)]
    sources = {each.id: FeedSource(each, fetcher, parser, lambda: NOW) for each in specs}

    def unit_of_work():
        return FakeUnitOfWork(database)

    await collect(specs, sources, unit_of_work, lambda: NOW, since=WINDOW.start, at_once=6)

    assert (len(server.asked), parser.most <= 6) == (200, True)
