"""
Periods: the key of each of a channel's digests, by rhythm. A key is for ever, whatever the channel is set to later.

| rhythm | key | example |
|---|---|---|
| weekly, every second week | the ISO week | `2026-W34` |
| twice a week | the ISO week and the day in it | `2026-W34-4` |
| monthly | the month | `2026-08` |
| daily | the day | `2026-08-17` |

An extra digest, outside the rhythm, is called by its day: `2026-08-17-extra`; a second one of a week whose day was moved on after the first
by the week: `2026-W34-extra`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from bot.model import Rhythm
from bot.weeks import FIRST_YEAR, LAST_YEAR, is_week, monday_of, week_of

EXTRA: Final = "-extra"

SECOND_AFTER: Final = {Rhythm.WEEKLY: 3, Rhythm.FORTNIGHTLY: 6}
"""
How many calendar days after a week's digest a second one comes, where the channel's day was moved on that far since. Nearer ones would be
nearly empty, and the way to the next one is not long; of the other rhythms no period is long enough, or each day has one of its own.
"""

LENGTHS: Final = {
    Rhythm.WEEKLY: timedelta(days=7),
    Rhythm.FORTNIGHTLY: timedelta(days=14),
    Rhythm.TWICE_A_WEEK: timedelta(days=4),
    Rhythm.MONTHLY: timedelta(days=35),
    Rhythm.DAILY: timedelta(days=1),
}
"""The longest span between two due days. From one month's first Monday to the next one's it is four weeks or five."""

KEPT: Final = 4_096
"""Of how many keys it is kept what they mean: thousands of channels have digests of the same few periods."""

_DAY_OF_WEEK: Final = re.compile(r"(\d{4}-W\d{2})-([1-7])", re.ASCII)
_MONTH: Final = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def falls_due(day: date, rhythm: Rhythm, weekday: int) -> bool:
    """
    Tell whether a digest falls due on a calendar day.

    Twice a week is the channel's day and three days later; monthly its first such day of the month. Every second week counts weeks from
    one fixed Monday, so that it is the same for every process, and no year with 53 weeks changes it.
    """
    match rhythm:
        case Rhythm.DAILY:
            return True
        case Rhythm.TWICE_A_WEEK:
            return day.isoweekday() in {weekday, (weekday + 2) % 7 + 1}
        case Rhythm.MONTHLY:
            return day.isoweekday() == weekday and day.day <= 7  # noqa: PLR2004 - the first week of a month
        case Rhythm.FORTNIGHTLY:
            return day.isoweekday() == weekday and (day - timedelta(days=weekday)).toordinal() // 7 % 2 == 0
        case Rhythm.WEEKLY:
            return day.isoweekday() == weekday


def period_of(day: date, rhythm: Rhythm) -> str:
    """
    Give the key of the digest that falls due on a day.

    >>> [period_of(date(2026, 8, 20), one) for one in (Rhythm.WEEKLY, Rhythm.TWICE_A_WEEK, Rhythm.MONTHLY, Rhythm.DAILY)]
    ['2026-W34', '2026-W34-4', '2026-08', '2026-08-20']
    """
    match rhythm:
        case Rhythm.DAILY:
            return day.isoformat()
        case Rhythm.MONTHLY:
            return f"{day:%Y-%m}"
        case Rhythm.TWICE_A_WEEK:
            return f"{week_of(day)}-{day.isoweekday()}"
        case Rhythm.WEEKLY | Rhythm.FORTNIGHTLY:
            return week_of(day)


def extra_period(day: date) -> str:
    """Give the key of an extra digest of a day."""
    return f"{day.isoformat()}{EXTRA}"


def second_period(week: str) -> str:
    """Give the key of a week's second digest."""
    return f"{week}{EXTRA}"


def second_of(period: str) -> str | None:
    """
    Give the week of which this is the second digest; None of any other period.

    >>> second_of("2026-W34-extra"), second_of("2026-08-17-extra"), second_of("2026-W34")
    ('2026-W34', None, None)
    """
    week = period.removesuffix(EXTRA)
    return week if week != period and is_week(week) else None


