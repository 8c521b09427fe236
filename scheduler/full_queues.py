"""Queues near their bound, where several processes share the work: what is put in beyond it is refused, and comes with a later tick."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.ports import QueueDepth
from scheduler.services import Services

NEAR: Final = 0.8
"""From which part of its bound on a queue is told of."""

REMEDY: Final = "Start more workers, or see in the log of those there are why they do not get on. Beyond its bound a queue takes nothing more (`queue_full`)."


async def full_queues(services: Services) -> Mapping[str, QueueDepth]:
    """Find them; none on a database that one process serves. Raises `StorageError` where that does not answer."""
    lengths = await services.queue_lengths()
    return {name: one for name, one in sorted(lengths.items()) if one.waiting >= NEAR * one.bound}


def full_line(found: Mapping[str, QueueDepth]) -> str:
    """Say of the queues how long they are, without a full stop; empty where there are none."""
    named = ", ".join(f"{name} with {one.waiting:,} of {one.bound:,} jobs" for name, one in found.items())
    return f"Nearly as many jobs as may wait do: {named}" if named else ""
