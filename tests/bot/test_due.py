"""Exactly one digest a week, in every zone, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.due import (
    channel_due_period,
    channel_next_due,
    channel_window,
    covered_days,
    due_week,
    first_instant,
    following_period,
    next_due,
    periods_between,
    window_of,
)
from bot.model import Rhythm, Window
from bot.periods import LENGTHS, due_day, extra_period, falls_due, in_order, is_period, period_of
from bot.weeks import week_of
from tests.examples import examples
from tests.factories import channel

ZONES = sorted(available_timezones())
MOMENT = timedelta(microseconds=1)
WEEKS = st.dates(date(2020, 1, 1), date(2035, 12, 31)).map(week_of)
TIMES = st.times().map(lambda at: at.replace(microsecond=0)) | st.sampled_from(
    [time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(3, 0), time(23, 59, 59)]
)


def weeks_of(first: int, last: int) -> list[str]:
    """Every ISO week of these years."""
    monday = date.fromisocalendar(first, 1, 1)
    return [
        week_of(monday + timedelta(weeks=n)) for n in range(((date(last, 12, 28) - monday) // timedelta(weeks=1)) + 1)
    ]


def due_instant(week: str, zone: str, weekday: int, at: time) -> datetime:
    """When a week's digest falls due: the end of what it covers."""
    return window_of(week, zone, weekday, at).end


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@settings(max_examples=examples(300), deadline=None)
@given(st.sampled_from(ZONES), WEEKS, st.integers(1, 7), TIMES)
def test_one_due_instant_a_week(zone: str, week: str, weekday: int, at: time) -> None:
    """A week is due at its due instant, the week before is until just before, and the next instant is the next week's."""
    instant = due_instant(week, zone, weekday, at)
    before = window_of(week, zone, weekday, at).start

    assert due_week(instant, zone, weekday, at) == week
    assert due_instant(due_week(instant - MOMENT, zone, weekday, at), zone, weekday, at) == before
    assert before < instant
    assert next_due(before, zone, weekday, at) == instant
    assert next_due(instant - MOMENT, zone, weekday, at) == instant


@settings(max_examples=examples(200), deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(1_577_836_800, 2_082_672_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.integers(1, 7),
    TIMES,
)
def test_every_instant_has_one_window(zone: str, now: datetime, weekday: int, at: time) -> None:
    """Any instant lies between the due instant of the week that is due then and the next one."""
    week = due_week(now, zone, weekday, at)

    assert due_instant(week, zone, weekday, at) <= now < next_due(now, zone, weekday, at)


RHYTHMS = st.sampled_from(list(Rhythm))


@settings(max_examples=examples(300), deadline=None)
@given(
    st.sampled_from(ZONES),
    st.integers(1_577_836_800, 2_082_672_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.integers(1, 7),
    TIMES,
    RHYTHMS,
)
def test_every_rhythm_tiles(zone: str, now: datetime, weekday: int, at: time, rhythm: Rhythm) -> None:
    """Of every rhythm an instant lies in one window, whose neighbours touch it; its period is due at its end, and not before."""
    ours = channel(zone=zone, weekday=weekday, time=at, rhythm=rhythm)
    period = channel_due_period(ours, now)
    window, following = channel_window(ours, period), following_period(ours, period)
    after = channel_window(ours, following)

    assert window.start < window.end <= now < after.end
    assert after.start == window.end
    assert channel_next_due(ours, now) == after.end
    assert channel_due_period(ours, after.end) == following
    assert channel_due_period(ours, after.end - MOMENT) == period
    assert window.end - window.start <= LENGTHS[rhythm] + timedelta(hours=3)
    assert in_order(period) < in_order(following)
    assert periods_between(ours, window.start, following) == (period,)
    assert is_period(period)
    assert len(period) <= 16


@settings(max_examples=examples(200), deadline=None)
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(1, 7), RHYTHMS)
def test_a_period_tells_its_day(day: date, weekday: int, rhythm: Rhythm) -> None:
    """The key of a due day leads back to that day, and an extra digest of a day comes before the one of the period that it is in."""
    while not falls_due(day, rhythm, weekday):
        day += timedelta(days=1)
    period = period_of(day, rhythm)

    assert due_day(period, weekday) == day
    assert in_order(extra_period(day)) < in_order(period)
    assert due_day(extra_period(day), weekday) == day


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [
        (Rhythm.FORTNIGHTLY, ["2026-08-07", "2026-08-21", "2026-09-04"]),
        (Rhythm.TWICE_A_WEEK, ["2026-08-07", "2026-08-10", "2026-08-14"]),
        (Rhythm.MONTHLY, ["2026-08-07", "2026-09-04", "2026-10-02"]),
        (Rhythm.DAILY, ["2026-08-07", "2026-08-08", "2026-08-09"]),
    ],
)
def test_days_of_a_rhythm(rhythm: Rhythm, days: list[str]) -> None:
    """A Friday's channel has its digests on these days; every second week goes on over a year with 53 weeks."""
    day, found = date(2026, 8, 7), []
    while len(found) < 3:
        if falls_due(day, rhythm, 5):
            found.append(day.isoformat())
        day += timedelta(days=1)

    assert days == found
    fridays = [one for n in range(800) if falls_due(one := date(2026, 1, 1) + timedelta(days=n), Rhythm.FORTNIGHTLY, 5)]
    assert {timedelta(days=14)} == {after - before for before, after in pairwise(fridays)}


