"""How fast we may speak: one message a second in a channel, and silence for as long as Slack asks for it (docs/platform-facts.md#a4)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timer:
    """Time as pacing sees it. `now` counts seconds from anywhere and never goes back."""

    now: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep


class Pace:
    """Turns by key, each key's at least `interval` seconds apart, in the order in which they were asked for."""

    def __init__(self, interval: float, timer: Timer) -> None:
        self._interval = interval
        self._timer = timer
        self._free_at: dict[str, float] = {}

    async def turn(self, key: str) -> None:
        """Wait for this key's next turn, and take it."""
        if not self._interval:
            return
        now = self._timer.now()
        at = max(now, self._free_at.get(key, now))
        self._free_at[key] = at + self._interval
        if at > now:
            await self._timer.sleep(at - now)


class RateLimiter:
    """Which methods Slack told us to leave alone, and until when. It counts them per method and workspace, and so do we."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._open_at: dict[str, float] = {}

    def shut(self, method: str, seconds: float) -> None:
        """Leave a method alone for so long; a longer wish holds."""
        at = self._timer.now() + seconds
        self._open_at[method] = max(at, self._open_at.get(method, at))

    def wait(self, method: str) -> float:
        """Give how many seconds a method must still be left alone."""
        return max(0.0, self._open_at.get(method, 0.0) - self._timer.now())
