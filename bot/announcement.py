"""When arXiv announces what was submitted to it. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Entry

_ZONE: Final = ZoneInfo("America/New_York")
_CLOSES: Final = time(14)
_SPEAKS: Final = time(20)
_FRIDAY: Final = 5


def announced_at(submitted: datetime) -> datetime:
    """
    Give the instant (in New York's zone) at which a paper is announced that was submitted at an aware instant.

    What is in by 14:00 of a working day is announced at 20:00 of that day, Friday's on Sunday (info.arxiv.org/help/availability.html).
    Holidays, which move it by a day, are not known here.

    >>> from datetime import UTC
    >>> announced_at(datetime(2026, 8, 7, 19, tzinfo=UTC)).isoformat()
    '2026-08-10T20:00:00-04:00'
    """
    local = submitted.astimezone(_ZONE)
    day = local.date() + timedelta(days=local.time() >= _CLOSES)
    while day.isoweekday() > _FRIDAY:
        day += timedelta(days=1)
    if day.isoweekday() == _FRIDAY:
        day += timedelta(days=2)
    return datetime.combine(day, _SPEAKS, _ZONE)


def spoken_at(entry: Entry) -> datetime | None:
    """Give when readers were told of an entry: its own date, and of a paper that bears its submission to arXiv, the announcement."""
    submitted = entry.published is not None and entry.published == entry.work_date
    if entry.published is not None and submitted and entry.url.startswith("https://arxiv.org/"):
        return announced_at(entry.published)
    return entry.published
