"""Calling for reconciliation: often asked for, run once in a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


class Calling:
    """
    Runs `job` soon after it is asked for; what is asked for meanwhile is one more run, at the earliest `calm` seconds later.

    READY can come many times in a row, and every run looks at weeks of messages (B6).
    """

    def __init__(self, job: Callable[[], Awaitable[object]] | None, *, calm: float = 5.0, soon: float = 1.0) -> None:
        self._job = job
        self._calm = calm
        self._soon = soon
        self._wanted = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Have it run soon."""
        self._wanted = self._job is not None
        if self._wanted and self._task is None:
            self._task = asyncio.create_task(self._run(), name="discord reconcile")

    async def close(self) -> None:
        """Run nothing any more."""
        task, self._task = self._task, None
        self._wanted = False
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        await asyncio.sleep(self._soon)
        while self._wanted and self._job is not None:
            self._wanted = False
            try:
                await self._job()
            except Exception:
                # The edge: a run that fails is asked for again with the next READY, and daily.
                logger.exception("Reconciliation failed", extra={"action": "reconcile_failed"})
            await asyncio.sleep(self._calm)
        self._task = None
