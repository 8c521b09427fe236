"""In-process job queue: background jobs on the event loop, one at a time for each key."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from operator import itemgetter
from typing import Final

from bot.job_bounds import refuse
from bot.job_runs import run_job
from bot.ports import AT_ONCE, JobCheck, JobHandler, JobRequest, QueueDepth, every_job

BOUND: Final = 10_000
"""How many jobs may wait in a queue of one process."""

FINISH_SECONDS: Final = 10
"""How long running jobs may take to finish when the process stops. What takes longer is cancelled, and resumed at the next start."""

CANCEL_SECONDS: Final = 2
"""How long cancelled jobs may take to end."""


class InProcessQueue:
    """
    `bot.ports.JobQueue` on the running event loop.

    Nothing survives a restart, and nothing needs to: every job here asks the database what is to be done.
    """

    def __init__(self, bound: int = BOUND) -> None:
        self.bound = bound
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._sleeping: dict[str, tuple[float, JobRequest, asyncio.Event]] = {}
        self._lengths: Counter[str] = Counter()
        self._delayed: Counter[str] = Counter()
        self._running: dict[asyncio.Task[None], str] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._places: dict[str, asyncio.Semaphore] = {}
        self._handle: JobHandler | None = None
        self._begun = asyncio.Event()

    async def defer(self, *jobs: JobRequest, wait: timedelta = AT_ONCE) -> int:
        taken, refused = 0, []
        for job in jobs:
            if job.key in self._waiting:
                continue
            if self._lengths[job.queue] >= self.bound:
                refused.append(job)
                continue
            self._take(job, wait)
            taken += 1
        refuse(refused)
        return taken

    async def bring_forward(self, queue: str, told: Mapping[str, object]) -> bool:
        waiting = [
            (at, woken)
            for at, job, woken in self._sleeping.values()
            if job.queue == queue and told.items() <= job.arguments.items() and not woken.is_set()
        ]
        if waiting:
            min(waiting, key=itemgetter(0))[1].set()
        return bool(waiting)

    async def depths(self) -> Mapping[str, QueueDepth]:
        running = Counter(self._running.values())
        return {
            name: QueueDepth(
                waiting=self._lengths[name], delayed=self._delayed[name], running=running[name], bound=self.bound
            )
            for name in sorted({*+self._lengths, *running})
        }

    async def work(self, handle: JobHandler, places: Mapping[str, int], knows: JobCheck = every_job) -> None:  # noqa: ARG002 - all are of this version
        self._handle = handle
        self._places = {name: asyncio.Semaphore(number) for name, number in places.items()}
        self._begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await self.settle(FINISH_SECONDS, CANCEL_SECONDS)

    def unserved(self) -> Collection[str]:
        return ()

    async def close(self) -> None:
        await self.settle(0)

    async def settle(self, seconds: float, letting_go: float = 2.0) -> None:
        """Drop what waits; wait for what runs for at most `seconds`, then cancel the rest, which has `letting_go` seconds to end."""
        for task in tuple(self._waiting.values()):
            task.cancel()
        running = set(self._running)
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=letting_go)

    def _take(self, job: JobRequest, wait: timedelta) -> None:
        self._waiting[job.key] = asyncio.create_task(self._run(job, wait), name=job.key)
        self._lengths[job.queue] += 1

    async def _run(self, job: JobRequest, wait: timedelta) -> None:
        task = asyncio.current_task()
        try:
            await self._until_its_time(job, wait)
            await self._begun.wait()
            if job.queue not in self._places:
                # Nobody here serves that queue: it waits, as it would for another process.
                await asyncio.Event().wait()
            async with self._turns[job.key], self._places[job.queue]:
                self._forget(job, task)
                if task is not None and self._handle is not None:
                    self._running[task] = job.queue
                    again = await run_job(self._handle, job)
                    if again and job.key not in self._waiting:
                        # Whatever the bound: it was within it before.
                        self._take(job, again)
        finally:
            self._forget(job, task)
            if task is not None:
                self._running.pop(task, None)
            if job.key not in self._waiting and job.key not in {one.get_name() for one in self._running}:
                self._turns.pop(job.key, None)

    async def _until_its_time(self, job: JobRequest, wait: timedelta) -> None:
        if not wait:
            await asyncio.sleep(0)
            return
        self._delayed[job.queue] += 1
        woken = asyncio.Event()
        until = asyncio.get_running_loop().time() + wait.total_seconds()
        self._sleeping[job.key] = until, job, woken
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await woken.wait()
        finally:
            self._delayed[job.queue] -= 1
            del self._sleeping[job.key]

    def _forget(self, job: JobRequest, task: asyncio.Task[None] | None) -> None:
        """Note that a job waits no more; another one with its key may."""
        if self._waiting.get(job.key) is task:
            del self._waiting[job.key]
            self._lengths[job.queue] -= 1
