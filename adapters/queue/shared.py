"""
Shared job queue on PostgreSQL: `bot.ports.JobQueue` by procrastinate.

A job's key is procrastinate's `queueing_lock` (one waits) and `lock` (one is done). Jobs are deleted once they are done. A worker tells
every few seconds that it lives; what one did that has not told for `LEASE` is put back, for whoever comes next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import procrastinate
import psycopg
import psycopg_pool
from procrastinate.exceptions import AlreadyEnqueued, AppNotOpen, UniqueViolation
from procrastinate.jobs import Job

from adapters.bounded_connection import BoundedConnection
from adapters.conninfo import conninfo_of
from adapters.queue.job_manager import FINISH, PUT_BACK, FencedJobManager, PutBack
from adapters.queue.outage import AWAY, Outage, cause_of, is_news, sentence_of
from adapters.queue.server_clock import ServerClock
from adapters.queue.unknown import APART, TASK, UnknownJobs, request_of
from bot.errors import StorageError
from bot.job_bounds import refuse
from bot.job_runs import run_job
from bot.ports import AT_ONCE, JobCheck, JobHandler, JobRequest, QueueDepth, every_job

logger = logging.getLogger(__name__)

BOUND: Final = 50_000
"""How many jobs may wait in a queue: more than there are channels in one database, so that only a fault reaches it."""

BEAT_SECONDS: Final = 10.0
"""How often a worker tells that it lives."""

LEASE_SECONDS: Final = 30.0
"""After how long without that its jobs are done by somebody else."""

POLL_SECONDS: Final = 2.0
"""How often a worker looks for jobs if no notification came."""

PROMPT_POLL_SECONDS: Final = 0.5
"""
The same, where somebody waits. A job that was to wait is announced when it is put in and not when its time has come; and procrastinate 3.10 forgets
a notification that comes while it is looking (`Worker._fetch_and_process_jobs` clears the event after its query).
"""

FINISH_SECONDS: Final = 10.0
"""How long running jobs may take to finish when a worker stops. What takes longer is cancelled and put back."""

AGAIN_SECONDS: Final = 2.0
"""Pause before a worker begins again after the database was away."""

RECONNECT_SECONDS: Final = 4.0
"""After how long the pool's doubling pauses between attempts to connect begin again, so that none is longer than two seconds."""

WAIT_SECONDS: Final = 10.0
"""How long whoever puts a job in waits for a connection."""

OPEN_SECONDS: Final = 10.0
"""How long the first connection may take."""

CONNECT_SECONDS: Final = 10
"""How long one attempt to connect may take."""

COUNTED_SECONDS: Final = 2.0
"""For how long the length of a queue counts as known, where jobs are put into it one by one."""

CONNECTIONS: Final = 4
"""How many connections the queue holds at most, beside one for each queue that is listened to. A server has a hundred as a rule."""

PROBE_SECONDS: Final = 3.0
"""How often a worker looks whether the database answers, and how long it waits for a connection to ask on."""

GIVE_UP_SECONDS: Final = 60.0
"""How often a worker looks for jobs that no worker took for a day."""

_AT_A_TIME: Final = 1000
_WAITING: Final = "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(keys)s)"
_BRING_FORWARD: Final = """
UPDATE procrastinate_jobs SET scheduled_at = NULL
WHERE status = 'todo' AND id = (
    SELECT id FROM procrastinate_jobs
    WHERE status = 'todo' AND queue_name = %(queue)s AND scheduled_at > now() AND args -> 'arguments' @> %(told)s::jsonb
        AND NOT starts_with(queueing_lock, %(apart)s)
    ORDER BY scheduled_at + interval '0' LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
# A sum has no index: by that of `scheduled_at` the jobs of all workspaces would be passed one by one, where few of them are the one's that is asked for.
_FINISH_LEFT: Final = (
    "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id = ANY(%(jobs)s) AND worker_id = ANY(%(workers)s)"
)
_DEPTHS: Final = """
SELECT queue_name, count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'waiting' AND scheduled_at > now()) AS delayed,
    count(*) FILTER (WHERE state = 'running') AS running, count(*) FILTER (WHERE state = 'unknown') AS unknown
