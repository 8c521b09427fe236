"""Dates as people write them are that instant, or none; never another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.parse.dates import Dated, read_date

TEN = datetime(2026, 8, 13, 10, tzinfo=UTC)
DAY = datetime(2026, 8, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("Thu, 13 Aug 2026 10:00:00 GMT", 0),
        ("thu, 13 aug 2026 10:00:00 gmt", 0),
        ("Thu 13 Aug 2026 10:00:00 UT", 0),
        ("Thu, Aug 13 2026 10:00:00 +0000", 0),
        ("Thu, 13 Aug 2026 10:00:00 Z", 0),
        ("Thu, 13 Aug 2026 10:00 AM", 0),
        ("Thu, 13 Aug 2026 12:15 PM +0215", 0),
        ("13 Aug 26 10:00 EST", 5),
        ("Thu, 13 Aug 2026 10:00:00 EDT", 4),
        ("Thu, 13 Aug 2026 10:00:00 CEST", -2),
        ("Thu, 13 Aug 2026 10:00:00 JST", -9),
        ("Thu, 13 Aug 2026 10:00:00 GMT+2", -2),
        ("Thu, 13 Aug 2026 10:00:00 UTC-03:00", 3),
        ("Thu Aug 13 10:00:00 2026", 0),
        ("Thu Aug 13 10:00:00 +0000 2026", 0),
        ("Thu Aug 13 2026 10:00:00 GMT+0200 (Central European Summer Time)", -2),
        ("Thursday, August 13, 2026 - 10:00", 0),
        ("August 13th, 2026 at 10:00 am EDT", 4),
        ("2026-08-13T10:00:00+0200", -2),
        ("2026-08-13 10:00:00 +02:00", -2),
        ("2026-08-13 10:00:00 UTC", 0),
        ("2026-08-13T10:00:00+02:00[Europe/Berlin]", -2),
        ("Thu, 13 Aug 2026 10:00:00 CST", 6),
        ("vendredi 13 août 2026 à 10 h 00", 0),
        ("2026-08-13T10:00", 0),
        ("2026-08-13T10:00:00.000000000Z", 0),
        ("20260813T100000Z", 0),
        ("20260813100000", 0),
        ("08/13/2026 10:00:00 AM", 0),
        ("13/08/2026 10:00", 0),
        ("13.08.2026, 10:00 Uhr", 0),
        ("Do, 13 Aug 2026 10:00:00 +0200", -2),
        ("Donnerstag, 13. August 2026 um 10.00 Uhr", 0),
        ("jeudi 13 août 2026 à 10h00", 0),
        ("Qui, 13 Ago 2026 10:00:00 -0300", 3),
        ("13 августа 2026 г. 10:00", 0),
        ("2026年8月13日 10:00", 0),
        ("2026年8月13日（木）10時00分", 0),
        ("2026年08月13日 上午10:00", 0),
        ("2026년 8월 13일 오전 10시 00분", 0),
        ("1786615200", 0),
        ("1786615200000", 0),
        ("/Date(1786615200000)/", 0),
        ("令和8年8月13日（木）10時00分", 0),
        ("2026. 8. 13. 오전 10:00", 0),
        ("2026. 8. 13. 10:00:00", 0),
        ("Posted on August 13, 2026 at 10:00 am EDT", 4),
        ("Published: 2026-08-13T10:00:00Z", 0),
        ("发布时间：2026-08-13 10:00", 0),
        ("13 August 2026, 10:00 BST", -1),
        ("Thursday, August 13, 2026 – 10:00", 0),
        ("13 August 2026 — 10:00 UTC", 0),
        ("2026–08–13 10:00", 0),
        ("2026-08-13T10:00:00\u221204:00", 4),
        ("2026-08-13T10:00-04:00", 4),
        ("Thu, 13 Aug 2026 10:00 -04:00", 4),
        ("2026-8-13T10:0:0Z", 0),
        ("2026-8-13 10:0", 0),
        ("2026-8-13T10:0+02:00", -2),
        ("Thu, 13 Aug 2026 10:00:00 SGT", -8),
        ("<![CDATA[Thu, 13 Aug 2026 10:00:00 GMT]]>", 0),
    ],
)
def test_an_instant(written: str, hours: int) -> None:
    """What people, programs and languages write is that instant, in UTC."""
    assert read_date(written) == Dated(TEN + timedelta(hours=hours))


@pytest.mark.parametrize(
    "written",
    [
        "2026-08-13",
        "20260813",
        "2026/8/13",
        "August 13, 2026",
        "Thu, 13 Aug 2026",
        "13-Aug-2026",
        "13.08.2026",
        "08/13/2026",
        "08/13/26",
        "le 13 août 2026",
        "令和8年8月13日",
        "令和８年８月１３日（木）",
        "令和8.8.13",
        "民國115年8月13日",
        "2026年（令和8年）8月13日",
        "2026. 8. 13.",
        "2026. 08. 13",
        "2026.8.13.",
        "13. 8. 2026",
        "Posted on August 13, 2026",
        "First published 13 August 2026",
        "Veröffentlicht am 13. August 2026",
        "Publié le 13 août 2026",
        "投稿日：2026年8月13日",
        "13–08–2026",
        "13–Aug–2026",
        "13 de agosto de 2026",
        "2026年8月13日",
        "2026-08-13T00:00:00Z",
        "Thu, 13 Aug 2026 00:00:00 GMT",
    ],
)
def test_a_day(written: str) -> None:
    """A date without a time, or at midnight, is that whole day."""
    assert read_date(written) == Dated(DAY, whole_day=True)


def test_a_day_in_its_zone() -> None:
    """Midnight in a zone is the first instant of the day there."""
    assert read_date("Thu, 13 Aug 2026 00:00:00 -0400") == Dated(DAY.replace(hour=4), whole_day=True)


def test_a_clock_without_zeros() -> None:
    """A program that writes 9:5:3 means five past nine."""
    assert read_date("2026-8-13T9:5:3Z") == Dated(datetime(2026, 8, 13, 9, 5, 3, tzinfo=UTC))
    assert read_date("13 Aug 2026 9:5:3 GMT") == Dated(datetime(2026, 8, 13, 9, 5, 3, tzinfo=UTC))


def test_reigns_begin_inside_a_year() -> None:
    """The last day of one reign and the first of the next are neighbours; no day belongs to both."""
    assert read_date("平成31年4月30日") == Dated(datetime(2019, 4, 30, tzinfo=UTC), whole_day=True)
    assert read_date("令和元年5月1日") == Dated(datetime(2019, 5, 1, tzinfo=UTC), whole_day=True)


@pytest.mark.parametrize(
    ("day", "is_summer"),
    [
        ("28 Mar 2026", False),
        ("29 Mar 2026", True),
        ("25 Oct 2026", True),
        ("26 Oct 2026", False),
        ("31 Oct 2027", True),
    ],
)
def test_british_summer_time(day: str, *, is_summer: bool) -> None:
    """BST is Britain's while Britain has summer time, and nobody's for sure in winter."""
    assert (read_date(f"{day} 10:00:00 BST") is not None) == is_summer


def test_the_end_of_a_day() -> None:
    """24:00 is the next day's first instant; no other hour lies past the end."""
    assert read_date("Thu, 13 Aug 2026 24:00:00 GMT") == Dated(datetime(2026, 8, 14, tzinfo=UTC))
    assert read_date("Thu, 13 Aug 2026 24:01:00 GMT") is None


