"""On PostgreSQL leases last by the server's clock, whatever those of the machines say; and how far these are from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.health import clock_error
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.databases import migrated_postgresql, opened
from tests.factories import NOW

LEASE = timedelta(seconds=30)


@pytest.mark.postgres
@pytest.mark.parametrize("apart", [timedelta(minutes=-5), timedelta(minutes=5), timedelta(days=400)])
async def test_machines_whose_clocks_differ(apart: timedelta) -> None:
    """A machine whose clock is ahead takes nothing from a healthy owner; one whose clock is behind finds free what has run out."""
    async with opened(await migrated_postgresql()) as engine:
        units = SqlUnitOfWorkFactory(engine)
        theirs = NOW + apart
        async with units() as uow:
            ours = await uow.leases.claim("listen/slack", "we", NOW, NOW + LEASE)
            assert ours
            assert await uow.leases.claim("listen/slack", "they", theirs, theirs + LEASE) is None
            (held,) = await uow.leases.held(theirs)
            assert theirs + LEASE - timedelta(seconds=10) < held.until <= theirs + LEASE, (
                "told by the clock of who asks"
            )
            await uow.commit()
        async with units() as uow:
            # Renewed for no time at all it has run out, on everybody's clock.
            assert await uow.leases.renew(ours, NOW, NOW)
            assert await uow.leases.held(theirs) == []
            assert await uow.leases.claim("listen/slack", "they", theirs, theirs + LEASE)
            await uow.commit()


@pytest.mark.postgres
@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=40), timedelta(minutes=-10)])
async def test_how_wrong_a_clock_is(ahead: timedelta) -> None:
    """How far a machine's clock is from the server's is told, whichever way."""
    async with opened(await migrated_postgresql()) as engine:
        found = await clock_error(engine, lambda: datetime.now(UTC) + ahead)
    assert found is not None
    assert abs(found - ahead) < timedelta(seconds=2)


async def test_one_machine(sqlite: AsyncEngine) -> None:
    """A file has no clock of its own."""
    assert await clock_error(sqlite, lambda: datetime.now(UTC)) is None
