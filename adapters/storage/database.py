"""
The engine: one address in, one configured SQLAlchemy engine out. Nothing is opened before it is used.

SQLite is set up as its own documentation asks of an application that must not lose or repeat work:

- write-ahead log, so that readers do not wait for the writer;
- `synchronous=FULL`: with NORMAL the last commits may be gone after a power cut (https://www.sqlite.org/pragma.html);
- every write begins IMMEDIATE. A deferred transaction that reads first and then writes is refused at once when somebody else
  has written in between, whatever the timeout (https://www.sqlite.org/isolation.html): 163 of 180 increments were lost so.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import sqlite3
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as NoConnectionInTime
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, PoolProxiedConnection

from adapters.storage.failures import explain
from adapters.storage.sqlite_connection import SqliteConnection
from bot.errors import StorageError, UsageError

BUSY_SECONDS = 15
"""How long a writer waits on SQLite for another one to finish."""

BUSY_PAUSE = 0.02
"""Seconds between two tries where SQLite does not wait by itself."""

CONNECT_SECONDS = 10

RESTED_SECONDS = 1.0
"""
After how long without use a connection to PostgreSQL is asked whether it lives before it is used. `pool_pre_ping` would ask each time: a sixth of the
round trips of a transaction that records events.
"""

READONLY = "paperround_readonly"
"""The execution option of a connection that only reads."""

_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}",  # first, since going over to the write-ahead log may have to wait
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten: a reply that its author takes back is nowhere in the file
)

_SCHEMES = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def create_engine(address: str, given: str = "DATABASE_URL") -> AsyncEngine:
    """
    Give the engine for a database address: `sqlite:///path`, or `postgresql://user:password@host/name`; `given` is where it was given.

    Raises `StorageError` for an address that means neither, `UsageError` where PostgreSQL's driver is not installed. What the database itself says
    is raised as a `StorageError`, too, by whatever is run on the engine, and caused by the error itself; so is a statement that a PostgreSQL server
    does not answer within two minutes, unless it is `unbounded`. Whoever calls this disposes of the engine.
    """
    engine = _engine(_parsed(address, given))
    event.listen(engine.sync_engine, "handle_error", partial(_explain, given))
    return engine


class _Pool(AsyncAdaptedQueuePool):
    """A pool that raises `StorageError` where none of its connections becomes free in time: no event of SQLAlchemy's tells of that."""

    # SQLAlchemy names a pool's logger by its class, and quiets those of its own.
    _sqla_logger_namespace = "sqlalchemy.pool.impl.AsyncAdaptedQueuePool"

    def connect(self) -> PoolProxiedConnection:
        try:
            return super().connect()
        except NoConnectionInTime as error:
            raise StorageError(
                f"This program's connections to its database are all in use, and none became free within {self.timeout():.0f} seconds. Try again."
            ) from error


def _engine(url: URL) -> AsyncEngine:
    # Parameters stay out of error messages and logs: among them are people's words.
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url,
            hide_parameters=True,
            poolclass=_Pool,
            connect_args={"isolation_level": None, "async_creator_fn": SqliteConnection.connect},
        )
        event.listen(engine.sync_engine, "do_connect", _knock)
        event.listen(engine.sync_engine, "connect", _configure)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine
    try:
        from adapters.bounded_connection import IN_UTF8, NOTICED_BY_TCP, BoundedConnection  # noqa: PLC0415 - not everybody has the driver

        # What is said here goes before what the address says.
        noticed = {name: value for name, value in NOTICED_BY_TCP.items() if name not in url.query}
        engine = create_async_engine(
            url,
            hide_parameters=True,
            poolclass=_Pool,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "async_creator_fn": BoundedConnection.connect,
                **noticed,
                **IN_UTF8,
            },
        )
    except ModuleNotFoundError as error:
        # The cause names a module, which tells nobody what to install.
        raise UsageError(
            f"PostgreSQL's driver ({error.name}) is not installed here. Install it: pip install 'paperround[postgres]'"
        ) from None
    event.listen(engine.sync_engine, "connect", _set_up)
    event.listen(engine.sync_engine, "checkin", _note_use)
    event.listen(engine.sync_engine, "checkout", partial(_check_rested, engine.dialect))
    return engine


