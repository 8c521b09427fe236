"""
Due periods: exactly one answer for every instant, and exactly one due instant for every period of a rhythm, in every zone.

CronTrigger does not promise that (docs/platform-facts.md#c3: Sunday 01:30 in New York fires twice on 2026-11-01, Sunday 00:00
in Santiago is skipped in the week of 2026-09-06), so the rule is ours: the due instant is the wall-clock time on the due day
(`bot.periods`); where the clock shows it twice, the first; where the clock jumps over it, the first instant after the jump.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Channel, Rhythm, Window
from bot.periods import SECOND_AFTER, due_day, falls_due, period_of, second_period
from bot.weeks import is_week

WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


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


def due_week(now: datetime, zone: str, weekday: int, at: time, rhythm: Rhythm = Rhythm.WEEKLY) -> str:
    """Give the latest period whose due instant is not after `now`."""
    return period_of(_latest(now, zone, weekday, at, rhythm), rhythm)


def _latest(now: datetime, zone: str, weekday: int, at: time, rhythm: Rhythm) -> date:
    """Give the latest due day whose due instant is not after `now`."""
    local = ZoneInfo(zone)
    # A day is due within the day after it, even where the clocks jump over all of it.
    day = now.astimezone(local).date() + 2 * _DAY
    while not falls_due(day, rhythm, weekday) or first_instant(day, at, local) > now:
        day -= _DAY
    return day


def _neighbour(day: date, rhythm: Rhythm, weekday: int, step: timedelta) -> date:
    """Give the due day after a day, or before it with a step back."""
    day += step
    while not falls_due(day, rhythm, weekday):
        day += step
    return day


def next_due(now: datetime, zone: str, weekday: int, at: time, rhythm: Rhythm = Rhythm.WEEKLY) -> datetime:
    """Give the first due instant after `now`, UTC."""
    following = _neighbour(_latest(now, zone, weekday, at, rhythm), rhythm, weekday, _DAY)
    return first_instant(following, at, ZoneInfo(zone))


def window_of(period: str, zone: str, weekday: int, at: time, rhythm: Rhythm = Rhythm.WEEKLY) -> Window:
    """
    Give the span a period's digest covers: from the due instant of the period before to its own.

    Of a week that is seven days by the clock on the wall, so that no instant falls between two digests and none into both.
    """
    day, local = due_day(period, weekday), ZoneInfo(zone)
    before = _neighbour(day, rhythm, weekday, -_DAY)
    return Window(start=first_instant(before, at, local), end=first_instant(day, at, local))


def channel_window(channel: Channel, period: str) -> Window:
    """Give the span that this channel's digest of this period covers; it ends when the digest falls due."""
    window = window_of(period, channel.zone, channel.weekday, channel.time, channel.rhythm)
    return Window(start=window.start + channel.delay, end=window.end + channel.delay)


def channel_due_period(channel: Channel, now: datetime) -> str:
    """Give the period that is due in this channel at `now`."""
    return due_week(now - channel.delay, channel.zone, channel.weekday, channel.time, channel.rhythm)


def channel_next_due(channel: Channel, now: datetime) -> datetime:
    """Give the instant, UTC, at which this channel's next digest falls due."""
    following = next_due(now - channel.delay, channel.zone, channel.weekday, channel.time, channel.rhythm)
    return following + channel.delay


def periods_between(channel: Channel, after: datetime, last: str) -> tuple[str, ...]:
    """Give the channel's periods that fall due after an instant and before the period `last`, oldest first."""
    after -= channel.delay
    local, end, found = ZoneInfo(channel.zone), due_day(last, channel.weekday), []
    day = _latest(after, channel.zone, channel.weekday, channel.time, channel.rhythm)
    while (day := _neighbour(day, channel.rhythm, channel.weekday, _DAY)) < end:
        if first_instant(day, channel.time, local) > after:
            found.append(period_of(day, channel.rhythm))
    return tuple(found)


def second_due(channel: Channel, period: str, ended: datetime) -> str | None:
    """
    Give the period of the second digest that a week has in this channel whose first covers all until `ended`; None if it has none.

    A channel that moves from Monday to Friday after its Monday's digest has its Friday in the same week, too, instead of eleven days later.
    """
    least = SECOND_AFTER.get(channel.rhythm)
    if least is None or not is_week(period):
        return None
    due, last = due_day(period, channel.weekday), (ended - channel.delay).astimezone(ZoneInfo(channel.zone)).date()
    return second_period(period) if (due - last).days >= least else None


def following_period(channel: Channel, period: str) -> str:
    """Give the period after one."""
    day = due_day(period, channel.weekday)
    return period_of(_neighbour(day, channel.rhythm, channel.weekday, _DAY), channel.rhythm)


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
