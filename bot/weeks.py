"""Weeks: ISO 8601 weeks as the keys of a channel's weeks, like `2026-W34`, from instants and days and back."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo


def week_key(instant: datetime, zone: str) -> str:
    """
    Give the ISO 8601 week in which an aware instant falls, on the calendar of an IANA zone.

    >>> from datetime import UTC
    >>> week_key(datetime(2026, 8, 17, 9, tzinfo=UTC), "Europe/Berlin")
    '2026-W34'
    """
    return week_of(instant.astimezone(ZoneInfo(zone)).date())


def week_of(day: date) -> str:
    """Give the ISO week of a calendar day, as `2026-W34`."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2200
"""The years that instants and weeks are taken from: before the first there is no arXiv (it began in 1991)."""

_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


def is_week(text: str) -> bool:
    """Tell whether a text is an ISO week."""
    return _monday(text) is not None


def monday_of(week: str) -> date:
    """
    Give the Monday of an ISO week; raises `ValueError` with a sentence for the user if it is none.

    >>> monday_of("2026-W34")
    datetime.date(2026, 8, 17)
    """
    monday = _monday(week)
    if monday is None:
        raise ValueError(
            f"{week!r} is no ISO week between {FIRST_YEAR} and {LAST_YEAR}. Write it as year and week number, like 2026-W34."
        )
    return monday


def _monday(week: str) -> date | None:
    found = _WEEK.fullmatch(week)
    # A year more on either side, since the weeks before and after an instant are reckoned, too.
    if found is None or not FIRST_YEAR - 1 <= int(found[1]) <= LAST_YEAR + 1:
        return None
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None
