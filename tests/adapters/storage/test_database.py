"""The engine: addresses, what SQLite is told, and errors that name culprit and remedy."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import sqlite3
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage import health
from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.errors import StorageError, UsageError
from tests.databases import new_postgresql, opened, postgresql_server


async def complaint(address: str) -> str:
    """What a person is told who looks into the database at this address."""
    with pytest.raises(StorageError) as told:
        async with opened(address) as engine, SqlUnitOfWorkFactory(engine)() as unit:
            await unit.sources.all()
    return str(told.value)


async def test_a_pool_is_quiet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, where our own modules are heard, the end of a database's use is not told in SQLAlchemy's words."""
    logging.getLogger("adapters").setLevel(logging.INFO)
    try:
        async with opened(f"sqlite:///{tmp_path}/quiet.db") as engine:
            await migrate(engine)
    finally:
        logging.getLogger("adapters").setLevel(logging.NOTSET)

    assert [] == [record.getMessage() for record in caplog.records if "Pool" in record.getMessage()]


@pytest.mark.parametrize(
    ("address", "driver"),
    [
        ("sqlite:///some.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///some.db", "sqlite+aiosqlite"),
        ("postgresql://me@host/name", "postgresql+psycopg"),
        ("postgresql+psycopg://me@host/name", "postgresql+psycopg"),
        ("postgres://me@host/name", "postgresql+psycopg"),
    ],
)
async def test_addresses(address: str, driver: str) -> None:
    """An address is taken in every spelling people use for it."""
    async with opened(address) as engine:
        assert driver == engine.url.drivername


@pytest.mark.parametrize(
    ("address", "culprit"),
    [
        ("mysql://me:sesame@host/name", "'mysql'"),
        ("mysql+pymysql://me:sesame@host/name", "'mysql+pymysql'"),
        ("me:sesame@host", "no address"),
        ("postgresql://me:sesame@host:port/name", "no address"),
        ("", "no address"),
        ("sqlite://", "no file"),
        ("sqlite:///:memory:", "no file"),
        ("postgresql://me:sesame@host:5432", "no database"),
        ("postgresql://me:sesame@host/?sslmode=require", "no database"),
    ],
)
def test_addresses_that_mean_nothing_here(address: str, culprit: str) -> None:
    """An address of no use is refused at once, with what would be right, and without its password."""
    with pytest.raises(StorageError) as told:
        create_engine(address)

    assert culprit in str(told.value)
    assert "sqlite:///" in str(told.value)
    assert "sesame" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain installation has no driver of PostgreSQL's; whoever names such a database is told what to install."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(UsageError, match=r"pip install 'paperround\[postgres\]'"):
        create_engine("postgresql://somebody@127.0.0.1/papers")


async def test_pragmas(sqlite: AsyncEngine) -> None:
    """SQLite writes ahead, waits for a busy database, loses nothing at a power cut and minds foreign keys."""
    async with sqlite.connect() as connection:
        names = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")
        found = [await connection.scalar(text(f"PRAGMA {name}")) for name in names]

    assert ["wal", 15000, 2, 1] == found


async def test_directory_is_missing(tmp_path: Path) -> None:
    """The missing directory is named, and what to do about it."""
    told = await complaint(f"sqlite:///{tmp_path}/nowhere/paperround.db")

    assert f"the directory {tmp_path}/nowhere does not exist" in told
    assert "DATABASE_URL" in told


async def test_not_a_file(tmp_path: Path) -> None:
    """A directory in the place of the file cannot be opened."""
    told = await complaint(f"sqlite:///{tmp_path}")

    assert f"The database {tmp_path} cannot be opened" in told


@pytest.mark.parametrize("left", [0, 1, 2])
async def test_no_descriptors(tmp_path: Path, left: int) -> None:
    """Where too many files are open for a database and its log it is said, and what to set: the file itself is as it should be."""
    before, there = (
        resource.getrlimit(resource.RLIMIT_NOFILE),
        {int(one.name) for one in Path("/proc/self/fd").iterdir()},  # noqa: ASYNC240 - a moment, in a test
    )
    async with opened(f"sqlite:///{tmp_path}/p.db") as engine:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(there) + 1 + left, before[1]))
        held = []
        try:
            with contextlib.suppress(OSError):
                while True:
                    held.append(os.open(os.devnull, os.O_RDONLY))
            for _ in range(left):
                os.close(held.pop())
            with pytest.raises(StorageError, match="too many files are open"):
                await migrate(engine)
        finally:
            for one in held:
                os.close(one)
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_not_a_database(tmp_path: Path) -> None:
    """A file that is something else is left alone and named."""
    (tmp_path / "notes.txt").write_text("Shopping list\n" * 100)

    told = await complaint(f"sqlite:///{tmp_path}/notes.txt")

    assert f"{tmp_path}/notes.txt is not an SQLite database" in told
    assert "Shopping list\n" * 100 == (tmp_path / "notes.txt").read_text()


