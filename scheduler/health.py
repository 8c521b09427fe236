"""
Health checks of the service: the process, the clock, the database, each platform's events; for /readyz and /metrics.

Anybody who reaches the page may ask whether we are ready, so the reasons are phrases of ours: no address, no name, no error's
own text.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from bot.ports import JobQueue, QueueDepth, QueuesEvents
from bot.usecases.status import paused_as_known
from scheduler import missing_keys
from scheduler.bounded_check import BoundedCheck
from scheduler.jobs import JOBS
from scheduler.metric_registry import CONTENT_TYPE
from scheduler.metrics import Metrics
from scheduler.services import Services

LATE: Final = 3
"""A job that has not run for so many of its periods counts as dead."""

HANGS: Final = 600.0
"""A tick that has been under way for so many seconds counts as hanging. It waits for sources, which may take minutes to answer."""

CHECK_TIMEOUT: Final = 3.0
"""Timeout of one check, in seconds."""

CHECK_AGAIN: Final = 10.0
"""Seconds for which the database's answer is good: anybody may ask, and each check of it writes."""

LAG_EVERY: Final = 0.5
"""Seconds between two measurements of the event loop's lag."""


class Health:
    """Health of one running service. `woke`, `began`, `ended`, `hears`, `does_not_hear` and `stands_by` are called by whoever does that; everything else is checked on request."""

    def __init__(
        self,
        services: Services,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
        queue: JobQueue | None = None,
    ) -> None:
        self._services = services
        self._queue = services.queue or queue
        self._meter = metrics
        self._registry = metrics.start()
        self._registry.build.info({"version": version("paperround")})
        self._monotonic = monotonic
        self._queues: Collection[str] = ()
        self._told: set[str] = set()
        self._woke: dict[str, float] = {}
        self._under_way: dict[str, float] = {}
        self._heard: set[str] = set()
        self._standing_by: set[str] = set()
        self._checking = asyncio.Lock()
        self._database_check = BoundedCheck(services.database_fault, CHECK_TIMEOUT)
        self._figures = BoundedCheck(self._look, CHECK_TIMEOUT)
        self._checked: tuple[float, str | None] | None = None

    def woke(self, job: str) -> None:
        """Note that the clock ran a job."""
        self._woke[job] = self._monotonic()

    def began(self, job: str) -> None:
        """Note that a job began to be done."""
        self._under_way[job] = self._monotonic()

    def ended(self, job: str) -> None:
        """Note that a job came to its end, whatever that was."""
        self._under_way.pop(job, None)

    def hears(self, platform: str) -> None:
        """Note that a platform's events are listened to."""
        self._heard.add(platform)
        self._standing_by.discard(platform)

    def stands_by(self, platform: str) -> None:
        """Note that a platform's connection is another process', and that this one listens when that is gone."""
        self._heard.discard(platform)
        self._standing_by.add(platform)

    def does_not_hear(self, platform: str) -> None:
        """Note that a platform's events should be listened to here, and are not."""
        self._heard.discard(platform)
        self._standing_by.discard(platform)

    def standing_by(self) -> Collection[str]:
        """Platforms whose connection is another process': no part of ours, and no fault."""
        return sorted(self._standing_by)

    async def ready(self) -> dict[str, str | None]:
        """Each part with what is wrong with it, in a phrase of ours; None for one that works."""
        platforms = await self._platforms()
        return {"clock": self._clock(), "database": await self._database(), **platforms}

    def impaired(self) -> Mapping[str, str]:
        """Parts that do not work and without which the service does its work all the same, each with what is missed."""
        return missing_keys.impaired(self._services)

    def last_events(self) -> dict[str, str]:
        """Instant (ISO 8601, UTC) of each platform's last event, since the start."""
        return {
            platform: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
            for platform, at in sorted(self._meter.last_event.items())
        }

    async def metrics(self) -> tuple[bytes, str]:
        """Metrics in Prometheus' text format, and its content type."""
        registry = self._registry
        for part in self.standing_by():
            registry.forget_part(part)
        self._look_at_pools()
        # Side by side, so that both together take no longer than one.
        parts, figures = await asyncio.gather(self.ready(), self._figures.answer(), return_exceptions=True)
        if isinstance(parts, BaseException):
            raise parts
        for part, fault in parts.items():
            registry.ready.labels(part).set(fault is None)
        if figures is not None:
            # `ready` says that the database does not answer; the other metrics are of use all the same.
            self._meter.failed("metrics", TimeoutError())
        return registry.text(), CONTENT_TYPE

    async def feel(self) -> None:
        """Measure the event loop's lag, for ever."""
        while True:
            began = self._monotonic()
            await asyncio.sleep(LAG_EVERY)
            self._meter.lagged(max(0.0, self._monotonic() - began - LAG_EVERY))

    def _look_at_pools(self) -> None:
        services, registry = self._services, self._registry
        for name, pools in services.pools_by_name().items():
            held, bounds = registry.pools[name]
            for platform, pool in pools.items():
                held.labels(platform, "running").set(pool.running)
                held.labels(platform, "waiting").set(pool.waiting)
                bounds.labels(platform, "running").set(pool.bounds.running)
                bounds.labels(platform, "waiting").set(pool.bounds.held)
        for platform, pool in services.deliveries.items():
            registry.failing_workspaces.labels(platform).set(pool.failing)
        for platform, hears in services.platforms.items():
            for state, backlog in hears.backlogs().items() if isinstance(hears, QueuesEvents) else ():
                registry.heard.labels(platform, state).set(backlog.waiting)
                registry.heard_bound.labels(platform, state).set(backlog.bound)

    async def _look(self) -> None:
        """Look up in the database what is told of it."""
        services, registry = self._services, self._registry
        now = services.clock()
        channels = await services.current_channels()
        impaired = self.impaired()
        for part in missing_keys.parts(services):
            registry.ready.labels(part).set(part not in impaired)
        registry.paused.set(len(paused_as_known(channels, services.channels.states)))
        async with services.reading() as uow:
            waiting, oldest = await uow.events.depth()
            records = await uow.sources.all()
        await self._look_at_jobs()
        registry.waiting.set(waiting)
        registry.oldest.set((now - oldest).total_seconds() if oldest else 0)
        answered = [one.last_success for one in records.values() if one.last_success]
        registry.last_collect.set(max(answered).timestamp() if answered else 0)

    async def _look_at_jobs(self) -> None:
        if self._queue is None:
            return
        depths = await self._queue.depths()
        nothing = QueueDepth(bound=self._queue.bound)
        # Empty queues, too: a series that is absent looks to an alert as if nobody told.
        for queue in {*depths, *self._queues, *self._told}:
            depth = depths.get(queue, nothing)
            self._registry.jobs.labels(queue, "waiting").set(depth.waiting - depth.delayed)
            self._registry.jobs.labels(queue, "delayed").set(depth.delayed)
            self._registry.jobs.labels(queue, "running").set(depth.running)
            self._registry.jobs.labels(queue, "unknown").set(depth.unknown)
            self._registry.job_bound.labels(queue).set(depth.bound)
            self._told.add(queue)

    def _clock(self) -> str | None:
        job = JOBS[0]
        woke = self._woke.get(job.name)
        if woke is None:
            return "has not begun: the first work is not done yet"
        now = self._monotonic()
        if now - woke >= LATE * job.every.total_seconds():
            return "has not woken for too long"
        # It is woken twice a minute also while one tick hangs, and then nothing is due for anybody.
        return None if now - self._under_way.get(job.name, now) < HANGS else "has been in one tick for too long"

    async def _database(self) -> str | None:
        async with self._checking:
            if self._checked is None or self._monotonic() - self._checked[0] >= CHECK_AGAIN:
                self._checked = self._monotonic(), await self._database_now()
            return self._checked[1]

    async def _database_now(self) -> str | None:
        try:
            return await self._database_check.answer()
        except Exception:  # noqa: BLE001 - the edge: whatever it is, its words are for the log, not for whoever asks
            return "does not answer"

    async def _platforms(self) -> dict[str, str | None]:
        faults: Mapping[str, bool] = await self._services.alive()
        return {
            platform: None
            if platform in self._heard and alive
            else ("is not connected" if platform in self._heard else "is not listened to yet")
            for platform, alive in sorted(faults.items())
            if platform not in self._standing_by
        }
