"""The calendar days of a work and of those who speak of it, for people. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Item, Mention

_HALF_A_DAY = timedelta(hours=12)


def spoken_day(mention: Mention, zone: ZoneInfo) -> date:
    """
    Give the day on which a source spoke, by its own date, on the calendar of `zone`; without a date, the day on which we saw it.

    A date that names a day is that day, wherever it is read: its first instant would be the day before in America.
    """
    if mention.spoke is None or mention.spoke > mention.at:
        return mention.at.astimezone(zone).date()
    return named_day(mention.spoke) if mention.whole_day else mention.spoke.astimezone(zone).date()


def named_day(first: datetime) -> date:
    """Give the day whose first instant, in whatever zone, this is: at its noon there, the same day is in UTC."""
    return (first + _HALF_A_DAY).astimezone(UTC).date()


def work_day(item: Item, zone: ZoneInfo) -> date:
    """Give the day from which a work is: its own date where a source gives it, else the first on which a source spoke of it."""
    if item.work_date is not None:
        at = item.work_date
        return named_day(at) if at.time() == time(0) else at.astimezone(zone).date()
    days = [spoken_day(mention, zone) for mention in item.mentions if mention.direct and mention.spoke]
    return min(days, default=item.published.astimezone(zone).date())
