from __future__ import annotations

import asyncio

from bot.errors import StorageFull
from scheduler.queue import InProcessQueue


async def test_the_same_key_twice_is_one_job() -> None:
    """While a job waits or runs, another with its key is refused; afterwards it is taken again."""
    queue, ran, gate = InProcessQueue(), [], asyncio.Event()

    async def job() -> None:
        await gate.wait()
        ran.append(1)

    taken = [await queue.defer(job, "tick"), await queue.defer(job, "tick"), await queue.defer(job, "other")]
    gate.set()
    await queue.settle(1)
    again = await queue.defer(job, "tick")
    await queue.settle(1)

    assert [True, False, True] == taken
    assert again
    assert 3 == len(ran)


async def test_a_failing_job_is_logged_and_forgotten(caplog) -> None:
    """A job that raises takes nothing with it: it is in the log, and its key is free again."""
    queue = InProcessQueue()

    async def job() -> None:
        raise ValueError("no disk")

    await queue.defer(job, "tick")
    await queue.settle(1)

    assert "The job tick failed" in caplog.text
    assert await queue.defer(asyncio.Event().wait, "tick")
    await queue.settle(0)


async def test_settling_is_bounded() -> None:
    """What does not end in time is cancelled, and is gone when settling returns."""
    queue, ended = InProcessQueue(), []

    async def job() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(1)

    await queue.defer(job, "tick")
    await asyncio.sleep(0)

    await asyncio.wait_for(queue.settle(0.05), 1)

    assert [1] == ended


async def test_a_job_that_waits_for_the_database(caplog) -> None:
    """What the database says is told in its sentence, without a traceback: a full disk would write one at every tick."""
    queue = InProcessQueue()

    async def job() -> None:
        raise StorageFull("The database p.db cannot grow: the disk at /srv is full. Make room there, then try again.")

    await queue.defer(job, "tick")
    await queue.settle(1)

    assert "The job tick waits: The database p.db cannot grow" in caplog.text
    assert "Traceback" not in caplog.text
