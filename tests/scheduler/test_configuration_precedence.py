"""Of processes with different configuration files those work whose file was changed last."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scheduler import jobs
from scheduler.bootstrap import open_services
from scheduler.configuration_precedence import GONE_SECONDS, HELD, SETTLED_SECONDS, Precedence
from scheduler.roles.health import RoleHealth
from scheduler.services import Services
from scheduler.settings.settings import Settings, load_settings
from tests.databases import migrated_postgresql
from tests.fake_storage import FakeDatabase
from tests.scenarios.test_wake_ups import World
from tests.waiting import until

HOUR = timedelta(hours=1)
MONDAY = '[[channels]]\nname = "papers"\nweekday = "monday"\n'
THURSDAY = MONDAY.replace("monday", "thursday")


class Elapsed:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", await migrated_postgresql())


@asynccontextmanager
async def process(file: str, changed: int) -> AsyncIterator[Services]:
    """A process that was started with a file which was changed at an instant."""
    async with open_services(read(file, changed)) as services:
        yield services


def read(file: str, changed: int) -> Settings:
    path = Path("paperround.toml")
    path.write_text(file, "utf-8")
    os.utime(path, ns=(changed, changed))
    return load_settings()


@pytest.mark.postgres
@pytest.mark.usefixtures("_database")
async def test_the_file_that_was_changed_last(caplog: pytest.LogCaptureFixture) -> None:
    """A process stands by while another one works with a newer file, however it was started, and goes on some time after that is gone."""
    passed = Elapsed()
    async with process(MONDAY, 1) as forgotten, process(THURSDAY, 2) as restarted, process(THURSDAY, 3) as copied:
        older, newer, same = (Precedence(one, passed) for one in (forgotten, restarted, copied))
        await older.look()
        assert older.counts
        await newer.look()
        await same.look()
        with caplog.at_level(logging.WARNING):
            await older.look()
            await older.look()
        told = [one.getMessage() for one in caplog.records if getattr(one, "action", "") == "configuration_superseded"]
        again = Precedence(forgotten, passed)
        await again.look()
        await newer.look()

        assert [False, False, True, True] == [one.counts for one in (older, again, newer, same)]
        assert 1 == len(told), "once"
        assert f"(process {restarted.owner.rsplit('/')[-2]})" in told[0]

        for one in (newer, same):
            await one._end()
        await older.look()
        passed.seconds += GONE_SECONDS - 1
        await older.look()
        assert not older.counts, "it may just be started again"
        passed.seconds += 1
        await older.look()
        assert older.counts


@pytest.mark.postgres
@pytest.mark.usefixtures("_database")
async def test_two_of_one_instant() -> None:
    """Where nothing tells which file is newer, as in images whose files all bear one date, both processes work."""
    async with process(MONDAY, 1) as one, process(THURSDAY, 1) as other:
        found = [Precedence(services) for services in (one, other)]
        for each in (*found, *found):
            await each.look()
        assert all(each.counts for each in found)


@pytest.mark.postgres
@pytest.mark.usefixtures("_database")
async def test_what_a_worker_does() -> None:
    """It works while its file counts; what is under way otherwise ends, the queue is a part that it stands by for, and it goes on later."""
    passed, seen = Elapsed(), list[str]()

    async def work() -> None:
        seen.append("begins")
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append("ends")

    async with process(MONDAY, 1) as services, process(THURSDAY, 2) as restarted:
        precedence, newer = Precedence(services, passed), Precedence(restarted, passed)
        shared: Any = replace(services, queue=SimpleNamespace(unserved=lambda: ["web"]))
        health = RoleHealth(shared, [], needs_queue=True, is_idle=lambda: precedence.stands_by)
        working = asyncio.create_task(precedence.working(work))
        await precedence.look()
        assert await until(lambda: seen == ["begins"])
        assert ([], "queue") == (list(health.standing_by()), next(reversed(await health.ready())))

        await newer.look()
        await precedence.look()
        assert await until(lambda: seen == ["begins", "ends"])
        assert (["queue"], ["database"]) == (list(health.standing_by()), list(await health.ready()))

        await newer._end()
        passed.seconds += GONE_SECONDS
        await precedence.look()
        assert await until(lambda: seen == ["begins", "ends", "begins"])
        working.cancel()
        await asyncio.wait({working})
        assert seen[-1] == "ends"


def _seconds(world: World) -> float:
    return world.now.timestamp()


async def lives_with_two_files(older: int, newer: int) -> list[int]:
    """
    Four weeks of two processes that ask in turn what is due, of which the second one is started after a week, with a file that moved a channel from Monday
    to Thursday; give the days of the week of its digests since then.
    """
    database = FakeDatabase()
    first, second = World(jobs.awake, database), World(jobs.awake, database)
    second.chats, second.source = first.chats, first.source
    second.restarts(weekday=4)
    begun, days = first.now + timedelta(days=7), list[int]()
    processes = []
    for number, (world, changed) in enumerate(((first, older), (second, newer))):
        tables = {"file": number}
        settings: Any = SimpleNamespace(
            **vars(world.services.settings), changed=changed, platforms={}, model_dump=lambda tables=tables, **_: tables
        )
        shared: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
        of_file = replace(world.services, settings=settings, engine=shared, owner=f"host/{number}/x")
        precedence = Precedence(of_file, partial(_seconds, first))
        processes.append((of_file, precedence))
    for hour in range(4 * 7 * 24):
        first.now = second.now = first.now + HOUR
        first._says()
        living = processes if first.now >= begun else processes[:1]
        for _, precedence in (*living, *living):  # who looks first sees the other one the next time
            await precedence.look()
        services, precedence = living[hour % len(living)]
        if precedence.counts:
            before = len(first.chats["other"].messages)
            await jobs.tick(services, jobs.awake)
            if len(first.chats["other"].messages) > before and first.now >= begun:
                days.append(first.now.isoweekday())
    return days


async def test_the_day_of_a_channel() -> None:
    """Where one process was forgotten, a channel has its digests on the day of the newer file, whoever asks first; on both days where neither file is the newer one."""
    assert {4} == set(await lives_with_two_files(1, 2))
    assert 1 in set(await lives_with_two_files(1, 1))


async def test_going_back() -> None:
    """Who goes back to an older file, as by an older image, works by it as soon as nobody works with the newer one."""
    assert {1} == set(await lives_with_two_files(2, 1))


@pytest.mark.postgres
@pytest.mark.usefixtures("_database")
async def test_wake_ups_are_worked_out_again() -> None:
    """Once the older process has had the time to stand by, what it noted meanwhile counts no more."""
    passed = Elapsed()
    async with process(MONDAY, 1) as forgotten, process(THURSDAY, 2) as restarted:
        older, newer = Precedence(forgotten, passed), Precedence(restarted, passed)
        await older.look()
        await newer.look()
        await restarted.wake_ups.awake(restarted.clock(), lambda _: True)

        async def noted() -> bool:
            async with forgotten.unit_of_work() as uow:
                return "papers" not in await uow.wake_ups.due(forgotten.clock())

        async with forgotten.unit_of_work() as uow:
            await uow.wake_ups.note({"papers": forgotten.clock() + HELD * 1000}, forgotten.clock())
            await uow.commit()
        await newer.look()
        await restarted.wake_ups.awake(restarted.clock(), lambda _: True)
        assert await noted()
        passed.seconds += SETTLED_SECONDS
        await newer.look()
        assert "papers" in [one.name for one in await restarted.wake_ups.awake(restarted.clock(), lambda _: True)]
