"""How long a channel is left alone after a failure."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from scheduler.patience import FIRST, LONGEST, Patience
from tests.factories import NOW


@pytest.fixture
def patience() -> Patience:
    return Patience(random.Random(7))


def test_untroubled(patience: Patience) -> None:
    assert patience.is_over("reading", NOW)


def test_doubles_up_to_a_bound(patience: Patience) -> None:
    """Each failure doubles the pause, spread over its upper half, and none is longer than the longest."""
    waits = [patience.failed("reading", NOW) for _ in range(12)]

    for number, wait in enumerate(waits):
        whole = min(LONGEST, FIRST * 2**number)
        assert whole / 2 - timedelta(seconds=1) <= wait <= whole + timedelta(seconds=1)
    assert len(set(waits[-4:])) > 1


def test_over_when_it_has_passed(patience: Patience) -> None:
    wait = patience.failed("reading", NOW)

    assert not patience.is_over("reading", NOW + timedelta(seconds=1))
    assert patience.is_over("robots", NOW)
    assert patience.is_over("reading", NOW + wait + timedelta(seconds=1))


def test_what_the_platform_asks(patience: Patience) -> None:
    """A time that the platform named is kept, longer than our own bound, too."""
    assert patience.failed("reading", NOW, 3600) == timedelta(hours=1)


def test_well_again(patience: Patience) -> None:
    for _ in range(9):
        patience.failed("reading", NOW)
    patience.well("reading")

    assert patience.is_over("reading", NOW)
    assert patience.failed("reading", NOW) <= FIRST


def test_a_clock_that_is_set_back(patience: Patience) -> None:
    """A rest that began in what is the future by now is over."""
    patience.failed("reading", NOW)

    assert patience.is_over("reading", NOW - timedelta(days=1))
