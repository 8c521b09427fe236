"""
Ownership by lease: of several processes one listens on a connection, and another one takes over when it is gone.

Owned is what may exist once: Slack's Socket Mode, each of Discord's shards. Two owners at once would do no harm, for every event is
stored by its id; but each connection is counted by the platform.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import StorageError
from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure
from scheduler import kept_leases
from scheduler.bounded_check import in_time
from scheduler.services import Services

logger = logging.getLogger(__name__)

SOON: Final = timedelta(seconds=0.2)
"""How long after a lease has run out who stands by asks for it: its end is told to the millisecond and not beyond."""


@dataclass(frozen=True, slots=True)
class Connection:
    """
    A connection of which each part has one owner at a time. `name` is the whole connection's; `shards` are the parts that this process wants,
    each with its number and how many there are, none where it is not divided.
    """

    name: str
    shards: tuple[tuple[int, int], ...] = ()

    @property
    def leases(self) -> tuple[str, ...]:
        """The names of the leases on it, one a shard."""
        return tuple(f"{self.name}/{number}/{count}" for number, count in self.shards) or (self.name,)

    def includes(self, lease: str) -> bool:
        """Whether a lease is on a part of the connection, whoever wants it."""
        return lease == self.name or lease.startswith(f"{self.name}/")

    def excludes(self, lease: str) -> bool:
        """
        Whether this process cannot own its part while another one holds a lease: on the same shard, or on one of another division, whose shards
        have servers in common with ours.
        """
        divided_alike = {str(count) for _, count in self.shards} == {lease.rpartition("/")[2]}
        return self.includes(lease) and (lease in self.leases or not divided_alike)


@asynccontextmanager
async def owned(
    services: Services, connection: Connection, stands_by: Callable[[str], None] = lambda _: None
) -> AsyncIterator[None]:
    """
    Wait until this process owns its part of a connection, all of it at once, and own it as long as the context lasts.

    Where it is lost meanwhile, the context is cancelled, and `LeaseLost` is raised: who owned it has to stop. `stands_by` is called, with the owner's name in leases
    (`Services.owner`), whenever it turns out that somebody else owns it.
    """
    leases, since = await _claimed(services, connection, stands_by)
    logger.info("This process owns %s now", ", ".join(connection.leases), extra={"action": "ownership_taken"})
    async with kept_leases.kept(services, leases, since):
        yield


async def _claimed(
    services: Services, connection: Connection, stands_by: Callable[[str], None]
) -> tuple[list[Lease], float]:
    """Wait for the leases; give them, and the loop's time before they were asked for."""
    told: set[str] = set()
    while True:
        pause, since = kept_leases.pause(), asyncio.get_running_loop().time()
        try:
            claimed, others, left = await in_time(_claim(services, connection), kept_leases.HELD.total_seconds())
        except (StorageError, TimeoutError) as error:
            why = str(error) or "the database does not answer"
            logger.warning("Nobody can own %s yet: %s", connection.name, why, extra={"action": "ownership_waits"})
        else:
            if claimed:
                return claimed, since
            if others:
                stands_by(others[0].owner)
                in_the_way = {lease.name for lease in others}
                pause = min(pause, (left + SOON).total_seconds())
                # Who stands by for the very same part waits in silence; other parts that overlap with it are somebody's mistake.
                if in_the_way != set(connection.leases) and in_the_way != told:
                    told = in_the_way
                    logger.warning(
                        "This process waits for %s, which overlaps with what another process owns: %s. Give each process shards of its own, "
                        "all of one number",
                        ", ".join(connection.leases),
                        ", ".join(sorted(in_the_way)),
                        extra={"action": "ownership_overlaps"},
                    )
        await asyncio.sleep(pause)


async def _claim(services: Services, connection: Connection) -> tuple[list[Lease], list[Lease], timedelta]:
    """
    Claim everything or nothing; where that is nothing, give the leases of those who are in the way, and how long the last of these lasts. There may be
    none in the way that was seen: then it is to be tried again after the usual pause.
    """
    now = services.clock()
    with noted_on_failure(services.unreleased) as held:
        return await _claim_at(services, connection, now, held)


async def _claim_at(
    services: Services, connection: Connection, now: datetime, held: list[Lease]
) -> tuple[list[Lease], list[Lease], timedelta]:
    """Do so, as of an instant; add to `held` what is about to be committed."""
    async with services.unit_of_work() as uow:
        # One after another: what is held is seen by whoever claims next.
        await uow.leases.lock(connection.name)
        others = [
            lease
            for lease in await uow.leases.held(now)
            if lease.owner != services.owner and connection.includes(lease.name)
        ]
        excluding = [lease for lease in others if connection.excludes(lease.name)]
        if excluding:
            owners = {lease.owner for lease in excluding}
            ends = max(lease.until for lease in excluding)
            return [], [lease for lease in others if lease.owner in owners], ends - now
        claims = [
            await uow.leases.claim(name, services.owner, now, now + kept_leases.HELD) for name in connection.leases
        ]
        claimed = [lease for lease in claims if lease is not None]
        if len(claimed) < len(claims):
            # Whoever held one renewed it between the look and the claim: that takes no lock. Nothing is committed.
            return [], [], timedelta(0)
        held += claimed
        await uow.commit()
    return claimed, [], timedelta(0)