def test_the_weekday_tells_which_is_the_month() -> None:
    """Of two days that three numbers may mean, the named weekday decides."""
    assert read_date("Fri 03/04/2026") == Dated(datetime(2026, 4, 3, tzinfo=UTC), whole_day=True)
    assert read_date("Wed 03/04/2026") == Dated(datetime(2026, 3, 4, tzinfo=UTC), whole_day=True)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "not a date",
        "03/04/2026",
        "13.08.26",
        "04-03-2026",
        "Thu, 13 Aug 2026 10:00:00 IST",
        "Thu, 13 Aug 2026 10:00:00 XYZ",
        "Thu Aug 13 10:00:00 CST 2026",
        "mar 11 mar 2026",
        "Thu, 31 Feb 2026 10:00:00 GMT",
        "Thu, 13 Aug 2026 99:00:00 GMT",
        "Thu, 13 Aug 2026 10:00:00 +2500",
        "2026-08",
        "August 2026",
        "13 August",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "0",
        "12345",
        "99999999999999999",
        "13 Aug 2026, or 14 Aug 2026",
        "version 2026.08.13.1",
        "2026. 8. 13. 1",
        "2026. 13. 8.",
        "26. 8. 13.",
        "令和1年4月30日",
        "平成38年8月13日",
        "昭和101年8月13日",
        "8年8月13日",
        "Updated on August 13, 2026",
        "Posted on August 13, 2026, updated on August 14, 2026",
        "Posted by Ada on August 13, 2026",
        "Thu, 10 Dec 2026 10:00:00 BST",
        "Thu, 13 Aug 2026 10:00:00 BST+0100",
        "13–14 August 2026",
        "August 13 – 14, 2026",
        "13 August 2026, 10:00–12:00",
        "13 August 2026, 10:00 – 12:00",
        "13 August 2026, 09:00-10:00",
        "2026-08-13–2026-08-14",
        "2026-08-13 10:00 –0400",
        "03–04–2026",
        "2025–26 August",
        "August 13, 2026 9:5",
        "x" * 500,
    ],
)
def test_no_date(written: str) -> None:
    """What is no date, names two days, or a zone that three countries use, is not guessed at."""
    assert read_date(written) is None


@given(st.text(max_size=60))
def test_anything(written: str) -> None:
    """Whatever is written, there is an answer within the years that are believed."""
    found = read_date(written)

    assert found is None or 1990 <= found.instant.year <= 2200


@given(st.integers(631_200_000, 7_200_000_000))
def test_round_trip(seconds: int) -> None:
    """The instant of RFC 822, of ISO 8601 and of a number of seconds is the one that was written."""
    instant = datetime.fromtimestamp(seconds, UTC)
    forms = [f"{instant:%a, %d %b %Y %H:%M:%S} +0000", instant.isoformat(), str(seconds)]

    assert [found and found.instant for found in map(read_date, forms)] == [instant] * len(forms)
