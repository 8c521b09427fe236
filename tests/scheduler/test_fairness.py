"""Workspaces are served in turn: one that hangs, fails or has hundreds of channels slows its own channels only."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bot.errors import ChatError
from bot.model import Channel, Rhythm
from bot.ports import MAIN, JobRequest
from scheduler import jobs
from scheduler.jobs import delivering, requests, shared
from scheduler.queue import InProcessQueue
from scheduler.services import SERVED
from scheduler.turn_schedule import IN_LANE
from tests.scheduler.test_jobs import Lodge
from tests.waiting import until

MESSAGES = 4
"""How many messages a digest of `Lodge` has."""

HANGING = 300.0
"""Seconds after which what is waited for never comes: ten times of what the longest of these takes on a machine that is busy with others."""


def channels(workspace: str, number: int) -> list[Channel]:
    return [
        Channel(name=f"{workspace.lower()}-{one:03}", platform="slack", id=f"{workspace}/C{one}", team=workspace)
        for one in range(number)
    ]


class Watched:
    """Posts that a workspace was asked to take, in order, and how many at once at most."""

    def __init__(self, lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
        self.order: list[str] = []
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.hangs: dict[str, asyncio.Event] = {}
        self.fails: set[str] = set()
        self.takes = 0.0
        post = lodge.chats["slack"].post

        async def watched(channel: Channel, *given: Any) -> Any:
            team = channel.team
            self.open[team] += 1
            self.most[team] = max(self.most[team], self.open[team])
            try:
                if team in self.hangs:
                    await self.hangs[team].wait()
                if team in self.fails:
                    raise ChatError("slack", "503")
                self.order.append(team)
                await asyncio.sleep(self.takes)
                return await post(channel, *given)
            finally:
                self.open[team] -= 1

        monkeypatch.setattr(lodge.chats["slack"], "post", watched)

    def sent(self, team: str) -> int:
        return self.order.count(team)


async def test_one_that_hangs_and_one_with_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Of three workspaces one never answers, and one has two hundred channels: the third has its digests while the second's are being sent,
    the tick ends all the same, and the next one sends what was still to be sent and begins nothing twice.
    """
    monkeypatch.setattr(delivering, "PATIENCE", 0.2)
    monkeypatch.setattr("scheduler.jobs.periodic.PATIENCE", 0.2)
    lodge = Lodge([*channels("BIG", 200), *channels("HANGS", 40), *channels("SMALL", 3)])
    watched = Watched(lodge, monkeypatch)
    watched.hangs["HANGS"] = asyncio.Event()

    async with asyncio.timeout(HANGING):
        await lodge.tick()
        while watched.sent("BIG") < 200 * MESSAGES:
            await lodge.tick()
    small = [place for place, team in enumerate(watched.order) if team == "SMALL"]
    pool = lodge.services.deliveries["slack"]

    assert 3 * MESSAGES == len(small)
    assert max(small) < 60 * MESSAGES, "the small workspace did not wait for the big one"
    assert 200 * MESSAGES == watched.sent("BIG")
    assert SERVED.in_lane == watched.most["HANGS"] == pool.running
    assert 40 - SERVED.in_lane == pool.waiting

    watched.hangs["HANGS"].set()
    async with asyncio.timeout(HANGING):
        while watched.sent("HANGS") < 40 * MESSAGES:
            await lodge.tick()
    assert Counter(BIG=200 * MESSAGES, HANGS=40 * MESSAGES, SMALL=3 * MESSAGES) == Counter(watched.order)


