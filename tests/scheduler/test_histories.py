"""The jobs about what a channel liked before: its own past, and look-ups of what lists name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.errors import ChatError
from bot.model import Channel, LinkPage, Member, SharedLink
from bot.ports import JobRequest
from bot.usecases.history import ask_history
from bot.usecases.history_plans import NOTE
from bot.usecases.taste import Reference, taste_of, tell
from scheduler.fair_pool import FairPool, PoolBounds
from scheduler.jobs import histories
from scheduler.jobs.histories import backfill, learn_from_histories, look_up_tastes
from scheduler.jobs.requests import SCHEDULE, places
from scheduler.jobs.shared import do
from scheduler.queue import InProcessQueue
from tests.command_context import Works
from tests.fake_chat import FakeChat
from tests.leaping import leaping
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE

ARXIV = "https://arxiv.org/abs/2608.01111"


class OldChat(FakeChat):
    """A platform with a past; channels of it may answer only once it `answers`."""

    def __init__(self, *given, **more) -> None:
        super().__init__(*given, **more)
        self.hang: set[str] = set()
        self.breaks: set[str] = set()
        self.busy: float | None = None
        self.answers = asyncio.Event()

    async def links(self, channel, most: int, start: str = "") -> LinkPage:
        self._check()
        if channel.name in self.breaks:
            raise RuntimeError("a fault of ours")
        if self.busy:
            raise ChatError("slack", "it is asked as often as it allows", retry_after=self.busy)
        if channel.name in self.hang:
            await self.answers.wait()
        return LinkPage(links=(SharedLink(url=ARXIV, at=self.clock() - timedelta(days=30)),), messages=1)


class Past:
    def __init__(self) -> None:
        self.lodge = Lodge()
        self.works = Works()
        self.chat = OldChat("slack", clock=self.lodge.clock, refuses_same_key=False)
        builders = SimpleNamespace(**vars(self.lodge.services.builders), works=self.opened)
        platforms = {"slack": SimpleNamespace(chat=self.chat)}
        self.services = replace(self.lodge.services, builders=builders, platforms=platforms)
        self.channel = self.lodge.channels[0]

    @asynccontextmanager
    async def opened(self, _):
        yield self.works

    async def after(self, **more: float) -> None:
        self.lodge.clock.now += timedelta(**more)
        await learn_from_histories(self.services)
        await look_up_tastes(self.services)

    async def three_that_are_looked_through(self) -> list[Channel]:
        """Two channels of one platform, of a workspace each, and one of another: the past of each is to be read now."""
        first, other = self.lodge.channels[0], self.lodge.channels[1]
        second = replace(first, name="second", id="C2", team="T2")
        channels = (replace(first, team="T1"), second, other)
        listed = SimpleNamespace(read=lambda: _given(channels))
        platforms = {name: SimpleNamespace(chat=self.chat) for name in ("slack", "discord")}
        self.services = replace(self.services, channels=listed, platforms=platforms)
        for one in channels:
            await ask_history(one, Member(id="a", name="Ada"), self.services.unit_of_work, self.lodge.clock())
        await learn_from_histories(self.services)
        self.lodge.clock.now += timedelta(hours=24)
        return list(channels)

    async def state(self, channel: Channel) -> str:
        async with self.services.unit_of_work() as uow:
            return json.loads(await uow.notes.get(NOTE) or "{}")[channel.name]["state"]

    async def titles(self) -> list[str]:
        async with self.services.unit_of_work() as uow:
            return [one.title for one in await taste_of(self.channel.name, uow)]


async def _given(channels: Sequence[Channel]) -> Sequence[Channel]:
    return channels


@pytest.fixture
def past() -> Past:
    return Past()


async def test_from_the_wish_to_the_news(past: Past, caplog: pytest.LogCaptureFixture) -> None:
    """What was asked for is announced, read a day later, looked up and told; a platform that is away is asked every ten minutes, not at every tick."""
    past.works.know(ARXIV, "Sparse attention", abstract="We prune heads.")
    await ask_history(past.channel, Member(id="a", name="Ada"), past.services.unit_of_work, past.lodge.clock())
    await past.after()
    past.chat.faults.down = True
    for _ in range(20):
        await past.after(hours=24 / 20, seconds=30)
    for _ in range(20):
        await past.after(seconds=30)
    told = [record for record in caplog.records if getattr(record, "action", "") == "history_waits"]
    assert 20 <= len(told) <= 22
    past.chat.faults.down = False
    await past.after(minutes=10)
    await past.after(minutes=1)

    assert ["Sparse attention"] == await past.titles()
    assert ["I found 1 work in its last 1,000 messages, and have read it."] == [
        line for sent in past.chat.messages for line in sent.post.plain.splitlines() if line.startswith("I found")
    ]


async def test_what_was_told_before_there_were_look_ups(past: Past) -> None:
    """Works that an earlier version noted by their address alone are looked up as well, each once."""
    past.works.know(ARXIV, "Sparse attention", abstract="We prune heads.")
    await tell([Reference(url=ARXIV)], "a list", past.channel, past.services.unit_of_work, past.lodge.clock())
    past.lodge.database.tables.notes.clear()
    await past.after()
    await past.after(hours=9)

    assert (["Sparse attention"], 1) == (await past.titles(), len(past.works.asked))


@leaping
async def test_a_workspace_that_answers_nobody(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps neither another platform's channels waiting nor another workspace's of its own, and the job ends; what it did not answer is gone on with."""
    monkeypatch.setattr(histories, "PATIENCE", 1.0)
    hanging, well, elsewhere = await past.three_that_are_looked_through()
    past.chat.hang = {hanging.name}
    async with asyncio.timeout(PATIENCE):
        await learn_from_histories(past.services)

    assert ["announced", "reading", "reading"] == [await past.state(one) for one in (hanging, well, elsewhere)]
    past.chat.answers.set()
    async with asyncio.timeout(PATIENCE):
        while past.services.backfilling["slack"].running:  # noqa: ASYNC110 - the pool's own end
            await asyncio.sleep(0.01)
    assert "reading" == await past.state(hanging)