@pytest.mark.parametrize(
    "text",
    [
        "sample",
        "2026-W54",
        "2026-W34-8",
        "2026-13",
        "2026-02-30",
        "0001-01-01",
        "2026-W34-4-extra",
        "2026-W54-extra",
        "",
    ],
)
def test_no_period(text: str) -> None:
    """What is no period is none."""
    assert not is_period(text)


SAMPLED = ((1, time(9, 0)), (7, time(1, 30)), (7, time(0, 0)))
YEARS = weeks_of(2020, 2035)
DAYS = [date(2019, 12, 30) + timedelta(days=n) for n in range(7 * len(YEARS) + 1)]


@cache
def distinct_zones() -> dict[str, list[str]]:
    """
    Every zone of tzdata under one name for each way its clocks go, with its other names.

    Many are two names of one zone; what the clocks show at the ends of every day of these years tells that.
    """
    instants = [int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in DAYS]
    known: dict[tuple[object, ...], list[str]] = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        shown, before = [], None
        for instant in instants:
            offset = datetime.fromtimestamp(instant, zone).utcoffset()
            if offset != before:
                shown.append((_turn(instant, zone), offset))
                before = offset
        known.setdefault(tuple(shown), []).append(name)
    return {names[0]: names for names in known.values()}


def _turn(instant: int, zone: ZoneInfo) -> int:
    """The second in the day before `instant` at which the clocks were put to what they show at `instant`."""
    late, early = instant, instant - 86_400
    offset = datetime.fromtimestamp(late, zone).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late


def odd_times(name: str) -> list[tuple[int, time]]:
    """The weekdays and times of day at which a zone's clocks are put forward or back in these years; three of them at most."""
    zone, found = ZoneInfo(name), {}
    offsets = [datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset() for day in DAYS]
    for (_, before), (day, after) in pairwise(zip(DAYS, offsets, strict=True)):
        if before == after:
            continue
        turn = _turn(int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp()), zone)
        # Half way through what is jumped over or shown twice.
        half = abs(after - before) / 2
        there = (datetime.fromtimestamp(turn, UTC) + min(before, after) + half).replace(second=0, tzinfo=None)
        found[there.isoweekday(), there.time(), before < after] = there.isoweekday(), there.time()
    return list(found.values())[:3]