FROM (
    SELECT queue_name, scheduled_at,
        CASE WHEN status = 'doing' THEN 'running' WHEN starts_with(queueing_lock, %(apart)s) THEN 'unknown' ELSE 'waiting' END AS state
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
) AS jobs GROUP BY queue_name
"""


class SharedQueue:
    """
    `bot.ports.JobQueue` in a PostgreSQL database, for any number of processes. Opens its connections at the first use.

    Queues that are `prompt` by name are told of each job at once, over a connection of their own, and looked at twice a second; the others are
    looked at every two seconds.
    Raises `StorageError` where the database cannot be used, with what `explain` says of the driver's error.
    """

    def __init__(
        self,
        address: str,
        bound: int = BOUND,
        prompt: Callable[[str], bool] = lambda _: True,
        explain: Callable[[BaseException], str] = sentence_of,
    ) -> None:
        self._app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=conninfo_of(address),
                min_size=1,
                max_size=CONNECTIONS,
                timeout=WAIT_SECONDS,
                reconnect_timeout=RECONNECT_SECONDS,
                reconnect_failed=_connect_again,
                kwargs={"connect_timeout": CONNECT_SECONDS},
                connection_class=QueueConnection,
                configure=_configure,
                pool_factory=_Pool,
            )
        )
        self._explain = explain
        self._outage = Outage(explain)
        self._unknown = UnknownJobs(self._app.connector)
        self._server_clock = ServerClock(self._app.connector)
        self._app.job_manager = FencedJobManager(self._app.connector, self._outage, self._unknown)
        self._app.task(name=TASK, retry=PutBack(), pass_context=True)(self._do)
        self.bound = bound
        self._prompt = prompt
        self._handle: JobHandler | None = None
        self._opening = asyncio.Lock()
        self._open = self._closed = False
        self._counted: dict[str, tuple[float, int]] = {}
        self._places: frozenset[str] = frozenset()
        self._unserved: set[str] = set()
        self._away = False
        # Ids of procrastinate's workers of this process by queue; those that have ended, perhaps without telling it; jobs that were done here.
        self._workers: defaultdict[str, set[int]] = defaultdict(set)
        self._ended: set[int] = set()
        self._done: dict[int, float] = {}

    async def defer(self, *jobs: JobRequest, wait: timedelta = AT_ONCE) -> int:
        taken, refused = 0, list[JobRequest]()
        with self._as_storage_error():
            await self._opened()
            for start in range(0, len(jobs), _AT_A_TIME):
                taken += await self._defer(jobs[start : start + _AT_A_TIME], wait, refused)
        refuse(refused)
        return taken

    async def bring_forward(self, queue: str, told: Mapping[str, object]) -> bool:
        asked = {"queue": queue, "told": json.dumps(dict(told)), "apart": APART}
        with self._as_storage_error():
            await self._opened()
            return bool(await self._app.connector.execute_query_all_async(_BRING_FORWARD, **asked))

    async def depths(self) -> Mapping[str, QueueDepth]:
        with self._as_storage_error():
            await self._opened()
            rows = await self._app.connector.execute_query_all_async(_DEPTHS, apart=APART)
        return {
            row["queue_name"]: QueueDepth(
                waiting=row["waiting"],
                delayed=row["delayed"],
                running=row["running"],
                unknown=row["unknown"],
                bound=self.bound,
            )
            for row in rows
        }

    async def work(self, handle: JobHandler, places: Mapping[str, int], knows: JobCheck = every_job) -> None:
        self._handle = handle
        self._unknown.knows = knows
        self._places = frozenset(places)
        self._unserved = set(places)
        for name in (
            "procrastinate.utils",
            "procrastinate.worker",
            *(f"procrastinate.worker.{name}" for name in places),
        ):
            logging.getLogger(name).addFilter(is_news)
        lines = [
            asyncio.create_task(self._serve(name, number), name=f"queue {name}") for name, number in places.items()
        ]
        lines += [
            asyncio.create_task(self._take_over(), name="stalled jobs"),
            asyncio.create_task(self._look_after_unknown(), name="unknown jobs"),
            asyncio.create_task(self._watch(), name="queue's database"),
        ]
        try:
            await asyncio.gather(*lines)
        finally:
            for line in lines:
                line.cancel()
            # Each queue lets its jobs finish first.
            await asyncio.gather(*lines, return_exceptions=True)

    def unserved(self) -> Collection[str]:
        return frozenset(self._places if self._away else self._unserved)

    async def close(self) -> None:
        """Close it for good: what is put in later raises `StorageError`."""
        self._open, self._closed = False, True
        await self._drop_pool()

    async def _opened(self) -> None:
        async with self._opening:
            if self._open:
                return
            self._check_not_closed()
            try:
                await self._app.open_async()
                self._check_not_closed()
            except BaseException:
                # A pool that did not open is never used again, but its tasks go on; and they take a cancellation for a failed connection
                # and try once more, so that the process would never end.
                await self._drop_pool()
                raise
            self._open = True

    def _check_not_closed(self) -> None:
        if self._closed:
            raise StorageError("The job queue is closed: this process comes to its end.")

    async def _drop_pool(self) -> None:
        with contextlib.suppress(*AWAY):
            await self._app.close_async()

    @contextlib.contextmanager
    def _as_storage_error(self) -> Iterator[None]:
        try:
            yield
        except AWAY as error:
            raise StorageError(f"The job queue cannot be used: {self._explain(cause_of(error))}") from error

    # putting jobs in

    async def _defer(self, jobs: Sequence[JobRequest], wait: timedelta, refused: list[JobRequest]) -> int:
        """
        Put in what does not wait yet, and add to `refused` what there is no room for. It is asked first: a refused insert is an error in the
        database's log each time.
        """
        rows = await self._app.connector.execute_query_all_async(_WAITING, keys=[job.key for job in jobs])
        waiting = {row["queueing_lock"] for row in rows}
        fresh = list({job.key: job for job in jobs if job.key not in waiting}.values())
        room = {job.key: await self._has_room(job) for job in fresh}
        refused += [job for job in fresh if not room[job.key]]
        fresh = [job for job in fresh if room[job.key]]
        if not fresh:
            return 0
        try:
            await self._app.job_manager.batch_defer_jobs_async([_job(one, wait) for one in fresh])
        except AlreadyEnqueued:
            # Somebody else put one of them in meanwhile: then none of these is in.
            return sum([await self._defer_one(one, wait) for one in fresh])
        return len(fresh)

    async def _defer_one(self, job: JobRequest, wait: timedelta) -> bool:
        try:
            await self._app.job_manager.defer_job_async(_job(job, wait))
        except AlreadyEnqueued:
            return False
        return True

    async def _has_room(self, job: JobRequest) -> bool:
        counted, length = self._counted.get(job.queue, (0.0, 0))
        now = time.monotonic()
        if now - counted > COUNTED_SECONDS:
            depth = (await self.depths()).get(job.queue)
            counted, length = now, depth.waiting if depth else 0
        if length >= self.bound:
            self._counted[job.queue] = counted, length
            return False
        self._counted[job.queue] = counted, length + 1
        return True

    # doing them

    async def _serve(self, queue: str, places: int) -> None:
        """Serve one queue until this is cancelled, whatever becomes of the database."""
        while True:
            try:
                await self._opened()
                await self._release_ended()
                self._unserved.discard(queue)
                await self._app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=places,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    listen_notify=self._prompt(queue),
                    shutdown_graceful_timeout=FINISH_SECONDS,
                    fetch_job_polling_interval=PROMPT_POLL_SECONDS if self._prompt(queue) else POLL_SECONDS,
                    update_heartbeat_interval=BEAT_SECONDS,
                    stalled_worker_timeout=LEASE_SECONDS,
                )
            except AWAY as error:
                self._outage.failed(error)
            # It returns, too, where it has lost its connection for notifications.
            self._unserved.add(queue)
            self._ended |= self._workers.pop(queue, set())
            await asyncio.sleep(AGAIN_SECONDS)

    async def _release_ended(self) -> None:
        """
        Put back at once what workers of this process were doing that ended while the database was away: nobody else does for half a minute.
        Raises where the database does not answer.
        """
        for ended in tuple(self._ended):
            await self._app.job_manager.unregister_worker(ended)
            self._ended.discard(ended)
        async with self._one_at_a_time() as mine:
            if mine:
                await self._put_back_stalled()

    async def _watch(self) -> None:
        """Note whether the database answers: a worker that loses it needs up to half a minute until it has stopped and says so."""
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            try:
                await self._opened()
                async with self._app.connector.pool.connection(timeout=PROBE_SECONDS) as connection:  # type: ignore[attr-defined]
                    await connection.ping()
            except AWAY as error:
                first, self._away = not self._away, True
                self._outage.failed(error)
                if first:
                    # What became of one connection has mostly become of all: new ones are made at once, and not as each is asked for. Once an
                    # outage, for a server that is slow to connect to would never be served by those that it takes long to make.
                    with contextlib.suppress(*AWAY, AppNotOpen):
                        await self._app.connector.pool.drain()  # type: ignore[attr-defined]
            else:
                self._away = False
                self._outage.answered()

    async def _do(self, context: procrastinate.JobContext, /, **given: Any) -> None:
        if context.job.worker_id is not None:
            self._workers[given["queue"]].add(context.job.worker_id)
        job = request_of(TASK, given)
        if job is not None and self._handle is not None and (again := await run_job(self._handle, job)):
            await self._put_back(job, again)
        if context.job.id is not None:
            self._done[context.job.id] = time.monotonic()

    async def _put_back(self, job: JobRequest, wait: timedelta) -> None:
        """
        Have a job done again, whatever the bound: it was within it before. Until the database takes it, it counts as being done: a process that
        ends meanwhile leaves it to `_take_over`.

        By procrastinate's own retry it could not be where another one with its key waits already; it would count as being done for ever.
        """
        while True:
            try:
                with self._as_storage_error():
                    await self._opened()
                    await self._defer_one(job, wait)
            except StorageError as error:
                logger.warning("%s is not put back yet: %s", job.key, error, extra={"action": "job_waits"})
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _take_over(self) -> None:
        """Put back, every few seconds, what workers were doing that tell no more that they live."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self._opened()
                await self._server_clock.bring_into_line()
                async with self._one_at_a_time() as mine:
                    if mine:
                        await self._put_back_stalled()
                await self._finish()
            except AWAY as error:
                self._outage.failed(error)

    async def _look_after_unknown(self) -> None:
        """
        Have done, as this worker begins and every few seconds, what another version did not know and this one does; give up what nobody took, which
        one worker does for all, and each of them asks for once a minute.
        """
        given_up = -math.inf
        while True:
            try:
                await self._opened()
                await self._unknown.put_back(self._places)
                if time.monotonic() - given_up >= GIVE_UP_SECONDS:
                    async with self._one_at_a_time() as mine:
                        if mine:
                            await self._unknown.give_up(self._places)
                            given_up = time.monotonic()
            except AWAY as error:
                self._outage.failed(error)
            await asyncio.sleep(BEAT_SECONDS)

    async def _finish(self) -> None:
        """
        Note as done what was done here, where procrastinate could not since the database failed in that moment: it does not try again, and with
        a worker that lives it would count as being done for ever.
        """
        earlier = [job for job, at in self._done.items() if time.monotonic() - at > WAIT_SECONDS + BEAT_SECONDS]
        if not earlier:
            return
        workers = [one for of_queue in self._workers.values() for one in of_queue]
        await self._app.connector.execute_query_async(_FINISH_LEFT, jobs=earlier, workers=workers)
        for job in earlier:
            del self._done[job]

    @contextlib.asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[bool]:
        """Whether nobody else puts back now: of two, the second would take away what the first one's is being done already."""
        async with self._app.connector.pool.connection() as connection:  # type: ignore[attr-defined]
            taken = await connection.execute("SELECT pg_try_advisory_xact_lock(7234017)")
            (mine,) = await taken.fetchone()
            yield mine

    async def _put_back_stalled(self) -> None:
        for job in await self._app.job_manager.get_stalled_jobs(seconds_since_heartbeat=LEASE_SECONDS):
            its = {"job": job.id, "worker": job.worker_id}
            query = self._app.connector.execute_query_all_async
            try:
                # None where it is not that worker's any more: it woke and was done with it just now, say.
                taken = await query(PUT_BACK, **its)
            except UniqueViolation:
                # One with the same key waits already, and does the same.
                taken = await query(FINISH, **its)
            if taken:
                logger.warning(
                    "%s is taken over: who did it is gone",
                    job.lock,
                    extra={"action": "job_taken_over", "job": job.lock},
                )


