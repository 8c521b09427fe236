"""What only the shared queue has: several workers, those that die among them, and another project's schema."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import psycopg_pool
import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from sqlalchemy import make_url, text

from adapters.queue import outage, shared
from adapters.queue.job_manager import FETCH
from adapters.queue.schema import migrate_queue, other_queue_schema
from adapters.queue.shared import SharedQueue
from bot.errors import DatabaseNewer, StorageError
from bot.ports import JobRequest
from tests.databases import new_postgresql, opened
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.postgres

DIGEST = JobRequest(name="digest", subject="vision")


@pytest.fixture
async def address() -> str:
    found = await new_postgresql()
    async with opened(found) as engine:
        await migrate_queue(engine)
    return found


@pytest.fixture
async def queue(address: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SharedQueue]:
    monkeypatch.setattr(shared, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(shared, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(shared, "FINISH_SECONDS", 0.2)
    found = SharedQueue(address)
    yield found
    await found.close()


async def rows(address: str, query: str) -> list:
    async with opened(address) as engine, engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def no_job_is_left(address: str) -> bool:
    return not await rows(address, "SELECT id FROM procrastinate_jobs")


async def change(address: str, statement: str) -> None:
    async with opened(address) as engine, engine.begin() as connection:
        await connection.execute(text(statement))


class Done:
    """Does jobs at once, and notes which."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    async def handle(self, job: JobRequest) -> None:
        self.keys.append(job.key)

    async def until(self, number: int) -> None:
        await until(lambda: len(self.keys) >= number)


async def died_at_it(address: str, queue: SharedQueue) -> None:
    """Leave a job behind as a worker does that is killed: it is being done, and nobody tells any more."""
    await queue.defer(DIGEST)
    await change(
        address,
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')",
    )
    await change(
        address,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)",
    )


@pytest.mark.parametrize("another_waits", [False, True])
async def test_a_worker_that_died(address: str, queue: SharedQueue, *, another_waits: bool) -> None:
    """What it was doing is done by another one after its lease; one with the same key that waits already does the same, once."""
    await died_at_it(address, queue)
    if another_waits:
        await queue.defer(DIGEST)
    done = Done()
    task = asyncio.create_task(queue.work(done.handle, {"main": 2}))
    await done.until(1)
    await until(lambda: no_job_is_left(address))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert ["digest/vision"] == done.keys
    assert [] == await rows(
        address, "SELECT * FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
    )


