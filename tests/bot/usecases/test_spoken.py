"""What was read and folded for one channel serves the next, until something more is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import SourceRecord, Window
from bot.source_state import batch_of
from bot.usecases.spoken import SpokenCache, end_of_day
from tests.factories import NOW, at, entry, spec
from tests.fake_storage import FakeDatabase

LAST_DAYS = Window(start=at(days=7), end=NOW)


async def stored(database: FakeDatabase, *names: str) -> None:
    async with database.unit_of_work() as uow:
        entries = [entry(name, published=at(days=1)) for name in names]
        await uow.entries.store(
            [batch_of(spec(), SourceRecord(id="arxiv"), entries, since=at(days=60), now=at(hours=1))]
        )
        await uow.commit()


@pytest.fixture
async def database() -> FakeDatabase:
    made = FakeDatabase()
    await stored(made, "https://a.example/1", "https://a.example/2")
    return made


async def test_once_for_all(database: FakeDatabase) -> None:
    """The same window is read once, also where it ends at another hour of the day; an item is folded once."""
    cache = SpokenCache()
    async with database.unit_of_work() as uow:
        first = await cache.of(LAST_DAYS, uow)
        again = await cache.of(Window(start=LAST_DAYS.start, end=NOW + timedelta(minutes=1)), uow)

    assert first is again
    assert first.rows
    assert all(one is other for one, other in zip(first.fold(first.rows), first.fold(first.rows), strict=True))
    assert not first.until(at(days=2))


async def test_read_again(database: FakeDatabase) -> None:
    """Once something is stored, it is read again."""
    cache = SpokenCache()
    async with database.unit_of_work() as uow:
        before = await cache.of(LAST_DAYS, uow)
    await stored(database, "https://a.example/3")
    async with database.unit_of_work() as uow:
        after = await cache.of(LAST_DAYS, uow)

    assert len(after.rows) == len(before.rows) + 1


async def test_parts_of_what_was_said(database: FakeDatabase) -> None:
    """Two channels that read other sources have each their own item of a work that both tell of."""
    cache = SpokenCache()
    async with database.unit_of_work() as uow:
        said = await cache.of(LAST_DAYS, uow)

    assert len(said.fold(said.rows[:1])) == 1
    assert len(said.fold(said.rows)) == len({key for key, _, _ in said.rows})


def test_end_of_day() -> None:
    """Midnight stays, everything else becomes the midnight after it."""
    assert end_of_day(end_of_day(NOW)) == end_of_day(NOW) > NOW
