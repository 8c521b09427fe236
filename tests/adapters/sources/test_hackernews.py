"""Hacker News: stories are mentions of what they link to, with their points."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.sources.kinds.hackernews import HackerNewsSource, days, parse_stories
from adapters.sources.parse.document import Unreadable
from bot.dedupe import fold, mentions_of
from bot.errors import SourceError
from bot.model import Entry, ItemKind, Section, SourceSpec, StoredEntry
from tests.adapters.sources.conftest import NOW
from tests.local_server import Asked, Canned

BODY = (Path(__file__).parent / "data" / "hackernews_stories.json").read_bytes()
NONE = Canned(b'{"hits": [], "nbHits": 0}')
SINCE = datetime(2026, 8, 10, 9, tzinfo=UTC)
PAPER, WEIGHTS, TRICK, BICYCLE, QUESTION, KERNELS, LOUD = (f"4100000{n}" for n in range(1, 8))


@pytest.fixture
def make_source(fetcher, parser):
    def make(url: str, **options: Any) -> HackerNewsSource:
        spec = SourceSpec(
            id="hn", kind="hackernews", name="Hacker News", url=url, section=Section.COMMUNITY, options=options
        )
        return HackerNewsSource(spec, fetcher, parser, lambda: NOW)

    return make


def thursday(asked: Asked) -> Canned:
    """The stories of 13 August, and none of other days."""
    filters = parse_qs(urlsplit(asked.path).query)["numericFilters"][0]
    return Canned(BODY) if f"created_at_i>={int(datetime(2026, 8, 13, tzinfo=UTC).timestamp())}" in filters else NONE


def items(*entries: Entry) -> dict[str, Any]:
    """What becomes a card, by its key."""
    rows = [(m.key, StoredEntry(entry=e, first_seen=NOW), m) for e in entries for m in mentions_of(e, NOW)]
    return {item.key: item for item in fold(rows)}


async def test_gives_stories_with_their_points(make_source, server):
    """A story is about the page that it links to; one without a link is about itself."""
    result = await make_source(server.on("/s", thursday)).fetch(SINCE, {})
    by_id = {entry.external_id: entry for entry in result.entries}

    assert set(by_id) == {PAPER, WEIGHTS, TRICK, BICYCLE, QUESTION, KERNELS, LOUD}
    paper, question = by_id[PAPER], by_id[QUESTION]
    assert (paper.about, paper.url) == (
        "https://arxiv.org/abs/2608.01234v1",
        f"https://news.ycombinator.com/item?id={PAPER}",
    )
    assert (paper.attention.votes, paper.attention.comments) == (42, 21)
    assert (paper.published, paper.authors) == (datetime(2026, 8, 13, 10, tzinfo=UTC), ("poster",))
    assert (question.about, question.abstract, question.words) == (None, "I wonder & ask.", 4)
    assert (by_id[LOUD].about, by_id[LOUD].title) == (None, "Is x<y a list<T>?")


async def test_which_stories_are_cards(make_source, server):
    """Of its own a card is only what many voted for and is about research, by its link or its title."""
    result = await make_source(server.on("/s", thursday)).fetch(SINCE, {})

    assert {entry.external_id for entry in result.entries if not entry.supporting} == {WEIGHTS, QUESTION, KERNELS}


@pytest.mark.parametrize(
    ("options", "cards"),
    [
        ({"points": 1000}, set()),
        ({"points": 350}, {WEIGHTS}),
        ({"points": 351}, set()),
        ({"points": 40}, {PAPER, WEIGHTS, QUESTION, KERNELS}),
        ({"words": []}, {WEIGHTS, BICYCLE, QUESTION, KERNELS}),
        ({"words": ["bicycle"]}, {BICYCLE, KERNELS}),
    ],
)
async def test_the_threshold_can_be_set(make_source, server, options, cards):
    """From how many points on, and by which words, is for the operator to say."""
    result = await make_source(server.on("/s", thursday), **options).fetch(SINCE, {})

    assert {entry.external_id for entry in result.entries if not entry.supporting} == cards


async def test_a_story_supports_a_known_work(make_source, server):
    """A story below the threshold gives no card, but its points to a work that another source speaks of."""
    result = await make_source(server.on("/s", thursday)).fetch(SINCE, {})
    story = next(entry for entry in result.entries if entry.external_id == PAPER)
    paper = Entry(
        source_id="arxiv", external_id="2608.01234", kind=ItemKind.PAPER, section=Section.PAPERS, title="Agents that plan",
        url="https://arxiv.org/abs/2608.01234", published=NOW,
    )  # fmt: skip

    assert items(story) == {}
    known = items(story, paper)["arxiv:2608.01234"]
    assert (known.title, known.section, known.attention["hn"].votes) == ("Agents that plan", Section.PAPERS, 42)
    assert len(known.mentions) == 2


async def test_asks_day_by_day(make_source, server):
    """Each day is a question of its own, for the search gives a thousand stories at most; the least points are asked for there."""
    await make_source(server.on("/s", NONE), least=7).fetch(SINCE, {})
    filters = [parse_qs(urlsplit(one.path).query)["numericFilters"][0].split(",") for one in server.asked]

    assert len(filters) == len(list(days(SINCE, NOW))) == 8
    assert all(
        now[1].removeprefix("created_at_i<") == later[0].removeprefix("created_at_i>=")
        for now, later in pairwise(filters)
    )
    assert filters[0][0] == f"created_at_i>={int(SINCE.timestamp())}"
    assert {each[2] for each in filters} == {"points>=7"}


async def test_a_day_that_fails_costs_no_other(make_source, server):
    """What a day could not be read for is told, and the others are given; all failing is a failure."""
    source = make_source(server.on("/s", Canned(BODY), Canned(status=404), NONE))
    result = await source.fetch(SINCE, {})

    assert (len(result.entries), result.partial) == (7, True)
    assert result.note == "11 August: answered 404 (knows no such page; its address may have changed)"
    server.on("/s", Canned(status=404))
    with pytest.raises(SourceError, match="answered 404"):
        await source.fetch(SINCE, {})


async def test_says_what_a_day_has_beyond(make_source, server):
    """A day with more stories than one answer holds says so."""
    full = {**json.loads(BODY), "nbHits": 1200}
    result = await make_source(server.on("/s", Canned(json.dumps(full).encode()), NONE)).fetch(SINCE, {})

    assert result.note == "took 8 of 1200 stories of 10 August"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"hits": {}}', b'{"message": "Invalid application"}'])
def test_names_what_is_none(body):
    """What is no list of stories is told as such."""
    with pytest.raises(Unreadable):
        parse_stories(body, "it", Section.COMMUNITY, 1, ())


@pytest.mark.parametrize("odd", [None, -1, True, "x", [1], {"a": 1}])
@pytest.mark.parametrize(
    "field", ["objectID", "title", "url", "author", "points", "num_comments", "created_at_i", "story_text"]
)
def test_survives_any_field(field, odd):
    """A field of another type costs that field, or the story, and nothing else."""
    found = json.loads(BODY)
    found["hits"][0][field] = odd

    assert len(parse_stories(json.dumps(found).encode(), "it", Section.COMMUNITY, 100, ("llm",)).entries) in {6, 7}
