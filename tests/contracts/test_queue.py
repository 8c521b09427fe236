"""One behaviour suite for the job queue, in the process and on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot import job_runs
from bot.errors import QueueFull, StorageError
from bot.ports import JobQueue, JobRequest, QueueDepth
from scheduler.queue import InProcessQueue
from tests.databases import new_postgresql, opened
from tests.waiting import until

BOUND = 5


@pytest.fixture(params=["in-process", pytest.param("shared", marks=pytest.mark.postgres)])
async def queue(request: pytest.FixtureRequest) -> AsyncIterator[JobQueue]:
    found: JobQueue
    if request.param == "in-process":
        found = InProcessQueue(BOUND)
    else:
        from adapters.queue.schema import migrate_queue  # noqa: PLC0415 - slow to import
        from adapters.queue.shared import SharedQueue  # noqa: PLC0415 - as above

        address = await new_postgresql()
        async with opened(address) as engine:
            await migrate_queue(engine)
        found = SharedQueue(address, BOUND)
    yield found
    await found.close()


class Worker:
    """Does what it is given: notes the beginning and the end of each job, in between it waits for `gate`."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.running = 0
        self.most = 0
        self.gate = asyncio.Event()
        self.fails: Exception | None = None
        self.once = False

    async def handle(self, job: JobRequest) -> None:
        self.begun.append(job.key)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.gate.wait()
            if self.fails:
                error, self.fails = self.fails, None if self.once else self.fails
                raise error
            self.done.append(f"{job.key} {dict(job.arguments)}" if job.arguments else job.key)
        finally:
            self.running -= 1


@asynccontextmanager
async def working(queue: JobQueue, places: Mapping[str, int] | None = None) -> AsyncIterator[Worker]:
    """Somebody who does the jobs, until the context ends."""
    worker = Worker()
    task = asyncio.create_task(queue.work(worker.handle, places or {"main": 4}))
    try:
        yield worker
    finally:
        worker.gate.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def becomes(queue: JobQueue, **expected: tuple[int, int, int]) -> None:
    """Wait until so many jobs wait in each queue, wait there for their time, and are done there; there are no others."""

    async def is_so() -> bool:
        depths = await queue.depths()
        return expected == {name: (one.waiting, one.delayed, one.running) for name, one in depths.items()}

    await until(is_so)


async def test_the_same_key_waits_once(queue: JobQueue) -> None:
    """Of two jobs with the same key one is taken; another name or another subject is another job."""
    digest = JobRequest(name="digest", subject="vision")

    taken = [
        await queue.defer(digest),
        await queue.defer(digest, JobRequest(name="digest", subject="agents")),
        await queue.defer(JobRequest(name="digest", subject="vision", arguments={"failures": 2})),
    ]

    assert [1, 1, 0] == taken
    async with working(queue) as worker:
        worker.gate.set()
        await until(lambda: len(worker.done) == 2)
        assert {"digest/vision", "digest/agents"} == set(worker.done)


async def test_what_is_being_done_hides_nothing(queue: JobQueue) -> None:
    """A job that is deferred while one with its key is done is taken, and done after it, not beside it."""
    redraw = JobRequest(name="redraw", subject="slack/C1/1.1")
    async with working(queue) as worker:
        await queue.defer(redraw)
        await until(lambda: worker.begun)
        taken = [await queue.defer(redraw), await queue.defer(redraw)]
        await asyncio.sleep(0.3)
        assert 1 == worker.running
        worker.gate.set()
        await until(lambda: len(worker.done) == 2)

    assert [1, 0] == taken
    assert 1 == worker.most


async def test_places(queue: JobQueue) -> None:
    """So many jobs of a queue are done at once as it has places; one that is full delays no other."""
    async with working(queue, {"slack": 2, "discord": 1}) as worker:
        await queue.defer(*(JobRequest(name="digest", subject=str(one), queue="slack") for one in range(4)))
        await until(lambda: worker.running == 2)
        await queue.defer(JobRequest(name="digest", subject="other", queue="discord"))
        await until(lambda: "digest/other" in worker.begun)
        assert 3 == worker.running
        depths = await queue.depths()
        worker.gate.set()
        await until(lambda: len(worker.done) == 5)
        await becomes(queue)

    assert {
        "slack": QueueDepth(waiting=2, running=2, bound=BOUND),
        "discord": QueueDepth(waiting=0, running=1, bound=BOUND),
    } == depths


async def test_a_queue_that_is_not_served(queue: JobQueue) -> None:
    """What waits in another queue than those that somebody serves is left alone, keeps its key, and delays nothing else."""
    elsewhere = JobRequest(name="reminders", subject="slack", queue="slack-schedule")
    async with working(queue, {"discord-schedule": 3}) as worker:
        worker.gate.set()
        await queue.defer(elsewhere, JobRequest(name="reminders", subject="discord", queue="discord-schedule"))
        await becomes(queue, **{"slack-schedule": (1, 0, 0)})
        assert 0 == await queue.defer(elsewhere)

    assert ["reminders/discord"] == worker.begun


async def test_arguments(queue: JobQueue) -> None:
    """What a job is to know comes with it."""
    await queue.defer(JobRequest(name="digest", subject="vision", arguments={"failures": 2}))
    async with working(queue) as worker:
        worker.gate.set()
        await until(lambda: worker.done)

    assert ["digest/vision {'failures': 2}"] == worker.done


