"""
Unknown jobs: those of another version of Paper Round, kept apart in the queue's table until a worker that knows them comes, or for a day.

procrastinate deletes a job whose task is not registered as one that failed, and knows nothing of arguments. One that waited under its own key would keep
this version's job with that key from being put in, and one with its lock from being done; so what is kept apart has a key of its own and no lock.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from procrastinate import BaseConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.ports import JobRequest, UntakenJobs

logger = logging.getLogger(__name__)

TASK: Final = "job"
"""The one task that procrastinate knows: which job it is stands in its arguments, and in its key."""

KEPT: Final = timedelta(days=1)
"""
How long a job is kept that no worker takes. Nothing is lost by its end: ticks ask again for what is due, and the daily look back draws and records what
was missed.
"""

LATE: Final = timedelta(minutes=2)
"""After how long past its time a job counts as one that nobody takes, in a queue that no worker serves."""

_AT_A_TIME: Final = 1000

APART: Final = "unknown/"
"""What the key of a job begins with that is kept apart; its own follows."""

_PUT_IN: Final = "(SELECT min(at) FROM procrastinate_events WHERE job_id = jobs.id)"
_UNSERVED: Final = f"queue_name <> ALL({{served}}) AND coalesce(scheduled_at, {_PUT_IN}) < now() - {{late}}"

_KEEP: Final = """
UPDATE procrastinate_jobs
SET status = 'todo', worker_id = NULL, lock = NULL, queueing_lock = %(apart)s, scheduled_at = now() + %(kept)s
WHERE id = %(job)s AND status = 'doing' AND (worker_id = %(worker)s OR worker_id IS NULL)
"""
_DROP: Final = "DELETE FROM procrastinate_jobs WHERE id = %(job)s AND status = %(status)s"
_KEPT_APART: Final = """
SELECT id, task_name, args, queueing_lock FROM procrastinate_jobs
WHERE status = 'todo' AND starts_with(queueing_lock, %(apart)s) AND queue_name = ANY(%(served)s) ORDER BY id LIMIT %(most)s
"""
_PUT_BACK: Final = """
UPDATE procrastinate_jobs SET lock = %(key)s, queueing_lock = %(key)s, scheduled_at = NULL
WHERE id = %(job)s AND status = 'todo' AND queueing_lock = %(apart)s
"""
# CASE has the cheap question asked first: when a job was put in is looked up in a table of its own, and tens of thousands may wait that are served.
_GIVE_UP: Final = f"""
DELETE FROM procrastinate_jobs AS jobs
WHERE status = 'todo' AND CASE
    WHEN starts_with(queueing_lock, %(apart)s)
        OR queue_name <> ALL(%(served)s) AND coalesce(scheduled_at, '-infinity') < now() - %(kept)s
    THEN {_PUT_IN} < now() - %(kept)s ELSE false END
RETURNING coalesce(args ->> 'name', task_name) AS name
"""  # noqa: S608 - constants
_UNTAKEN: Final = f"""
SELECT coalesce(args ->> 'name', task_name) AS name, queue_name AS queue, count(*) AS number, min({_PUT_IN}) AS since
FROM procrastinate_jobs AS jobs
WHERE status = 'todo' AND (starts_with(queueing_lock, :apart) OR {_UNSERVED.format(served="CAST(:served AS text[])", late=":late")})
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - constants


def request_of(task: str, arguments: Mapping[str, Any]) -> JobRequest | None:
    """Read a job as this version puts it in; None for one that is made in another way."""
    if task != TASK or arguments.keys() != {"name", "subject", "queue", "arguments"}:
        return None
    return JobRequest(
        name=str(arguments["name"]),
        subject=str(arguments["subject"]),
        queue=str(arguments["queue"]),
        arguments=arguments["arguments"],
    )


class UnknownJobs:
    """
    Keeps jobs apart that this version does not know, puts those back that it does, and gives up what nobody took for `KEPT`. `knows` tells of a job as
    this version makes it whether it can be done here.
    """

    def __init__(self, connector: BaseConnector) -> None:
        self._connector = connector
        self.knows: Callable[[JobRequest], bool] = lambda _: True
        self._told: set[str] = set()

    def is_known(self, task: str, arguments: Mapping[str, Any]) -> bool:
        """Whether this version can do a job."""
        job = request_of(task, arguments)
        return job is not None and self.knows(job)

    async def keep(self, job: Job) -> None:
        """Keep a job apart that a worker of ours was given."""
        # One that was kept apart already has no lock: its day has ended, and this worker was given it before it was given up.
        key = job.lock or (job.queueing_lock or job.task_name).removeprefix(APART)
        level = logging.DEBUG if key in self._told else logging.WARNING
        self._told.add(key)
        logger.log(
            level,
            "The job %s is of another version of Paper Round: it waits for a worker of that version, for a day at most",
            key,
            extra={"action": "job_unknown", "job": key},
        )
        asked = {"job": job.id, "worker": job.worker_id, "apart": f"{APART}{key}", "kept": KEPT}
        try:
            await self._connector.execute_query_async(_KEEP, **asked)
        except UniqueViolation:
            # One with the same key is kept already, and does the same.
            await self._connector.execute_query_async(_DROP, job=job.id, status="doing")

    async def put_back(self, served: Collection[str]) -> None:
        """Have done what is kept apart, in the queues that are served here, and this version knows."""
        rows = await self._connector.execute_query_all_async(
            _KEPT_APART, apart=APART, served=list(served), most=_AT_A_TIME
        )
        for row in rows:
            if not self.is_known(row["task_name"], row["args"]):
                continue
            apart = row["queueing_lock"]
            key = apart.removeprefix(APART)
            try:
                await self._connector.execute_query_async(_PUT_BACK, job=row["id"], apart=apart, key=key)
            except UniqueViolation:
                # One with the same key waits already, and does the same.
                await self._connector.execute_query_async(_DROP, job=row["id"], status="todo")
            logger.info(
                "The job %s, which a worker of another version did not know, is done now",
                key,
                extra={"action": "job_known", "job": key},
            )

    async def give_up(self, served: Collection[str]) -> None:
        """Drop what no worker took for a day: of another version, or in another queue than those that are served here."""
        rows = await self._connector.execute_query_all_async(_GIVE_UP, apart=APART, served=list(served), kept=KEPT)
        if rows:
            numbers = Counter(row["name"] for row in rows)
            logger.warning(
                "Jobs that no worker took for a day are given up: %s. What is due is asked for again",
                ", ".join(f"{number} {name}" for name, number in sorted(numbers.items())),
                extra={"action": "jobs_given_up", "number": len(rows)},
            )


async def untaken_jobs(engine: AsyncEngine, served: Collection[str]) -> Sequence[UntakenJobs]:
    """
    Jobs that no worker takes: of another version, or in another queue than `served`. Empty where there is no queue. Raises `StorageError` where the
    database does not answer.
    """
    async with engine.connect() as connection:
        if not await connection.run_sync(lambda found: inspect(found).has_table("procrastinate_jobs")):
            return ()
        asked = {"apart": APART, "served": list(served), "late": LATE}
        rows = await connection.execute(text(_UNTAKEN), asked)
        return [UntakenJobs(name=row.name, queue=row.queue, number=row.number, since=row.since) for row in rows]
