"""An owner whose connection to the database is frozen, without an error: it owns on by another connection, or ends before another one begins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.bounded_connection import BoundedConnection
from adapters.storage import database
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from scheduler import kept_leases
from scheduler.jobs.collect_round import round_in_turn
from scheduler.kept_leases import LeaseLost
from scheduler.ownership import Connection, owned
from scheduler.services import Services
from tests.databases import opened
from tests.frozen_proxy import FrozenProxy, frozen_proxy
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.postgres

OWNED: dict[str, Callable[[Services], AbstractAsyncContextManager[object]]] = {
    "a connection": lambda services: owned(services, Connection("listen/slack")),
    "a round": round_in_turn,
}
"""What is owned by a lease that is kept."""

whatever_is_owned = pytest.mark.parametrize("owns", OWNED.values(), ids=OWNED)


@pytest.fixture(autouse=True)
def impatient(proxy: FrozenProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for answers, once the proxy's database is made: that may take its time."""
    monkeypatch.setattr(kept_leases, "HELD", timedelta(seconds=6))
    monkeypatch.setattr(kept_leases, "GIVE_BACK_SECONDS", 0.5)
    monkeypatch.setattr(database, "RESTED_SECONDS", 0.1)
    monkeypatch.setattr(BoundedConnection, "ping_seconds", 1.0)


@pytest.fixture
async def proxy() -> AsyncIterator[FrozenProxy]:
    async with frozen_proxy(migrate) as found:
        yield found


@asynccontextmanager
async def process(address: str, owner: str) -> AsyncIterator[Services]:
    async with opened(address) as engine:
        yield replace(
            Lodge().services, owner=owner, unit_of_work=SqlUnitOfWorkFactory(engine), clock=lambda: datetime.now(UTC)
        )


@whatever_is_owned
async def test_new_connections_live(
    proxy: FrozenProxy, owns: Callable[[Services], AbstractAsyncContextManager[object]]
) -> None:
    """Who is frozen on one connection renews its lease on the next, and remains the owner."""
    async with (
        process(proxy.direct, "looks on") as onlooker,
        process(proxy.address, "first") as first,
        owns(first),
    ):
        opened_before = proxy.opened
        proxy.freeze()
        frozen_at = datetime.now(UTC)

        async def outlives_the_lease() -> bool:
            async with onlooker.unit_of_work() as uow:
                (lease,) = await uow.leases.held(datetime.now(UTC))
            return lease.owner == "first" and lease.until > frozen_at + 2 * kept_leases.HELD

        await until(outlives_the_lease)
        assert proxy.opened > opened_before


@whatever_is_owned
async def test_no_connection_lives(
    proxy: FrozenProxy, owns: Callable[[Services], AbstractAsyncContextManager[object]]
) -> None:
    """
    Who reaches the database by no connection ends by elapsed time, no later than another one begins; and gives its place up at once, though it
    cannot give the lease back.
    """
    began, lost = asyncio.Event(), list[float]()

    async def works(services: Services) -> None:
        async with owns(services):
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                lost.append(time.monotonic())

    async with process(proxy.address, "first") as first, process(proxy.direct, "second") as second:
        task = asyncio.create_task(works(first))
        await asyncio.wait_for(began.wait(), PATIENCE)
        proxy.new_ones = True
        proxy.freeze()
        async with asyncio.timeout(PATIENCE), owns(second):
            owned_at = time.monotonic()
            with pytest.raises(LeaseLost, match="could not be renewed for 6 seconds"):
                await asyncio.wait_for(task, PATIENCE)

    # The lease began with the claim or a renewal before the freeze; its owner counts from before that was asked.
    assert lost[0] < owned_at + 0.5
    assert time.monotonic() - lost[0] < 30, "a statement that nobody answers takes two minutes"
