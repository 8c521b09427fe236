"""
Health checks of a role: the database, the job queue where it is all the role is for, the platforms that this process listens to, and whether anybody works at all.

A web process is ready though no worker lives: it takes what people do. So `work` is told by a metric and a part of its own, and a
standby that owns no connection is as ready as the one that does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Final

from bot.errors import PaperRoundError
from scheduler.health import Health
from scheduler.jobs.requests import places
from scheduler.jobs.ticks import last_tick
from scheduler.services import Services

LATE: Final = timedelta(seconds=120)
"""After how long without a tick nobody works: no clock wakes, or no worker lives."""

UNDONE: Final = timedelta(seconds=15)
"""For how long jobs may fail for the database's sake, and none be done: one that failed is tried again after ten seconds."""

LIVE: Final = "live updates"
"""The part that tells open windows what other processes change: without it they are told when they are read again."""


class RoleHealth(Health):
    """
    Health of one process of several. `platforms` are those whose events it takes itself: by requests, or over a connection, for which it may also
    stand by. One that `needs_queue` is not ready while it cannot serve the job queue or put into it. `is_live` tells of one that serves windows whether
    these are told what other processes change, `is_idle` of one that leaves the queue to others.
    """

    def __init__(
        self,
        services: Services,
        platforms: Collection[str],
        *,
        needs_queue: bool = False,
        is_live: Callable[[], bool] | None = None,
        is_idle: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(services, services.metrics)
        self._mine = frozenset(platforms)
        self._queues = places(services, 1).keys()
        self._needs_queue = needs_queue
        self._reaches_queue = True
        self._is_live = is_live
        self._is_idle = is_idle
        self._failing_since: float | None = None

    def reached_queue(self, *, reached: bool) -> None:
        """Note whether the process could put into the queue what it was to."""
        self._reaches_queue = reached

    def did_job(self, *, reached: bool) -> None:
        """Note that a job was done, or that it could not be since it was not given what it asked of the database."""
        if reached:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = self._monotonic()

    def standing_by(self) -> Collection[str]:
        """Platforms whose connection is another process', and the queue where this one leaves it to others: no part of ours, and no fault."""
        return sorted({*super().standing_by(), *(["queue"] if self._is_idle() else [])})

    async def ready(self) -> dict[str, str | None]:
        """Each part with what is wrong with it, in a phrase of ours; None for one that works."""
        found = {name: fault for name, fault in (await self._platforms()).items() if name in self._mine}
        queue = {"queue": self._job_queue()} if self._needs_queue and not self._is_idle() else {}
        return {"database": await self._database(), **queue, **found}

    def impaired(self) -> dict[str, str]:
        """Parts that do not work and without which the process does its work all the same, each with what is missed."""
        found = dict(super().impaired())
        if self._is_live is not None and not self._is_live():
            found[LIVE] = "open windows are not told what other processes change, and show it when they are read again"
        return found

    def _job_queue(self) -> str | None:
        if self._services.shared_queue().unserved():
            return "is not served: its database does not answer, or takes no writes"
        if not self._reaches_queue:
            return "takes nothing: its database does not answer or takes no writes, or it is full"
        if self._failing_since is not None and self._monotonic() - self._failing_since >= UNDONE.total_seconds():
            return "is served, but its jobs fail: the database has no connection left for them, say; the log says why"
        return None

    async def _look(self) -> None:
        await super()._look()
        if self._is_live is not None:
            self._registry.ready.labels(LIVE).set(self._is_live())
        try:
            last = await last_tick(self._services)
        except PaperRoundError:
            return
        late = last is None or self._services.clock() - last > LATE
        self._registry.ready.labels("work").set(not late)
