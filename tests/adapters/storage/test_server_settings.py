"""What an operator has set for the database or its user: limits of time end no migration, and no isolation but the one that we reckon with is used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.queue import schema
from adapters.queue.schema import migrate_queue
from adapters.queue.shared import SharedQueue
from adapters.storage import migrations
from adapters.storage.migrations import migrate
from bot.errors import StorageError
from tests.databases import new_postgresql, opened

pytestmark = pytest.mark.postgres


async def database_with(*settings: str) -> str:
    """The address of an empty database of which such settings hold."""
    address = await new_postgresql()
    async with opened(address) as engine, engine.begin() as connection:
        for setting in settings:
            await connection.execute(text(f"ALTER DATABASE {make_url(address).database} SET {setting}"))
    return address


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout"])
@pytest.mark.parametrize(("made", "lock"), [(migrate, migrations._LOCK), (migrate_queue, schema._LOCK)])
async def test_limits(limit: str, made: Callable[[AsyncEngine], Awaitable[object]], lock: int) -> None:
    """Whoever migrates waits for another one that does, for longer than the server lets others."""
    address = await database_with(f"{limit} = '200ms'")
    async with opened(address) as first, opened(address) as second, first.connect() as holder:
        await holder.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": lock})
        waiting = asyncio.ensure_future(made(second))
        await asyncio.wait([waiting], timeout=1)
        assert not waiting.done()
        await holder.rollback()

        await waiting


async def test_told() -> None:
    """A statement that such a limit ended is told with the setting that did it."""
    async with opened(await database_with("statement_timeout = '50ms'")) as engine, engine.connect() as connection:
        with pytest.raises(StorageError, match=r"ended what we asked of it: .*ALTER ROLE … SET statement_timeout"):
            await connection.execute(text("SELECT pg_sleep(5)"))


async def test_isolation() -> None:
    """Units of work and the queue see what others have committed since they began, however strict others are to be."""
    address = await database_with("default_transaction_isolation = 'serializable'")
    async with opened(address) as engine, engine.connect() as connection:
        assert await connection.scalar(text("SHOW transaction_isolation")) == "read committed"
        await connection.close()
        await migrate_queue(engine)
    queue = SharedQueue(address)
    try:
        await queue.depths()
        connector = queue._app.connector
        assert await connector.execute_query_one_async("SHOW transaction_isolation") == {
            "transaction_isolation": "read committed"
        }
    finally:
        await queue.close()
