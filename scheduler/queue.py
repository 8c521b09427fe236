"""In-process job queue: background jobs on the event loop, one at a time for each key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import StorageError

logger = logging.getLogger(__name__)


class InProcessQueue:
    """
    `bot.ports.JobQueue` on the running event loop: one job at a time for each key.

    Nothing survives a restart, and nothing needs to: every job here asks the database what is to be done.
    """

    def __init__(self) -> None:
        self._jobs: dict[str, asyncio.Task[None]] = {}

    async def defer(self, job: Callable[[], Awaitable[None]], key: str) -> bool:
        """Run `job` soon; False while one with the same key is waiting or running."""
        if key in self._jobs:
            return False
        self._jobs[key] = asyncio.create_task(self._run(job, key), name=key)
        return True

    async def settle(self, seconds: float, letting_go: float = 2.0) -> None:
        """Wait for running jobs for at most `seconds`, then cancel the rest, which has `letting_go` seconds to end."""
        running = set(self._jobs.values())
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=letting_go)

    async def _run(self, job: Callable[[], Awaitable[None]], key: str) -> None:
        try:
            await job()
        except StorageError as error:
            # No fault of the program's: the sentence says what to do, and the next run tries again.
            logger.error("The job %s waits: %s", key, error, extra={"action": "job_failed", "job": key})  # noqa: TRY400
        except Exception:
            # The edge of the loop: a job that fails must not take the clock with it, and the next tick tries again.
            logger.exception("The job %s failed", key, extra={"action": "job_failed", "job": key})
        finally:
            del self._jobs[key]
