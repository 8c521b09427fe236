"""Cursors that run a statement and fetch its rows in one turn of the connection's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sqlite_cursor import AT_ONCE, OneTurnConnection, connect
from bot.errors import StorageError
from tests.databases import opened

MANY = 2 * AT_ONCE + 3


@pytest.fixture
async def turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns that connections have taken since, by what was done in them."""
    taken: list[str] = []
    execute = OneTurnConnection._execute

    async def counted(self: OneTurnConnection, function: Any, *given: Any, **named: Any) -> Any:
        taken.append(function.__name__)
        return await execute(self, function, *given, **named)

    monkeypatch.setattr(OneTurnConnection, "_execute", counted)
    return taken


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    async with opened(f"sqlite:///{tmp_path}/some.db") as engine, engine.connect() as connection:
        await connection.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
        rows = [{"number": number} for number in range(MANY)]
        await connection.execute(text("INSERT INTO numbers VALUES (:number)"), rows)
        yield connection


async def test_a_statement_takes_one_turn(connection: AsyncConnection, turns: list[str]) -> None:
    """What is asked and what is written takes one turn each, rows and errors included."""
    found = (await connection.execute(text("SELECT number FROM numbers ORDER BY number LIMIT 3"))).scalars().all()
    changed = (await connection.execute(text("UPDATE numbers SET number = -number WHERE number > 2000"))).rowcount
    with pytest.raises(StorageError):
        await connection.execute(text("SELECT no_such_thing FROM numbers"))

    assert [0, 1, 2] == found
    assert 0 == changed
    assert 3 == len(turns)


async def test_many_rows(connection: AsyncConnection) -> None:
    """However many rows there are, all of them come, in their order, read or streamed."""
    query = text("SELECT number FROM numbers ORDER BY number")
    read = (await connection.execute(query)).scalars().all()
    streamed = [row.number async for row in await connection.stream(query)]

    assert list(range(MANY)) == read == streamed


async def test_who_streams_holds_a_piece(connection: AsyncConnection, turns: list[str]) -> None:
    """Of what is streamed no more is fetched than a piece before somebody asks for it; a stream that is left is closed."""
    async with connection.stream(text("SELECT number FROM numbers ORDER BY number")) as rows:
        first = await rows.fetchone()
        fetched = list(turns)
    written = await connection.execute(text("DELETE FROM numbers WHERE number < 10"))

    assert 0 == first.number
    assert 1 == len(fetched)
    assert "_end" in turns
    assert 10 == written.rowcount


async def test_rows_of_what_was_written(connection: AsyncConnection) -> None:
    """A statement that returns what it wrote says how many rows that were."""
    written = await connection.execute(text("UPDATE numbers SET number = -number WHERE number > 1000 RETURNING number"))

    assert MANY - 1001 == len(written.all())


async def test_nothing_stays_open(tmp_path: Path) -> None:
    """After a statement no cursor of SQLite lives that would keep its locks, also where it failed; and the connection can be closed."""
    connection = await connect(str(tmp_path / "some.db"), isolation_level=None)
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE numbers (number)")
    await cursor.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(5)])
    inserted = cursor.rowcount
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT no_such_thing FROM numbers")
    await cursor.execute("SELECT number FROM numbers")

    assert 5 == inserted
    assert cursor._cursor is None
    assert [(0,), (1,), (2,), (3,), (4,)] == await cursor.fetchall()
    await connection.close()
