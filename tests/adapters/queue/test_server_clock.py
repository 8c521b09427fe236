"""A server whose clock was set back: whoever died before is found, and what waits for its time waits no longer than it was to."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from adapters.queue import job_manager
from adapters.queue.server_clock import ServerClock
from adapters.queue.shared import SharedQueue
from bot.ports import JobRequest
from tests.adapters.queue.test_shared import address, change, queue, rows
from tests.waiting import until

__all__ = ["address", "queue"]

pytestmark = pytest.mark.postgres

HOUR = timedelta(hours=1)
LEFT = "SELECT lock, round(extract(epoch FROM scheduled_at - now()) / 60) FROM procrastinate_jobs ORDER BY id"


async def set_back(address: str, hours: int) -> None:
    """Leave everything as it would be, had the server's clock been set back by so much."""
    later = f"+ interval '{hours} hours'"
    await change(address, f"UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat {later}")
    await change(address, f"UPDATE procrastinate_jobs SET scheduled_at = scheduled_at {later}")
    await change(address, f"UPDATE procrastinate_events SET at = at {later}")


async def test_what_waits(address: str, queue: SharedQueue, caplog: pytest.LogCaptureFixture) -> None:
    """It waits as long as it was to from the moment on in which the clock is seen to have been set back, however often that is looked at; what was put in since stays."""
    await queue.defer(JobRequest(name="an hour"), wait=HOUR)
    await queue.defer(JobRequest(name="at once"))
    await set_back(address, 5)
    await queue.defer(JobRequest(name="two hours"), wait=2 * HOUR)
    assert [("an hour", 360), ("at once", None), ("two hours", 120)] == await rows(address, LEFT)
    passed = 0.0
    clock = ServerClock(queue._app.connector, lambda: passed)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await clock.bring_into_line()

    assert [("an hour", 60), ("at once", None), ("two hours", 120)] == await rows(address, LEFT)
    assert ["jobs_rescheduled"] == [getattr(one, "action", "") for one in caplog.records]

    await set_back(address, 5)
    await clock.bring_into_line()
    assert ("an hour", 360) == (await rows(address, LEFT))[0], "nothing tells it: the clock went on as it should"
    passed = 10.0
    await clock.bring_into_line()
    assert [("an hour", 60), ("at once", None), ("two hours", 120)] == await rows(address, LEFT)


async def test_a_worker_that_died_before(address: str, queue: SharedQueue) -> None:
    """What it was doing is taken over after the usual time, and is done."""
    await queue.defer(JobRequest(name="digest", subject="vision"))
    worker = await queue._app.job_manager.register_worker()
    assert await queue._app.job_manager.fetch_job(["main"], worker)
    await set_back(address, 5)
    done = list[str]()

    async def handle(job: JobRequest) -> None:
        done.append(job.key)

    working = asyncio.create_task(queue.work(handle, {"main": 1}))
    try:
        assert await until(lambda: done == ["digest/vision"])
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_our_clock_is_ahead(address: str, queue: SharedQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put in or put back by a machine whose clock is an hour ahead of the server's waits no hour longer."""
    now = job_manager.utcnow
    for module in ("adapters.queue.job_manager.utcnow", "procrastinate.utils.utcnow"):
        monkeypatch.setattr(module, lambda: now() + HOUR)
    await queue.defer(JobRequest(name="digest", subject="vision"), wait=timedelta(minutes=5))
    assert [("digest/vision", 5)] == await rows(address, LEFT)

    await change(address, "UPDATE procrastinate_jobs SET scheduled_at = NULL")
    manager = queue._app.job_manager
    worker = await manager.register_worker()
    job = await manager.fetch_job(["main"], worker)
    assert job
    await manager.retry_job(job, now() + HOUR)
    assert await manager.fetch_job(["main"], worker)
