"""A clock for several tasks that wait: it goes on by itself, and no test has to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from heapq import heappop, heappush
from itertools import count
from typing import Any


class Timeline:
    """A clock that goes on to what comes next as soon as everybody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()

    def __call__(self) -> float:
        return self.now

    async def until(self, at: float) -> None:
        """Wait for an instant."""
        come: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (at, next(self._number), come))
        await come

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds."""
        await self.until(self.now + max(0.0, seconds))

    async def run(self, *work: Coroutine[Any, Any, None]) -> None:
        """Let work go on to its end."""
        tasks = [asyncio.ensure_future(one) for one in work]
        while True:
            for _ in range(5):
                await asyncio.sleep(0)
            if not self._waiting:
                break
            self.now, _, come = heappop(self._waiting)
            if not come.done():  # whoever waited may have been cancelled
                come.set_result(None)
        await asyncio.gather(*tasks)
