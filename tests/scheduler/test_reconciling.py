"""What was missed is looked for in each channel by itself: side by side, at each workspace's own pace, and going on where somebody was killed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import ChatError, MessageGone, StorageError
from bot.model import Channel, Member, MessageRef, PostingState, Snapshot
from bot.ports import JobRequest
from bot.usecases import reconcile_rounds as rounds
from scheduler import jobs
from scheduler.jobs import reconciling, requests, shared
from scheduler.queue import InProcessQueue
from scheduler.services import Services
from tests.factories import posting
from tests.scheduler.test_jobs import Lodge
from tests.waiting import until

ADA = Member(id="U1", name="Ada")
MESSAGES = 3


class Club:
    """Channels of two workspaces on Slack, each with messages that Ada reacts to while nobody listens."""

    def __init__(self, slow: int = 2, fast: int = 2) -> None:
        names = [(f"slow-{n}", "T1") for n in range(slow)] + [(f"fast-{n}", "T2") for n in range(fast)]
        channels = [Channel(name=name, platform="slack", id=f"{team}/{name}", team=team) for name, team in names]
        self.lodge = Lodge(channels)
        self.lodge.services.settings.retention = SimpleNamespace(entry_weeks=0, member_weeks=0)
        self.services: Services = replace(self.lodge.services, speed=1000.0)
        self.names = [channel.name for channel in channels]
        self.looks: list[str] = []
        self.most: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self.hung: dict[str, asyncio.Event] = {}
        self.reacted: set[MessageRef] = set()
        self.fails: Callable[[MessageRef], Exception | None] = lambda _: None
        self.lodge.chats["slack"].snapshot = self._snapshot  # type: ignore[method-assign] # this world's messages are its own

    async def sent(self) -> None:
        async with self.services.unit_of_work() as uow:
            for name in self.names:
                for part in range(MESSAGES):
                    sent = replace(
                        posting(part, channel=name, key=f"{name} {part}"),
                        state=PostingState.POSTED,
                        attempted_at=self.services.clock(),
                        ref=MessageRef(platform="slack", channel_id=name, message_id=str(part)),
                    )
                    await uow.postings.plan([sent])
                    await uow.postings.save(sent)
            await uow.commit()

    def react(self) -> None:
        self.reacted |= {
            MessageRef(platform="slack", channel_id=name, message_id=str(part))
            for name in self.names
            for part in range(MESSAGES)
        }

    async def _snapshot(self, ref: MessageRef) -> Snapshot:
        workspace = ref.channel_id.partition("-")[0]
        self._now[workspace] += 1
        self.most[workspace] = max(self.most[workspace], self._now[workspace])
        try:
            await asyncio.sleep(0)
            if workspace in self.hung:
                await self.hung[workspace].wait()
            if error := self.fails(ref):
                raise error
            self.looks.append(ref.channel_id)
            return Snapshot(ref=ref, reactions=((ADA, "⭐"),) if ref in self.reacted else (), replies=())
        finally:
            self._now[workspace] -= 1

    async def recorded(self) -> Counter[str]:
        """How many reactions are known, by channel."""
        await self.services.recorder.settle()
        async with self.services.reading() as uow:
            found = {name: await uow.reactions.of_channel(name) for name in self.names}
        return Counter({name: len(known) for name, known in found.items() if known})

    def all(self, *names: str) -> Counter[str]:
        return Counter(dict.fromkeys(names or self.names, MESSAGES))

    async def looked(self, times: int) -> None:
        """Wait until so many messages were looked at."""

        async def are_looked_at() -> bool:
            return len(self.looks) == times

        await until(are_looked_at)

    async def is_half_done(self) -> bool:
        missing = await rounds.missing("slack", 1, 6, self.services.reading, self.services.clock)
        return len(missing) <= len(self.names) / 2

    async def is_done(self) -> bool:
        found = await rounds.last_round("slack", self.services.reading)
        return found is not None and found.done


class Works:
    """A worker of several processes, on the queue that they share."""

    def __init__(self, club: Club, queue: InProcessQueue) -> None:
        self.club = club
        # What a process knows by itself is its own: another worker has pools of its own.
        self.services = replace(
            club.services,
            queue=queue,
            reconciling=type(club.services.reconciling)(club.services.reconciling.default_factory),
        )
        self.did: Counter[str] = Counter()

    async def do(self, job: JobRequest) -> None:
        self.did[job.name] += 1
        await shared.do(self.services, job)


@contextlib.asynccontextmanager
async def working(club: Club) -> AsyncIterator[Works]:
    queue = InProcessQueue()
    works = Works(club, queue)
    task = asyncio.create_task(queue.work(works.do, requests.places(works.services, 4)))
    try:
        yield works
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for pool in works.services.pools():
            await pool.close()


@contextlib.asynccontextmanager
async def alone(club: Club) -> AsyncIterator[Works]:
    """One process that does everything, in whose stead the same questions are asked."""
    works = Works(club, InProcessQueue())
    tasks = set[asyncio.Task[None]]()

    async def reconcile(*_: Any) -> int:
        tasks.add(asyncio.create_task(jobs.reconcile(club.services, "slack")))
        return 1

    works.services = replace(club.services, queue=SimpleNamespace(defer=reconcile))
    try:
        yield works
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for pool in club.services.pools():
            await pool.close()


WAYS = pytest.mark.parametrize("way", [working, alone], ids=["several processes", "one process"])
Way = Callable[[Club], contextlib.AbstractAsyncContextManager[Works]]


@WAYS
async def test_what_was_missed(way: Way) -> None:
    """After a gap each channel is looked at, and what was missed in it recorded; then the round is done, and nothing is asked any more."""
    club = Club()
    await club.sent()
    club.react()
    async with way(club) as works:
        await shared.have_looked_over(works.services, "slack")
        await until(club.is_done)
        assert club.all() == await club.recorded() == Counter(club.looks)
        await jobs.reconcile(club.services, "slack")
        await shared.do(replace(works.services, queue=InProcessQueue()), requests.reconcile_job("slack"))
        assert club.all() == Counter(club.looks)


@WAYS
async def test_a_slow_workspace(way: Way) -> None:
    """A workspace that hangs slows its own channels, one of which is asked at a time: the other workspace's are looked at, again after a second gap, too."""
    club = Club(slow=20, fast=3)
    club.hung["slow"] = asyncio.Event()
    await club.sent()
    fast = [name for name in club.names if name.startswith("fast")]
    async with way(club) as works:
        for times in (1, 2):
            await shared.have_looked_over(works.services, "slack")
            await club.looked(times * MESSAGES * len(fast))
        assert {"slow": 1, "fast": 1} == dict(club.most)
        assert len({name for name in club.looks if name in fast}) == 3
        club.hung.pop("slow").set()
        await until(club.is_done)
    assert set(club.names) == set(club.looks)


