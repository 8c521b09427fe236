"""Jobs of another version of Paper Round: kept apart, done by a worker that knows them, and given up after a day."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from adapters.queue import shared
from adapters.queue.schema import migrate_queue
from adapters.queue.shared import SharedQueue
from adapters.queue.unknown import KEPT, untaken_jobs
from bot.ports import JobCheck, JobRequest, QueueDepth, UntakenJobs
from tests.databases import new_postgresql, opened

pytestmark = pytest.mark.postgres

OURS = JobRequest(name="digest", subject="vision", arguments={"failures": 2})
NEWER = JobRequest(name="digest", subject="vision", arguments={"failures": 2, "layout": "new"})
NEW_NAME = JobRequest(name="tomorrow", subject="x", arguments={"message": "1"})
OTHER = JobRequest(name="tick")

DEADLINE = 30
"""Seconds within which even a machine with much else to do comes to it."""


@pytest.fixture
async def address(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(shared, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(shared, "FINISH_SECONDS", 0.2)
    monkeypatch.setattr(shared, "GIVE_UP_SECONDS", 0.2)
    found = await new_postgresql()
    async with opened(found) as engine:
        await migrate_queue(engine)
    return found


class Worker:
    """Does the jobs of the queue `main` that its version knows, and notes them with what they are told."""

    def __init__(self, queue: SharedQueue) -> None:
        self.queue = queue
        self.done: list[tuple[str, dict[str, object]]] = []

    async def handle(self, job: JobRequest) -> None:
        self.done.append((job.key, dict(job.arguments)))

    async def until(self, *jobs: JobRequest) -> None:
        """Wait until these are done, in this order, and nothing else."""
        wanted = [(job.key, dict(job.arguments)) for job in jobs]
        ends = time.monotonic() + DEADLINE
        while len(self.done) < len(wanted):
            assert time.monotonic() < ends, self.done
            await asyncio.sleep(0.02)
        assert wanted == self.done

    async def until_kept(self, number: int) -> None:
        """Wait until so many jobs are kept apart, and none is being done or waits in its queue."""
        wanted, ends = QueueDepth(unknown=number, bound=shared.BOUND), time.monotonic() + DEADLINE
        while (await self.queue.depths()).get("main") != wanted:
            assert time.monotonic() < ends, await self.queue.depths()
            await asyncio.sleep(0.05)

    async def until_empty(self) -> None:
        """Wait until no job is left."""
        ends = time.monotonic() + DEADLINE
        while found := await self.queue.depths():
            assert time.monotonic() < ends, found
            await asyncio.sleep(0.05)


@asynccontextmanager
async def working(address: str, knows: JobCheck) -> AsyncIterator[Worker]:
    """A worker of a version, until the context ends."""
    queue = SharedQueue(address)
    worker = Worker(queue)
    task = asyncio.create_task(queue.work(worker.handle, {"main": 2}, knows))
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await queue.close()


def of_today(job: JobRequest) -> bool:
    """Whether today's version knows a job."""
    return job.name in {"digest", "tick"} and job.arguments.keys() <= {"failures"}


def of_tomorrow(job: JobRequest) -> bool:
    return job.name in {"digest", "tick", "tomorrow"}


async def put_in(address: str, task: str, **arguments: object) -> None:
    """Put a row into the queue's table as a program does that is none of ours today."""
    async with opened(address) as engine, engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args) VALUES ('main', CAST(:task AS text), :task, :task, :args)"),
            {"task": task, "args": json.dumps(arguments)},
        )  # fmt: skip


async def grown_older(address: str, by: timedelta, only: str = "") -> None:
    """Let all jobs, or only those of a task, have been put in earlier, and wait for a time that came earlier."""
    of_task = "(SELECT id FROM procrastinate_jobs WHERE :only IN ('', task_name))"
    async with opened(address) as engine, engine.begin() as connection:
        for changed in (
            f"UPDATE procrastinate_events SET at = at - :by WHERE job_id IN {of_task}",
            f"UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - :by WHERE id IN {of_task}",
        ):
            await connection.execute(text(changed), {"by": by, "only": only})


async def wait_ended(address: str) -> None:
    """Let what waits for a time be due now."""
    async with opened(address) as engine, engine.begin() as connection:
        await connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))


async def until_none_is_due(address: str) -> None:
    """Wait until a worker was given what is due, and kept it apart for a time to come."""
    ends = time.monotonic() + DEADLINE
    async with opened(address) as engine:
        while True:
            async with engine.connect() as connection:
                found = await connection.execute(
                    text("SELECT count(*) FROM procrastinate_jobs WHERE scheduled_at <= now()")
                )
                if not found.scalar_one():
                    return
            assert time.monotonic() < ends
            await asyncio.sleep(0.05)


def given_up(what: str) -> str:
    return f"Jobs that no worker took for a day are given up: {what}. What is due is asked for again"


def told(caplog: pytest.LogCaptureFixture, action: str) -> list[str]:
    return [one.getMessage() for one in caplog.records if getattr(one, "action", "") == action]


@pytest.mark.parametrize("newer", [NEW_NAME, NEWER])
async def test_until_a_worker_knows_it(address: str, newer: JobRequest, caplog: pytest.LogCaptureFixture) -> None:
    """
    A job whose name or arguments are another version's waits, whole, for a worker of that version, which does it as it begins. Meanwhile what this
    version knows is put in and done, under the same key, too.
    """
    caplog.set_level(logging.INFO)
    async with working(address, of_today) as worker:
        assert 1 == await worker.queue.defer(newer)
        await worker.until_kept(1)
        assert 1 == await worker.queue.defer(OURS)
        await worker.until(OURS)
        await worker.queue.defer(OTHER)
        await worker.until(OURS, OTHER)
        await worker.until_kept(1)
    async with working(address, of_tomorrow) as worker:
        await worker.until(newer)
        await asyncio.sleep(0.3)
        assert {} == await worker.queue.depths()

    said = f"The job {newer.key} is of another version of Paper Round: it waits for a worker of that version, for a day at most"
    assert [said] == told(caplog, "job_unknown")
    assert [f"The job {newer.key}, which a worker of another version did not know, is done now"] == told(
        caplog, "job_known"
    )


