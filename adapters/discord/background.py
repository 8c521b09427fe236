"""Background work by key: what needs requests to Discord is done beside the events, a few keys at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

logger = logging.getLogger(__name__)


class Background:
    """
    Runs `work` for keys, `places` of them at once and each once at a time.

    A key that is put again while it waits is run once; one that is put while it runs is run once more afterwards. So no more keys wait than there are.
    """

    def __init__(self, work: Callable[[str], Coroutine[Any, Any, None]], places: int, name: str) -> None:
        self._work = work
        self._places = places
        self._name = name
        self._waiting: dict[str, None] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, key: str) -> None:
        """Run the work for a key, as soon as there is a place. Needs a running loop."""
        self._idle.clear()
        self._waiting[key] = None
        self._begin()

    async def settled(self) -> None:
        """Wait until nothing waits and nothing runs."""
        await self._idle.wait()

    async def close(self) -> None:
        """Begin nothing more of what waits, and cancel what runs."""
        self._waiting.clear()
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._begin()

    def _begin(self) -> None:
        while len(self._running) < self._places:
            key = next((one for one in self._waiting if one not in self._running), None)
            if key is None:
                break
            del self._waiting[key]
            task = self._running[key] = asyncio.create_task(self._work(key), name=f"{self._name} {key}")
            task.add_done_callback(partial(self._end, key))
        if not self._running and not self._waiting:
            self._idle.set()

    def _end(self, key: str, task: asyncio.Task[None]) -> None:
        del self._running[key]
        if not task.cancelled() and (error := task.exception()):
            # The edge: whatever fails for one key, the others are run.
            logger.error("%s failed", self._name, exc_info=error, extra={"action": "event_not_recorded"})
        self._begin()
