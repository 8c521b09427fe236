"""Health check of the database while we run: does it answer, and does it take a write?"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters import disk
from adapters.storage.database import READONLY
from adapters.storage.failures import TAKES_NO_WRITES
from adapters.storage.migrations import known_revisions
from bot.errors import StorageError, StorageFull
from bot.ports import Clock

WRITTEN: Final = "written"
"""The note that is written to see whether it can be, with the instant (UTC)."""

_WRITE: Final = (
    "INSERT INTO notes (name, text) VALUES (:name, :text) ON CONFLICT (name) DO UPDATE SET text = excluded.text"
)

FULL: Final = "is on a full disk"
READ_ONLY: Final = "cannot be written"
FOLLOWS: Final = "cannot be written: its server takes no writes now, as one that only follows another"


async def fault(engine: AsyncEngine) -> str | None:
    """
    What is wrong, in a phrase without names or addresses; None if the database answers, is at this program's own revision and takes
    a write.
    """
    try:
        async with engine.connect() as connection:
            await connection.execution_options(**{READONLY: True})
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except StorageFull:
        return FULL
    except StorageError:
        return "does not answer"
    if found != known_revisions()[-1]:
        return "is not at this program's revision"
    if engine.url.get_backend_name() == "sqlite":
        return await asyncio.to_thread(_sqlite_write_fault, Path(engine.url.database or ""))
    return await _write_fault(engine)


async def clock_error(engine: AsyncEngine, clock: Clock) -> timedelta | None:
    """By how much `clock` is ahead of the database server's, to within what a question takes; None for SQLite, which has none. Raises `StorageError`."""
    if engine.url.get_backend_name() == "sqlite":
        return None
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))  # whatever connecting takes is over
        before = clock()
        there: datetime = await connection.scalar(text("SELECT clock_timestamp()"))
        after = clock()
    return before + (after - before) / 2 - there


async def _write_fault(engine: AsyncEngine) -> str | None:
    try:
        async with engine.begin() as connection:
            await connection.execute(text(_WRITE), _values())
    except StorageFull:
        return FULL
    except StorageError as error:
        return FOLLOWS if getattr(error.__cause__, "sqlstate", None) == TAKES_NO_WRITES else READ_ONLY
    return None


def _sqlite_write_fault(file: Path) -> str | None:
    """
    Try the disk first, since a log that was long once takes some writes more on a full one; then the file itself.

    On a connection of its own, which does not wait: whoever holds the lock is writing, so that it can be done.
    """
    found = disk.fault(file.absolute().parent)
    if found is not None:
        return FULL if disk.is_full(found) else READ_ONLY
    try:
        with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as connection:
            connection.execute(_WRITE, _values())
    except sqlite3.Error as error:
        said = str(error)
        return None if "locked" in said else FULL if "full" in said else READ_ONLY
    return None


def _values() -> dict[str, str]:
    return {"name": WRITTEN, "text": datetime.now(UTC).isoformat()}
