"""Exponential backoff for channels whose platform failed: the pause doubles up to a bound, and never ends for all channels at once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

FIRST: Final = timedelta(seconds=15)
LONGEST: Final = timedelta(minutes=10)
"""A platform that is back after an hour's outage is noticed within ten minutes."""


class Backoff:
    """
    Exponential backoff by name, doubled with each failure and spread by chance over its upper half, so that channels do not retry together.

    Kept in memory: after a restart everything is tried at once, and a platform is none the worse for it. Not stamina, which repeats a
    call while its caller waits: here nobody waits. The next tick is at the end of the first pause (`Runner`), so that ticks and retries
    have one clock. What succeeds in part, as a digest of which one message more was sent, is `well` and fails from the beginning again.
    """

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._failures: dict[str, int] = {}
        self._rest: dict[str, tuple[datetime, datetime]] = {}

    def is_over(self, name: str, now: datetime) -> bool:
        """Tell whether it may be tried. A clock that was set back since it failed says nothing of how long ago that was."""
        since, until = self._rest.get(name, (now, now))
        return not since <= now < until

    def end(self, name: str) -> datetime | None:
        """Give the instant at which its pause is over; None if it has none."""
        return self._rest[name][1] if name in self._rest else None

    def next_end(self, since: datetime) -> datetime | None:
        """Give the first instant after `since` at which a pause is over, None if there is none: then it is to be tried again."""
        return min((until for _, until in self._rest.values() if until > since), default=None)

    def is_failing(self, name: str) -> bool:
        """Tell whether it failed when it was last tried."""
        return name in self._failures

    def failures(self, name: str) -> int:
        """Tell how often it failed in a row."""
        return self._failures.get(name, 0)

    def recall(self, name: str, failures: int) -> None:
        """Take over from another process how often it failed in a row. Its pause is over: whoever calls this tries it again."""
        self.well(name)
        if failures:
            self._failures[name] = failures

    def failed(self, name: str, now: datetime, retry_after: float | None = None) -> timedelta:
        """Note a failure; give how long to wait: at least `retry_after` seconds, where the platform named a time."""
        failures = self._failures[name] = self._failures.get(name, 0) + 1
        longest = min(LONGEST, FIRST * 2 ** min(failures - 1, 10))
        wait = max(longest * self._chance.uniform(0.5, 1), timedelta(seconds=retry_after or 0))
        self._rest[name] = now, now + wait
        return timedelta(seconds=round(wait.total_seconds()))

    def well(self, name: str) -> None:
        """Forget its failures."""
        self._failures.pop(name, None)
        self._rest.pop(name, None)
