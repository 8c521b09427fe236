"""The sample week reads as a week that people took notice of, for it is the first thing that anybody sees."""

from __future__ import annotations

from adapters.sources.kinds.sample import SampleSource, specs
from bot.highlights import highlights
from bot.model import Entry
from bot.usecases.relevance import LEAST_NOTICED, NOTICED
from tests.factories import NOW


async def entries() -> list[Entry]:
    found = [await SampleSource(spec, lambda: NOW).fetch(NOW, {}) for spec in specs()]
    return [entry for each in found for entry in each.entries]


async def test_it_has_votes_to_go_by() -> None:
    """As many papers have votes as let a digest go by them, so that its head does not say that too few have."""
    votes = {one.about or one.url: one.attention.votes for one in await entries() if one.source_id == "sample-votes"}

    assert LEAST_NOTICED <= sum((count or 0) >= NOTICED for count in votes.values())


async def test_what_is_new() -> None:
    """What a card says is new is what the work does, and not what was wrong before it."""
    (tides,) = [one for one in await entries() if one.title.startswith("Tides") and one.abstract]

    assert highlights(tides.title, tides.abstract).new.startswith("Tides predicts, from the keys alone,")
