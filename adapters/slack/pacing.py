"""
Pacing and rate limits of the Web API: one message a second in a channel, and `Retry-After` for each method
(docs/platform-facts.md#a4).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timer:
    """Monotonic clock of pacing, and its sleep. `now` counts seconds from anywhere and never goes back."""

    now: Callable[[], float] = time.monotonic
    sleep: Sleep = asyncio.sleep


class Pace:
    """Pacing by key: turns at least `interval` seconds apart, in the order in which they were asked for."""

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
    """Rate-limited methods, and until when. Slack counts per method and workspace, and so do we."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._open_at: dict[str, float] = {}

    def shut(self, method: str, seconds: float) -> None:
        """Block a method for so many seconds; of two times the later one holds."""
        at = self._timer.now() + seconds
        self._open_at[method] = max(at, self._open_at.get(method, at))

    def wait(self, method: str) -> float:
        """Seconds that a method is still blocked."""
        return max(0.0, self._open_at.get(method, 0.0) - self._timer.now())
