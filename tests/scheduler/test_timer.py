"""The timer of the jobs: at their intervals, and earlier where a pause is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from scheduler.jobs import Job
from scheduler.timer import JobTimer


async def _nothing(*_: object) -> None:
    return None


def noting(times: list[float]) -> Callable[[Job], Awaitable[None]]:
    began = time.monotonic()

    async def wake(_: Job) -> None:
        times.append(time.monotonic() - began)

    return wake


async def test_brought_forward() -> None:
    """A job runs when its pause is over and not at its next turn, once; its interval counts from there. Never later than its turn."""
    times: list[float] = []
    timer = JobTimer([Job("tick", timedelta(seconds=300), _nothing)], noting(times), speed=100)
    timer.bring_forward("tick", timedelta(seconds=50))
    timer.bring_forward("tick", timedelta(seconds=200))
    await asyncio.sleep(2)
    timer.bring_forward("tick", timedelta(seconds=1000))
    await asyncio.sleep(2)
    timer.stop()
    await asyncio.sleep(0.1)

    assert 2 == len(times), times
    assert 0.4 < times[0] < 2
    assert 2.5 < times[1] - times[0] < 4


async def test_not_without_a_pause() -> None:
    """A pause that is over already brings a run, but not at once: where many end together, one run serves them all."""
    times: list[float] = []
    timer = JobTimer([Job("tick", timedelta(seconds=300), _nothing)], noting(times), speed=5)
    for _ in range(20):
        timer.bring_forward("tick", timedelta(seconds=-3))
    timer.bring_forward("another", timedelta(seconds=0))
    await asyncio.sleep(0.6)
    timer.stop()

    assert 1 == len(times), times
    assert times[0] > 0.15
