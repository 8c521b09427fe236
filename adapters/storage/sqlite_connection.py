"""
A connection to SQLite that runs a statement in one turn of its thread.

aiosqlite has a thread for each connection, and SQLAlchemy sends a statement there four times: for a cursor, to execute, to fetch, and to close the cursor.
Each time both threads wake, which costs more than most statements of ours.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Final, Self, TypeVar

import aiosqlite

T = TypeVar("T")

AT_ONCE: Final = 100
"""
Rows that come with the answer. Most statements give fewer, and are done with then; of those that are read in a stream, as a search's, hardly more are
fetched than are looked at.
"""


class _Connection(sqlite3.Connection):
    """
    A connection that gives its locks back as it is closed.

    SQLite keeps a closed connection, its transaction and the write lock for as long as a statement of it lives
    (https://www.sqlite.org/c3ref/close.html), and the statement of a cancelled task lives until its traceback is collected: nobody could
    write meanwhile.
    """

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # closed before
            self.rollback()
        super().close()


class SqliteConnection(aiosqlite.Connection):
    """`aiosqlite.Connection` whose cursors are made with their first statement."""

    @classmethod
    def connect(cls, database: str, **how: Any) -> SqliteConnection:
        """Give a connection that is opened when it is awaited. `how` is what `sqlite3.connect` takes."""
        made = cls(partial(sqlite3.connect, database, factory=_Connection, **how), AT_ONCE)
        # As SQLAlchemy has it of its own: a program that ends waits for no connection of its pool.
        made._thread.daemon = True
        return made

    def cursor(self) -> Cursor:  # type: ignore[override]  # entered without a wait
        return Cursor(self)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Call a function in the connection's thread."""
        found: T = await self._execute(lambda: function(self._conn))  # type: ignore[no-untyped-call]
        return found


class Cursor:
    """
    What SQLAlchemy asks of a cursor. A statement whose rows have all come is closed with that, so that it holds no lock for whoever does not come to close it.

    One cursor is used by one task at a time.
    """

    def __init__(self, connection: SqliteConnection) -> None:
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._connection = connection
        self._rows: deque[Any] = deque()
        self._open: sqlite3.Cursor | None = None
        """The statement, while it may have rows that have not come yet."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._ask(lambda cursor: cursor.execute(statement, parameters))
        return self

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> Self:
        await self._ask(lambda cursor: cursor.executemany(statement, parameters))
        return self

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        wanted = size or self.arraysize
        if len(self._rows) < wanted:
            await self._fetch(wanted - len(self._rows))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        await self._fetch(None)
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def __aiter__(self) -> AsyncIterator[Any]:
        while rows := await self.fetchmany(AT_ONCE):
            for row in rows:
                yield row

    async def close(self) -> None:
        self._rows.clear()
        opened, self._open = self._open, None
        if opened is not None:
            await self._connection.run(lambda _: opened.close())

    async def _ask(self, statement: Callable[[sqlite3.Cursor], object]) -> None:
        await self.close()

        def ask(connection: sqlite3.Connection) -> tuple[sqlite3.Cursor, list[Any], bool]:
            cursor = connection.cursor()
            statement(cursor)
            rows, done = _some(cursor, AT_ONCE) if cursor.description else ([], True)
            if done:
                cursor.close()
            return cursor, rows, done

        cursor, rows, done = await self._connection.run(ask)
        self._rows = deque(rows)
        self._open = None if done else cursor
        self._note(cursor)

    async def _fetch(self, wanted: int | None) -> None:
        """Have so many rows more come, or all."""
        opened = self._open
        if opened is None:
            return

        def fetch(_: sqlite3.Connection) -> tuple[list[Any], bool]:
            rows, done = (opened.fetchall(), True) if wanted is None else _some(opened, wanted)
            if done:
                opened.close()
            return rows, done

        rows, done = await self._connection.run(fetch)
        self._rows.extend(rows)
        self._open = None if done else opened
        self._note(opened)

    def _note(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid


def _some(cursor: sqlite3.Cursor, wanted: int) -> tuple[list[Any], bool]:
    """Give so many rows, and whether that was all."""
    rows = cursor.fetchmany(wanted)
    return rows, len(rows) < wanted
