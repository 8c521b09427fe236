"""
The role that wakes: it puts into the queue what is to be asked, and does nothing itself. Two of them wake nobody twice.

It needs no platform's secrets: which platforms are in use says the database (`platforms_in_use`), for a clock that went by its own tokens would have
nothing renewed, and nobody reminded, where it was not given any.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

from bot.errors import StorageError
from bot.ports import JobQueue
from scheduler.bootstrap.platforms import platforms_in_use
from scheduler.jobs import Job, recurring
from scheduler.jobs.recurring import Recurring
from scheduler.roles.health import RoleHealth
from scheduler.roles.process import helpers, run_parts
from scheduler.schema_watch import watch_schema
from scheduler.services import Services
from scheduler.timer import JobTimer

logger = logging.getLogger(__name__)

MOMENT_SECONDS: Final = 0.1
"""What falls due within so long is put in together: each call waits for a connection of its own, for ten seconds where the database is away."""


async def clock(
    services: Services,
    machines: Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]],
    say: Callable[[str], None],
) -> None:
    """Wake until a signal comes."""
    health = RoleHealth(services, [], needs_queue=True)
    served = machines(health)  # first: where its port is taken, or needs a password, nothing else is begun
    say("Waking the workers.   (Ctrl-C stops it)")
    await run_parts(
        {
            "schema": watch_schema(services),
            "clock": _wake(services, health),
            **served,
        },
        helpers(services, health),
        say,
    )


async def _wake(services: Services, health: RoleHealth) -> None:
    waking = Waking(
        services.shared_queue(), recurring.RECURRING, partial(platforms_in_use, services), health, services.speed
    )
    waking.all_at_once()
    try:
        await asyncio.Event().wait()
    finally:
        await waking.stop()


class Waking:
    """
    Puts jobs into the queue, each of them every so often, `speed` times as often, those on platforms for each of `platforms` as they are then; those that
    fall due in one moment all at once. An outage is told once, and once that it is over. Runs from its creation until `stop`.
    """

    def __init__(
        self,
        queue: JobQueue,
        work: Sequence[Recurring],
        platforms: Callable[[], Awaitable[Collection[str]]],
        health: RoleHealth,
        speed: float = 1.0,
    ) -> None:
        self._queue = queue
        self._recurring: Mapping[str, Recurring] = {one.name: one for one in work}
        self._platforms = platforms
        self._health = health
        self._due: dict[str, Recurring] = {}
        self._deferring: asyncio.Task[None] | None = None
        self._told: set[str] = set()
        """What was said of the outage that lasts."""

        async def nothing(_: Services) -> None:
            """What is woken is done by a worker."""

        self._timer = JobTimer([Job(one.name, one.every, nothing) for one in work], self._wake, speed)

    async def stop(self) -> None:
        """Wake nobody any more; what is being put in comes to its end."""
        self._timer.stop()
        if self._deferring is not None:
            await asyncio.gather(self._deferring, return_exceptions=True)

    def all_at_once(self) -> None:
        """Put all of them in now, whenever they are due."""
        self._due.update(self._recurring)
        self._begin()

    async def _wake(self, due: Job) -> None:
        self._due[due.name] = self._recurring[due.name]
        self._begin()

    def _begin(self) -> None:
        if self._deferring is None or self._deferring.done():
            # Not in the timer's own task, which it cancels as it stops.
            self._deferring = asyncio.create_task(self._defer())

    async def _defer(self) -> None:
        await asyncio.sleep(MOMENT_SECONDS)
        while self._due:
            due, self._due = tuple(self._due.values()), {}
            try:
                platforms = await self._platforms() if any(one.on_platforms for one in due) else ()
                await self._queue.defer(*(job for one in due for job in one.requests(platforms)))
            except StorageError as error:
                self._health.reached_queue(reached=False)
                if str(error) not in self._told:
                    self._told.add(str(error))
                    logger.warning("Nobody is woken: %s", error, extra={"action": "clock_waits"})
            else:
                self._health.reached_queue(reached=True)
                if self._told:
                    self._told.clear()
                    logger.warning("The workers are woken again", extra={"action": "clock_wakes"})
