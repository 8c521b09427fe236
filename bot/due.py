"""
Due weeks: exactly one answer for every instant, and exactly one due instant for every ISO week, in every zone.

CronTrigger does not promise that (docs/platform-facts.md#c3: Sunday 01:30 in New York fires twice on 2026-11-01, Sunday 00:00
in Santiago is skipped in the week of 2026-09-06), so the rule is ours: the due instant is the wall-clock time on the given
weekday of the ISO week; where the clock shows it twice, the first; where the clock jumps over it, the first instant after the
jump.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.keys import monday_of, week_of
from bot.model import Channel, Window

WEEK = timedelta(days=7)


def due_instant(week: str, zone: str, weekday: int, at: time) -> datetime:
    """
    Give the UTC instant at which an ISO week (`2026-W34`) falls due in an IANA zone.

    `weekday` is 1 (Monday) to 7 (Sunday). Raises `ValueError` if `week` is none.
    """
    return first_instant(monday_of(week) + timedelta(days=weekday - 1), at, ZoneInfo(zone))


def first_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the first UTC instant at which a clock in `zone` shows this wall-clock time or has jumped over it."""
    local = datetime.combine(day, at, zone)
    before, after = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if before is None or after is None or before >= after:
        return local.replace(fold=0).astimezone(UTC)
    # In a gap the two offsets (PEP 495) bracket the jump: it lies between the instants they give. Found by halving, since
    # zoneinfo does not tell its transitions; zone changes happen on whole seconds.
    early, late = (int((local.replace(tzinfo=UTC) - offset).timestamp()) for offset in (after, before))
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return datetime.fromtimestamp(late, UTC)


def due_week(now: datetime, zone: str, weekday: int, at: time) -> str:
    """Give the latest ISO week whose due instant is not after `now`."""
    day = now.astimezone(ZoneInfo(zone)).date() + WEEK
    while due_instant(week_of(day), zone, weekday, at) > now:
        day -= WEEK
    return week_of(day)


def next_due(now: datetime, zone: str, weekday: int, at: time) -> datetime:
    """Give the first due instant after `now`, UTC."""
    following = monday_of(due_week(now, zone, weekday, at)) + WEEK
    return due_instant(week_of(following), zone, weekday, at)


def window_of(week: str, zone: str, weekday: int, at: time) -> Window:
    """
    Give the span a week's digest covers: from the due instant of the week before to its own.

    That is seven days by the clock on the wall, so that no instant falls between two digests and none into both.
    """
    before = week_of(monday_of(week) - WEEK)
    return Window(start=due_instant(before, zone, weekday, at), end=due_instant(week, zone, weekday, at))


def channel_window(channel: Channel, week: str) -> Window:
    """Give the span that this channel's digest of this week covers."""
    return window_of(week, channel.zone, channel.weekday, channel.time)


def channel_due_week(channel: Channel, now: datetime) -> str:
    """Give the week that is due in this channel at `now`."""
    return due_week(now, channel.zone, channel.weekday, channel.time)


def channel_next_due(channel: Channel, now: datetime) -> datetime:
    """Give the instant, UTC, at which this channel's next digest falls due."""
    return next_due(now, channel.zone, channel.weekday, channel.time)


def covered_days(window: Window, zone: str) -> tuple[date, date]:
    """
    Give the first and last calendar day of a window, for people: a window that ends on Monday 09:00 covers Sunday last.

    >>> from datetime import UTC
    >>> covered_days(Window(start=datetime(2026, 8, 10, 9, tzinfo=UTC), end=datetime(2026, 8, 17, 9, tzinfo=UTC)), "UTC")
    (datetime.date(2026, 8, 10), datetime.date(2026, 8, 16))
    """
    local = ZoneInfo(zone)
    first, last = window.start.astimezone(local).date(), window.end.astimezone(local).date() - timedelta(days=1)
    return first, max(first, last)
