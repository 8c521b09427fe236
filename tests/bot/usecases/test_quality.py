"""The quality of the choice: which weeks are measured, once each, and what a channel's statistics are told of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.ranking.backtester import ProcessBacktester
from bot.backtest.records import OwnRecords
from bot.errors import RankingError
from bot.model import Meaning, SourceRecord
from bot.source_state import batch_of
from bot.usecases.deliver import freeze
from bot.usecases.quality import measure_quality, quality_of
from tests.factories import channel, digest_of, entry, press, spec
from tests.fake_storage import FakeDatabase

OURS = channel("reading", topics=("agents",))
MONDAYS = [date(2026, 6, 1) + timedelta(weeks=n) for n in range(6)]
NOW = datetime(2026, 7, 15, 9, tzinfo=UTC)
"""A Wednesday, three weeks and more after the first four of these Mondays."""


class FakeBacktester:
    def __init__(self) -> None:
        self.asked: list[date] = []
        self.fails = False

    async def measure(
        self, records: OwnRecords, weeks: Sequence[date]
    ) -> Mapping[tuple[str, date], Mapping[str, float]]:
        if self.fails:
            raise RankingError("took too long")
        assert any(one.chosen for one in records.choices)
        self.asked += weeks
        return {("reading", week): {"paperround": 0.5, "votes": 0.25, "recency": 0.1} for week in weeks}


@pytest.fixture
async def database() -> FakeDatabase:
    """A work in each of six weeks, each of which somebody wants to read; one of the weeks was skipped by everybody."""
    database = FakeDatabase()
    async with database.unit_of_work() as uow:
        for number, day in enumerate(MONDAYS):
            at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            for other in range(12):
                name = f"260{6 + number // 5}.{number:02}{other:03}"
                said = entry(
                    f"arxiv/{name}", title=f"Agents {other}", about=f"https://arxiv.org/abs/{name}", published=at
                )
                await uow.entries.store([batch_of(spec(), SourceRecord(id="arxiv"), [said], since=at, now=at)])
            meaning = Meaning.SKIP if number == 1 else Meaning.MUST_READ
            key = f"arxiv:260{6 + number // 5}.{number:02}000"
            await uow.presses.add(press(meaning, event_id=f"p{number}", item_key=key, at=at + timedelta(days=3)))
        await uow.commit()
    await freeze(digest_of(["arxiv:2606.00000"], week="2026-W23"), OURS, database.unit_of_work)
    return database


async def everything(database: FakeDatabase, backtester: FakeBacktester | ProcessBacktester, now: datetime) -> None:
    while await measure_quality([OURS], database.unit_of_work, backtester, lambda: now):
        pass


async def test_each_week_once(database: FakeDatabase) -> None:
    """A week in which something was chosen is measured three weeks after it began, and never again."""
    backtester = FakeBacktester()
    await everything(database, backtester, NOW)
    assert [MONDAYS[0], MONDAYS[2], MONDAYS[3]] == backtester.asked
    await everything(database, backtester, NOW)
    await everything(database, backtester, NOW + timedelta(weeks=1))

    assert [MONDAYS[0], *MONDAYS[2:5]] == backtester.asked
    told = await quality_of(OURS, database.unit_of_work)
    assert ["2026-W23", "2026-W25", "2026-W26", "2026-W27"] == [one.week for one in told]
    assert (0.5, 0.25, 0.1) == (told[0].ours, told[0].by_votes, told[0].newest_first)
    assert () == await quality_of(channel("other"), database.unit_of_work)


async def test_after_a_failure(database: FakeDatabase) -> None:
    """What could not be measured is measured the next time."""
    backtester = FakeBacktester()
    backtester.fails = True
    with pytest.raises(RankingError):
        await everything(database, backtester, NOW)
    assert () == await quality_of(OURS, database.unit_of_work)
    backtester.fails = False
    await everything(database, backtester, NOW)

    assert 3 == len(await quality_of(OURS, database.unit_of_work))


async def test_before_the_first_digest() -> None:
    """Where no digest was sent yet nothing is measured."""
    assert not await measure_quality([OURS], FakeDatabase().unit_of_work, FakeBacktester(), lambda: NOW)


@pytest.mark.process
async def test_in_its_own_process(database: FakeDatabase) -> None:
    """The process ranks the weeks by the methods that are told, and is gone afterwards."""
    await everything(database, ProcessBacktester(), NOW)
    told = await quality_of(OURS, database.unit_of_work)

    assert ["2026-W23", "2026-W25", "2026-W26"] == [one.week for one in told]
    assert all(0 <= value <= 1 for one in told for value in (one.ours, one.by_votes, one.newest_first))
    assert any(one.ours > 0 for one in told)