def due_day(period: str, weekday: int) -> date:
    """
    Give the day on which a period falls due in a channel with this weekday; of an extra digest that is called by its day, that day.

    Raises `ValueError` with a sentence for the user if it is none.
    """
    if is_week(week := second_of(period) or period):
        return monday_of(week) + timedelta(days=weekday - 1)
    if found := _DAY_OF_WEEK.fullmatch(period):
        return monday_of(found[1]) + timedelta(days=int(found[2]) - 1)
    text = period.removesuffix(EXTRA)
    try:
        if found := _DAY.fullmatch(text):
            return _known(date.fromisoformat(text))
        if found := _MONTH.fullmatch(text):
            first = _known(date(int(found[1]), int(found[2]), 1))
            return first + timedelta(days=(weekday - first.isoweekday()) % 7)
    except ValueError:
        pass
    return monday_of(period)  # says what is wrong with it: a week is what people write


@lru_cache(KEPT)
def is_period(text: str) -> bool:
    """Tell whether a text is the key of a digest's period; that of the sample week is none."""
    try:
        due_day(text, 1)
    except ValueError:
        return False
    return True


@lru_cache(KEPT)
def in_order(period: str) -> tuple[date, bool, str]:
    """
    Give what periods are sorted by, whatever rhythm each is of: the last day that a channel of any weekday may have it on.

    An extra digest comes before the one of the week or month that it is in, a second one after the first.
    """
    day = due_day(period, 7)
    if _MONTH.fullmatch(period):
        day = day.replace(day=7)
    return day, second_of(period) is not None or not period.endswith(EXTRA), period


def oldest_first(week: str) -> tuple[bool, date, bool, str]:
    """
    Give what the weeks of a channel are sorted by, whatever rhythm it had when; what is no period (the sample week) comes last.

    >>> sorted(["sample", "2026-W36", "2026-08-17-extra", "2026-09", "2026-W34-extra", "2026-W34"], key=oldest_first)
    ['2026-08-17-extra', '2026-W34', '2026-W34-extra', '2026-W36', '2026-09', 'sample']
    """
    return (False, *in_order(week)) if is_period(week) else (True, date.min, False, week)


def newest(weeks: Iterable[str]) -> str | None:
    """
    Give the newest of a channel's weeks, whatever rhythm each is of; the sample week only where there is no other.

    >>> newest(["2026-W36", "2026-09", "2026-W34", "sample"]), newest(["sample"]), newest([])
    ('2026-09', 'sample', None)
    """
    known = [*weeks]
    return max((one for one in known if is_period(one)), key=in_order, default=known[-1] if known else None)


def first_day(period: str) -> date:
    """
    Give the first day that a period speaks of: the Monday of a week, the first of a month, else the day itself.

    Raises `ValueError` with a sentence for the user if it is none.

    >>> [f"{first_day(one):%d %b}" for one in ("2026-W34", "2026-08", "2026-W34-4", "2026-08-17-extra")]
    ['17 Aug', '01 Aug', '20 Aug', '17 Aug']
    """
    day = due_day(period, 1)
    return day.replace(day=1) if _MONTH.fullmatch(period) else day


def in_words(period: str) -> str:
    """
    Say a period as people do; what is none is called the sample week.

    >>> [in_words(one) for one in ("2026-W34", "2026-W34-4", "2026-08", "2026-08-17-extra", "2026-W34-extra", "sample")]
    ['the week of 17 August', '20 August', 'August 2026', '17 August', 'the second half of the week of 17 August', 'the sample week']
    """
    if not is_period(period):
        return "the sample week"
    if week := second_of(period):
        return f"the second half of {in_words(week)}"
    day = first_day(period)
    if _MONTH.fullmatch(period):
        return f"{day:%B %Y}"
    return f"{'the week of ' if is_week(period) else ''}{day.day} {day:%B}"


def _known(day: date) -> date:
    if not FIRST_YEAR - 1 <= day.year <= LAST_YEAR + 1:
        raise ValueError(f"{day} is out of range")
    return day
