from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scheduler.clock import running_clock


def test_a_set_clock_runs_on() -> None:
    """A clock that is set shows that instant and goes on from there; it is aware and in UTC."""
    start = datetime(2026, 8, 17, 9, tzinfo=UTC)
    clock = running_clock(start)

    first, second = clock(), clock()

    assert start <= first <= second < start + timedelta(seconds=5)
    assert timedelta(0) == first.utcoffset()


def test_without_a_start_it_is_the_system_clock() -> None:
    """Unset, it shows the present."""
    assert abs(running_clock(None)() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_quick_clock() -> None:
    """A clock that is set may run faster than the wall's."""
    start = datetime(2026, 8, 17, 9, tzinfo=UTC)
    clock = running_clock(start, speed=1_000_000)

    assert clock() - clock() < timedelta(0)
    assert clock() > start
