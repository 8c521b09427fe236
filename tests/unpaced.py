"""A rate limiter without a pace, for tests that send many messages and are about something else."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.ports import RateLimit
from bot.rate_limits import InProcessRateLimiter


class Unpaced(InProcessRateLimiter):
    """Gives every turn at once. What a platform asks everybody to wait is waited for."""

    def __init__(self) -> None:
        super().__init__(time.monotonic)

    async def reserve(self, limit: RateLimit) -> float:
        return await super().reserve(replace(limit, interval=0.0))