async def test_by_the_queue(past: Past) -> None:
    """Each channel is a job of its own on its platform's queue of upkeep; one whose workspace has its places taken is put back, and done afterwards."""
    hanging, well, elsewhere = await past.three_that_are_looked_through()
    queue = InProcessQueue()
    services = replace(past.services, queue=queue, speed=1000.0)
    did: list[str] = []

    async def doing(job: JobRequest) -> None:
        await do(services, job)
        did.append(job.key)

    past.chat.hang = {hanging.name}
    monopolised = FairPool[None](PoolBounds(running=4, in_lane=1, held=9))
    services.backfilling["slack"] = monopolised
    same = replace(well, name="same", team=hanging.team)
    task = asyncio.create_task(queue.work(doing, places(services, 4)))
    await queue.defer(JobRequest(name="histories", queue=SCHEDULE))
    async with asyncio.timeout(PATIENCE):
        while len(did) < 3:  # noqa: ASYNC110 - several jobs add to it
            await asyncio.sleep(0.01)
        assert {"histories", f"backfill/{well.name}", f"backfill/{elsewhere.name}"} == set(did)
        assert not await backfill(services, same)
        past.chat.answers.set()
        while f"backfill/{hanging.name}" not in did:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert ["reading"] * 3 == [await past.state(one) for one in (hanging, well, elsewhere)]


async def test_a_fault_of_ours(past: Past, caplog: pytest.LogCaptureFixture) -> None:
    """What goes wrong with one channel is told once, and tried again after a pause, not at each turn; the others go on."""
    broken, well, elsewhere = await past.three_that_are_looked_through()
    past.chat.breaks = {broken.name}
    for _ in range(3):
        await learn_from_histories(past.services)
        past.lodge.clock.now += timedelta(seconds=30)

    assert ["announced", "reading", "reading"] == [await past.state(one) for one in (broken, well, elsewhere)]
    assert 1 == sum(getattr(one, "action", "") == "history_failed" for one in caplog.records)
    past.chat.breaks = set()
    past.lodge.clock.now += timedelta(minutes=10)
    await learn_from_histories(past.services)
    assert "reading" == await past.state(broken)


async def test_who_waits_for_a_turn(past: Past, caplog: pytest.LogCaptureFixture) -> None:
    """A channel that others' requests keep from its turn is no warning: it has the next one."""
    caplog.set_level("INFO")
    past.chat.busy = 90.0
    waiting, *_ = await past.three_that_are_looked_through()
    await learn_from_histories(past.services)
    past.chat.busy = None
    past.lodge.clock.now += timedelta(seconds=90)
    await learn_from_histories(past.services)

    assert "reading" == await past.state(waiting)
    assert {"INFO"} == {one.levelname for one in caplog.records if getattr(one, "action", "") == "history_waits"}
