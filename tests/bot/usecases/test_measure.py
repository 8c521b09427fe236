"""The backtest's input from what is stored: works, decisions, topics, and what was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.backtest.records import Choice, RankingSettings, Shown
from bot.model import Meaning, SourceRecord
from bot.source_state import batch_of
from bot.usecases.deliver import freeze
from bot.usecases.measure import own_records
from tests.factories import ADA, at, channel, digest_of, entry, press, spec
from tests.fake_storage import FakeDatabase


async def test_shown() -> None:
    """What a digest showed is told with its day and whether it was drawn to explore, marked or not; a classic is not."""
    database = FakeDatabase()
    keys = [f"arxiv:2608.0000{n}" for n in (1, 2, 3, 4)]
    entries = [
        entry(f"arxiv/{n}", title=f"Work {n}", about=f"https://arxiv.org/abs/2608.0000{n}") for n in (1, 2, 3, 4)
    ]
    ours = channel(topics=("agents",), description="Tools.", half_life=timedelta(weeks=4), explore=0)
    made = digest_of(keys, week="2026-W33")
    roles = [{}, {}, {"explore": True, "propensity": 0.1}, {"classic": True}]
    picks = tuple(replace(pick, **role) for pick, role in zip(made.picks, roles, strict=True))
    await freeze(replace(made, picks=picks), ours, database.unit_of_work)
    async with database.unit_of_work() as uow:
        await uow.entries.store([batch_of(spec(), SourceRecord(id="arxiv"), entries, since=at(days=60), now=at())])
        await uow.presses.add(press(Meaning.MUST_READ, item_key=keys[0], at=at(days=1)))
        await uow.commit()

    found = await own_records([ours], database.unit_of_work)

    day = made.compiled_at.date()
    assert {ours.name: ("agents",)} == found.topics
    assert {ours.name: RankingSettings("Tools.", timedelta(weeks=4), explores=False)} == found.settings
    assert [Choice(ours.name, keys[0], "must-read", at(days=1).date(), ADA.id)] == found.choices
    assert [Shown(ours.name, key, day, explored=key == keys[2]) for key in keys[:3]] == found.shown
