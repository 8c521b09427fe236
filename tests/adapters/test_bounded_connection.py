"""A connection whose server says nothing is given up; one that works for long, or waits for notices, is not."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text

from adapters.bounded_connection import NOTICED_BY_TCP, BoundedConnection
from adapters.conninfo import conninfo_of
from adapters.storage.database import create_engine, unbounded
from bot.errors import StorageError
from tests.frozen_proxy import FrozenProxy, frozen_proxy
from tests.waiting import PATIENCE

pytestmark = pytest.mark.postgres


@pytest.fixture
async def proxy() -> AsyncIterator[FrozenProxy]:
    async with frozen_proxy() as found:
        yield found


@pytest.fixture(autouse=True)
def impatient(proxy: FrozenProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for answers, once the proxy's database is made: that may take its time."""
    monkeypatch.setattr(BoundedConnection, "answer_seconds", 0.5)
    monkeypatch.setattr(BoundedConnection, "ping_seconds", 0.2)


async def connected(address: str) -> BoundedConnection:
    return await BoundedConnection.connect(conninfo_of(address), autocommit=True)


async def test_frozen(proxy: FrozenProxy) -> None:
    """A statement that is not answered raises in time, and its connection is closed."""
    connection = await connected(proxy.address)
    proxy.freeze()
    began = time.monotonic()
    with pytest.raises(psycopg.OperationalError, match="did not answer within"):
        await connection.execute("SELECT 1")

    assert 0.4 < time.monotonic() - began < 60
    assert connection.closed
    await connection.close()


async def test_what_takes_long(proxy: FrozenProxy) -> None:
    """What is unbounded may take longer than others; what comes after it is bounded again."""
    async with await connected(proxy.address) as connection:
        with connection.within(None):
            await connection.execute("SELECT pg_sleep(0.8)")
        with pytest.raises(psycopg.OperationalError):
            await connection.execute("SELECT pg_sleep(5)")


async def test_waiting_for_notices(proxy: FrozenProxy) -> None:
    """Silence is no fault where notices are waited for; a ping finds out that the connection is dead."""
    async with await connected(proxy.address) as connection:
        await connection.execute("LISTEN here")
        assert [] == [one async for one in connection.notifies(timeout=0.8)]
        await connection.ping()
        proxy.freeze()
        assert [] == [one async for one in connection.notifies(timeout=0.8)]
        with pytest.raises(psycopg.OperationalError):
            await connection.ping()


async def test_a_process_that_was_busy(proxy: FrozenProxy) -> None:
    """An answer that came in time counts, though this process was too busy to read it."""
    async with await connected(proxy.address) as connection:
        asked = asyncio.create_task(connection.execute("SELECT 17"))
        for _ in range(20):
            await asyncio.sleep(0.005)
        time.sleep(0.7)  # noqa: ASYNC251 - that is the fault
        assert (17,) == await (await asked).fetchone()


async def test_the_engine(proxy: FrozenProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A transaction on a dead connection fails in time, as a `StorageError`; the connections that rested meanwhile are replaced, so that the next one goes
    well. A migration may take as long as it likes.
    """
    monkeypatch.setattr("adapters.storage.database.RESTED_SECONDS", 0.0)
    engine = create_engine(proxy.address)
    try:
        async with engine.connect() as first, engine.connect() as second:
            await first.scalar(text("SELECT 1"))
            await second.scalar(text("SELECT 1"))
        async with engine.connect() as connection:
            await connection.scalar(text("SELECT 1"))
            proxy.freeze()
            with pytest.raises(StorageError):
                await asyncio.wait_for(connection.scalar(text("SELECT 1")), PATIENCE)
        async with asyncio.timeout(PATIENCE), engine.connect() as connection:
            assert await connection.scalar(text("SELECT 17")) == 17
            await connection.run_sync(_sleep_unbounded)
    finally:
        await engine.dispose()


async def test_locks_of_a_dead_connection(proxy: FrozenProxy) -> None:
    """What a transaction held whose connection died is free soon, though the server heard of no end."""
    asked = text("SELECT pg_advisory_xact_lock(17)")
    engine = create_engine(proxy.address)
    try:
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(contextlib.suppress(StorageError))  # it cannot be rolled back
            connection = await stack.enter_async_context(engine.connect())
            await connection.execute(asked)
            proxy.freeze()
            ends = time.monotonic() + 20
            while True:
                assert time.monotonic() < ends
                with contextlib.suppress(StorageError):
                    async with engine.connect() as other:
                        await other.execute(asked)
                        break
    finally:
        await engine.dispose()


def _sleep_unbounded(connection: object) -> None:
    with unbounded(connection):  # type: ignore[arg-type]
        connection.execute(text("SELECT pg_sleep(0.8)"))  # type: ignore[attr-defined]


@pytest.mark.parametrize("said", ["", "?keepalives_idle=77&tcp_user_timeout=1234"])
async def test_what_tcp_notices(proxy: FrozenProxy, said: str) -> None:
    """Every connection has the kernel look after it, as the address says where it says something."""
    wanted = {**NOTICED_BY_TCP, **({"keepalives_idle": "77", "tcp_user_timeout": "1234"} if said else {})}
    engine = create_engine(f"{proxy.address}{said}")
    try:
        async with engine.connect() as connection, await connected(f"{proxy.address}{said}") as other:
            raw = await connection.get_raw_connection()
            for one in (raw.driver_connection, other):
                assert wanted == {name: one.info.get_parameters()[name] for name in wanted}
    finally:
        await engine.dispose()
