"""Kept leases: renewed as long as something goes on under them, lost by elapsed time, and given back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from bot.errors import PaperRoundError, StorageError
from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure
from scheduler.bounded_check import in_time
from scheduler.services import Services

logger = logging.getLogger(__name__)

HELD: Final = timedelta(seconds=30)
"""How long a lease lasts without being renewed: so long nobody does what its owner did, after that died."""

RENEWALS: Final = 3
"""How often it is renewed in that time."""

GIVE_BACK_SECONDS: Final = 5.0
"""How long giving a lease back may take. What takes longer is given back once the database answers."""


class LeaseLost(PaperRoundError):
    """This process holds a lease no more: another one took it, or may do so, since this one did not renew it for as long as it lasts."""


def pause() -> float:
    """Seconds from one renewal to the next."""
    return HELD.total_seconds() / RENEWALS


@asynccontextmanager
async def kept(services: Services, leases: Sequence[Lease], since: float) -> AsyncIterator[None]:
    """
    Renew leases as long as the context lasts, then give them back. `since` is the event loop's time before they were claimed.

    Where one of them is lost, what goes on in the context is cancelled, and `LeaseLost` is raised: once another process has it, and in any case where it could not be renewed
    for `HELD`, whether that failed or hung, or this process stood still.
    """
    names = ", ".join(lease.name for lease in leases)
    taken = list[str]()
    lasting = asyncio.timeout_at(since + HELD.total_seconds())
    try:
        async with lasting:
            renewing = asyncio.create_task(_keep(services, leases, lasting, taken), name=f"keep {names}")
            try:
                yield
            finally:
                renewing.cancel()
    except TimeoutError as error:
        if not lasting.expired():
            raise
        if taken:
            raise LeaseLost(f"Another process has {', '.join(taken)} now") from error
        # Where the others reach the database, one of them has it by now; where nobody does, nothing that is done could be stored.
        raise LeaseLost(f"{names} could not be renewed for {HELD.total_seconds():.0f} seconds") from error
    finally:
        with contextlib.suppress(StorageError, TimeoutError), noted_on_failure(services.unreleased, *leases):
            await in_time(_give_back(services, leases), GIVE_BACK_SECONDS)


async def _keep(services: Services, leases: Sequence[Lease], lasting: asyncio.Timeout, taken: list[str]) -> None:
    """Renew leases, and what is `lasting` with them, until another process has one: then note in `taken` which, and end it at once."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    while True:
        await asyncio.sleep(asked + pause() - loop.time())
        asked = loop.time()
        try:
            # One that hangs is left for the next one, which may go over another connection.
            found = await in_time(_renew(services, leases), pause())
        except (StorageError, TimeoutError) as error:
            names, why = ", ".join(lease.name for lease in leases), str(error) or "the database does not answer"
            logger.warning("%s could not be renewed: %s", names, why, extra={"action": "lease_waits"})
            continue
        if lasting.expired():
            return
        if found:
            taken += found
            lasting.reschedule(asked)
            return
        lasting.reschedule(asked + HELD.total_seconds())


async def _renew(services: Services, leases: Sequence[Lease]) -> list[str]:
    """Renew leases; give the names of those that are held no more."""
    now = services.clock()
    async with services.unit_of_work() as uow:
        lost = [lease.name for lease in leases if not await uow.leases.renew(lease, now, now + HELD)]
        await uow.commit()
    return lost


async def _give_back(services: Services, leases: Sequence[Lease]) -> None:
    async with services.unit_of_work() as uow:
        for lease in leases:
            await uow.leases.release(lease)
        await uow.commit()
