"""Job manager for procrastinate's workers: gives them what this version knows, and notes what became of a job as long as it is still theirs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator
from typing import Any, Final

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.utils import utcnow
from psycopg.errors import ForeignKeyViolation

from adapters.queue.outage import AWAY, Outage, cause_of, sentence_of
from adapters.queue.unknown import UnknownJobs

logger = logging.getLogger(__name__)

_MINE: Final = "id = %(job)s AND status = 'doing' AND (worker_id = %(worker)s OR worker_id IS NULL)"
FINISH: Final = f"DELETE FROM procrastinate_jobs WHERE {_MINE} RETURNING id"  # noqa: S608 - a constant
PUT_BACK: Final = f"""
WITH mine AS MATERIALIZED (SELECT id FROM procrastinate_jobs WHERE {_MINE} FOR UPDATE)
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM mine
"""  # noqa: S608 - a constant

_PUT_IN: Final = """
SELECT unnest(procrastinate_defer_jobs_v1(ARRAY(
    SELECT (queue_name, task_name, priority, lock, queueing_lock, args, now() + (scheduled_at - %(put_in)s))::procrastinate_job_to_defer_v1
    FROM unnest(%(jobs)s::procrastinate_job_to_defer_v1[])
))) AS id
"""
"""Jobs wait by the server's clock, which says when they are given to a worker: ours may be an hour ahead of it."""

_FREE: Final = """
SELECT id FROM procrastinate_jobs AS jobs
WHERE status = 'todo' AND queue_name = %(queue)s AND {when}
    AND NOT EXISTS (SELECT FROM procrastinate_jobs AS others WHERE others.lock = jobs.lock AND others.status = 'doing')
ORDER BY {order} LIMIT 1 FOR UPDATE SKIP LOCKED
"""
FETCH: Final = f"""
WITH ready AS ({_FREE.format(when="scheduled_at IS NULL", order="priority DESC, id")}),
    due AS ({_FREE.format(when="scheduled_at <= now()", order="scheduled_at")}),
    first AS (SELECT min(id) AS id FROM (SELECT id FROM ready UNION ALL SELECT id FROM due) AS found)
UPDATE procrastinate_jobs AS jobs SET status = 'doing', worker_id = %(worker)s FROM first WHERE jobs.id = first.id
RETURNING jobs.*
"""  # noqa: S608 - constants
"""
The next job of a queue, as procrastinate's own function gives it, which passes the jobs of all queues one by one that wait for their time: each of the two
questions has an index of ours (`adapters.queue.schema`). Of two jobs with one lock one waits at most, so that those that wait are not asked for.
"""

_IS_ALIVE: Final = """
INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE VALUES (%(worker)s, now())
ON CONFLICT (id) DO UPDATE SET last_heartbeat = excluded.last_heartbeat
"""
"""A worker that slept for long was taken for dead, and its row deleted by another one: it has one again, under its own number."""


class FencedJobManager(JobManager):
    """
    What procrastinate's workers are given, where this version knows it, and note of their jobs, where these are still theirs and the database takes it.

    Of a worker that slept for longer than its lease others do the jobs: procrastinate's own statements go by the id alone, so that it would delete
    a job that another one is doing, or that waits to be done again. Nobody fetches what its tasks raise.
    """

    def __init__(self, connector: procrastinate.BaseConnector, outage: Outage, unknown: UnknownJobs) -> None:
        super().__init__(connector)
        self._outage = outage
        self._unknown = unknown

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        """Give a worker a job that this version knows; what it does not know is kept apart."""
        while (job := await self._fetched(queues, worker_id)) is not None:
            if self._unknown.is_known(job.task_name, job.task_kwargs):
                return job
            await self._unknown.keep(job)
        return None

    async def _fetched(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        (queue,) = queues or ()  # a worker serves one (`SharedQueue`)
        try:
            return await self._next(queue, worker_id)
        except ConnectorException as error:
            if not isinstance(cause_of(error), ForeignKeyViolation):
                raise
        # Its row is gone, to which the job would have referred: nothing was fetched.
        await self.connector.execute_query_async(_IS_ALIVE, worker=worker_id)
        return await self._next(queue, worker_id)

    async def _next(self, queue: str, worker_id: int) -> Job | None:
        found = await self.connector.execute_query_all_async(FETCH, queue=queue, worker=worker_id)
        return Job.from_row(found[0]) if found else None

    def _defer_jobs_query_kwargs(self, jobs: list[Job]) -> dict[str, Any]:
        # What they wait for was told by our clock just now (`SharedQueue`).
        return super()._defer_jobs_query_kwargs(jobs) | {"query": _PUT_IN, "put_in": utcnow()}

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: ARG002, FBT001 - as the base class has it
        """
        Delete a job that was done, in one statement with the question whose it is. One that was put back meanwhile stays, and is done once more:
        what this worker just met may be a failure after which it is to be.
        """
        with _noted_later(job):
            if not await self.connector.execute_query_all_async(FINISH, job=job.id, worker=job.worker_id):
                _tell_taken_over(job)

    async def retry_job(self, job: Job, *_: Any, **__: Any) -> None:
        """Put back what its worker was stopped at (`PutBack`): to be done at once, by the server's clock."""
        with _noted_later(job):
            if not await self.connector.execute_query_all_async(PUT_BACK, job=job.id, worker=job.worker_id):
                _tell_taken_over(job)

    async def update_heartbeat(self, worker_id: int) -> None:
        # What raises here ends the beats of a worker that goes on: after its lease others would do its jobs beside it.
        try:
            await self.connector.execute_query_async(_IS_ALIVE, worker=worker_id)
        except AWAY as error:
            self._outage.failed(error)


def _tell_taken_over(job: Job) -> None:
    logger.info(
        "%s was taken over while this process slept: it is left to whoever does it now, or did",
        job.lock,
        extra={"action": "job_done_elsewhere", "job": job.lock},
    )


@contextlib.contextmanager
def _noted_later(job: Job) -> Iterator[None]:
    """Say that what became of a job could not be noted: `SharedQueue` does so once it can, or another process puts the job back."""
    try:
        yield
    except AWAY as error:
        logger.warning(
            "What became of %s is noted later: %s",
            job.lock,
            sentence_of(error),
            extra={"action": "job_waits", "job": job.lock},
        )


class PutBack(BaseRetryStrategy):
    """What was cancelled when its worker stopped is done by another one; of what failed `run_job` says whether it is done again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002 - the base class names it
        return RetryDecision(retry_in={"seconds": 0}) if isinstance(exception, asyncio.CancelledError) else None
