"""What only the queue of one process has: it settles within a bounded time. The rest is in the contract suite."""

from __future__ import annotations

import asyncio

from bot.ports import MAIN, JobRequest
from scheduler.queue import InProcessQueue
from tests.waiting import PATIENCE


async def test_settling_is_bounded() -> None:
    """What does not end in time is cancelled, what waits is dropped; both are gone when settling returns."""
    queue, began, ended = InProcessQueue(), asyncio.Event(), []

    async def job(_: JobRequest) -> None:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    working = asyncio.create_task(queue.work(job, {MAIN: 9}))
    await queue.defer(JobRequest(name="tick"))
    await asyncio.wait_for(began.wait(), PATIENCE)
    await queue.defer(JobRequest(name="tick"))

    await asyncio.wait_for(queue.settle(0.05), PATIENCE)
    await asyncio.sleep(0)

    assert [1] == ended
    assert {} == await queue.depths()
    working.cancel()