async def test_not_set_up(tmp_path: Path) -> None:
    """A database without our tables says how it gets them."""
    assert "has not been set up. Run" in await complaint(f"sqlite:///{tmp_path}/empty.db")


@pytest.mark.postgres
async def test_connections_that_died_while_they_rested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that a server closed while nobody used them are replaced before anybody notices."""
    monkeypatch.setattr("adapters.storage.database.RESTED_SECONDS", 0.2)
    address = await new_postgresql()
    async with opened(address) as engine, opened(address) as other:
        async with engine.connect() as one, engine.connect() as two:
            number = await one.scalar(text("SELECT pg_backend_pid()"))
            await two.scalar(text("SELECT 1"))
        async with other.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await asyncio.sleep(0.3)
        async with engine.connect() as one, engine.connect() as two:
            assert number != await one.scalar(text("SELECT pg_backend_pid()"))
            assert 1 == await two.scalar(text("SELECT 1"))


@pytest.mark.postgres
async def test_postgresql_not_set_up() -> None:
    """The same on PostgreSQL."""
    assert "has not been set up. Run" in await complaint(await new_postgresql())


async def test_held_by_another(sqlite: AsyncEngine) -> None:
    """A writer that waited in vain says who is to blame."""
    event.listen(
        sqlite.sync_engine, "connect", lambda connection, _: connection.cursor().execute("PRAGMA busy_timeout = 1")
    )
    async with SqlUnitOfWorkFactory(sqlite)() as first:
        await first.sources.save([])
        await first.sources.all()

        with pytest.raises(StorageError, match="is held by another program"):
            async with SqlUnitOfWorkFactory(sqlite)() as second:
                await second.sources.all()


async def test_all_connections_in_use(sqlite: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits in vain for a connection of the pool meets a StorageError, as where the database fails; afterwards it goes on."""
    monkeypatch.setattr(sqlite.pool, "_timeout", 0.05)
    async with contextlib.AsyncExitStack() as held:
        for _ in range(15):
            await held.enter_async_context(sqlite.connect())
        with pytest.raises(StorageError, match="all in use, and none became free"):
            async with SqlUnitOfWorkFactory(sqlite).reading():
                pass

    async with sqlite.connect() as connection:
        assert 1 == await connection.scalar(text("SELECT 1"))


async def test_two_that_begin_in_one_moment(tmp_path: Path) -> None:
    """Who opens a fresh file while another one is making it waits, also where SQLite itself would not."""
    file = tmp_path / "paperround.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with opened(f"sqlite:///{file}") as engine:
            asyncio.get_running_loop().call_later(0.3, other.rollback)
            async with engine.connect() as connection:
                assert await connection.scalar(text("PRAGMA journal_mode")) == "wal"


async def test_constraint(sqlite: AsyncEngine) -> None:
    """A change that contradicts the database names the constraint, never the value."""
    statement = text(
        "INSERT INTO picks (channel, week, rank, item_key) VALUES ('secret channel', '2026-W33', 1, 'key:1')"
    )
    async with sqlite.connect() as connection:
        with pytest.raises(StorageError, match="FOREIGN KEY") as told:
            async with SqlUnitOfWorkFactory(sqlite)() as unit:
                await unit._connection.execute(statement)
        await connection.rollback()

    assert "secret channel" not in str(told.value)


@pytest.mark.postgres
async def test_nobody_there() -> None:
    """A PostgreSQL server that does not answer is named by its address, without the password."""
    told = await complaint("postgresql://me:sesame@127.0.0.1:1/papers")

    assert "The PostgreSQL database 'papers' at 127.0.0.1:1 cannot be reached" in told
    assert "DATABASE_URL" in told
    assert "sesame" not in told


@pytest.mark.postgres
async def test_a_database_that_does_not_exist() -> None:
    """Its server runs: what to do is to make the database, or to name another one."""
    told = await complaint(make_url(postgresql_server()).set(database="misspelt").render_as_string(hide_password=False))

    assert "The PostgreSQL database 'misspelt'" in told
    assert "does not exist on its server. Make it there" in told
    assert "See that it runs" not in told


@pytest.mark.postgres
async def test_a_server_that_takes_no_writes() -> None:
    """One that only follows another answers, and says so; the remedy is to promote it, or to name the one that is written."""
    address = make_url(await new_postgresql()).update_query_dict({"options": "-c default_transaction_read_only=on"})
    async with opened(address.render_as_string(hide_password=False)) as engine:
        with pytest.raises(StorageError) as told:
            await migrate(engine)

    assert "cannot be written: its server takes no writes now" in str(told.value)
    assert "DATABASE_URL" in str(told.value)


