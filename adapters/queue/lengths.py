"""Lengths of the queues that processes share, for whoever only looks: a command that serves none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.queue.shared import BOUND
from adapters.queue.unknown import APART
from bot.ports import QueueDepth

_WAITING: Final = """
SELECT queue_name AS queue, count(*) AS waiting FROM procrastinate_jobs
WHERE status = 'todo' AND NOT starts_with(queueing_lock, :apart) GROUP BY 1
"""


async def queue_lengths(engine: AsyncEngine) -> Mapping[str, QueueDepth]:
    """How many jobs wait in each queue, and how many may; empty where there is no queue. Raises `StorageError` where the database does not answer."""
    async with engine.connect() as connection:
        if not await connection.run_sync(lambda found: inspect(found).has_table("procrastinate_jobs")):
            return {}
        rows = await connection.execute(text(_WAITING), {"apart": APART})
        return {row.queue: QueueDepth(waiting=row.waiting, bound=BOUND) for row in rows}
