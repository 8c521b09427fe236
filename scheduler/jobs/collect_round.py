"""A round in which all sources are asked: of the processes that share a database one has it at a time, by a lease."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure
from scheduler import kept_leases
from scheduler.kept_leases import kept
from scheduler.services import Services

logger = logging.getLogger(__name__)

LEASE: Final = "collect"
"""The name of the lease on a round."""

AGAIN_SECONDS: Final = 1.0
"""How often somebody who waits for another process' round looks whether it is over."""


@asynccontextmanager
async def round_unless_taken(services: Services) -> AsyncIterator[bool]:
    """
    Have the round for as long as the context lasts; gives False where another process has it. Raises `StorageError`, and `LeaseLost` where the round
    is lost: what is asked is left then.
    """
    lease, since = await _claimed(services)
    if lease is None:
        logger.info("All sources are being asked by another process", extra={"action": "collect_elsewhere"})
        yield False
        return
    async with kept(services, [lease], since):
        yield True


@asynccontextmanager
async def round_in_turn(services: Services) -> AsyncIterator[bool]:
    """
    Wait until no other process has the round, and have it for as long as the context lasts; tells whether it had to wait. Raises as `round_unless_taken`
    does.
    """
    lease, since = await _claimed(services)
    waited = lease is None
    if waited:
        logger.info("All sources are being asked by another process", extra={"action": "collect_elsewhere"})
    while lease is None:
        await asyncio.sleep(AGAIN_SECONDS / services.speed)
        lease, since = await _claimed(services)
    async with kept(services, [lease], since):
        yield waited


async def _claimed(services: Services) -> tuple[Lease | None, float]:
    """Claim the round; give its lease, if nobody else has it, and the loop's time before it was asked for."""
    since, now = asyncio.get_running_loop().time(), services.clock()
    with noted_on_failure(services.unreleased) as held:
        async with services.unit_of_work() as uow:
            lease = await uow.leases.claim(LEASE, services.owner, now, now + kept_leases.HELD)
            held.extend([lease] if lease else [])
            await uow.commit()
    return lease, since
