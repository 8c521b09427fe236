"""A connection to SQLite: how often it wakes its thread, and what it leaves open."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sqlite_connection import AT_ONCE, SqliteConnection
from bot.errors import StorageError
from tests.databases import opened

NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {most}) SELECT x FROM n"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    """SQLAlchemy's connection to an empty file."""
    async with opened(f"sqlite:///{tmp_path}/empty.db") as engine, engine.connect() as connection:
        yield connection


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts, as `woken`, how often the threads of connections are woken."""
    counted = Counter[str]()
    execute = aiosqlite.Connection._execute

    async def counting(connection: aiosqlite.Connection, *given: Any) -> Any:
        counted["woken"] += 1
        return await execute(connection, *given)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counting)
    return counted


async def test_one_turn_a_statement(connection: AsyncConnection, turns: Counter[str]) -> None:
    """A statement with few rows, or none, wakes the thread once; the beginning and the end of a transaction do, too."""
    await connection.execute(text("CREATE TABLE works (name)"))
    await connection.commit()
    turns.clear()

    await connection.execute(text("INSERT INTO works VALUES ('one'), ('two')"))
    found = await connection.scalars(text("SELECT name FROM works ORDER BY name"))
    await connection.commit()

    assert ["one", "two"] == found.all()
    assert 4 == turns["woken"]  # BEGIN, INSERT, SELECT, COMMIT


@pytest.mark.parametrize("rows", [0, 1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 5 * AT_ONCE])
async def test_all_rows(connection: AsyncConnection, rows: int) -> None:
    """However many rows there are, each comes once, at once as in a stream."""
    statement = text(f"SELECT x FROM ({NUMBERS.format(most=max(rows, 1))}) LIMIT {rows}")

    at_once = (await connection.scalars(statement)).all()
    streamed = [row.x async for row in await connection.stream(statement)]

    assert list(range(1, rows + 1)) == at_once == streamed


async def test_a_stream_that_is_left(connection: AsyncConnection) -> None:
    """Who leaves a stream early has had no more rows fetched than a few turns brought, and leaves no statement open."""
    stream = await connection.stream(text(NUMBERS.format(most=10**9)))
    first = [(await anext(stream)).x for _ in range(AT_ONCE + 2)]
    await stream.close()

    assert list(range(1, AT_ONCE + 3)) == first
    assert 7 == await connection.scalar(text("SELECT 7"))


async def test_what_was_written(connection: AsyncConnection) -> None:
    """The number of rows and what they return are as the database said, of one row as of several."""
    await connection.execute(text("CREATE TABLE works (id INTEGER PRIMARY KEY, name)"))
    insert = text("INSERT INTO works (name) VALUES (:name)")

    one = await connection.execute(insert, {"name": "one"})
    several = await connection.execute(insert, [{"name": "two"}, {"name": "three"}])
    changed = await connection.execute(text("UPDATE works SET name = 'x' RETURNING id"))

    assert (1, 2) == (one.rowcount, several.rowcount)
    assert 1 == one.lastrowid
    assert [1, 2, 3] == changed.scalars().all()


async def test_a_faulty_statement(connection: AsyncConnection) -> None:
    """A statement that fails leaves a connection that works."""
    with pytest.raises(StorageError):
        await connection.execute(text("SELECT * FROM nowhere"))

    assert 1 == await connection.scalar(text("SELECT 1"))


async def test_read_and_cancelled(tmp_path: Path) -> None:
    """A read that was cancelled while it ran holds no lock once it is done, though nobody closed its cursor."""
    connection = SqliteConnection.connect(f"{tmp_path}/read.db", isolation_level=None)
    async with connection:
        cursor = connection.cursor()
        await cursor.execute("CREATE TABLE works (name)")
        reading = asyncio.create_task(cursor.execute("SELECT count(*) FROM works"))
        await asyncio.sleep(0)  # it has begun
        reading.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await reading

        await connection.run(lambda file: file.execute("DROP TABLE works"))  # refused while a statement reads it
    assert cancelled.traceback  # by which the statement, too, would live until now
