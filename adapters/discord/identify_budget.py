"""
Budget of IDENTIFYs: one in somewhat more than five seconds for each of the shards that Discord lets begin at once, and some hundreds a day, over all connections
of a bot (docs/platform-facts.md#b10).

It is kept by the rate limiter that all processes of the bot share, so that a replica which begins again and again cannot use up what the
others need: after a thousand of them in a day Discord resets the token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from bot.ports import RateLimit, RateLimiter
from bot.rate_limits import TurnTooLate, take_turn

Sleep = Callable[[float], Awaitable[object]]

IDENTIFY_PAUSE: Final = 5.5
"""
Seconds between two IDENTIFYs: the five that Discord asks for (its documentation of max_concurrency), and half a second for the way there. Of those sent
five seconds apart some arrive sooner after one another, and each of these is refused, and sent again.
"""

DAILY: Final = RateLimit(bucket="discord/identify/day", interval=86_400 / 450, burst=440)
"""440 at once, and one more every three minutes: at most 900 in any day, of the thousand that Discord allows."""


class BudgetSpent(Exception):
    """No IDENTIFY is left for now. `wait` is for how many seconds."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"no IDENTIFY left for {wait:.0f} seconds")


class IdentifyBudget:
    """
    Gives out IDENTIFYs, `pause` seconds apart for shards whose number leaves the same rest by `at_once`, Discord's `max_concurrency`: one for all but large
    bots. What Discord told last counts.
    """

    def __init__(self, limiter: RateLimiter, pause: float = IDENTIFY_PAUSE, sleep: Sleep = asyncio.sleep) -> None:
        self._limiter = limiter
        self._sleep = sleep
        self._pause = pause
        self.at_once = 1

    async def spend(self, shard: int = 0) -> None:
        """Wait for a shard's turn, and spend one; raises `BudgetSpent` where none is left today."""
        try:
            await take_turn(self._limiter, DAILY, self._sleep)
        except TurnTooLate as late:
            raise BudgetSpent(late.wait) from late
        while True:
            try:
                # Named each time: Discord may have told otherwise while we waited for the day's.
                pace = RateLimit(bucket=f"discord/identify/{shard % self.at_once}", interval=self._pause)
                await take_turn(self._limiter, pace, self._sleep)
            except TurnTooLate as late:  # many replicas begin at the same time
                await self._sleep(late.wait)
            else:
                return
