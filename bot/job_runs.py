"""Runs of single jobs: what one raises is logged, and takes nothing with it."""

from __future__ import annotations

import logging

from bot.errors import StorageError
from bot.ports import JobHandler, JobRequest

logger = logging.getLogger(__name__)


async def run_job(handle: JobHandler, job: JobRequest) -> None:
    """Do a job. Raises nothing but what cancels it."""
    try:
        await handle(job)
    except StorageError as error:
        # No fault of the program's: the sentence says what to do, and the next run tries again.
        logger.error("The job %s waits: %s", job.key, error, extra={"action": "job_failed", "job": job.key})  # noqa: TRY400
    except Exception:
        # The edge of the loop: a job that fails must not take the clock with it, and the next tick tries again.
        logger.exception("The job %s failed", job.key, extra={"action": "job_failed", "job": job.key})
