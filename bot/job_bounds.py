"""Bounds of the job queues: what is refused at one is logged, once a queue, and told to whoever put it in."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from bot.errors import QueueFull
from bot.ports import JobRequest

logger = logging.getLogger(__name__)


def refuse(jobs: Sequence[JobRequest]) -> None:
    """Tell that these were not taken, since their queues are full; nothing where there are none. Raises `QueueFull`."""
    if not jobs:
        return
    firsts = {job.queue: job.key for job in reversed(jobs)}
    for queue, number in Counter(job.queue for job in jobs).items():
        logger.warning(
            "The queue %s is full: %s jobs are not taken, %s the first of them",
            queue,
            number,
            firsts[queue],
            extra={"action": "queue_full", "number": number},
        )
    raise QueueFull(
        f"So many jobs wait in the queue {jobs[0].queue} that {jobs[0].key} is not taken. Start more workers, or see in their log why those "
        "there are do not get on."
    )