async def test_what_ends_amid_the_take_over(
    address: str, queue: SharedQueue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A job of a worker that was thought to be gone, which is done, put back or taken by another one between the look and the putting back, is left as it is; the
    others are put back all the same, unless their key waits already.
    """
    names = ("done", "another's", "put back", "waits already", "stalled")
    await queue.defer(*(JobRequest(name="digest", subject=name) for name in names))
    await change(address, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
    await change(
        address,
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)",
    )
    await queue.defer(JobRequest(name="digest", subject="waits already"))
    manager = queue._app.job_manager
    look = manager.get_stalled_jobs

    async def late(**given: float) -> object:
        found = list(await look(**given))
        await change(address, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        await change(address, "DELETE FROM procrastinate_jobs WHERE lock = 'digest/done'")
        await change(
            address,
            "UPDATE procrastinate_jobs SET worker_id = (SELECT max(id) FROM procrastinate_workers) WHERE lock LIKE 'digest/another%'",
        )
        await change(
            address, "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE lock = 'digest/put back'"
        )
        return found

    monkeypatch.setattr(manager, "get_stalled_jobs", late)
    await queue._put_back_stalled()

    assert [
        ("digest/another's", "doing", 0),
        ("digest/put back", "todo", 0),
        ("digest/stalled", "todo", 1),
        ("digest/waits already", "todo", 0),
    ] == await rows(address, "SELECT lock, status::text, attempts FROM procrastinate_jobs ORDER BY lock")
    told = {getattr(one, "job", None) for one in caplog.records if getattr(one, "action", "") == "job_taken_over"}
    assert {"digest/stalled", "digest/waits already"} == told


OTHERS = "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)"
WAITS_AGAIN = (
    "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL, scheduled_at = now() + interval '1 hour'"
)


@pytest.mark.parametrize(
    ("meanwhile", "left"),
    [
        (OTHERS, [("doing",)]),
        ("DELETE FROM procrastinate_jobs", []),
        (WAITS_AGAIN, [("todo",)]),
        ("DELETE FROM procrastinate_workers", []),
    ],
)
@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_worker_that_slept(
    address: str,
    queue: SharedQueue,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: str,
    left: list,
    *,
    cancelled: bool,
) -> None:
    """
    What another one took over while it slept is that one's, and no error: it stands there as that one does it, waits there as that one put it back, or
    is gone since it was done.
    """
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(shared, "LEASE_SECONDS", 600.0)  # the others live: they beat no more here
    begun, ends = asyncio.Event(), asyncio.Event()

    async def sleeps(_: JobRequest) -> None:
        begun.set()
        await ends.wait()

    await queue.defer(DIGEST)
    task = asyncio.create_task(queue.work(sleeps, {"main": 1}))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    await change(address, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    await change(address, meanwhile)
    if not cancelled:
        ends.set()
        if meanwhile == "DELETE FROM procrastinate_workers":
            await until(lambda: no_job_is_left(address))
        else:
            await until(lambda: "was taken over" in caplog.text)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    gc.collect()

    found = await rows(address, "SELECT status::text FROM procrastinate_jobs")
    if cancelled and meanwhile == "DELETE FROM procrastinate_workers":
        assert [("todo",)] == found, "nobody else does it, and it is not done"
    else:
        assert left == found
    assert [] == [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    if meanwhile != "DELETE FROM procrastinate_workers":
        assert "digest/vision was taken over while this process slept" in caplog.text


async def test_a_worker_whose_row_is_gone(address: str, queue: SharedQueue, caplog: pytest.LogCaptureFixture) -> None:
    """A worker that others took for dead while it slept is given the next job all the same, under its own number, and nothing is logged as a fault."""
    done = Done()
    task = asyncio.create_task(queue.work(done.handle, {"main": 1}))
    await queue.defer(DIGEST)
    await done.until(1)
    ((before,),) = await rows(address, "SELECT id FROM procrastinate_workers")
    await change(address, "DELETE FROM procrastinate_workers")
    await queue.defer(JobRequest(name="digest", subject="robots"))
    await done.until(2)
    after = await rows(address, "SELECT id FROM procrastinate_workers")
    logged = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    task.cancel()  # which may break off a statement, and is logged by the driver
    await asyncio.gather(task, return_exceptions=True)

    assert [(before,)] == after
    assert [] == logged


async def test_a_beat_after_its_row_is_gone(address: str, queue: SharedQueue) -> None:
    """One that has nothing to do is there again with its next beat."""
    task = asyncio.create_task(queue.work(Done().handle, {"main": 1}))

    async def is_there() -> bool:
        return bool(await rows(address, "SELECT id FROM procrastinate_workers"))

    await until(is_there)
    await change(address, "DELETE FROM procrastinate_workers")
    await until(is_there)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert not await is_there()


async def test_put_back_while_it_slept_and_the_database_failed(
    address: str, queue: SharedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A job that another one put back while its worker slept, and that nobody fetched before that worker woke and the database failed it, is done
    again: the row that waits is its own, which the end of the first run does not take away.
    """
    monkeypatch.setattr("bot.job_runs.AGAIN", timedelta(seconds=0.1))
    begun, ends, done = asyncio.Event(), asyncio.Event(), Done()

    async def fails_once(job: JobRequest) -> None:
        await done.handle(job)
        if len(done.keys) == 1:
            begun.set()
            await ends.wait()
            raise StorageError("The connection was closed.")

    await queue.defer(DIGEST)
    task = asyncio.create_task(queue.work(fails_once, {"main": 1}))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    await change(address, "SELECT procrastinate_retry_job_v2(id, now(), null, null, null) FROM procrastinate_jobs")
    ends.set()
    await done.until(2)
    await until(lambda: no_job_is_left(address))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert ["digest/vision"] * 2 == done.keys


async def test_a_beat_that_fails(address: str, queue: SharedQueue, caplog: pytest.LogCaptureFixture) -> None:
    """A worker that could not tell once that it lives tells it with the next beat: else others would do its jobs beside it."""
    begun, ends = asyncio.Event(), asyncio.Event()

    async def long(_: JobRequest) -> None:
        begun.set()
        await ends.wait()

    await queue.defer(DIGEST)
    task = asyncio.create_task(queue.work(long, {"main": 1}))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    await change(address, "ALTER TABLE procrastinate_workers RENAME COLUMN last_heartbeat TO missing")
    await until(lambda: "The job queue is not served" in caplog.text)
    ((number, last),) = await rows(address, "SELECT id, missing FROM procrastinate_workers")
    await change(address, "ALTER TABLE procrastinate_workers RENAME COLUMN missing TO last_heartbeat")
    later = f"SELECT id FROM procrastinate_workers WHERE id = {number} AND last_heartbeat > '{last.isoformat()}'"
    await until(lambda: rows(address, later))
    found = await rows(address, "SELECT id FROM procrastinate_workers")
    ends.set()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert [(number,)] == found
    assert ["queue_not_served"] == [
        getattr(record, "action", "") for record in caplog.records if record.levelno >= logging.ERROR
    ]


async def test_what_does_not_end_in_time(address: str, queue: SharedQueue) -> None:
    """A job that a stopping worker cannot finish is put back for the next one."""
    begun = asyncio.Event()

    async def for_ever(_: JobRequest) -> None:
        begun.set()
        await asyncio.Event().wait()

    await queue.defer(DIGEST)
    task = asyncio.create_task(queue.work(for_ever, {"main": 1}))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert [("todo",)] == await rows(address, "SELECT status::text FROM procrastinate_jobs")


async def test_two_workers(address: str, queue: SharedQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that work on one queue do each job once."""
    monkeypatch.setattr(shared, "LEASE_SECONDS", 30.0)  # or who is slow for a second is taken for dead
    other = SharedQueue(address)
    first, second = Done(), Done()
    jobs = [JobRequest(name="digest", subject=str(number)) for number in range(40)]
    await asyncio.gather(*(putting.defer(*jobs) for putting in (queue, other)))
    tasks = [asyncio.create_task(one.work(done.handle, {"main": 3})) for one, done in ((queue, first), (other, second))]
    await until(lambda: len(first.keys) + len(second.keys) >= len(jobs))
    await until(lambda: no_job_is_left(address))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await other.close()

    assert sorted(job.key for job in jobs) == sorted((*first.keys, *second.keys))


async def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who defers to a database that does not answer is told in our words, without address and password."""
    queue = SharedQueue("postgresql://reader:secret@127.0.0.1:9/papers")
    monkeypatch.setattr(shared, "OPEN_SECONDS", 0.5)
    with pytest.raises(StorageError) as told:
        await asyncio.wait_for(queue.defer(DIGEST), PATIENCE)
    await queue.close()

    assert "The job queue cannot be used" in str(told.value)
    assert "secret" not in str(told.value)


async def test_a_server_that_takes_no_writes(address: str) -> None:
    """One that only follows another, as after a failover, answers: what to do is said, and not PostgreSQL's words of a transaction."""
    following = make_url(address).update_query_dict({"options": "-c default_transaction_read_only=on"})
    queue = SharedQueue(following.render_as_string(hide_password=False))
    with pytest.raises(StorageError, match=r"takes no writes now.* DATABASE_URL names that one"):
        await queue.defer(DIGEST)
    await queue.close()


class Wire:
    """What lies between a queue and its database, and may be cut."""

    def __init__(self, address: str) -> None:
        self._behind = make_url(address)
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def address(self) -> str:
        return self._behind.set(host="127.0.0.1", port=self._port, query={}).render_as_string(hide_password=False)

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        for end in tuple(self._ends):
            end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = self._behind.query["host"]
        reading, writing = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._behind.port or 5432}")
        self._ends |= {writer, writing}
        with contextlib.suppress(OSError):
            await asyncio.gather(_pour(reader, writing), _pour(reading, writer))
        self._ends -= {writer, writing}


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while given := await reader.read(65536):
            writer.write(given)
            await writer.drain()
    finally:
        writer.close()


async def test_a_database_that_was_away_for_a_while(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    While it is away the queue says that it is not served, and why, once for all its queues. Soon after it is back it is served, jobs among them that were
    being done when it went: it cannot be told that those ended.
    """
    monkeypatch.setattr(shared, "FINISH_SECONDS", 1.0)
    monkeypatch.setattr(shared, "WAIT_SECONDS", 3.0)
    monkeypatch.setattr(outage, "OVER_SECONDS", 8.0)
    pauses, schedule = list[float](), psycopg_pool.AsyncConnectionPool.schedule_task

    async def noted(pool: psycopg_pool.AsyncConnectionPool, task: object, delay: float) -> None:
        if "AddConnection" in type(task).__name__:
            pauses.append(delay)
        await schedule(pool, task, delay)  # type: ignore[arg-type] # as the base class has it

    monkeypatch.setattr(psycopg_pool.AsyncConnectionPool, "schedule_task", noted)
    wire = Wire(address)
    await wire.mend()
    queue, done, ends = SharedQueue(wire.address), Done(), asyncio.Event()

    async def handle(job: JobRequest) -> None:
        await done.handle(job)
        await ends.wait()

    await queue.defer(DIGEST)
    task = asyncio.create_task(queue.work(handle, {"main": 2, "slack": 1, "discord": 1}))
    await done.until(1)
    assert not queue.unserved()
    for name in ("procrastinate.utils", "procrastinate.worker", "procrastinate.worker.slack"):
        assert outage.is_news in logging.getLogger(name).filters, name
    await wire.cut()
    ends.set()
    await until(lambda: {"main", "slack", "discord"} == queue.unserved())
    await asyncio.sleep(8)  # pauses that double would be four seconds and more by then
    assert {"main", "slack", "discord"} == queue.unserved()
    await wire.mend()
    await until(lambda: not queue.unserved())
    await queue.defer(DIGEST)
    await until(lambda: len(done.keys) >= 2)
    await until(lambda: "The job queue has been served again" in caplog.text)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await queue.close()
    await wire.cut()

    assert pauses
    assert max(pauses) < 2.5
    (told,) = (one.getMessage() for one in caplog.records if getattr(one, "action", "") == "queue_not_served")
    assert "Database error" not in told
    assert "\n" not in told
    assert [] == [one.getMessage() for one in caplog.records if one.exc_info], "a traceback is of a fault of ours"


async def test_what_could_not_be_noted_as_done(
    address: str, queue: SharedQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose end could not be told to the database in that moment does not count as being done as long as its worker lives."""
    monkeypatch.setattr(shared, "WAIT_SECONDS", 0.1)
    manager = queue._app.job_manager

    async def away(**_: object) -> None:
        lost_once.set()
        raise ConnectorException("the connection was lost")

    done, lost_once = Done(), asyncio.Event()
    with monkeypatch.context() as lost:
        lost.setattr(manager, "finish_job", away)
        await queue.defer(DIGEST)
        task = asyncio.create_task(queue.work(done.handle, {"main": 1}))
        await asyncio.wait_for(lost_once.wait(), PATIENCE)
    await queue.defer(DIGEST)
    await done.until(2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert [] == await rows(address, "SELECT * FROM procrastinate_jobs")


def background() -> set[asyncio.Task]:
    """Tasks that run beside the test's own."""
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_a_database_that_was_away(queue: SharedQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the database answers again, so does the queue: the pool that did not open is not kept."""
    pool = queue._app.connector._pool_args
    right, pool["conninfo"] = pool["conninfo"], "postgresql://127.0.0.1:9/papers"
    with monkeypatch.context() as impatient:
        impatient.setattr(shared, "OPEN_SECONDS", 0.5)
        with pytest.raises(StorageError):
            await queue.defer(DIGEST)
    pool["conninfo"] = right

    assert 1 == await queue.defer(DIGEST)


async def test_closed(address: str) -> None:
    """What is put in after the end opens nothing again, whose tasks would keep the process from ending."""
    queue, before = SharedQueue(address), background()
    await queue.defer(DIGEST)
    await queue.close()
    with pytest.raises(StorageError, match="closed"):
        await queue.defer(DIGEST)

    assert before == background()


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 21, 34])
async def test_cancelled_while_it_opens(address: str, turns: int) -> None:
    """Whoever puts a job in is cancelled while the pool connects: once the queue is closed, no task of it is left."""
    queue, before = SharedQueue(address), background()
    putting = asyncio.create_task(queue.defer(DIGEST))
    for _ in range(turns):
        await asyncio.sleep(0)
    putting.cancel()
    await asyncio.gather(putting, return_exceptions=True)
    await queue.close()

    assert before == background()


async def functions(address: str) -> list:
    return await rows(
        address,
        "SELECT proname, md5(regexp_replace(prosrc, '\\s+', '', 'g')) FROM pg_proc WHERE proname LIKE 'procrastinate%' ORDER BY 1, 2",
    )


def migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


async def test_schema_again(address: str) -> None:
    """Applied again, and by several at once, it changes nothing."""
    before = await functions(address)
    async with opened(address) as engine:
        assert [0, 0, 0] == await asyncio.gather(*(migrate_queue(engine) for _ in range(3)))

    assert before == await functions(address)


async def test_schema_of_before(address: str) -> None:
    """Tables of an older version of procrastinate become those of the installed one, file by file."""
    older = await new_postgresql()
    files = migrations()
    async with opened(older) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE queue_migrations (name text PRIMARY KEY)"))
            for file in files[:-4]:
                unprepared = await connection.execution_options(no_parameters=True)
                await unprepared.exec_driver_sql(file.read_text("utf-8"))
                await connection.execution_options(no_parameters=False)
                await connection.execute(text("INSERT INTO queue_migrations VALUES (:name)"), {"name": file.name})
        assert 4 == await migrate_queue(engine)
        assert 0 == await migrate_queue(engine)

    assert await functions(address) == await functions(older)


MANY_WAIT = """
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
SELECT 'slack', 'job', 'digest/' || n, 'digest/' || n, jsonb_build_object('arguments', jsonb_build_object('workspace', 'T' || (n / 8), 'turn', true)),
    now() + interval '1 hour' FROM generate_series(1, 3000) AS n
"""


async def test_indexes_of_ours(address: str) -> None:
    """Tables that are up to date, but from before we had indexes on them, get these; who brings a job forward, or is given one, reads by them."""
    ours = {"paperround_jobs_lock", "paperround_jobs_told", "paperround_jobs_ready", "paperround_jobs_due"}
    named = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'paperround_jobs%'"
    await change(address, f"DROP INDEX {', '.join(sorted(ours))}")
    async with opened(address) as engine:
        assert 0 == await migrate_queue(engine)
    assert ours == {name for (name,) in await rows(address, named)}

    bringing = shared._BRING_FORWARD % {
        "queue": "'slack'",
        "told": """'{"workspace": "T1", "turn": true}'""",
        "apart": "'unknown/'",
    }
    same_key = "SELECT 1 FROM procrastinate_jobs WHERE lock = 'digest/vision'"
    async with opened(address) as engine, engine.connect() as connection:
        await connection.execute(text(MANY_WAIT))
        await connection.execute(text("ANALYZE procrastinate_jobs"))
        fetching = FETCH % {"queue": "'slack'", "worker": "NULL"}
        indexes = {bringing: ["told"], same_key: ["lock"], fetching: ["ready", "due"]}
        for query, index in ((query, f"paperround_jobs_{name}") for query, names in indexes.items() for name in names):
            plan = await connection.exec_driver_sql(f"EXPLAIN {query}", execution_options={"no_parameters": True})
            assert index in " ".join(row[0] for row in plan)


async def test_the_order_of_jobs(address: str, queue: SharedQueue) -> None:
    """
    Of a queue's jobs those are given whose time has come and whose key nobody does, the one first that was put in first; so jobs that waited are not passed by
    those that come meanwhile.
    """
    order = ("waited", "first", "second", "being done", "later")
    for name in order:
        await queue.defer(JobRequest(name=name, queue="slack"))
    await queue.defer(JobRequest(name="elsewhere", queue="web"))
    at = {"waited": "now() - interval '1 second'", "later": "now() + interval '1 hour'"}
    for name, instant in at.items():
        await change(address, f"UPDATE procrastinate_jobs SET scheduled_at = {instant} WHERE lock = '{name}'")
    await change(
        address,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status) VALUES ('slack', 'job', 'being done', 'doing')",
    )
    manager = queue._app.job_manager
    worker = await manager.register_worker()
    given = [await manager.fetch_job(["slack"], worker) for _ in range(4)]

    assert ["waited", "first", "second", None] == [job and job.lock for job in given]


async def test_schema_of_tomorrow(address: str) -> None:
    """Tables that a newer procrastinate has changed are left alone, and the error says what to install."""
    newer = await new_postgresql()
    async with opened(newer) as engine:
        await migrate_queue(engine)
        assert await other_queue_schema(engine) is None
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO queue_migrations VALUES ('99.00.00_01_pre_tomorrow.sql')"))
        with pytest.raises(
            DatabaseNewer, match=r"99\.00\.00_01_pre_tomorrow.*pip install --upgrade 'paperround\[postgres\]'"
        ):
            await migrate_queue(engine)
        assert "procrastinate 99.00.00_01_pre_tomorrow.sql" == await other_queue_schema(engine)


async def test_schema_of_a_dump_that_was_put_back(address: str) -> None:
    """A process that runs notices tables of an older version, too."""
    older = await new_postgresql()
    async with opened(older) as engine:
        await migrate_queue(engine)
        async with engine.begin() as connection:
            await connection.execute(
                text("DELETE FROM queue_migrations WHERE name = :name"), {"name": migrations()[-1].name}
            )
        assert f"procrastinate {migrations()[-2].name}" == await other_queue_schema(engine)


async def test_no_connection_left(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the server has none left for us that is told in its words, and not that it cannot be reached."""
    monkeypatch.setattr(shared, "OPEN_SECONDS", 1.0)
    user = f"limited_{make_url(address).database}"
    await change(address, f"CREATE ROLE {user} LOGIN CONNECTION LIMIT 0")
    limited = SharedQueue(make_url(address).set(username=user).render_as_string(hide_password=False))
    try:
        with pytest.raises(StorageError, match="too many connections for role"):
            await limited.depths()
    finally:
        await limited.close()
        await change(address, f"DROP ROLE {user}")
