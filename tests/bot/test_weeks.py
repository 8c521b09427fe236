"""ISO weeks: from days and instants to keys, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.weeks import is_week, monday_of, week_key, week_of
from tests.examples import examples

QUICK = settings(max_examples=examples(150), deadline=None)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 8, 17), "2026-W34"),
        (date(2027, 1, 3), "2026-W53"),
        (date(2024, 12, 30), "2025-W01"),
        (date(2023, 1, 1), "2022-W52"),
    ],
)
def test_iso_weeks(day: date, week: str) -> None:
    """A week belongs to the year that has its Thursday."""
    assert week == week_of(day)


def test_the_zone_decides() -> None:
    """The same instant is Monday here and still Sunday there."""
    instant = datetime(2026, 8, 16, 23, 30, tzinfo=UTC)

    assert (week_key(instant, "Europe/Berlin"), week_key(instant, "UTC")) == ("2026-W34", "2026-W33")


@QUICK
@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_monday_of_week(day: date) -> None:
    """The Monday of a day's week is a Monday, at most six days before."""
    monday = monday_of(week_of(day))

    assert monday.isoweekday() == 1
    assert 0 <= (day - monday).days <= 6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-34",
        "2026-W54",
        "2025-W53",
        "2026-W00",
        "sample",
        "2026-W34\n",
        "２０２６-W34",
        "0000-W01",
        "0001-W01",
        "1988-W52",
        "2202-W01",
        "9999-W52",
    ],
)
def test_no_week(text: str) -> None:
    """What is no ISO week is refused with a sentence that says how to write one."""
    with pytest.raises(ValueError, match="Write it as year and week number"):
        monday_of(text)

    assert not is_week(text)


@pytest.mark.parametrize("week", ["1989-W01", "1990-W01", "2026-W53", "2200-W52", "2201-W53"])
def test_weeks_around_every_instant(week: str) -> None:
    """The years 1990 to 2200 have weeks, and so has the year on either side, for the weeks before and after."""
    assert is_week(week) == (week == week_of(monday_of(week)))
