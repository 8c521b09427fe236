"""What every source promises, the fake one too. One local server stands in for all of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from adapters.sources.build import SourceFactory
from adapters.sources.settings import FetchSettings
from bot.errors import SourceError
from bot.model import Entry, ItemKind, Section, SourceSpec
from bot.ports import Source
from tests.fake_sources import FakeSource
from tests.local_server import Canned, local_server

NOW = datetime(2026, 8, 17, 9, tzinfo=UTC)
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
DATA = Path(__file__).parents[1] / "adapters" / "sources" / "data"
OPTIONS = {"arxiv": {"interval": 0, "patience": 0}, "openreview": {"venue": "TestConf.org/2026/Conference"},
           "semanticscholar": {"authors": ["1"]}, "bluesky": {"actor": "ann.example.com"}}  # fmt: skip
BELOW = {"semanticscholar": "/author/1/papers", "bluesky": "/app.bsky.feed.getAuthorFeed"}
"""Where kinds ask that are given the address of an interface, and not of one document."""
PAYLOADS = {"rss": ("feed", "plain.rss"), "atom": ("feed", "nested.atom"), "json": ("feed", "wrong_types.json"), "arxiv": ("arxiv", "arxiv_page.xml"),
            "huggingface": ("huggingface", "daily_papers.json"), "reddit": ("reddit", "reddit_top.atom"), "x": ("x", "x_page.json"), "openreview": ("openreview", "openreview_notes.json"),
            "semanticscholar": ("semanticscholar", "semanticscholar_papers.json"), "hackernews": ("hackernews", "hackernews_stories.json"),
            "bluesky": ("bluesky", "bluesky_feed.json")}  # fmt: skip


@dataclass
class Subject:
    """A source under test, and a way to break what it asks."""

    source: Source
    break_it: Callable[[], Awaitable[None]]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[SourceFactory]:
    """One for the whole suite, for its reading processes take a while to begin."""
    made = SourceFactory(
        lambda: NOW, FetchSettings(allow_private=True), agent="PaperRound/test", secrets={"x_bearer_token": "bearer"}
    )
    yield made
    await made.aclose()


@pytest_asyncio.fixture(params=["fake", *PAYLOADS], loop_scope="module")
async def subject(request, room) -> AsyncIterator[Subject]:
    if request.param == "fake":
        yield _fake()
        return
    kind, file = PAYLOADS[request.param]
    async with local_server() as server:
        below = BELOW.get(kind, "")
        url = server.url + "/it"
        server.on("/it" + below, Canned((DATA / file).read_bytes(), headers={"ETag": '"1"'}))
        spec = SourceSpec(id="it", kind=kind, name="It", url=url, section=Section.PAPERS, options=OPTIONS.get(kind, {}))

        async def break_it() -> None:
            server.on("/it" + below, Canned(b"<!doctype html><title>Just a moment", 200))

        yield Subject(room.source(spec), break_it)


def _fake() -> Subject:
    spec = SourceSpec(id="it", kind="fake", name="It", url="https://example.org", section=Section.PAPERS)
    entry = Entry(
        source_id="it",
        external_id="1",
        kind=ItemKind.PAPER,
        section=Section.PAPERS,
        title="one",
        url="https://example.org/1",
        published=SINCE,
    )
    source = FakeSource(spec, [entry])

    async def break_it() -> None:
        source.error = "gave an HTML page instead of a feed"

    return Subject(source, break_it)


async def test_gives_entries_of_its_own(subject):
    """Entries carry the source's id, a name of their own, a title, and an address of the web."""
    entries = (await subject.source.fetch(SINCE, {})).entries

    assert entries
    assert {entry.source_id for entry in entries} == {"it"}
    assert len({entry.external_id for entry in entries}) == len(entries)
    assert all(entry.title and urlsplit(entry.url).scheme in {"http", "https"} for entry in entries)


async def test_dates_are_aware_and_in_utc(subject):
    """A date is in UTC, or there is none."""
    dates = [entry.published for entry in (await subject.source.fetch(SINCE, {})).entries]

    assert all(date is None or date.tzinfo is UTC for date in dates)


async def test_text_is_plain(subject):
    """No markup of the web is left in a title, an abstract or a name."""
    for entry in (await subject.source.fetch(SINCE, {})).entries:
        text = " ".join([entry.title, entry.abstract, entry.brief, *entry.authors, *entry.tags])

        assert not any(markup in text for markup in ("<b>", "<p", "<script", "<!channel", "&lt;", "&amp;", "\n"))


async def test_its_state_survives_being_stored(subject):
    """The note for next time is plain JSON, and works after a trip through the database."""
    state = (await subject.source.fetch(SINCE, {})).state
    stored = json.loads(json.dumps(dict(state)))

    assert stored == dict(state)
    again = (await subject.source.fetch(SINCE, stored)).state
    assert set(again) == set(state)  # what is counted (an X list's posts) may have grown


async def test_asking_twice_gives_nothing_else(subject):
    """Asked again at once, a source gives the same entries or says that nothing has changed."""
    first = await subject.source.fetch(SINCE, {})
    second = await subject.source.fetch(SINCE, first.state)

    assert second.not_modified == (not second.entries)
    assert second.not_modified or set(second.entries) == set(first.entries)


async def test_a_failure_is_one_of_this_source(subject):
    """What goes wrong is a `SourceError` that names the source, and the next time may be well again."""
    await subject.break_it()

    with pytest.raises(SourceError) as caught:
        await subject.source.fetch(SINCE, {})
    assert caught.value.source_id == "it"
    assert "HTML page" in caught.value.reason
