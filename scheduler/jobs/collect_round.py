"""A round in which all sources are asked: of the processes that share a database one has it at a time, by a lease."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from bot.errors import StorageError
from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure
from scheduler.services import Services

logger = logging.getLogger(__name__)

LEASE: Final = "collect"
"""The name of the lease on a round."""

HELD: Final = timedelta(seconds=30)
"""How long it lasts without being renewed: so long nobody asks after whoever had the round died amid it."""

RENEWALS: Final = 3
"""How often it is renewed in that time."""

AGAIN_SECONDS: Final = 1.0
"""How often somebody who waits for another process' round looks whether it is over."""


@asynccontextmanager
async def round_unless_taken(services: Services) -> AsyncIterator[bool]:
    """Have the round for as long as the context lasts; gives False where another process has it. Raises `StorageError`."""
    lease = await _claimed(services)
    if lease is None:
        logger.info("All sources are being asked by another process", extra={"action": "collect_elsewhere"})
        yield False
        return
    async with _kept(services, lease):
        yield True


@asynccontextmanager
async def round_in_turn(services: Services) -> AsyncIterator[bool]:
    """Wait until no other process has the round, and have it for as long as the context lasts; tells whether it had to wait. Raises `StorageError`."""
    waited = False
    while (lease := await _claimed(services)) is None:
        if not waited:
            logger.info("All sources are being asked by another process", extra={"action": "collect_elsewhere"})
        waited = True
        await asyncio.sleep(AGAIN_SECONDS / services.speed)
    async with _kept(services, lease):
        yield waited


async def _claimed(services: Services) -> Lease | None:
    now = services.clock()
    with noted_on_failure(services.unreleased) as held:
        async with services.unit_of_work() as uow:
            lease = await uow.leases.claim(LEASE, services.owner, now, now + HELD)
            held.extend([lease] if lease else [])
            await uow.commit()
    return lease


@asynccontextmanager
async def _kept(services: Services, lease: Lease) -> AsyncIterator[None]:
    """Renew a lease for as long as the context lasts, and give it back."""
    keeping = asyncio.create_task(_keep(services, lease), name="keep the round")
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        with contextlib.suppress(StorageError), noted_on_failure(services.unreleased, lease):
            async with services.unit_of_work() as uow:
                await uow.leases.release(lease)
                await uow.commit()


async def _keep(services: Services, lease: Lease) -> None:
    """Renew it until that is in vain. The round goes on then: what it stores is stored once, and another one does no harm but to ask once more."""
    while True:
        await asyncio.sleep(HELD.total_seconds() / RENEWALS / services.speed)
        now = services.clock()
        try:
            async with services.unit_of_work() as uow:
                is_ours = await uow.leases.renew(lease, now, now + HELD)
                await uow.commit()
        except StorageError:
            continue  # the round itself meets it, and says so
        if not is_ours:
            return
