"""
Ownership by lease: of several processes one listens on a connection, and another one takes over when it is gone.

Owned is what may exist once: Slack's Socket Mode, a range of Discord's shards. Two owners at once would do no harm, for every event is
stored by its id; but each connection is counted by the platform.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from bot.errors import PaperRoundError, StorageError
from bot.model import Lease
from scheduler.services import Services

logger = logging.getLogger(__name__)

HELD: Final = timedelta(seconds=30)
"""How long a lease lasts without being renewed: so long nobody listens after an owner died."""

RENEWALS: Final = 3
"""How often it is renewed in that time."""


class OwnershipLost(PaperRoundError):
    """Another process took over what this one owned, since it told nothing for too long."""


@asynccontextmanager
async def owned(services: Services, name: str) -> AsyncIterator[asyncio.Task[None]]:
    """
    Wait until this process owns something, and own it as long as the context lasts.

    Gives a task that fails with `OwnershipLost` once somebody else has taken over: who owned it has to stop.
    """
    lease = await _claimed(services, name)
    logger.info("This process owns %s now", name, extra={"action": "ownership_taken"})
    keeping = asyncio.create_task(_keep(services, lease), name=f"own {name}")
    try:
        yield keeping
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with contextlib.suppress(StorageError):
            async with services.unit_of_work() as uow:
                await uow.leases.release(lease)
                await uow.commit()


def _pause(services: Services) -> float:
    return HELD.total_seconds() / RENEWALS / services.speed


async def _claimed(services: Services, name: str) -> Lease:
    while True:
        now = services.clock()
        try:
            async with services.unit_of_work() as uow:
                lease = await uow.leases.claim(name, services.owner, now, now + HELD)
                await uow.commit()
        except StorageError as error:
            logger.warning("Nobody can own %s yet: %s", name, error, extra={"action": "ownership_waits"})
        else:
            if lease is not None:
                return lease
        await asyncio.sleep(_pause(services))


async def _keep(services: Services, lease: Lease) -> None:
    """Renew a lease until that is in vain."""
    kept = services.clock()
    while True:
        await asyncio.sleep(_pause(services))
        now = services.clock()
        try:
            async with services.unit_of_work() as uow:
                mine = await uow.leases.renew(lease, now + HELD)
                await uow.commit()
        except StorageError as error:
            logger.warning("%s could not be renewed: %s", lease.name, error, extra={"action": "ownership_waits"})
            mine = now - kept < HELD  # the others do not reach the database either, or it is ours no more
        else:
            kept = now
        if not mine:
            raise OwnershipLost(
                f"Another process took over {lease.name}, since this one told nothing for {HELD.total_seconds():.0f} seconds. "
                "This one ends; let what supervises it start it again."
            )