def _parsed(address: str, given: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        # The cause would show the address, and the address may hold a password.
        raise StorageError(f"{given} is no address of a database. {_EXAMPLES}") from None
    if url.drivername not in _SCHEMES:
        raise StorageError(f"{given} begins with {url.drivername!r}, which is unknown here. {_EXAMPLES}")
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise StorageError(f"{given} names no file, and what is kept in memory is soon lost. {_EXAMPLES}")
    if url.get_backend_name() != "sqlite" and not url.database:
        # The server would take the one that is called like the user, and everything would be made there.
        raise StorageError(f"{given} names no database on its server. {_EXAMPLES}")
    return url.set(drivername=_SCHEMES[url.drivername])


_EXAMPLES = "Write sqlite:///paperround.db, or postgresql://user:password@host/name."


def _knock(_dialect: object, _record: object, where: tuple[Any, ...], how: dict[str, Any]) -> None:
    """
    Open the file and close it again, in this thread.

    Where that fails, aiosqlite 0.22 leaves a thread behind that wakes the event loop once more, and prints a traceback when
    the loop is gone by then: a user with a wrong path would see it beneath our sentence.
    """
    if where and not str(where[0]).startswith("file:") and not Path(where[0]).exists():
        # Its owner's alone; the log beside it gets the mode of the file (sqlite.org/wal.html).
        with contextlib.suppress(OSError):
            os.close(os.open(where[0], os.O_CREAT | os.O_RDWR, 0o600))
    sqlite3.connect(*where, **{name: value for name, value in how.items() if name != "async_creator_fn"}).close()


def _set_up(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for statement in connection.driver_connection.session_settings():
        cursor.execute(statement)
    cursor.close()
    connection.commit()


def _note_use(connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()
    # After a transaction that was only to read SQLAlchemy has the next ones begin READ WRITE, whatever the server is set to: one that follows another refuses
    # the very BEGIN then, with a code that says nothing, and to one that is to take no writes we would write.
    if connection is not None and connection.read_only is not None:
        connection.set_read_only(None)


def _check_rested(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _: object) -> None:
    """Have the pool replace its connections, where one has rested and its server has gone away since. One that is new was never used."""
    if time.monotonic() - record.info.get("used", math.inf) < RESTED_SECONDS:
        return
    driver: Any = record.driver_connection
    try:
        with driver.within(driver.ping_seconds):
            dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _explain(given: str, context: ExceptionContext) -> None:
    error = context.sqlalchemy_exception
    # A dead connection of the pool is replaced by SQLAlchemy, which wants to see the error itself.
    if isinstance(error, DBAPIError) and not context.is_pre_ping and context.engine is not None:
        raise explain(context.engine.url, error, given)


@contextlib.contextmanager
def unbounded(connection: Connection) -> Iterator[None]:
    """Let a transaction take as long as it likes in this block: one that changes the schema, and waits for others who do."""
    if connection.dialect.name == "sqlite":
        yield
        return
    from adapters.bounded_connection import UNLIMITED  # noqa: PLC0415 - not everybody has the driver

    driver: Any = connection.connection.driver_connection
    for statement in UNLIMITED:
        connection.execute(text(statement))
    with driver.within(None):
        yield


def _configure(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        _run_patiently(connection, cursor, pragma)
    cursor.close()


def _run_patiently(connection: Any, cursor: Any, pragma: str) -> None:
    """
    Run a pragma, as often as it takes while the file is busy, for as long as a writer waits.

    Going over to the write-ahead log takes all locks at once. Where somebody else who starts in the same moment has the first of them, SQLite gives up
    without waiting (https://www.sqlite.org/c3ref/busy_handler.html), for two who wait for each other would wait for ever.
    """
    ends = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute(pragma)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            connection.run_async(lambda _: asyncio.sleep(BUSY_PAUSE))
        else:
            return


def _begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get(READONLY, False)
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")
