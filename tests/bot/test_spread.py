"""Digests of one hour are spread over the minutes that the operator allows, each channel's always by the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest

from bot.due import channel_due_period, channel_next_due, channel_window, following_period, periods_between
from bot.model import Channel, Rhythm
from bot.spread import delay_of, spread_out
from tests.factories import channel

MINUTE = timedelta(minutes=1)
LATE = Channel(
    name="late", platform="web", id="late", zone="Europe/Berlin", weekday=7, time=time(23, 50), delay=25 * MINUTE
)
"""A channel whose delay leads into the next day, in a zone that changes its clocks."""


def test_whole_minutes() -> None:
    """A thousand channels share an hour's minutes about equally; each has the same one every time."""
    names = [f"channel-{number}" for number in range(1000)]
    delays = [delay_of(name, 60 * MINUTE) for name in names]
    shared = Counter(delays)

    assert set(shared) == {number * MINUTE for number in range(61)}
    assert max(shared.values()) < 40
    assert delays == [delay_of(name, 60 * MINUTE) for name in names]


def test_none_allowed() -> None:
    """Without a spread every digest comes at its hour."""
    assert {delay_of(f"channel-{number}", timedelta(0)) for number in range(100)} == {timedelta(0)}
    assert channel() == spread_out(channel(), timedelta(0))


def test_a_wider_spread() -> None:
    """Where the operator allows more, no channel moves forward, and those that are close together stay in their order."""
    names = sorted((f"channel-{number}" for number in range(200)), key=lambda name: delay_of(name, 20 * MINUTE))
    wide = [delay_of(name, 60 * MINUTE) for name in names]

    assert all(delay_of(name, 20 * MINUTE) <= found for name, found in zip(names, wide, strict=True))
    assert all(early <= late + 3 * MINUTE for early, late in pairwise(wide))


@pytest.mark.parametrize("rhythm", list(Rhythm))
def test_one_digest_a_period(rhythm: Rhythm) -> None:
    """With a delay, too, every instant has one period, each falls due once, and where one window ends the next begins."""
    late = replace(LATE, rhythm=rhythm)
    plain = replace(late, delay=timedelta(0))
    now, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    instants = []
    while (now := channel_next_due(late, now)) < end:
        instants.append(now)

    assert [channel_next_due(plain, at - late.delay - MINUTE) + late.delay for at in instants] == instants
    periods = [channel_due_period(late, at) for at in instants]
    assert [channel_due_period(late, at - MINUTE) for at in instants[1:]] == periods[:-1]
    assert [following_period(late, one) for one in periods[:-1]] == periods[1:]
    windows = [channel_window(late, one) for one in periods]
    assert [one.end for one in windows] == instants
    assert all(before.end == after.start for before, after in pairwise(windows))
    assert list(periods_between(late, instants[0], periods[-1])) == periods[1:-1]
