"""A PostgreSQL database that cannot be used is refused before anything is made in it, in words that say what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine
from typer.testing import CliRunner

from adapters.conninfo import conninfo_of
from adapters.storage.database import create_engine
from adapters.storage.move import move
from adapters.storage.server import check_server
from bot.errors import StorageError, UsageError
from scheduler.cli import app
from tests.databases import migrated_sqlite, new_postgresql, opened
from tests.factories import NOW
from tests.fake_pooler import pooler

pytestmark = pytest.mark.postgres

POOLED = r"lies behind a pooler .*Name the server itself in DATABASE_URL.*pool_mode = session"
COMMANDS = (["migrate"], ["up"], ["worker"], ["web"], ["clock"], ["doctor"], ["status"])


async def test_by_transaction() -> None:
    """A pooler that lends its connections for a transaction is refused, whatever command is given."""
    async with pooler(await new_postgresql(), by_transaction=True) as address, opened(address) as engine:
        with pytest.raises(UsageError, match=POOLED):
            await check_server(engine)


@pytest.mark.parametrize("busy", [1, 3])
async def test_others_behind_it(busy: int) -> None:
    """It is known as one, too, where others hold some of its connections to the server, or have given them back."""
    async with pooler(await new_postgresql(), by_transaction=True) as address, opened(address) as others:
        held = [await others.connect() for _ in range(busy)]
        for one in held:
            await one.execute(text("SELECT 1"))
        await held[0].rollback()
        async with opened(address) as engine:
            with pytest.raises(UsageError, match=POOLED):
                await check_server(engine)
        for one in held:
            await one.close()


async def test_by_session() -> None:
    """One that keeps a connection for each client is as good as none."""
    async with pooler(await new_postgresql(), by_transaction=False) as address, opened(address) as engine:
        await check_server(engine)


async def test_no_room_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """One in whose pool there is no room for a second connection is not taken for one in transaction mode, and is not waited for."""
    monkeypatch.setattr("adapters.storage.server.LOOK_SECONDS", 0.2)
    async with pooler(await new_postgresql(), by_transaction=False, size=1) as address, opened(address) as engine:
        await check_server(engine)


async def test_without_one() -> None:
    """A server that is reached itself is asked over one connection."""
    async with opened(await new_postgresql()) as engine:
        await check_server(engine)

        assert engine.pool.checkedin() == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one[0])
async def test_every_command(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts anything behind such a pooler is told so, and nothing is made in the database."""
    monkeypatch.chdir(tmp_path)
    database = await new_postgresql()
    async with pooler(database, by_transaction=True) as address:
        monkeypatch.setenv("DATABASE_URL", address)
        with pytest.raises(UsageError, match=POOLED):
            await asyncio.to_thread(invoked, command)
    async with opened(database) as engine:
        assert await tables(engine) == []


def invoked(command: list[str]) -> None:
    raised = CliRunner().invoke(app, command).exception
    assert raised is not None
    raise raised


async def tables(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).get_table_names())


async def test_prepared_by_others() -> None:
    """Where it was not known as one at the start, what the server says of prepared statements is told as what it comes from."""
    async with opened(await new_postgresql()) as engine, engine.connect() as connection:
        with pytest.raises(StorageError, match=POOLED):
            await connection.execute(text("EXECUTE prepared_by_nobody"))


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
async def test_encoding(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is not kept as UTF-8 is refused with how to make one that is, by every command, before anything is made in it."""
    monkeypatch.chdir(tmp_path)
    address = await new_postgresql("template0", f"ENCODING '{encoding}' LOCALE 'C'")
    monkeypatch.setenv("DATABASE_URL", address)
    told = rf"keeps text as {encoding}.*name that one in DATABASE_URL: CREATE DATABASE paperround ENCODING 'UTF8'"
    for command in (["migrate"], ["doctor"], ["up"]):
        with pytest.raises(UsageError, match=told):
            await asyncio.to_thread(invoked, command)

    async with opened(address) as engine:
        assert await tables(engine) == []


async def test_move_into_it(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is moved into such a database, and the file goes on being served."""
    target = await new_postgresql("template0", "ENCODING 'LATIN1' LOCALE 'C'")
    async with opened(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as old, opened(target) as new:
        with pytest.raises(UsageError, match="name that one in ADDRESS"):
            await move(old, new, NOW)

        async with old.connect() as connection:
            assert (await connection.execute(text("SELECT name FROM notes"))).all() == []


@pytest.mark.parametrize("asked", ["", "LATIN1"])
async def test_exchanged_as_utf8(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is exchanged as UTF-8, whatever the environment or the address says."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    address = await new_postgresql()
    engine = create_engine(f"{address}&client_encoding={asked}" if asked else address)
    try:
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT :said"), {"said": "稀疏"}) == "稀疏"
    finally:
        await engine.dispose()
    assert "client_encoding=UTF8" in conninfo_of(f"{address}&client_encoding={asked}" if asked else address)


async def test_an_older_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of a version that is not supported is refused by every command, with both versions and what to do."""
    address = await new_postgresql()
    async with opened(address) as engine:
        await check_server(engine)
        monkeypatch.setattr("adapters.storage.server.OLDEST", 99)
        with pytest.raises(
            UsageError, match=r"is on PostgreSQL \d\d, and Paper Round needs 99 or newer. Upgrade its server"
        ):
            await check_server(engine)
        async with engine.connect() as connection:
            assert [] == await connection.run_sync(lambda one: inspect(one).get_table_names())