async def test_waiting_for_its_time(queue: JobQueue) -> None:
    """A job that is to wait is begun no earlier, and its key is taken meanwhile."""
    soon, later = (JobRequest(name="digest", subject=subject) for subject in ("vision", "agents"))
    async with working(queue) as worker:
        worker.gate.set()
        await queue.defer(later, wait=timedelta(hours=1))
        assert 0 == await queue.defer(later)
        await becomes(queue, main=(1, 1, 0))
        began = time.monotonic()
        await queue.defer(soon, wait=timedelta(seconds=1))
        await until(lambda: worker.done)
        took = time.monotonic() - began

    assert 0.9 < took
    assert ["digest/vision"] == worker.done


async def test_brought_forward(queue: JobQueue) -> None:
    """Of the jobs of a queue that wait for their time and are told something, the first is done at once; no other is, nor one of another queue."""
    turn = {"workspace": "T1", "turn": True}
    first, second = (JobRequest(name="digest", subject=one, arguments={**turn, "failures": 0}) for one in ("a", "b"))
    failed = JobRequest(name="digest", subject="c", arguments={"workspace": "T1", "failures": 2})
    elsewhere = JobRequest(name="digest", subject="d", queue="slack", arguments=turn)
    async with working(queue, {"main": 4, "slack": 4}) as worker:
        worker.gate.set()
        await queue.defer(failed, elsewhere, wait=timedelta(minutes=1))
        await queue.defer(second, wait=timedelta(hours=2))
        await queue.defer(first, wait=timedelta(hours=1))
        await becomes(queue, main=(3, 3, 0), slack=(1, 1, 0))
        assert not await queue.bring_forward("main", {"workspace": "T2"})
        assert await queue.bring_forward("main", turn)
        await until(lambda: worker.done)
        assert ["digest/a"] == worker.begun
        assert await queue.bring_forward("main", turn)
        await until(lambda: len(worker.done) == 2)
        assert not await queue.bring_forward("main", turn)
        await becomes(queue, main=(1, 1, 0), slack=(1, 1, 0))

    assert ["digest/a", "digest/b"] == worker.begun


async def test_a_job_that_fails(queue: JobQueue, caplog: pytest.LogCaptureFixture) -> None:
    """A job that raises takes nothing with it: it is in the log, its key is free again, and it is not done again by itself."""
    async with working(queue) as worker:
        worker.gate.set()
        worker.fails = ValueError("no disk")
        await queue.defer(JobRequest(name="tick"))
        await until(lambda: "The job tick failed" in caplog.text)
        worker.fails = None
        await becomes(queue)
        assert 1 == await queue.defer(JobRequest(name="tick"))
        await until(lambda: worker.done)

    assert ["tick", "tick"] == worker.begun
    assert ["tick"] == worker.done


async def test_a_full_queue(queue: JobQueue, caplog: pytest.LogCaptureFixture) -> None:
    """Beyond its bound a queue takes nothing, says so, and other queues take what they are given."""
    many = [JobRequest(name="digest", subject=str(one)) for one in range(BOUND + 20)]
    other = JobRequest(name="digest", subject="other", queue="slack")
    with pytest.raises(QueueFull, match=f"in the queue main that digest/{BOUND} is not taken"):
        await queue.defer(*many, other)

    assert 0 == await queue.defer(*many[:BOUND], other), "what there was room for is in"
    assert [f"The queue main is full: 20 jobs are not taken, digest/{BOUND} the first of them"] == [
        one.getMessage() for one in caplog.records if getattr(one, "action", "") == "queue_full"
    ]
    async with working(queue, {"main": 4, "slack": 1}) as worker:
        worker.gate.set()
        await until(lambda: len(worker.done) == BOUND + 1)


async def test_a_database_that_fails_in_a_job(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job for which the database failed waits, in its turn and within no bound, and is done again with what it knows; others go on."""
    monkeypatch.setattr(job_runs, "AGAIN", timedelta(seconds=2))
    redraw = JobRequest(name="redraw", subject="slack/C/1", arguments={"message": "1"})
    others = [JobRequest(name="digest", subject=str(one), queue="slack") for one in range(BOUND)]
    async with working(queue, {"main": 2, "slack": 1}) as worker:
        worker.fails = StorageError("The database is away.")
        await queue.defer(redraw)
        await until(lambda: worker.begun)
        began = time.monotonic()
        worker.gate.set()
        await becomes(queue, main=(1, 1, 0))
        assert 0 == await queue.defer(redraw), "it waits already"
        worker.fails = None
        await queue.defer(*others)
        await until(lambda: len(worker.done) == BOUND + 1)
        await becomes(queue)

    assert "redraw/slack/C/1 {'message': '1'}" in worker.done
    assert 2 == worker.begun.count("redraw/slack/C/1")
    assert 1.9 < time.monotonic() - began


async def test_one_that_waits_does_for_the_one_that_failed(queue: JobQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the same job was put in while the database failed it, it is done once more, and not twice."""
    monkeypatch.setattr(job_runs, "AGAIN", timedelta(seconds=0.5))
    redraw = JobRequest(name="redraw", subject="slack/C/1")
    async with working(queue) as worker:
        worker.fails, worker.once = StorageError("The database is away."), True
        await queue.defer(redraw)
        await until(lambda: worker.begun)
        assert 1 == await queue.defer(redraw)
        worker.gate.set()
        await until(lambda: worker.done)
        await becomes(queue)

    assert ["redraw/slack/C/1"] * 2 == worker.begun


async def test_what_is_done_comes_to_its_end(queue: JobQueue) -> None:
    """Who stops working finishes what was begun."""
    worker = Worker()
    task = asyncio.create_task(queue.work(worker.handle, {"main": 1}))
    await queue.defer(JobRequest(name="one"))
    await until(lambda: worker.begun)
    task.cancel()
    await asyncio.sleep(0.1)
    worker.gate.set()
    await asyncio.gather(task, return_exceptions=True)

    assert ["one"] == worker.done
