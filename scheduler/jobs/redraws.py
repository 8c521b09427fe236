"""How soon a message is drawn again, and putting that into the queue which several processes share."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from bot.model import MessageRef
from bot.ports import JobQueue
from bot.usecases.redraw import BURST, BURST_SECONDS
from scheduler.jobs.requests import redraw_job

REDRAW_SECONDS: Final = 3.0
"""Seconds between two redraws of one message."""


class RedrawPace:
    """
    How long a redraw waits. While few messages are drawn none does, so that a tap is on its card within a second. Where `BURST` were within a
    minute, a message is drawn at once after the first act on it and then every few seconds at most, for platforms limit how often one may be
    edited; what is asked for meanwhile is one job.
    """

    def __init__(self, interval: float = REDRAW_SECONDS, now: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._now = now
        self._next: OrderedDict[MessageRef, float] = OrderedDict()
        self._drawn: deque[float] = deque(maxlen=BURST)

    def wait(self, ref: MessageRef) -> timedelta:
        """How long the next redraw of a message waits."""
        now = self._now()
        while self._next and next(iter(self._next.values())) <= now:
            self._next.popitem(last=False)
        many = len(self._drawn) == BURST and now - self._drawn[0] < BURST_SECONDS
        if many and ref in self._next:
            return timedelta(seconds=self._next[ref] - now)
        self._next.pop(ref, None)
        self._next[ref] = now + self._interval
        self._drawn.append(now)
        return timedelta(0)


async def defer_redraws(queue: JobQueue, pace: RedrawPace, refs: Sequence[MessageRef]) -> None:
    """
    Have messages drawn, as soon as their pace allows it. Those of one batch that wait, wait for the last of them: that is one statement.

    Raises `StorageError` where not all of them are in the queue, since that is full (`QueueFull`) or the database is away.
    """
    waits = {ref: pace.wait(ref) for ref in refs}
    at_once = [redraw_job(ref) for ref, wait in waits.items() if not wait]
    later = [redraw_job(ref) for ref, wait in waits.items() if wait]
    try:
        if at_once:
            await queue.defer(*at_once)
    finally:
        if later:
            await queue.defer(*later, wait=max(waits.values()))