@WAYS
async def test_killed_in_the_middle(way: Way) -> None:
    """Who is killed amid a round leaves the rest of it: what was looked at is not looked at again, and nothing is left out."""
    club = Club(slow=3, fast=3)
    club.hung["slow"] = asyncio.Event()
    await club.sent()
    club.react()
    async with way(club) as works:
        await shared.have_looked_over(works.services, "slack")
        await until(club.is_half_done)
    before = Counter(club.looks)
    club.hung.clear()
    club.services = replace(
        club.services, reconciling=type(club.services.reconciling)(club.services.reconciling.default_factory)
    )
    async with way(club) as works:
        await works.services.shared_queue().defer(requests.reconcile_job("slack"))
        await until(club.is_done)

    assert {name for name in club.names if name.startswith("fast")} == set(before)
    assert club.all() == Counter(club.looks) == await club.recorded()


async def test_two_workers() -> None:
    """Two workers share a round: of a channel that one of them is looking at, the other one looks at nothing."""
    club = Club(slow=10, fast=10)
    await club.sent()
    queue = InProcessQueue()
    async with working(club) as first:
        second = Works(club, queue)
        second.services = replace(second.services, queue=first.services.queue)
        await shared.have_looked_over(first.services, "slack")
        for name in club.names:
            await reconciling.look_at(first.services, "slack", name)
        for name in club.names:
            await reconciling.look_at(second.services, "slack", name)

    assert club.all() == Counter(club.looks)