@pytest.mark.postgres
async def test_after_a_look_at_it() -> None:
    """A connection on which was only read before writes no more than the server lets it, and it is said why; so does the health check."""
    address = await new_postgresql()
    async with opened(address) as engine:
        await migrate(engine)
    follower = make_url(address).update_query_dict({"options": "-c default_transaction_read_only=on"})
    async with opened(follower.render_as_string(hide_password=False)) as engine:
        factory = SqlUnitOfWorkFactory(engine)
        for _ in range(2):
            async with factory.reading() as uow:
                assert await uow.channels.all() == {}
        with pytest.raises(StorageError, match="cannot be written: its server takes no writes now"):
            async with factory() as uow:
                await uow.notes.put("of", "us")

        assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]
        assert await health.fault(engine) == health.FOLLOWS


@pytest.mark.postgres
async def test_no_connection_left() -> None:
    """A server that lets nobody else in runs, and is named rightly: what to do is to let it take more, or to ask for fewer."""
    user = f"user_{uuid4().hex}"
    async with opened(postgresql_server()) as engine, engine.connect() as connection:
        await connection.execute(text(f"CREATE ROLE {user} LOGIN CONNECTION LIMIT 0"))
        await connection.commit()
        told = await complaint(make_url(postgresql_server()).set(username=user).render_as_string(hide_password=False))
        await connection.execute(text(f"DROP ROLE {user}"))
        await connection.commit()

    assert "has no connection left for us" in told
    assert "max_connections" in told
    assert "See that it runs" not in told


@pytest.mark.postgres
async def test_a_user_that_is_not_let_in() -> None:
    """A server that refuses the user runs: what to look at is who is named, and the password."""
    told = await complaint(make_url(postgresql_server()).set(username="stranger").render_as_string(hide_password=False))

    assert "does not let us in" in told
    assert "PGPASSWORD" in told
    assert "See that it runs" not in told


@pytest.mark.postgres
async def test_no_such_postgresql_database() -> None:
    """A database that the server does not have is named."""
    told = await complaint(postgresql_server().replace("/postgres?", "/papers?"))

    assert "'papers'" in told
    assert "does not exist" in told


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("query", "culprit"),
    [
        ("bogus=1", "bogus"),
        ("sslmode=sometimes", "sometimes"),
        ("keepalives_idle=soon", "keepalives_idle"),
    ],
)
async def test_what_the_address_asks_for(query: str, culprit: str) -> None:
    """An option that there is not is named; whether the server runs nobody has looked."""
    told = await complaint(f"postgresql://me:sesame@127.0.0.1:1/papers?{query}")

    assert "cannot be asked for" in told
    assert culprit in told
    assert "behind the question mark of DATABASE_URL" in told
    assert "See that it runs" not in told
    assert "sesame" not in told


def _refusal(message: str) -> bytes:
    """A server's ErrorResponse to who wants in."""
    fields = b"".join(
        name + value.encode() + b"\0"
        for name, value in ((b"S", "FATAL"), (b"V", "FATAL"), (b"C", "28000"), (b"M", message))
    )
    return b"E" + (len(fields) + 5).to_bytes(4, "big") + fields + b"\0"


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("query", "answer", "told"),
    [
        ("sslmode=require", b"N", "takes no TLS, which is asked for: "),
        (
            "sslmode=disable",
            _refusal('no pg_hba.conf entry for host "10.0.0.9", user "me", database "papers", no encryption'),
            "ask for TLS by sslmode=require in DATABASE_URL",
        ),
    ],
)
async def test_a_server_that_is_asked_wrongly(query: str, answer: bytes, told: str) -> None:
    """One that answers runs: what to do is to ask it otherwise, or to let it take that."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readexactly(8)
            writer.write(answer)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        said = await complaint(f"postgresql://me:sesame@127.0.0.1:{port}/papers?{query}")

    assert told in said
    assert "See that it runs" not in said
    assert "sesame" not in said


@pytest.mark.postgres
async def test_a_schema_that_does_not_exist() -> None:
    """Where `search_path` leads nowhere no table can be made; the remedy says what to make or to leave out."""
    address = make_url(await new_postgresql()).update_query_dict({"options": "-c search_path=nowhere"})
    async with opened(address.render_as_string(hide_password=False)) as engine:
        with pytest.raises(StorageError) as told:
            await migrate(engine)

    assert "CREATE SCHEMA" in str(told.value)
    assert "search_path out of DATABASE_URL" in str(told.value)


async def test_migrating_what_cannot_be_used(tmp_path: Path) -> None:
    """Setting up complains as looking does."""
    (tmp_path / "notes.txt").write_text("Shopping list\n" * 100)

    async with opened(f"sqlite:///{tmp_path}/notes.txt") as engine:
        with pytest.raises(StorageError, match="is not an SQLite database"):
            await migrate(engine)
