"""
Schema migrations, and the one call that brings a database up to date.

A revision is a file in `versions/`, named by its id; ids are numbered, so that their order is that of the files. Revisions are
frozen: they spell out the tables as they were then and import none of our code.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.database import unbounded
from adapters.storage.failures import name
from bot.errors import DatabaseNewer, UsageError

_LOCK = 0x70617065726E6474
"""The number under which PostgreSQL locks out a second migration. Any number will do, as long as it stays."""

OURS: Final = frozenset({"alembic_version", "digests", "postings", "events"})
"""Tables that every Paper Round database has, since the first revision."""


async def migrate(engine: AsyncEngine) -> None:
    """
    Bring the database to the newest revision, in one transaction: all of it, or nothing.

    Processes that call this at once wait for each other. Raises `UsageError` where another program's tables are in the way, `DatabaseNewer` where it
    was made by a newer version of the program, `StorageError` where the database cannot be used, or is a file of an older revision that another process is serving: an older program must not
    have its tables changed while it runs.
    """
    async with engine.begin() as connection:
        await connection.run_sync(_migrate, engine)


def _migrate(connection: Connection, engine: AsyncEngine) -> None:
    with unbounded(connection):
        _bring_up_to_date(connection, engine)


def _bring_up_to_date(connection: Connection, engine: AsyncEngine) -> None:
    # SQLite needs no lock of ours: its transaction has begun IMMEDIATE.
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    revisions, found = known_revisions(), _found(connection)
    if found not in revisions:
        _refuse_others(connection)
    if found is not None and found not in revisions:
        raise DatabaseNewer(
            f"{name(connection.engine.url)} was made by a newer Paper Round (its revision is {found!r}). Update the program."
        )
    if found is None:
        _upgrade(connection)
    elif found != revisions[-1]:
        from adapters.storage.instance import alone_on  # noqa: PLC0415 - seldom

        with alone_on(engine), _taking_writes(connection):
            _upgrade(connection)


@contextlib.contextmanager
def _taking_writes(connection: Connection) -> Iterator[None]:
    """Let a file that was moved be brought up to date; it refuses writes again at the end of the same transaction."""
    said = None
    if connection.dialect.name == "sqlite":
        from adapters.storage.write_barrier import refusal, refuse_writes, take_writes  # noqa: PLC0415 - seldom

        if said := refusal(connection):
            take_writes(connection)
    yield
    if said:
        refuse_writes(connection, said)


@cache
def known_revisions() -> tuple[str, ...]:
    """The ids of all revisions, oldest first: those of the program as it was started, whatever an upgrade puts in its place while it runs."""
    return tuple(sorted(path.stem for path in (Path(__file__).parent / "versions").glob("[0-9]*.py")))


async def other_revision(engine: AsyncEngine) -> str | None:
    """
    The database's revision where that is not this program's newest; None where it is, or nobody can say, as while a dump is put back.

    Raises `StorageError` where the database does not answer.
    """
    async with engine.connect() as connection:
        found: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found if found != known_revisions()[-1] else None


def _found(connection: Connection) -> str | None:
    """The database's own revision; None in a database that was never migrated."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _refuse_others(connection: Connection) -> None:
    """Raise `UsageError` where a table that we would make, or our note of the revision, is another program's."""
    found = {*inspect(connection).get_table_names(), *inspect(connection).get_view_names()}
    if found >= OURS:
        return
    from adapters.storage.tables import metadata  # noqa: PLC0415 - seldom

    if taken := sorted(found & ({"alembic_version"} if _found(connection) else metadata.tables.keys())):
        raise UsageError(
            f"{name(connection.engine.url)} is another program's: its table {taken[0]} is not Paper Round's. Nothing was changed. Make an empty database, "
            "and name that one in DATABASE_URL."
        )


def _upgrade(connection: Connection) -> None:
    # Imported here: a start that has nothing to migrate is the rule, and should not pay for Alembic.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "adapters.storage:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
