"""
The jobs that look for what platforms did not tell: each channel by itself, side by side, in rounds (`bot.usecases.reconcile_rounds`).

A process that does everything goes through a platform's round by itself, in `Services.reconciling`; several processes put a job a channel into the queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from bot.errors import StorageError
from bot.model import ReconciledChannel
from bot.usecases import reconcile_rounds as rounds
from bot.usecases.reconcile import reconcile_channel
from scheduler.services import Services

logger = logging.getLogger(__name__)

AT_A_TIME: Final = 400
"""How many channels of a platform are held for their look: the others of ten thousand wait in the database."""

IN_LANE: Final = 8
"""How many of these are of one workspace, where one process does everything."""

IN_QUEUE: Final = 2
"""The same in the queue of several processes, where each that finds no place is put in again: one that is looked at, and the next one."""

LOOK_SECONDS: Final = 5.0
"""How often it is looked which channels are next, while a round is under way."""


async def begin_round(services: Services, platform: str) -> None:
    """Note that something may have been missed on a platform until now, so that every channel on it is looked at."""
    await rounds.begin_round(platform, services.unit_of_work, services.clock)


async def reconcile(services: Services, platform: str) -> None:
    """
    Look at the channels with which a platform's round is not done, until only those are left that are tried again later. Nothing where the platform is not
    connected.

    Raises `StorageError` where the database failed; what is under way then goes on.
    """
    looking: set[asyncio.Future[None]] = set()
    while number := await open_round(services, platform):
        found = await next_channels(services, platform, number, IN_LANE)
        looking |= {turn for one in found if (turn := submit(services, one, number))}
        if not looking:
            break
        done, looking = await asyncio.wait(looking, timeout=LOOK_SECONDS / services.speed)
        for one in done:
            one.result()
    await services.settle()


async def open_round(services: Services, platform: str) -> int | None:
    """The number of the round that is under way on a platform, or is to begin now; None where there is nothing to do."""
    if platform not in services.chats:
        return None
    found = await rounds.open_round(platform, services.unit_of_work, services.clock)
    return found.number if found else None


async def next_channels(services: Services, platform: str, number: int, of_lane: int) -> Sequence[ReconciledChannel]:
    """The channels that are looked at next in a round, at most so many of a workspace; none where the others are tried later, or the round is done."""
    weeks = services.settings.reconcile.weeks
    missing = await rounds.missing(platform, number, weeks, services.unit_of_work, services.clock)
    await services.current_channels()
    lane = partial(_lane, services)
    return rounds.first_of(rounds.ready(missing, number, services.clock()), lane, AT_A_TIME, of_lane)


async def look_at(services: Services, platform: str, channel: str) -> bool:
    """Look at a channel, unless the round is done with it; False where its workspace has as many under way here as it may."""
    async with services.reading() as uow:
        known = await uow.reconciled.of(platform, channel)
    last = await rounds.last_round(platform, services.reading)
    if platform not in services.chats or last is None or known.round >= last.number:
        return True
    await services.current_channels()
    pool = services.reconciling[platform]
    if not pool.holds(channel) and not pool.room(_lane(services, channel)):
        return False
    turn = submit(services, known, last.number)
    if turn is None:
        return False
    await asyncio.shield(turn)  # who is cancelled here leaves it running; the job is put back, and waits for it again
    return True


def submit(services: Services, known: ReconciledChannel, number: int) -> asyncio.Future[None] | None:
    """Have a channel looked at in the pool of its platform; None where that is full."""
    pool = services.reconciling[known.platform]
    return pool.submit(known.channel, _lane(services, known.channel), partial(_look, services, known, number))


def _lane(services: Services, channel: str) -> Hashable:
    """What a channel must not keep others of waiting: its workspace; one that is served no more stands for itself."""
    served = services.channels.served(channel)
    return served.workspace if served else ("", channel)


async def _look(services: Services, known: ReconciledChannel, number: int) -> None:
    """Look at a channel, and note it. Only the database's failure is raised as it is; a fault of ours is told, and the channel tried again later."""
    began, whole = services.clock(), False
    try:
        found = await reconcile_channel(
            known.channel,
            known.platform,
            services.chats[known.platform],
            services.reading,
            services.recorder.receive_all,
            services.clock,
            weeks=services.settings.reconcile.weeks,
            summaries=services.recorder.summaries,
        )
        whole = not found.passing
    except StorageError:
        raise
    except Exception:
        # The edge between channels: what is wrong with one is told, and the others go on.
        logger.exception(
            "%s could not be looked over",
            known.channel,
            extra={"action": "reconcile_failed", "channel": known.channel},
        )
    await rounds.note_look(known, number, began, services.unit_of_work, whole=whole)


def pause(services: Services) -> timedelta:
    """After how long it is looked again which channels are next."""
    return timedelta(seconds=LOOK_SECONDS / services.speed)
