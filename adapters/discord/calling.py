"""Calling for reconciliation: often asked for, run once in a while, and again where it could not see everything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

Job = Callable[[], Awaitable[object]]
"""Looks for what was missed. False says that it could not look everywhere."""

TRIES: Final = 12
LONGEST: Final = 600.0
"""How often a run that did not see everything is repeated, and the longest pause before that in seconds: together, over an hour."""

logger = logging.getLogger(__name__)


class Calling:
    """
    Runs `job` soon after it is asked for; what is asked for meanwhile is one more run, at the earliest `calm` seconds later.

    READY can come many times in a row, and every run looks at weeks of messages (B6). A run that fails, or could not look
    everywhere, is repeated after `again` seconds, and each time after twice as many: an outage ends before the daily run.
    """

    def __init__(self, job: Job | None, *, calm: float = 5.0, soon: float = 1.0, again: float = 5.0) -> None:
        self._job = job
        self._calm = calm
        self._soon = soon
        self._again = again
        self._tries = 0
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Have it run soon."""
        if self._job is None:
            return
        self._tries = 0
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(self._job), name="discord reconcile")

    async def close(self) -> None:
        """Run nothing any more."""
        task, self._task = self._task, None
        self._wanted.clear()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        await asyncio.sleep(self._soon)
        while self._wanted.is_set():
            self._wanted.clear()
            whole = await self._looked(job)
            await asyncio.sleep(self._calm)
            if not whole and self._tries < TRIES:
                self._tries += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), min(LONGEST, self._again * 2 ** (self._tries - 1)))
                self._wanted.set()
        self._task = None

    async def _looked(self, job: Job) -> bool:
        try:
            return await job() is not False
        except Exception:
            # The edge: a run that fails is repeated, asked for again with the next READY, and daily.
            logger.exception("Reconciliation failed", extra={"action": "reconcile_failed"})
            return False
