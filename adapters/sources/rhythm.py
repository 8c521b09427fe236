"""How often a source publishes, as its own dates show it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

_DAYS: Final = 20
_LEAST: Final = 3
AHEAD: Final = timedelta(days=1)
"""How far a date may lie in the future and still be believed: some feeds write their local time and call it UTC."""


def rhythm_days(dates: Iterable[datetime | None], now: datetime | None = None) -> float | None:
    """
    Give the median distance in days between the newest 20 days on which something was published; None for fewer than three.

    Several entries of one day count once: ten papers on the first day of a conference are no rhythm. Dates after `now` say nothing.

    >>> rhythm_days([datetime(2026, 8, day, tzinfo=UTC) for day in (3, 3, 10, 17)])
    7.0
    """
    days = sorted({each.astimezone(UTC).date() for each in _believed(dates, now)}, reverse=True)[:_DAYS]
    return float(median((later - earlier).days for later, earlier in pairwise(days))) if len(days) >= _LEAST else None


def newest_of(dates: Iterable[datetime | None], now: datetime | None = None) -> datetime | None:
    """Give the latest date that is not after `now`; None if there is none."""
    return max(_believed(dates, now), default=None)


def _believed(dates: Iterable[datetime | None], now: datetime | None) -> Iterable[datetime]:
    latest = now + AHEAD if now else None
    return (each for each in dates if each and (latest is None or each <= latest))
