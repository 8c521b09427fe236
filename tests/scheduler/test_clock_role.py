"""The role that wakes: what is due together is put in together, and an outage is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import StorageError
from bot.ports import JobRequest
from scheduler.queue import InProcessQueue
from scheduler.roles.clock import Waking
from tests.waiting import until

JOBS = [(timedelta(seconds=30), JobRequest(name="tick", subject=str(number))) for number in range(7)]


class Queue(InProcessQueue):
    """A queue whose database may be away; it notes how many jobs come at once."""

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""
        self.given: list[int] = []

    async def defer(self, *jobs: JobRequest, wait: timedelta = timedelta(0)) -> int:
        self.given.append(len(jobs))
        if self.fault:
            raise StorageError(self.fault)
        return await super().defer(*jobs, wait=wait)


class Health:
    """Whether the queue was reached."""

    def __init__(self) -> None:
        self.reached: list[bool] = []

    def reached_queue(self, *, reached: bool) -> None:
        self.reached.append(reached)


async def test_an_outage_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Seven jobs that fall due in one moment are one call each time; its failure is told once for each cause, and once that it is over."""
    queue, health = Queue(), Health()
    queue.fault = "The database is away."
    waking = Waking(queue, JOBS, health, speed=100.0)  # type: ignore[arg-type]
    await until(lambda: len(queue.given) >= 3)
    queue.fault = "The queue is full."
    await until(lambda: len(queue.given) >= 5)
    away = list(health.reached)
    queue.fault = ""
    await until(lambda: len(queue.given) >= 8)
    await waking.stop()
    await queue.close()

    assert {7} == set(queue.given)
    assert not any(away)
    assert health.reached[-1]
    actions = [getattr(one, "action", "") for one in caplog.records if one.name == "scheduler.roles.clock"]
    assert ["clock_waits", "clock_waits", "clock_wakes"] == actions
    assert 1 == caplog.text.count("The database is away.")
