"""The timer of the jobs: at their intervals, and earlier where a pause is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from scheduler.jobs import Job
from scheduler.timer import BETWEEN, JobTimer
from tests.waiting import until

HOUR = timedelta(hours=1)
"""An interval after which no test waits any more."""


async def _nothing(*_: object) -> None:
    return None


def noting(woken: list[datetime]) -> Callable[[Job], Awaitable[None]]:
    async def wake(_: Job) -> None:
        woken.append(datetime.now(UTC))

    return wake


def next_turn(timer: JobTimer) -> datetime:
    """When the job runs next. White box: nobody else asks for it."""
    found: datetime = timer._scheduler.get_job("tick").next_run_time
    return found


async def test_brought_forward() -> None:
    """A job runs when its pause is over and not at its next turn, once; its interval counts from there. Never later than its turn."""
    woken: list[datetime] = []
    timer = JobTimer([Job("tick", HOUR, _nothing)], noting(woken))
    pause = timedelta(seconds=1.5)
    over = datetime.now(UTC) + pause
    timer.bring_forward("tick", pause)
    timer.bring_forward("tick", timedelta(minutes=30))
    await until(lambda: woken)
    turn = next_turn(timer)
    timer.bring_forward("tick", 2 * HOUR)

    assert turn == next_turn(timer)
    assert timedelta(0) <= turn - HOUR - over < timedelta(seconds=1), (
        "the interval counts from the run that was brought forward"
    )
    assert [True] == [at >= over for at in woken]
    timer.stop()


async def test_not_without_a_pause() -> None:
    """A pause that is over already brings a run, but not at once: where many end together, one run serves them all."""
    woken: list[datetime] = []
    timer = JobTimer([Job("tick", HOUR, _nothing)], noting(woken))
    began = datetime.now(UTC)
    for _ in range(20):
        timer.bring_forward("tick", timedelta(seconds=-3))
    timer.bring_forward("another", timedelta(seconds=0))
    await until(lambda: woken)
    turn = next_turn(timer)
    timer.stop()

    assert 1 == len(woken)
    assert woken[0] - began >= BETWEEN
    assert turn > began + HOUR, "nothing else was brought forward"
