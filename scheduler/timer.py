"""
Timer of the periodic jobs: APScheduler's interval triggers in memory, one of which can be brought forward.

The tick and each retry are one and the same run: the end of a pause brings the tick forward. So nothing is tried beside the tick, and no
retry waits for its turn.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from scheduler.jobs import Job

BETWEEN: Final = timedelta(seconds=1)
"""
Pause before a run that is brought forward. Where a platform fails for many channels, their pauses end one after the other, and one
tick serves all whose pause is over.
"""


class JobTimer:
    """
    Calls `wake` with a job every `job.every`, `speed` times as often. Missed runs are coalesced; a late one still counts.

    Runs from its creation until `stop`, on the running event loop.
    """

    def __init__(self, jobs: Iterable[Job], wake: Callable[[Job], Awaitable[None]], speed: float = 1.0) -> None:
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415 - only a service needs it
        from apscheduler.triggers.interval import IntervalTrigger  # noqa: PLC0415

        self._speed = speed
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job in jobs:
            every = IntervalTrigger(seconds=job.every / timedelta(seconds=speed))
            self._scheduler.add_job(wake, every, args=[job], id=job.name)
        self._scheduler.start()

    def bring_forward(self, name: str, wait: timedelta) -> None:
        """Let a job run once `wait` is over, if that is before its next turn; its interval counts from there."""
        at = datetime.now(UTC) + max(wait, BETWEEN) / self._speed
        job = self._scheduler.get_job(name)
        if job is not None and at < job.next_run_time:
            job.modify(next_run_time=at)

    def stop(self) -> None:
        """Wake nobody any more. What runs is left to itself."""
        self._scheduler.shutdown(wait=False)
