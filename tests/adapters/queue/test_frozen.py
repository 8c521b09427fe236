"""A queue whose connections are frozen, without an error: it says so, opens new ones, and goes on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.bounded_connection import BoundedConnection
from adapters.queue import outage, shared
from adapters.queue.schema import migrate_queue
from adapters.queue.shared import QueueConnection, SharedQueue
from bot.errors import StorageError
from bot.ports import JobRequest
from scheduler.jobs.recurring import Recurring
from scheduler.roles.clock import Waking
from tests.frozen_proxy import FrozenProxy, frozen_proxy
from tests.waiting import until

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def impatient(proxy: FrozenProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for answers, once the proxy's database is made: that may take its time."""
    monkeypatch.setattr(shared, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(shared, "PROBE_SECONDS", 0.5)
    monkeypatch.setattr(shared, "WAIT_SECONDS", 2.0)
    monkeypatch.setattr(shared, "OPEN_SECONDS", 2.0)
    monkeypatch.setattr(shared, "AGAIN_SECONDS", 0.2)
    monkeypatch.setattr(shared, "BEAT_SECONDS", 0.3)
    monkeypatch.setattr(shared, "FINISH_SECONDS", 0.2)
    monkeypatch.setattr(outage, "OVER_SECONDS", 3.0)
    monkeypatch.setattr(BoundedConnection, "ping_seconds", 0.5)
    monkeypatch.setattr(QueueConnection, "answer_seconds", 2.0)


@pytest.fixture
async def proxy() -> AsyncIterator[FrozenProxy]:
    async with frozen_proxy(migrate_queue) as found:
        yield found


@pytest.mark.parametrize("new_ones", [False, True])
async def test_a_worker(proxy: FrozenProxy, caplog: pytest.LogCaptureFixture, *, new_ones: bool) -> None:
    """
    A worker whose connections are all frozen does the next job in time on new ones; where new ones are dead, too, it is not served, says so once, and
    goes on when one lives.
    """
    queue, done = SharedQueue(proxy.address), list[str]()

    async def handle(job: JobRequest) -> None:
        done.append(job.subject)

    task = asyncio.create_task(queue.work(handle, {"main": 2, "slack": 1}))
    try:
        await queue.defer(JobRequest(name="digest", subject="before"))
        await until(lambda: done == ["before"])
        await until(lambda: not queue.unserved())
        proxy.new_ones = new_ones
        proxy.freeze()
        if new_ones:
            await until(queue.unserved)
            await asyncio.sleep(1)
            assert {"main", "slack"} == set(queue.unserved())
            proxy.new_ones = False
        beside = SharedQueue(proxy.direct)
        await beside.defer(JobRequest(name="digest", subject="after"))
        await beside.close()
        await until(lambda: "after" in done)
        await until(lambda: not queue.unserved())
        if new_ones:
            await until(lambda: "The job queue has been served again" in caplog.text)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await queue.close()

    told = [one.getMessage() for one in caplog.records if getattr(one, "action", "") == "queue_not_served"]
    assert len(told) <= 1
    assert [] == [
        one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR and one.getMessage() not in told
    ]


async def test_a_clock(proxy: FrozenProxy) -> None:
    """A clock whose connections are frozen puts in what is due next, or at the latest what is due after that."""
    queue, reached = SharedQueue(proxy.address), list[bool]()

    class Health:
        def reached_queue(self, *, reached: bool, into: list[bool] = reached) -> None:
            into.append(reached)

    async def platforms() -> tuple[str, ...]:
        return ()

    work = [Recurring("tick", timedelta(seconds=0.5), lambda _: "schedule")]
    waking = Waking(queue, work, platforms, Health())  # type: ignore[arg-type]
    try:
        await until(lambda: reached[-1:] == [True])
        proxy.freeze()
        frozen = len(reached)
        await until(lambda: True in reached[frozen + 1 :])
    finally:
        await waking.stop()
        await queue.close()


async def test_who_puts_a_job_in(proxy: FrozenProxy) -> None:
    """Whoever puts a job in where nothing answers is told so in time."""
    queue = SharedQueue(proxy.address)
    await queue.defer(JobRequest(name="digest", subject="one"))
    proxy.new_ones = True
    proxy.freeze()
    began = time.monotonic()
    with pytest.raises(StorageError, match="cannot be used"):
        await queue.defer(JobRequest(name="digest", subject="two"))
    took = time.monotonic() - began
    await queue.close()

    assert took < 60, "a statement that nobody answers takes two minutes"