async def _connect_again(pool: psycopg_pool.AsyncConnectionPool[Any]) -> None:
    """Have a pool that gives up begin again: by itself it does when it is asked for a connection, and not for those who wait already."""
    await pool.check()


class QueueConnection(BoundedConnection):
    """A connection of the queue, whose statements are short: a worker that waits for one longer than its lease lasts would lose its jobs meanwhile."""

    answer_seconds = 20.0


async def _configure(connection: Any) -> None:
    for statement in connection.session_settings():
        await connection.execute(statement)
    await connection.commit()


class _Pool(psycopg_pool.AsyncConnectionPool):
    """
    A pool that says after ten seconds that the database is away, and not after thirty: somebody waits for what is put in. A connection is pinged
    before it is given out, and replaced where it does not answer.

    Where none could be made it raises what the server said; psycopg's own pool says merely that time ran out.
    """

    def __init__(self, *arguments: Any, connection_class: type[QueueConnection], **more: Any) -> None:
        refused = self._refused = list[psycopg.Error]()

        class Noted(connection_class):  # type: ignore[valid-type,misc] # whichever was given
            """A connection that leaves word where it cannot be made."""

            @classmethod
            async def connect(cls, *given: Any, **named: Any) -> Any:
                try:
                    made = await super().connect(*given, **named)
                except psycopg.Error as error:
                    refused[:] = [error]
                    raise
                refused.clear()
                return made

        super().__init__(*arguments, connection_class=Noted, **{**more, "check": self.check_connection})

    @staticmethod
    async def check_connection(conn: Any) -> None:
        with conn.within(conn.ping_seconds):
            await psycopg_pool.AsyncConnectionPool.check_connection(conn)

    async def open(self, wait: bool = False, timeout: float | None = None) -> None:  # noqa: ASYNC109, FBT001, FBT002 - as the base class has it
        with self._as_it_was_said():
            await super().open(wait, OPEN_SECONDS if timeout is None else timeout)

    async def getconn(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as the base class has it
        with self._as_it_was_said():
            return await super().getconn(timeout)

    @contextlib.contextmanager
    def _as_it_was_said(self) -> Iterator[None]:
        try:
            yield
        except psycopg_pool.PoolTimeout:
            if self._refused:
                raise psycopg.OperationalError(str(self._refused[0])) from None
            raise


def _job(job: JobRequest, wait: timedelta) -> Job:
    arguments: dict[str, Any] = dict(job.arguments)
    return Job(
        task_name=TASK,
        queue=job.queue,
        lock=job.key,
        queueing_lock=job.key,
        scheduled_at=procrastinate.utils.utcnow() + wait if wait else None,
        task_kwargs={
            "name": job.name,
            "subject": job.subject,
            "queue": job.queue,
            "arguments": arguments,
        },
    )
