"""The lengths of the queues, as a command that serves none of them sees them."""

from __future__ import annotations

import pytest

from adapters.queue.lengths import queue_lengths
from adapters.queue.schema import migrate_queue
from adapters.queue.shared import BOUND, SharedQueue
from bot.ports import JobRequest, QueueDepth
from tests.databases import new_postgresql, opened

pytestmark = pytest.mark.postgres


async def test_lengths() -> None:
    """What waits is counted by queue; before there is a queue there is nothing."""
    address = await new_postgresql()
    async with opened(address) as engine:
        assert {} == await queue_lengths(engine)
        await migrate_queue(engine)
        queue = SharedQueue(address)
        await queue.defer(*(JobRequest(name="digest", subject=str(n), queue="slack") for n in range(3)))
        await queue.defer(JobRequest(name="tick"))
        await queue.close()

        assert {
            "slack": QueueDepth(waiting=3, bound=BOUND),
            "main": QueueDepth(waiting=1, bound=BOUND),
        } == await queue_lengths(engine)