@pytest.mark.parametrize(
    "arguments", [{}, {"name": "tick", "subject": "", "queue": "main", "arguments": {}, "more": 1}]
)
async def test_what_another_version_puts_in_otherwise(address: str, arguments: dict[str, object]) -> None:
    """A task that is not registered here, which procrastinate would delete as failed, is kept; so is one of ours that is told more."""
    await put_in(address, "job" if arguments else "another", **arguments)
    async with working(address, lambda _: True) as worker:
        await worker.until_kept(1)

    assert [] == worker.done


async def test_the_same_twice(address: str) -> None:
    """Of one key one job is kept, and where one waits already when a worker knows it, it is done once."""
    async with working(address, of_today) as worker:
        await worker.queue.defer(NEWER)
        await worker.until_kept(1)
        await worker.queue.defer(NEWER)
        await worker.until_kept(1)
    queue = SharedQueue(address)
    await queue.defer(OURS, wait=timedelta(seconds=1))
    await queue.close()
    async with working(address, of_tomorrow) as worker:
        await worker.until(OURS)
        await asyncio.sleep(0.5)

        assert [("digest/vision", {"failures": 2})] == worker.done
        assert {} == await worker.queue.depths()


async def test_kept_for_a_day(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """For a day what no worker takes is kept, of another version or in a queue that nobody serves."""
    queue = SharedQueue(address)
    await queue.defer(JobRequest(name="digest", subject="agents", queue="pigeon"), NEW_NAME)
    async with working(address, of_today) as worker:
        await worker.until_kept(1)
        await grown_older(address, KEPT - timedelta(minutes=1))
        # Older than a day: once it is given up, the two others have been looked at, too.
        await put_in(address, "another")
        await worker.until_kept(2)
        await grown_older(address, KEPT + timedelta(minutes=1), only="another")
        await worker.until_kept(1)

        assert 1 == (await queue.depths())["pigeon"].waiting
    await queue.close()
    assert [given_up("1 another")] == told(caplog, "jobs_given_up")


async def test_given_up_after_a_day(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """After a day what no worker took is given up, of another version or in a queue that nobody serves, and the log says so."""
    queue = SharedQueue(address)
    await queue.defer(JobRequest(name="digest", subject="agents", queue="pigeon"), NEW_NAME)
    async with working(address, of_today) as worker:
        await worker.until_kept(1)
        await grown_older(address, KEPT + timedelta(minutes=1))
        await worker.until_empty()
        await worker.queue.defer(OURS)
        await worker.until(OURS)
    await queue.close()

    # The two may be given up in one look or in two.
    said = told(caplog, "jobs_given_up")
    assert said in ([given_up("1 digest, 1 tomorrow")], [given_up("1 digest"), given_up("1 tomorrow")])


async def test_due_before_it_is_given_up(address: str) -> None:
    """What its day ends for while no worker lives stays apart under its own key, whichever a worker does first: take it or give it up."""
    queue = SharedQueue(address)
    await queue.defer(NEW_NAME, JobRequest(name="tomorrow", subject="y"))
    async with working(address, of_today) as worker:
        await worker.until_kept(2)
    await wait_ended(address)
    async with working(address, of_today) as worker:
        await until_none_is_due(address)
        await worker.until_kept(2)
    async with working(address, of_tomorrow) as worker:
        await worker.until(NEW_NAME, JobRequest(name="tomorrow", subject="y"))
    await queue.close()


async def test_what_waits_for_a_worker_that_is_late(address: str) -> None:
    """What waited for days in a queue that is served, while no worker lived, is done by the next one: nobody gives it up."""
    queue = SharedQueue(address)
    await queue.defer(OURS)
    await queue.close()
    await grown_older(address, 3 * KEPT)
    async with working(address, of_today) as worker:
        await worker.until(OURS)


async def test_told_of(address: str) -> None:
    """They are told of by name and queue, those of a queue that nobody serves once they are late; what waits for its time is none of them."""
    queue = SharedQueue(address)
    await queue.defer(*(JobRequest(name="digest", subject=one, queue="pigeon") for one in ("agents", "vision")))
    await queue.defer(JobRequest(name="digest", subject="later", queue="pigeon"), wait=timedelta(days=3))
    async with working(address, of_today) as worker:
        await worker.queue.defer(NEW_NAME)
        await worker.until_kept(1)
    await queue.defer(OURS)
    await queue.close()
    async with opened(address) as engine:
        at_once = await untaken_jobs(engine, ["main"])
        await grown_older(address, timedelta(hours=1))
        later = await untaken_jobs(engine, ["main"])

    assert [("tomorrow", 1)] == [(one.name, one.number) for one in at_once]
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert [
        UntakenJobs(name="digest", queue="pigeon", number=2, since=later[0].since),
        UntakenJobs(name="tomorrow", queue="main", number=1, since=later[1].since),
    ] == later
    assert all(abs(one.since - hour_ago) < timedelta(minutes=1) for one in later)


async def test_without_a_queue() -> None:
    """A database in which there is no queue yet has none of them."""
    async with opened(await new_postgresql()) as engine:
        assert () == await untaken_jobs(engine, ["main"])
