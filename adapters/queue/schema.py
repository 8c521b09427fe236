"""
Schema of the job queue: procrastinate's own SQL, applied in its order and noted by the names of its files.

Kept apart from our revisions, since it is another project's: it comes with the version that is installed, and not with a number of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.bounded_connection import UNLIMITED
from bot.errors import DatabaseNewer

_LOCK: Final = 0x70726F6372617374
"""The number under which PostgreSQL locks out a second one who does this. Any number will do, as long as it stays."""

_NOTED: Final = "queue_migrations"

_INDEXES: Final = {
    # Whether a job with the same key is being done, or waits before it, is asked of each candidate; procrastinate's index begins with the id.
    "paperround_jobs_lock": "CREATE INDEX paperround_jobs_lock ON procrastinate_jobs (lock)",
    # Which job of a queue is done next (`job_manager.FETCH`): of those that wait for a worker, and of those that wait for their time.
    "paperround_jobs_ready": (
        "CREATE INDEX paperround_jobs_ready ON procrastinate_jobs (queue_name, priority DESC, id)"
        " WHERE status = 'todo' AND scheduled_at IS NULL"
    ),
    "paperround_jobs_due": (
        "CREATE INDEX paperround_jobs_due ON procrastinate_jobs (queue_name, scheduled_at)"
        " WHERE status = 'todo' AND scheduled_at IS NOT NULL"
    ),
    # Which job of a workspace waits the longest for its turn (`SharedQueue.bring_forward`); at once in the index, for a list to be merged later is read whole.
    "paperround_jobs_told": (
        "CREATE INDEX paperround_jobs_told ON procrastinate_jobs USING gin ((args -> 'arguments') jsonb_path_ops)"
        " WITH (fastupdate = off) WHERE status = 'todo' AND scheduled_at IS NOT NULL"
    ),
}
"""Indexes of ours on procrastinate's table, by their names: what it has are read from end to end where tens of thousands of jobs wait."""


async def migrate_queue(engine: AsyncEngine) -> int:
    """
    Bring the queue's tables to the installed version of procrastinate, and our indexes to them, in one transaction; give how many of its files were
    applied.

    Where all is there nothing is written or made, so that a user with rights on rows alone may call it; processes that call it at once wait for each
    other. Raises `DatabaseNewer` where a newer procrastinate has changed them: what they mean to that one is not known here.
    """
    async with engine.begin() as connection:
        return await connection.run_sync(_migrate_patiently)


async def other_queue_schema(engine: AsyncEngine) -> str | None:
    """
    The version of the queue's tables, by the newest of procrastinate's files, where they are not those of the procrastinate that this process runs; else None.
    Raises `StorageError` where the database does not answer.
    """
    async with engine.connect() as connection:
        noted = set(await connection.scalars(text(f"SELECT name FROM {_NOTED}")))  # noqa: S608 - a constant
    return f"procrastinate {max(noted, default='')}".strip() if noted != set(_known()) else None


@cache
def _known() -> tuple[str, ...]:
    """The names of procrastinate's files in their order: those of the program as it was started, whatever an upgrade puts in its place while it runs."""
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - only where several processes share the work

    return tuple(sorted(file.name for file in Path(SchemaManager.get_migrations_path()).glob("*.sql")))


def _migrate_patiently(connection: Connection) -> int:
    driver: Any = connection.connection.driver_connection  # a `BoundedConnection`
    for statement in UNLIMITED:
        connection.execute(text(statement))
    with driver.within(None):
        return _migrate(connection)


def _migrate(connection: Connection) -> int:
    from procrastinate.schema import SchemaManager  # noqa: PLC0415 - only where several processes share the work

    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    known, folder = _known(), Path(SchemaManager.get_migrations_path())
    # Asked first: IF NOT EXISTS wants the right to make a table that exists.
    if not inspect(connection).has_table(_NOTED):
        connection.execute(text(f"CREATE TABLE {_NOTED} (name text PRIMARY KEY)"))
    if not inspect(connection).has_table("procrastinate_jobs"):
        _run(connection, SchemaManager.get_schema())
        _note(connection, known)
        _index(connection)
        return len(known)
    noted = set(connection.scalars(text(f"SELECT name FROM {_NOTED}")))  # noqa: S608 - a constant
    if unknown := sorted(noted.difference(known)):
        raise DatabaseNewer(
            f"The job queue's tables are those of a newer procrastinate than the one installed here ({version('procrastinate')}, which does not know "
            f"{unknown[-1]}). Install the Paper Round that the other processes on this database run: pip install --upgrade 'paperround[postgres]'"
        )
    missing = [name for name in known if name not in noted]
    for name in missing:
        _run(connection, (folder / name).read_text("utf-8"))
    _note(connection, missing)
    _index(connection)
    return len(missing)


def _run(connection: Connection, script: str) -> None:
    # Without parameters, a percent sign is one, and several statements may stand in one text.
    connection.execution_options(no_parameters=True).exec_driver_sql(script)


def _index(connection: Connection) -> None:
    there = {one["name"] for one in inspect(connection).get_indexes("procrastinate_jobs")}
    for name, statement in _INDEXES.items():
        if name not in there:
            _run(connection, statement)


def _note(connection: Connection, names: Sequence[str]) -> None:
    connection.execution_options(no_parameters=False)
    if names:
        connection.execute(
            text(f"INSERT INTO {_NOTED} (name) VALUES (:name)"),  # noqa: S608 - a constant
            [{"name": name} for name in names],
        )
