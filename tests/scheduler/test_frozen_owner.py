"""An owner whose connection to the database is frozen, without an error: it owns on by another connection, or ends before another one begins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.bounded_connection import BoundedConnection
from adapters.storage import database
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from scheduler import ownership
from scheduler.ownership import Connection, OwnershipLost, owned
from scheduler.services import Services
from tests.databases import new_postgresql, opened
from tests.frozen_proxy import FrozenProxy
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.postgres

SLACK = Connection("listen/slack")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "HELD", timedelta(seconds=3))
    monkeypatch.setattr(ownership, "GIVE_BACK_SECONDS", 0.5)
    monkeypatch.setattr(database, "RESTED_SECONDS", 0.1)
    monkeypatch.setattr(BoundedConnection, "ping_seconds", 0.4)


@pytest.fixture
async def proxy() -> AsyncIterator[FrozenProxy]:
    address = await new_postgresql()
    async with opened(address) as engine:
        await migrate(engine)
    async with FrozenProxy(address).running() as found:
        yield found


@asynccontextmanager
async def process(address: str, owner: str) -> AsyncIterator[Services]:
    async with opened(address) as engine:
        yield replace(
            Lodge().services, owner=owner, unit_of_work=SqlUnitOfWorkFactory(engine), clock=lambda: datetime.now(UTC)
        )


async def test_new_connections_live(proxy: FrozenProxy) -> None:
    """Who is frozen on one connection renews its lease on the next, and remains the owner."""
    async with (
        process(proxy.direct, "looks on") as onlooker,
        process(proxy.address, "first") as first,
        owned(first, SLACK) as keeping,
    ):
        opened_before = proxy.opened
        proxy.freeze()
        frozen_at = datetime.now(UTC)

        async def outlives_the_lease() -> bool:
            async with onlooker.unit_of_work() as uow:
                (lease,) = await uow.leases.held(datetime.now(UTC))
            return lease.owner == "first" and lease.until > frozen_at + 2 * ownership.HELD

        await until(outlives_the_lease)
        assert not keeping.done()
        assert proxy.opened > opened_before


async def test_no_connection_lives(proxy: FrozenProxy) -> None:
    """
    Who reaches the database by no connection ends by elapsed time, no later than another one begins; and gives its place up at once, though it
    cannot give the lease back.
    """
    lost: list[float] = []

    async def listens(services: Services) -> None:
        try:
            async with owned(services, SLACK) as keeping:
                began.set()
                try:
                    await keeping
                finally:
                    lost.append(time.monotonic())
        except OwnershipLost:
            pass

    began = asyncio.Event()
    async with process(proxy.address, "first") as first, process(proxy.direct, "second") as second:
        task = asyncio.create_task(listens(first))
        await asyncio.wait_for(began.wait(), PATIENCE)
        proxy.new_ones = True
        proxy.freeze()
        async with asyncio.timeout(PATIENCE), owned(second, SLACK):
            owned_at = time.monotonic()
            await asyncio.wait_for(task, PATIENCE)

    # The lease began with the claim or a renewal before the freeze; its owner counts from before that was asked.
    assert lost[0] < owned_at + 0.5
    assert time.monotonic() - lost[0] < 30, "a statement that nobody answers takes two minutes"
