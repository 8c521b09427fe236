"""
Compaction: after a member is forgotten, what was deleted is nowhere in the database's files either.

`secure_delete` overwrites rows, but a full-text index keeps words in segments until they are merged, free pages may hold older ones, and
the write-ahead log keeps what was written. So the index is rebuilt, the file is written again without what is free, and the log is cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.database import BUSY_SECONDS
from adapters.unfinished import write_whole

_INDEXES: Final = ("search_words", "search_team_words")

_ALL_OURS: Final = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) OR (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database())
FROM pg_class WHERE relkind = 'r' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"""
"""Whether the user owns all tables, or the database that they are in."""

NOT_OURS: Final = (
    "The rows are gone; the database's files still hold them, for the user of DATABASE_URL does not own its tables. Run the same "
    "`paperround forget` again as their owner."
)

BESIDE: Final = ".forgotten"
"""What is appended to the database's name for the suppression list beside it, which a restore of an older backup reads."""


async def compact(engine: AsyncEngine) -> str | None:
    """
    Remove what was deleted from the files; give what is left to do, in a sentence, None if nothing is.

    On PostgreSQL the tables are written again; its own write-ahead log and archives are the server's.
    """
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            driver: Any = (await connection.get_raw_connection()).driver_connection
            # It waits for whoever reads, and writes all that there is: no bound is long enough.
            with driver.within(None):
                await connection.execute(text("VACUUM FULL"))
        return "The server's own write-ahead log and archives keep what was there until they are recycled."
    return await asyncio.to_thread(compact_file, Path(engine.url.database or ""))


async def may_compact(engine: AsyncEngine) -> bool:
    """Whether this user may have every table written again: PostgreSQL leaves out the others' with a warning that nobody reads."""
    if engine.dialect.name != "postgresql":
        return True
    async with engine.connect() as connection:
        return bool(await connection.scalar(text(_ALL_OURS)))


def compact_file(file: Path) -> str | None:
    """The same of an SQLite file."""
    try:
        with contextlib.closing(sqlite3.connect(file, isolation_level=None, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            for name in _INDEXES:
                connection.execute(f"INSERT INTO {name}({name}) VALUES ('rebuild')")  # noqa: S608 - names of our own
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        return f"The file could not be cleaned of what was deleted ({error}). Stop Paper Round, and run this again."
    return (
        "Somebody reads the database just now, so its log still holds what was deleted. Run this again."
        if busy
        else None
    )


async def merge_index(engine: AsyncEngine) -> None:
    """
    Take words that were deleted out of the index of the team's words: FTS5 keeps them in its segments until these are merged.

    Merging takes as long as the team wrote much since the last time. On PostgreSQL autovacuum does as much.
    """
    if engine.dialect.name == "sqlite":
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO search_team_words(search_team_words) VALUES ('optimize')"))


def write_list_beside(engine: AsyncEngine, key: str, hashes: list[str]) -> None:
    """Keep the suppression list beside an SQLite file, for its owner alone. Raises `StorageError` where it cannot be written."""
    if engine.dialect.name == "sqlite":
        write_whole(Path(f"{engine.url.database}{BESIDE}"), json.dumps({"key": key, "hashes": sorted(hashes)}))


def read_list_beside(database: Path) -> tuple[str, list[str]] | None:
    """The suppression list beside an SQLite file; None where there is none that can be read."""
    try:
        found = json.loads(Path(f"{database}{BESIDE}").read_text("utf-8"))
        return str(found["key"]), [str(one) for one in found["hashes"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
