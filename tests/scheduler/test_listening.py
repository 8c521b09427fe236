"""Listening of a role, on the queue of one process."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from bot.errors import StorageError
from bot.ports import Hearing, JobRequest
from scheduler.queue import InProcessQueue
from scheduler.roles.listening import Listening
from tests.scheduler.test_jobs import Lodge


class AwayAtFirst(InProcessQueue):
    """A queue that takes nothing at first."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def defer(self, *jobs: JobRequest, wait: timedelta = timedelta(0)) -> int:
        self.asked += 1
        if self.asked < 3:
            raise StorageError("The job queue cannot be used: the connection was refused.")
        return await super().defer(*jobs, wait=wait)


async def test_what_was_missed_is_looked_for() -> None:
    """A process that begins to listen while the database is away goes on listening, and has the platform looked over once it answers."""
    lodge, queue = Lodge(), AwayAtFirst()
    platforms = {"slack": SimpleNamespace(hearing=Hearing.REQUESTS)}
    services = replace(lodge.services, queue=queue, speed=1000.0, platforms=platforms)
    listening = asyncio.create_task(Listening(services, ["slack"], None).run())
    async with asyncio.timeout(10):
        while not await queue.depths():
            assert not listening.done()
            await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await queue.close()

    assert 3 == queue.asked