def is_the_due_instant(instant: datetime, day: date, at: time, zone: ZoneInfo) -> bool:
    """The rule, said from the other end: the first instant at which a clock on the wall shows this time, or a later one."""
    wanted, shown = datetime.combine(day, at), instant.astimezone(zone)
    wall = shown.replace(tzinfo=None, fold=0)
    if wall == wanted:
        return shown.fold == 0
    just_before = (instant - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
    return just_before < wanted < wall


TELLING = (
    "UTC", "America/New_York", "Europe/Helsinki", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Kathmandu",
    "Pacific/Apia", "Pacific/Kiritimati", "Asia/Tehran", "America/Sao_Paulo", "Antarctica/Troll",
)  # fmt: skip
"""Zones with half hours, two hours, midnight gaps, Ramadan, the ends of the world, and rules that changed in these years."""


@pytest.mark.parametrize("name", TELLING)
def test_every_week_of_telling_zones(name: str) -> None:
    """
    Every week from 2020 to 2035 is due exactly once: at the first instant at which a clock in the zone shows the time.

    Tried with three times of the week, and with those at which the zone's own clocks are put forward and back.
    """
    assert [] == weeks_due_wrongly(name)


@pytest.mark.slow
def test_every_zone_and_every_week() -> None:
    """What holds of the telling zones holds of every zone of tzdata."""
    assert [] == [wrong for name in distinct_zones() for wrong in weeks_due_wrongly(name)]


def weeks_due_wrongly(name: str) -> list[tuple[str, int, time, str]]:
    """Zone, weekday, time and week of every due instant that breaks the rule."""
    wrong, monday, zone = [], date(2019, 12, 30), ZoneInfo(name)
    for weekday, at in [*SAMPLED, *odd_times(name)]:
        instants = [due_instant(week, name, weekday, at) for week in YEARS]
        days = [monday + timedelta(days=7 * n + weekday - 1) for n in range(len(YEARS))]
        bad = {n for n in range(len(YEARS)) if not is_the_due_instant(instants[n], days[n], at, zone)}
        bad |= {n for n in range(1, len(YEARS)) if instants[n] <= instants[n - 1]}
        # A week is due from its own instant to the next one's, at odd places and here and there besides.
        odd = [n for n in range(1, len(YEARS)) if instants[n] - instants[n - 1] != timedelta(days=7)]
        for n in {*odd, *(n - 1 for n in odd), *range(1, len(YEARS), 97)} - {0}:
            found = due_week(instants[n], name, weekday, at), due_week(instants[n] - MOMENT, name, weekday, at)
            if found != (YEARS[n], YEARS[n - 1]):
                bad.add(n)
        wrong += [(name, weekday, at, YEARS[n]) for n in sorted(bad)]
    return wrong


@pytest.mark.slow
def test_every_name_of_a_zone() -> None:
    """A zone's other names have the same due instants as the first, and no zone was left out."""
    assert sorted(name for names in distinct_zones().values() for name in names) == ZONES
    assert len(distinct_zones()) > 50
    for name, names in distinct_zones().items():
        for week in ("2020-W01", "2026-W13", "2026-W44", "2035-W52"):
            assert {due_instant(week, other, 7, time(1, 30)) for other in names} == {
                due_instant(week, name, 7, time(1, 30))
            }


@pytest.mark.parametrize(
    ("zone", "weekday", "at"),
    [
        ("America/New_York", 7, time(1, 30)),
        ("America/Santiago", 7, time(0, 0)),
        ("Australia/Lord_Howe", 7, time(1, 45)),
        ("Pacific/Apia", 6, time(9, 0)),
        ("Africa/Casablanca", 7, time(2, 30)),
    ],
)
def test_windows_tile(zone: str, weekday: int, at: time) -> None:
    """The windows of sixteen years follow one another without a gap and without an overlap."""
    windows = [window_of(week, zone, weekday, at) for week in YEARS]

    assert all(before.end == after.start for before, after in pairwise(windows))
    assert all(window.start < window.end for window in windows)
    assert windows[-1].end - windows[0].start == sum((w.end - w.start for w in windows), timedelta())
    assert all(next_due(window.start, zone, weekday, at) == window.end for window in windows)


class TestNamedWeeks:
    @pytest.mark.parametrize(
        ("zone", "week", "weekday", "at", "expected"),
        [
            # The hour is shown twice: the first counts.
            ("America/New_York", "2026-W44", 7, time(1, 30), "2026-11-01T05:30"),
            ("Europe/Berlin", "2026-W43", 7, time(2, 30), "2026-10-25T00:30"),
            ("Australia/Lord_Howe", "2026-W14", 7, time(1, 45), "2026-04-04T14:45"),
            # The hour is jumped over: the first instant after the jump counts.
            ("America/Santiago", "2026-W36", 7, time(0, 0), "2026-09-06T04:00"),
            ("Europe/Berlin", "2026-W13", 7, time(2, 30), "2026-03-29T01:00"),
            ("Australia/Lord_Howe", "2026-W40", 7, time(2, 15), "2026-10-03T15:30"),
            ("Africa/Casablanca", "2026-W12", 7, time(2, 30), "2026-03-22T02:00"),
            # The whole day is jumped over.
            ("Pacific/Apia", "2011-W52", 5, time(9, 0), "2011-12-30T10:00"),
            ("Pacific/Apia", "2011-W52", 6, time(9, 0), "2011-12-30T19:00"),
            ("Pacific/Apia", "2011-W52", 4, time(9, 0), "2011-12-29T19:00"),
            # Ramadan: the clocks of Morocco go back for a month.
            ("Africa/Casablanca", "2026-W07", 7, time(2, 30), "2026-02-15T01:30"),
            ("Africa/Casablanca", "2026-W10", 7, time(9, 0), "2026-03-08T09:00"),
            ("Africa/Casablanca", "2026-W16", 7, time(9, 0), "2026-04-19T08:00"),
            ("Asia/Kathmandu", "2026-W34", 1, time(9, 0), "2026-08-17T03:15"),
            ("Pacific/Kiritimati", "2026-W34", 1, time(9, 0), "2026-08-16T19:00"),
            ("Etc/GMT+12", "2026-W34", 7, time(23, 59), "2026-08-24T11:59"),
        ],
    )  # fmt: skip
    def test_due_instant(self, zone: str, week: str, weekday: int, at: time, expected: str) -> None:
        """The wall-clock time decides; shown twice, its first instant; jumped over, the first instant after the jump."""
        assert utc(expected) == due_instant(week, zone, weekday, at)

    @pytest.mark.parametrize(
        ("zone", "year", "weekday", "at"),
        [
            ("America/New_York", 2026, 7, time(1, 30)),
            ("America/Santiago", 2026, 7, time(0, 0)),
            ("Australia/Lord_Howe", 2026, 7, time(2, 0)),
            ("Pacific/Apia", 2011, 5, time(9, 0)),
            ("Pacific/Apia", 2011, 6, time(0, 0)),
            ("Africa/Casablanca", 2026, 7, time(2, 30)),
            ("Europe/Berlin", 2026, 7, time(2, 30)),
            ("America/Sao_Paulo", 2018, 7, time(0, 0)),
            ("Asia/Tehran", 2022, 2, time(0, 30)),
            ("Antarctica/Troll", 2026, 7, time(2, 30)),
        ],
    )
    def test_a_year_of_them(self, zone: str, year: int, weekday: int, at: time) -> None:
        """Through a year with odd clocks every week is due once, in order, and its window touches the next."""
        weeks = weeks_of(year, year + 1)
        windows = [window_of(week, zone, weekday, at) for week in weeks]

        assert [due_week(window.end, zone, weekday, at) for window in windows] == weeks
        assert [due_week(window.end - MOMENT, zone, weekday, at) for window in windows[1:]] == weeks[:-1]
        assert [window.end for window in windows[:-1]] == [window.start for window in windows[1:]]
        assert all(window.start < window.end for window in windows)

    def test_year_with_53_weeks(self) -> None:
        """2026 has a week 53, and the first week of 2027 follows it."""
        assert due_week(utc("2026-12-28T09:00"), "UTC", 1, time(9, 0)) == "2026-W53"
        assert due_week(utc("2027-01-04T08:59"), "UTC", 1, time(9, 0)) == "2026-W53"
        assert due_week(utc("2027-01-04T09:00"), "UTC", 1, time(9, 0)) == "2027-W01"

    def test_new_year(self) -> None:
        """New Year's Day belongs to the week that has most of its days."""
        assert due_week(utc("2026-01-01T12:00"), "UTC", 4, time(12, 0)) == "2026-W01"
        assert due_week(utc("2027-01-01T12:00"), "UTC", 5, time(12, 0)) == "2026-W53"
        assert due_week(utc("2027-01-01T11:59"), "UTC", 5, time(12, 0)) == "2026-W52"


def test_first_instant_without_oddity() -> None:
    """On a plain day it is the wall-clock time itself."""
    assert first_instant(date(2026, 8, 17), time(9, 0), ZoneInfo("Europe/Berlin")) == utc("2026-08-17T07:00")


def test_no_week() -> None:
    """A week that does not exist is refused."""
    with pytest.raises(ValueError, match="no ISO week"):
        due_instant("2025-W53", "UTC", 1, time(9, 0))


class TestChannel:
    def test_default_channel(self) -> None:
        """A channel that says nothing has its digest on Monday at nine, UTC, on the seven days before."""
        ours = channel()

        assert channel_due_period(ours, utc("2026-08-17T09:00")) == "2026-W34"
        assert channel_due_period(ours, utc("2026-08-17T08:59")) == "2026-W33"
        assert channel_next_due(ours, utc("2026-08-17T09:00")) == utc("2026-08-24T09:00")
        assert channel_window(ours, "2026-W34") == Window(start=utc("2026-08-10T09:00"), end=utc("2026-08-17T09:00"))

    def test_zone_weekday_and_time(self) -> None:
        """A channel's own zone, weekday and time decide."""
        ours = channel(zone="America/New_York", weekday=5, time=time(16, 0))

        assert channel_window(ours, "2026-W34").end == utc("2026-08-21T20:00")


@pytest.mark.parametrize(
    ("window", "zone", "expected"),
    [
        (Window(start=utc("2026-08-10T09:00"), end=utc("2026-08-17T09:00")), "UTC", ("2026-08-10", "2026-08-16")),
        (Window(start=utc("2026-08-09T22:00"), end=utc("2026-08-16T22:00")), "Europe/Berlin", ("2026-08-10", "2026-08-16")),
        (Window(start=utc("2026-08-17T07:00"), end=utc("2026-08-17T09:00")), "UTC", ("2026-08-17", "2026-08-17")),
        (Window(start=utc("2026-12-28T09:00"), end=utc("2027-01-04T09:00")), "UTC", ("2026-12-28", "2027-01-03")),
    ],
)  # fmt: skip
def test_covered_days(window: Window, zone: str, expected: tuple[str, str]) -> None:
    """For people a window covers whole days of their own calendar, its first at least."""
    assert expected == tuple(day.isoformat() for day in covered_days(window, zone))
