"""Alerts ask the database as often for fifty channels as for one: at a quiet look, and at one that finds what nobody follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.repositories.alerts import UNSENT
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import SourceRecord, SourceSpec
from bot.ports import Batch
from bot.usecases.alert_planning import AlertPlanner
from tests.databases import migrated_postgresql, migrated_sqlite, opened
from tests.factories import channel, entry, mention, spec, stored

NOW = datetime(2026, 8, 14, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[AsyncEngine]:
    """A migrated and empty database."""
    on_sqlite = migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path) if request.param == "sqlite" else None
    async with opened(await (on_sqlite or migrated_postgresql())) as engine:
        yield engine


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def look(planner: AlertPlanner, engine: AsyncEngine, channels: list[Any], now: datetime) -> tuple[int, int]:
    """How many alerts a look plans, and how many statements it needs."""

    async def specs() -> list[SourceSpec]:
        return [spec("arxiv")]

    with statements(engine) as seen:
        planned = await planner.plan(channels, specs, now)
    return planned, len(seen)


async def looks(engine: AsyncEngine, number: int) -> list[tuple[int, int]]:
    """A quiet look, one after a collect that nobody follows, one after a collect that one channel follows, and one after a change of a channel."""
    units = SqlUnitOfWorkFactory(engine)
    planner = AlertPlanner(units, units.reading)
    name = f"of {number}"
    channels = [
        channel(f"{name} {place}", follow=(f"word:wish{number}x{place}",), alerts=True) for place in range(number)
    ]
    async with units() as uow:
        await uow.sources.save([SourceRecord(id="arxiv", first_success=NOW - timedelta(days=30))])
        await uow.commit()
    await look(planner, engine, channels, NOW)
    found = [await look(planner, engine, channels, NOW + HOUR)]
    for hour, title in enumerate(("Nothing of theirs", f"On wish{number}x0"), start=2):
        now = NOW + hour * HOUR
        key = f"{number}-{hour}"
        one = entry(key, title=title, published=now, url=f"https://example.org/{key}")
        spoke = mention(f"url:{key}", "arxiv", key, at=now, url=one.url, title=title)
        async with units() as uow:
            kept = Batch(source_id="arxiv", entries=(stored(one, first_seen=now),), mentions=(spoke,), titles={})
            await uow.entries.store([kept])
            await uow.commit()
        found.append(await look(planner, engine, channels, now + HOUR / 2))
    channels = [replace(channels[0], budget_minutes=30), *channels[1:]]
    found.append(await look(planner, engine, channels, NOW + 4 * HOUR))
    return found


async def test_as_many_for_fifty_as_for_one(engine: AsyncEngine) -> None:
    """What is asked follows from what is new and from who is told."""
    one, fifty = await looks(engine, 1), await looks(engine, 50)

    assert one == fifty
    assert [0, 0, 1, 0] == [planned for planned, _ in fifty]
    assert fifty[0][1] <= 2  # a transaction's beginning, and the revision


async def test_an_index_tells_what_is_unsent(sqlite: AsyncEngine) -> None:
    """Whether an alert is to be sent is asked twice a minute: of the index of those that are not sent, not of all that ever were."""
    compiled = str(UNSENT.compile(sqlite.sync_engine))
    async with sqlite.connect() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")).all()

    assert "ix_alerts_unsent" in str(plan)