async def test_the_queue_is_not_flooded() -> None:
    """However many channels there are, few wait in the queue: of a workspace two at most, and of all of them so many."""
    club = Club(slow=300, fast=0)
    await club.sent()
    queue = InProcessQueue()
    services = replace(club.services, queue=queue)
    await shared.have_looked_over(services, "slack")
    for _ in range(3):
        await shared.do(services, requests.reconcile_job("slack"))
        await asyncio.sleep(0)

    assert reconciling.IN_QUEUE == (await queue.depths())[requests.reconciles("slack")].waiting
    assert 1 == (await queue.depths())[requests.upkeep("slack")].waiting
    await queue.close()


@WAYS
async def test_a_channel_that_fails(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    """One that the platform does not show, or in which we stumble, is tried again after a pause; meanwhile the others are done."""
    club = Club()
    await club.sent()
    club.react()
    failing: dict[str, Exception] = {"slow-0": ChatError("slack", "no answer"), "fast-0": TypeError("a fault of ours")}
    club.fails = lambda ref: failing.get(ref.channel_id)
    async with way(club) as works:
        await shared.have_looked_over(works.services, "slack")
        await club.looked(2 * MESSAGES)
        assert not await club.is_done()
        failing.clear()
        await asyncio.sleep(0.05)
        assert club.all("slow-1", "fast-1") == Counter(club.looks), "the pause is not over"
        club.lodge.clock.now += timedelta(minutes=2)

        async def is_done_by_now() -> bool:
            await works.services.shared_queue().defer(requests.reconcile_job("slack"))
            return await club.is_done()

        await until(is_done_by_now)

    assert club.all() == await club.recorded()
    assert "fast-0 could not be looked over" in caplog.messages


@WAYS
async def test_a_message_that_was_deleted(way: Way) -> None:
    """What stays as it is, is not tried again: the round is done without it."""
    club = Club()
    await club.sent()
    club.fails = lambda ref: MessageGone("slack", "it was deleted") if ref.message_id == "1" else None
    async with way(club) as works:
        await shared.have_looked_over(works.services, "slack")
        await until(club.is_done)

    assert Counter(dict.fromkeys(club.names, MESSAGES - 1)) == Counter(club.looks)


async def test_the_database_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database did not keep is said, and the channel looked at once more."""
    club = Club(slow=1, fast=0)
    await club.sent()
    await jobs.begin_round(club.services, "slack")
    note = rounds.note_look

    async def away(*_: object, **__: object) -> None:
        raise StorageError("The database does not answer.")

    monkeypatch.setattr("scheduler.jobs.reconciling.rounds.note_look", away)
    with pytest.raises(StorageError):
        await jobs.reconcile(club.services, "slack")
    with pytest.raises(StorageError):
        await reconciling.look_at(club.services, "slack", "slow-0")
    monkeypatch.setattr("scheduler.jobs.reconciling.rounds.note_look", note)
    await jobs.reconcile(club.services, "slack")

    assert await club.is_done()
    assert 3 * MESSAGES == len(club.looks)


async def test_asked_for_by_hand() -> None:
    """`paperround reconcile` waits for every channel, side by side as well, and says what it found in each, whatever round is under way."""
    club = Club(slow=2, fast=2)
    await club.sent()
    club.react()
    club.hung["slow"] = asyncio.Event()
    asking = asyncio.create_task(club.services.look_over())
    await club.looked(2 * MESSAGES)
    assert not asking.done()
    club.hung["slow"].set()
    found = await asking

    assert sorted(club.names) == [one.channel for one in found]
    assert [{"ReactionAdded": MESSAGES}] * 4 == [dict(one.differences) for one in found]
    assert await rounds.last_round("slack", club.services.reading) is None


async def test_a_platform_that_is_not_connected() -> None:
    """Nothing is asked of it, and nothing waits."""
    club = Club()
    services = replace(club.services, chats={}, queue=InProcessQueue())
    await shared.do(services, requests.reconcile_job("slack"))
    await shared.do(services, requests.reconcile_channel_job("slack", "slow-0"))

    assert {} == await services.shared_queue().depths()
