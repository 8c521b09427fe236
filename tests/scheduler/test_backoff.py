"""How long a channel is left alone after a failure."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from scheduler.backoff import FIRST, LONGEST, Backoff
from tests.factories import NOW


@pytest.fixture
def backoff() -> Backoff:
    return Backoff(random.Random(7))


def test_untroubled(backoff: Backoff) -> None:
    assert backoff.is_over("reading", NOW)


def test_doubles_up_to_a_bound(backoff: Backoff) -> None:
    """Each failure doubles the pause, spread over its upper half, and none is longer than the longest."""
    waits = [backoff.failed("reading", NOW) for _ in range(12)]

    for number, wait in enumerate(waits):
        whole = min(LONGEST, FIRST * 2**number)
        assert whole / 2 - timedelta(seconds=1) <= wait <= whole + timedelta(seconds=1)
    assert len(set(waits[-4:])) > 1


def test_over_when_it_has_passed(backoff: Backoff) -> None:
    wait = backoff.failed("reading", NOW)

    assert not backoff.is_over("reading", NOW + timedelta(seconds=1))
    assert backoff.is_over("robots", NOW)
    assert backoff.is_over("reading", NOW + wait + timedelta(seconds=1))


def test_what_the_platform_asks(backoff: Backoff) -> None:
    """A time that the platform named is kept, longer than our own bound, too."""
    assert backoff.failed("reading", NOW, 3600) == timedelta(hours=1)


def test_well_again(backoff: Backoff) -> None:
    for _ in range(9):
        backoff.failed("reading", NOW)
    backoff.well("reading")

    assert backoff.is_over("reading", NOW)
    assert backoff.failed("reading", NOW) <= FIRST


def test_a_clock_that_is_set_back(backoff: Backoff) -> None:
    """A rest that began in what is the future by now is over."""
    backoff.failed("reading", NOW)

    assert backoff.is_over("reading", NOW - timedelta(days=1))


def test_the_end_of_the_first_pause(backoff: Backoff) -> None:
    """The next end is that of whatever is over first, seen from an instant on; what is well has none."""
    ends = [NOW + backoff.failed(name, NOW, seconds) for name, seconds in (("reading", 100), ("robots", 60))]

    assert ends[1] == backoff.next_end(NOW)
    assert ends[0] == backoff.next_end(ends[1])
    assert backoff.next_end(ends[0]) is None
    backoff.well("robots")
    assert ends[0] == backoff.next_end(NOW)
    assert (backoff.is_failing("reading"), backoff.is_failing("robots")) == (True, False)
