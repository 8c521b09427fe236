"""
Pacing and rate limits of the Web API: one message a second in a channel, and for each method of a workspace its rate and what Slack asks us to
wait (docs/platform-facts.md#a4).

A digest is sent by one process, so the channel's pace is its own; the limits of methods are those of all processes (`bot.ports.RateLimiter`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.ports import RateLimit

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

    def used(self, key: str) -> None:
        """Note that a turn was used just now, perhaps later than it came: the next one counts from here."""
        if self._interval:
            self._free_at[key] = max(self._free_at.get(key, 0.0), self._timer.now() + self._interval)


POSTING: Final = ("chat.postMessage", 0.21, 5)
"""
A workspace takes several hundred messages a minute from an app in all its channels (docs/platform-facts.md#a4): the method, the seconds
between two calls and how many may come at once. That is 290 in any minute and not 300: with messages that come a second late in one minute and on time in the
next it would be more, and a workspace of many channels sends for many minutes on end.
"""

HISTORY: Final = ("conversations.history", "conversations.replies")


class MethodLimits:
    """
    Rate limits of one workspace's methods, as Slack counts them. `scope` names the workspace among those that one database serves.

    What Slack does not promise to count we do not count either: a method without a rate waits where Slack asked somebody to wait.
    """

    def __init__(self, scope: str, history_per_minute: float | None) -> None:
        self._scope = scope
        self._history = history_per_minute

    def of(self, method: str) -> RateLimit:
        """Give the limit of a method."""
        if method in HISTORY and self._history:
            return RateLimit(bucket=f"slack/{self._scope}/history", interval=60 / self._history)
        named, interval, burst = POSTING
        paced = method == named
        return RateLimit(
            bucket=f"slack/{self._scope}/{method}", interval=interval if paced else 0.0, burst=burst if paced else 1
        )
