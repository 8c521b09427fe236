"""Dropping the acts of years takes as long for each piece, however many channels wrote of a work and however much is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.repositories import search_index
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import MessageRef, Summary
from bot.ports import UnitOfWorkFactory
from bot.search_documents import SearchDocument
from tests.contracts.test_storage import a_mention, batch, store
from tests.databases import migrated_postgresql, opened
from tests.factories import ADA, NOW, entry, stored

CHANNELS = 40


async def written_of(units: UnitOfWorkFactory) -> None:
    """A work that everybody knows, of which each channel wrote two summaries, one of them long ago."""
    one = stored(entry("a", "arxiv", title="Sparse attention"))
    await store(units, batch(one, a_mention(one, "a")))
    async with units() as uow:
        for number in range(2 * CHANNELS):
            channel, old = f"c{number % CHANNELS}", number < CHANNELS
            ref = MessageRef(platform="web", channel_id=channel, message_id=f"r{number}")
            parent = MessageRef(platform="web", channel_id=channel, message_id="card")
            at = NOW - timedelta(days=900 if old else 1)
            words = f"{'ancient' if old else 'recent'} words"
            await uow.summaries.put(
                Summary(ref=ref, parent=parent, channel=channel, item_key="a", member=ADA, text=words, at=at)
            )
        await uow.commit()


async def looked_at(units: UnitOfWorkFactory, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many documents are looked at for each piece, until nothing is left to drop."""
    numbers: list[int] = []

    def counted(one: SearchDocument) -> object:
        numbers[-1] += 1
        return words_of(one)

    words_of = search_index.words_of
    monkeypatch.setattr(search_index, "words_of", counted)
    while True:
        numbers.append(0)
        async with units() as uow:
            found = await uow.retention.drop_acts(NOW - timedelta(days=365), 5)
            await uow.commit()
        if not found:
            return numbers[:-1]


async def words_found(engine: AsyncEngine, word: str) -> int:
    """How many channels' documents have a word."""
    by_name = {
        "sqlite": "SELECT count(*) FROM search_team_words WHERE search_team_words MATCH :word",
        "postgresql": "SELECT count(*) FROM search_team_words WHERE vector @@ to_tsquery('simple', :word)",
    }
    async with engine.connect() as connection:
        found = await connection.scalar(text(by_name[engine.dialect.name]), {"word": word})
    return int(found or 0)


@pytest.mark.postgres
async def test_each_piece_on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a work that forty channels wrote of, five documents are looked at where five summaries go; in the end no old word is found."""
    async with opened(await migrated_postgresql()) as engine:
        await check(engine, monkeypatch)


async def test_each_piece_on_sqlite(sqlite: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in a file."""
    await check(sqlite, monkeypatch)


async def check(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    units = SqlUnitOfWorkFactory(engine)
    await written_of(units)
    before = await words_found(engine, "ancient"), await words_found(engine, "recent")
    numbers = await looked_at(units, monkeypatch)

    assert (CHANNELS, CHANNELS) == before
    assert [5] * (CHANNELS // 5) == numbers
    assert (0, CHANNELS) == (await words_found(engine, "ancient"), await words_found(engine, "recent"))


async def test_by_their_age(sqlite: AsyncEngine) -> None:
    """The oldest are found by an index, so that nobody looks through those that stay, and each is deleted by its key."""
    plans: list[str] = []

    def explained(
        _connection: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return (f"EXPLAIN QUERY PLAN {statement}" if "FROM reactions" in statement else statement), parameters

    def noted(_connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("EXPLAIN"):
            plans.extend(row[3] for row in cursor.fetchall())  # type: ignore[attr-defined]

    event.listen(sqlite.sync_engine, "before_cursor_execute", explained, retval=True)
    event.listen(sqlite.sync_engine, "after_cursor_execute", noted)
    async with SqlUnitOfWorkFactory(sqlite)() as uow:
        await uow.retention.drop_acts(NOW, 5)
    event.remove(sqlite.sync_engine, "before_cursor_execute", explained)
    event.remove(sqlite.sync_engine, "after_cursor_execute", noted)

    plan = " / ".join(plans)
    assert "USING INDEX ix_reactions_at (at<?)" in plan
    assert "SCAN reactions" not in plan
