"""
Connection to SQLite whose cursors run a statement and fetch its rows in one turn of the connection's thread.

SQLAlchemy's cursor for aiosqlite takes four turns a statement (make the cursor, execute, fetch, close), and each wakes the thread, and then the event loop,
which costs more than most of our statements do: of the 23 of a digest they were a third of the CPU.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final, Self

import aiosqlite

AT_ONCE: Final = 500
"""Rows that are fetched in the turn that executes a statement; what has more is fetched further when it is asked for, so that who streams holds a piece of it."""


def connect(database: str, **options: Any) -> OneTurnConnection:
    """Give a connection to a file, to be awaited; `options` are those of `sqlite3.connect`."""
    connection = OneTurnConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=AT_ONCE)
    # As SQLAlchemy does it: a connection that nobody closed must not keep the process from ending.
    connection._thread.daemon = True  # noqa: SLF001
    return connection


class OneTurnConnection(aiosqlite.Connection):
    """A connection of aiosqlite whose cursors take one turn of its thread a statement."""

    def cursor(self) -> Any:  # SQLAlchemy asks for no more than a `OneTurnCursor` has
        return OneTurnCursor(self)

    async def turn(self, function: Callable[..., None], *given: Any) -> None:
        """Have a function run in the connection's thread, as aiosqlite's own cursors do."""
        await self._execute(function, *given)  # type: ignore[no-untyped-call]  # aiosqlite leaves this one method untyped

    def begun(self) -> sqlite3.Cursor:
        """Give a cursor of SQLite itself; in the connection's thread only."""
        return self._conn.cursor()


class OneTurnCursor:
    """
    A cursor as SQLAlchemy asks for one: executes one statement, whose rows are fetched once.

    The cursor in SQLite lives from the turn in which the statement begins to the one in which its last row is fetched, mostly the same. What it says of
    itself is of the last turn.
    """

    __slots__ = ("_connection", "_cursor", "_rows", "arraysize", "description", "lastrowid", "rowcount")

    def __init__(self, connection: OneTurnConnection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: deque[Any] = deque()
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> OneTurnCursor:
        await self._connection.turn(self._begin, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> OneTurnCursor:
        await self._connection.turn(self._begin_many, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = self.arraysize if size is None else size
        if len(self._rows) < wanted and self._cursor is not None:
            await self._connection.turn(self._fetch, max(AT_ONCE, wanted))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        if self._cursor is not None:
            await self._connection.turn(self._fetch, None)
        found = list(self._rows)
        self._rows.clear()
        return found

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._each()

    async def _each(self) -> AsyncIterator[Any]:
        while rows := await self.fetchmany(AT_ONCE):
            for row in rows:
                yield row

    async def close(self) -> None:
        self._rows.clear()
        if self._cursor is not None:
            await self._connection.turn(self._end)

    # What follows runs in the connection's thread.

    def _begin(self, sql: str, parameters: Sequence[Any]) -> None:
        self._cursor = self._connection.begun()
        try:
            self._cursor.execute(sql, parameters)
            self.description = self._cursor.description
            self._fetch(AT_ONCE if self.description else 0)
        except BaseException:
            self._end()
            raise

    def _begin_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._cursor = self._connection.begun()
        try:
            self._cursor.executemany(sql, parameters)
            self._fetch(0)
        finally:
            self._end()

    def _fetch(self, most: int | None) -> None:
        """Fetch so many rows more, all of them if None; where that was the last one, the statement is at its end."""
        cursor = self._cursor
        if cursor is None:
            return
        rows = cursor.fetchall() if most is None else cursor.fetchmany(most) if most else []
        self._rows.extend(rows)
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        if not most or len(rows) < most:
            self._end()

    def _end(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None