async def test_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace that fails is tried one channel at a time, until it answers."""
    lodge = Lodge([*channels("FAILS", 30), *channels("WELL", 5)])
    watched = Watched(lodge, monkeypatch)
    watched.fails.add("FAILS")
    await lodge.tick()
    pool = lodge.services.deliveries["slack"]
    assert (5 * MESSAGES, 0, 1) == (watched.sent("WELL"), watched.sent("FAILS"), pool.failing)

    watched.most.clear()
    lodge.clock.now = lodge.services.backoff.next_end(lodge.clock.now) or lodge.clock.now
    await lodge.tick()
    assert 1 == watched.most["FAILS"]
    watched.fails.clear()
    for _ in range(20):
        lodge.clock.now = lodge.services.backoff.next_end(lodge.clock.now) or lodge.clock.now
        await lodge.tick()
    assert (30 * MESSAGES, 0) == (watched.sent("FAILS"), pool.failing)


async def test_tokens() -> None:
    """While one platform hangs, another one's tokens are renewed: each is a job of its own, of which one waits meanwhile."""
    lodge, renewed, hangs = Lodge(), list[str](), asyncio.Event()

    class Renewing:
        def __init__(self, name: str) -> None:
            self.name = name

        async def renew(self) -> None:
            if self.name == "slack":
                await hangs.wait()
            renewed.append(self.name)

    platforms: Any = {name: Renewing(name) for name in ("slack", "discord")}
    services = replace(lodge.services, platforms=platforms)
    tokens, queue = next(job for job in jobs.JOBS if job.name == "tokens"), InProcessQueue()
    working = asyncio.create_task(queue.work(partial(tokens.do, services), {MAIN: 9}))
    assert 2 == await queue.defer(*tokens.requests(services))
    await until(lambda: ["discord"] == renewed)
    taken = [await queue.defer(*tokens.requests(services)) for _ in range(2)]
    await until(lambda: ["discord", "discord"] == renewed)
    assert [2, 0] == taken

    hangs.set()
    await until(lambda: ["discord", "discord", "slack", "slack"] == renewed)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def test_in_turns() -> None:
    """The first channel of each workspace comes before the second of any."""
    found = [one.name for one in delivering.in_turns([*channels("A", 3), *channels("B", 1), *channels("C", 2)])]

    assert ["a-000", "b-000", "c-000", "a-001", "c-001", "a-002"] == found


def test_in_turns_by_rhythm() -> None:
    """In each turn channels of one rhythm come together, and no workspace has a second one before another has its first."""
    daily = {"b-001", "c-000"}
    many = (*channels("A", 3), *channels("B", 2), *channels("C", 1))
    mixed = [replace(one, rhythm=Rhythm.DAILY if one.name in daily else Rhythm.WEEKLY) for one in many]

    assert ["b-001", "c-000", "a-000", "b-000", "a-001", "a-002"] == [one.name for one in delivering.in_turns(mixed)]


async def test_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of a workspace that hangs keep no more of a worker's places than the workspace has: the others' are done."""
    lodge = Lodge([*channels("HANGS", 60), *channels("WELL", 30)])
    watched = Watched(lodge, monkeypatch)
    watched.hangs["HANGS"] = asyncio.Event()
    queue = InProcessQueue()
    services = replace(lodge.services, queue=queue, speed=60.0)
    await services.channels.register()
    places = {"slack": SERVED.in_lane + 4, "slack-prompt": 4, "schedule": 3, "sources": 2, "upkeep": 2}
    working = asyncio.create_task(queue.work(partial(shared.do, services), places))
    await queue.defer(requests.tick_job())
    try:
        async with asyncio.timeout(HANGING):
            while watched.sent("WELL") < 30 * MESSAGES:  # noqa: ASYNC110 - what we wait for is in a fake
                await asyncio.sleep(0.05)
        assert SERVED.in_lane == watched.most["HANGS"]
        watched.hangs["HANGS"].set()
        async with asyncio.timeout(HANGING):
            while watched.sent("HANGS") < 60 * MESSAGES:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert Counter(HANGS=60 * MESSAGES, WELL=30 * MESSAGES) == Counter(watched.order)


async def test_a_large_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    However many channels of a workspace wait for a place, each is tried twice, once it is due and once there is a place, and hardly more; its places stay
    taken, and another workspace has its digests meanwhile.
    """
    big, small = 100, 4
    lodge = Lodge([*channels("BIG", big), *channels("SMALL", small)])
    watched = Watched(lodge, monkeypatch)
    watched.takes = 0.05
    queue, did = InProcessQueue(), Counter[str]()
    services = replace(lodge.services, queue=queue, speed=20.0)
    await services.channels.register()
    await jobs.collect(services)

    async def handle(job: JobRequest) -> None:
        did[job.name] += 1
        await shared.do(services, job)

    began = time.monotonic()
    working = asyncio.create_task(queue.work(handle, {"slack": 20, "schedule": 3, "sources": 2, "upkeep": 2}))
    await queue.defer(requests.tick_job())
    try:
        async with asyncio.timeout(HANGING):
            while watched.sent("SMALL") < small * MESSAGES:  # noqa: ASYNC110 - what we wait for is in a fake
                await asyncio.sleep(0.05)
            then = watched.sent("BIG")
            while watched.sent("BIG") < big * MESSAGES:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
    finally:
        took = time.monotonic() - began
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    assert SERVED.in_lane == watched.most["BIG"]
    assert then < big * MESSAGES / 2
    assert did["digest"] < 2 * big + small + services.speed * took / IN_LANE
