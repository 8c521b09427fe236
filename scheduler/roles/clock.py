"""The role that wakes: it puts into the queue what is to be asked, and does nothing itself. Two of them wake nobody twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from bot.errors import StorageError
from bot.ports import JobRequest
from scheduler.jobs import Job
from scheduler.jobs.shared import woken
from scheduler.roles.health import RoleHealth
from scheduler.roles.process import deferred_at_start, helpers, run_parts
from scheduler.schema_watch import watch_schema
from scheduler.services import Services
from scheduler.timer import JobTimer

logger = logging.getLogger(__name__)


async def clock(
    services: Services,
    machines: Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]],
    say: Callable[[str], None],
) -> None:
    """Wake until a signal comes."""
    health = RoleHealth(services, [], needs_queue=True)
    say("Waking the workers.   (Ctrl-C stops it)")
    await deferred_at_start(services, *(job for _, job in woken(services)))
    await run_parts(
        {
            "schema": watch_schema(services),
            "clock": _wake(services, health),
            **machines(health),
        },
        helpers(services, health),
        say,
    )


async def _wake(services: Services, health: RoleHealth) -> None:
    jobs: Mapping[str, JobRequest] = {job.key: job for _, job in woken(services)}

    deferring = set[asyncio.Task[None]]()

    async def defer(job: JobRequest) -> None:
        try:
            await services.shared_queue().defer(job)
        except StorageError as error:
            logger.warning("%s", error, extra={"action": "clock_waits"})
            health.reached_queue(reached=False)
        else:
            health.reached_queue(reached=True)

    async def wake(due: Job) -> None:
        # Not in the timer's own task, which it cancels as it stops.
        task = asyncio.create_task(defer(jobs[due.name]))
        deferring.add(task)
        task.add_done_callback(deferring.discard)

    async def nothing(_: Services) -> None:
        """What is woken is done by a worker."""

    timer = JobTimer([Job(job.key, every, nothing) for every, job in woken(services)], wake, services.speed)
    try:
        await asyncio.Event().wait()
    finally:
        timer.stop()
        await asyncio.gather(*deferring, return_exceptions=True)
