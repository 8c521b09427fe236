"""Runs of single jobs: what one raises is logged, and takes nothing with it."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from bot.errors import StorageError
from bot.ports import JobHandler, JobRequest

logger = logging.getLogger(__name__)

AGAIN: Final = timedelta(seconds=10)
"""After how long a job is done again for which the database failed."""


async def run_job(handle: JobHandler, job: JobRequest) -> timedelta | None:
    """
    Do a job; give after how long it is to be done again, where the database failed. Raises nothing but what cancels it.

    A job that met a fault of ours is not: it would meet it again.
    """
    try:
        await handle(job)
    except StorageError as error:
        # No fault of the program's: the sentence says what to do.
        logger.error("The job %s waits: %s", job.key, error, extra={"action": "job_failed", "job": job.key})  # noqa: TRY400
        return AGAIN
    except Exception:
        # The edge of the loop: a job that fails must not take the clock with it, and the next tick tries again.
        logger.exception("The job %s failed", job.key, extra={"action": "job_failed", "job": job.key})
    return None
