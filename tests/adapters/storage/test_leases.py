"""Leases on PostgreSQL last by the server's clock, whatever those of the machines say."""

from __future__ import annotations

from datetime import timedelta

import pytest

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
