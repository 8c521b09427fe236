"""The jobs that processes share: what a tick puts into the queue, and what a worker does of it, on the queue of one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import QueueFull, StorageFull
from bot.model import Channel, MessageRef, PostingState, SourceSpec
from bot.ports import JobRequest
from bot.usecases import channels as channel_settings
from bot.usecases.redraw import BURST
from scheduler import jobs
from scheduler.jobs import requests, shared, ticks
from scheduler.jobs.collecting import ROUND, ROUND_DONE
from scheduler.jobs.periodic import JOBS
from scheduler.jobs.recurring import RECURRING
from scheduler.jobs.redraws import RedrawPace, defer_redraws
from scheduler.jobs.requests import digest_job, reconcile_job, tick_job
from scheduler.jobs.shared import do
from scheduler.missing_keys import impaired
from scheduler.queue import InProcessQueue
from scheduler.services import Services
from tests.scheduler.test_jobs import HOUR, Admitting, Lodge
from tests.waiting import PATIENCE, until

MINUTE = timedelta(minutes=1)


class Works:
    """A lodge whose work is done by way of a queue, its pauses a thousand times as short."""

    def __init__(self) -> None:
        self.lodge = Lodge()
        self.lodge.services.settings.retention = SimpleNamespace(entry_weeks=0, member_weeks=0)
        self.queue = InProcessQueue()
        both: Any = {"slack": self.lodge.admitting, "discord": Admitting()}
        self.services = replace(self.lodge.services, platforms=both, queue=self.queue, speed=1000.0)
        self.did: list[str] = []

    async def do(self, job: JobRequest) -> None:
        self.did.append(job.key)
        await do(self.services, job)

    async def tick(self, *, after: timedelta = timedelta()) -> None:
        """Let somebody ask what is due, and do all that comes of it at once."""
        self.lodge.clock.now += after
        await self.queue.defer(tick_job())
        await self.idle()

    async def idle(self) -> None:
        async def nothing_waits() -> bool:
            return not await self.queue.depths()

        await until(nothing_waits)


@asynccontextmanager
async def working() -> AsyncIterator[Works]:
    works = Works()
    task = asyncio.create_task(works.queue.work(works.do, requests.places(works.services, 4)))
    try:
        yield works
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_digests() -> None:
    """A tick has the sources asked, and no digest made before; the tick after that has both made, sent and put to sleep."""
    async with working() as works:
        await works.tick()

        assert ["tick", "digest/on-slack"] == sorted({"tick", "digest/on-slack"} & set(works.did), reverse=True)
        assert (works.lodge.sent("slack"), works.lodge.sent("discord")) == (4, 4)
        works.did.clear()
        await works.tick(after=MINUTE)
        await works.tick(after=MINUTE)
        assert ["tick", "tick"] == works.did


async def test_a_queue_that_is_full(caplog: pytest.LogCaptureFixture) -> None:
    """A tick that meets a full queue puts in what there is room for, what is done once a day included, and notes that it was there."""
    works = Works()
    works.queue = InProcessQueue(1)
    works.services = replace(works.services, queue=works.queue)
    await works.queue.defer(JobRequest(name="index", subject="other", queue="slack"))

    await do(works.services, tick_job())

    assert {"slack", "discord", requests.SOURCES, requests.UPKEEP} == (await works.queue.depths()).keys()
    assert await ticks.last_tick(works.services) is not None
    assert "The queue slack is full: 1 jobs are not taken, digest/on-slack the first of them" in caplog.text


async def test_redraws_for_which_there_is_no_room() -> None:
    """Of redraws that are not all taken whoever asks is told; those that are to wait are put in all the same."""
    queue, pace = InProcessQueue(1), RedrawPace(3.0, lambda: 0.0)
    later = [replace(_card(str(number)), platform="discord") for number in range(BURST)]
    for card in later:
        pace.wait(card)
    await queue.defer(JobRequest(name="cards", queue="slack-prompt"))

    with pytest.raises(QueueFull, match="redraw/slack/C1/another is not taken"):
        await defer_redraws(queue, pace, [later[0], _card("another")])

    assert {"slack-prompt", "discord-prompt"} == (await queue.depths()).keys()


async def test_a_job_from_before_the_collect() -> None:
    """A job that was put in before the sources were asked makes nothing of old answers; where it is done after they were, it makes the digest."""
    works = Works()
    slack = works.lodge.channels[0]
    before = digest_job(slack, make=False)

    await do(works.services, before)
    assert 0 == works.lodge.sent("slack")
    await jobs.collect(works.services)
    await do(works.services, before)
    assert 4 == works.lodge.sent("slack")


async def test_a_platform_that_is_down() -> None:
    """The other one has its digest; the job of the one that failed waits for its pause, and carries how often it failed."""
    async with working() as works:
        works.lodge.chats["slack"].faults.down = True
        works.lodge.clock.now += HOUR
        await works.queue.defer(tick_job())
        await until(lambda: works.did.count("digest/on-slack") >= 5)
        assert (works.lodge.sent("slack"), works.lodge.sent("discord")) == (0, 4)
        assert works.services.backoff.failures("on-slack") >= 3

        works.lodge.chats["slack"].faults.down = False
        await works.idle()
        assert works.lodge.sent("slack") == 4


async def test_a_job_that_is_cancelled_while_its_channel_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that lost the database cancels its jobs; what it serves goes on, and the job that was put back waits for that and does not fail."""
    works = Works()
    slack = works.lodge.channels[0]
    post, hangs, begun = works.lodge.chats["slack"].post, asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> Any:
        begun.set()
        await hangs.wait()
        return await post(*given)

    monkeypatch.setattr(works.lodge.chats["slack"], "post", slow)
    await jobs.collect(works.services)
    first = asyncio.create_task(do(works.services, digest_job(slack)))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    again = asyncio.create_task(do(works.services, digest_job(slack)))
    await asyncio.sleep(0.05)
    assert not again.done()
    hangs.set()
    await asyncio.wait_for(again, PATIENCE)

    assert 4 == works.lodge.sent("slack")


async def test_a_platform_that_refuses() -> None:
    """Who refuses us is paused, has no job that tries it again and again, and is tried at once where people resumed it."""
    async with working() as works:
        lodge = works.lodge
        lodge.chats["slack"].faults.refuses, lodge.admitting.refusal = True, "the channel is archived"
        await works.tick()
        for _ in range(10):
            await works.tick(after=MINUTE)
        state = await lodge.state("on-slack")
        assert state
        assert state.paused_because
        assert lodge.admitting.asked <= 1
        await works.tick(after=HOUR)
        assert lodge.admitting.asked <= 2

        lodge.chats["slack"].faults.refuses, lodge.admitting.refusal = False, None
        await channel_settings.resume(lodge.channels[0], lodge.database.unit_of_work)
        await works.tick(after=MINUTE)
        assert lodge.sent("slack") == 4


async def test_a_process_whose_token_is_refused() -> None:
    """It pauses nothing, says it of itself, and what it could not do is tried again, as by a process with another token; then all is sent."""
    async with working() as works:
        lodge = works.lodge
        lodge.chats["slack"].faults.refuses_token = True
        await works.queue.defer(tick_job())
        # The first time it is compiled; that it was refused is known once it was to be sent.
        await until(
            lambda: works.did.count("digest/on-slack") > 1 and ["slack token"] == list(impaired(works.services))
        )
        state = await lodge.state("on-slack")
        assert (None, set()) == (state and state.paused_because, works.services.refused)

        lodge.chats["slack"].faults.refuses_token = False
        lodge.clock.now += HOUR
        await works.tick()
        assert (4, {}) == (lodge.sent("slack"), impaired(works.services))


async def test_where_one_process_does_everything() -> None:
    """There nobody else has another token: the channel is paused, as with whatever else refuses it."""
    lodge = Lodge()
    lodge.chats["slack"].faults.refuses_token = True
    await lodge.tick()

    state = await lodge.state("on-slack")
    assert state
    assert "does not know our token" in (state.paused_because or "")


async def test_a_collect_that_was_broken_off() -> None:
    """A round that began and did not come to its end is begun again, and no digest is made of half of it."""
    async with working() as works:
        services = works.services
        await jobs.collect(services)
        async with services.unit_of_work() as uow:
            await uow.notes.put(ROUND, services.clock().isoformat())
            await uow.commit()
        works.lodge.clock.now += MINUTE
        assert await jobs.collect_age(services) == timedelta.max

        await works.tick()
        async with services.reading() as uow:
            assert await uow.notes.get(ROUND) == await uow.notes.get(ROUND_DONE)
        assert (works.lodge.sent("slack"), works.lodge.sent("discord")) == (4, 4)
        assert "collect" in works.did


@pytest.mark.parametrize("why", ["they fail", "all are off", "none ever answered"])
async def test_a_round_in_which_nobody_answers(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that have not answered for half a day are asked in a round once an hour, and not as fast as the jobs follow each other."""
    async with working() as works:
        lodge = works.lodge
        sources = lodge.services.settings.wired.values()
        if why != "none ever answered":
            await works.tick()
        works.did.clear()
        for source in sources:
            source.error = "answered 503"
        if why == "all are off":
            monkeypatch.setattr(type(works.services), "specs", nobody)
        began = []
        for minute in range(16 * 60, 18 * 60):
            await works.tick(after=timedelta(minutes=minute) if not began else MINUTE)
            async with works.services.reading() as uow:
                began.append(await uow.notes.get(ROUND))

        assert 2 == len(set(began))
        assert 2 == works.did.count("collect")
        assert works.did.count("tick") <= len(began) + 2


async def nobody(_: object) -> list[SourceSpec]:
    return []


async def test_answers_that_cannot_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources whose answers the database did not take are left alone until the pause is over, though the job that asks them waits and comes."""
    works = Works()
    sources = works.lodge.services.settings.wired.values()

    async def full(*_: object, **__: object) -> None:
        raise StorageFull("The disk at /srv is full")

    monkeypatch.setattr("bot.usecases.collect._store", full)
    with pytest.raises(StorageFull):
        await do(works.services, requests.collect_job())
    asked = sum(len(source.fetches) for source in sources)
    monkeypatch.undo()
    await do(works.services, requests.collect_job())
    assert asked == sum(len(source.fetches) for source in sources)
    assert 1 == (await works.queue.depths())[requests.SOURCES].waiting

    works.lodge.clock.now += MINUTE
    await do(works.services, requests.collect_job())
    assert asked < sum(len(source.fetches) for source in sources)
    await works.queue.close()


async def test_a_fault_amid_a_collect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours ends the round all the same: the sources are not asked again at every tick for it."""
    works = Works()

    async def fault(*_: object, **__: object) -> None:
        raise TypeError("a fault of ours")

    monkeypatch.setattr("scheduler.jobs.collecting.join_by_title", fault)
    with pytest.raises(TypeError):
        await jobs.collect(works.services)

    assert await jobs.collect_age(works.services) < MINUTE


async def test_a_channel_that_was_stopped() -> None:
    """A job about what is no more does nothing."""
    works = Works()
    await do(works.services, digest_job(Channel(name="gone", platform="slack", id="C9")))

    assert (works.lodge.sent("slack"), works.lodge.sent("discord")) == (0, 0)


async def test_a_platform_whose_upkeep_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps places of its own: the other platforms' tokens are renewed, and what is done once a day is done."""
    ends, done = asyncio.Event(), set[str]()

    async def hangs_on_slack(_: Services, job: JobRequest) -> None:
        if job.subject == "slack":
            await ends.wait()
        done.add(job.key)

    for name in ("reconcile", "tokens", "daily", "histories"):
        monkeypatch.setitem(shared.WORK, name, shared.Work(hangs_on_slack))
    works = Works()
    works.services = replace(works.services, platforms={"slack": SimpleNamespace(), "discord": SimpleNamespace()})
    jobs_of = [make(platform) for platform in ("slack", "discord") for make in (reconcile_job, requests.tokens_job)]
    task = asyncio.create_task(works.queue.work(works.do, requests.places(works.services, 4)))
    await works.queue.defer(*jobs_of, requests.daily_job())
    async with asyncio.timeout(PATIENCE):
        while done != {"reconcile/discord", "tokens/discord", "daily"}:  # noqa: ASYNC110 - several jobs add to it
            await asyncio.sleep(0.01)
        ends.set()
        await works.idle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_every_job_is_known() -> None:
    """What the clock wakes and what a worker begins with is in the table of what is done, and its queue has places."""
    works = Works()
    woken = [job for one in RECURRING for job in one.requests(works.services.platforms)]
    asked = [
        *woken,
        *shared.at_start(),
        reconcile_job("slack"),
        requests.daily_job(),
        requests.backfill_job(works.lodge.channels[0]),
        requests.reconcile_channel_job("slack", "vision"),
    ]

    assert [] == [job.key for job in asked if not shared.knows(job)]
    # Memory is given back, and the clock looked at, by each process for itself.
    assert {job.name for job in JOBS} - {"tidy", "clock check"} <= {job.name for job in asked}, (
        "what one process does in turn, several do"
    )
    alone = {one.key for job in JOBS if job.each_platform for one in job.requests(works.services)}
    platforms = {job.key for job in asked if job.subject in works.services.platforms}
    assert alone == platforms
    assert {key for key in alone if key.endswith("/slack")} == {
        "reconcile/slack",
        "tokens/slack",
        "reminders/slack",
        "pauses/slack",
    }
    assert {job.queue for job in asked} <= requests.places(works.services, 4).keys()
    assert len({job.key for job in woken}) == len(woken)


async def test_a_card_that_arrives() -> None:
    """A card that was asked for and arrives says that its workspace's platform answers again, as a digest's message does."""
    async with working() as works:
        await works.tick()
        await works.tick(after=MINUTE)
        services = works.services
        channel = next(one for one in await services.current_channels() if one.platform == "slack")
        async with services.unit_of_work() as uow:
            [week] = await uow.digests.weeks(channel.name)
            sent = (await uow.postings.of(channel.name, week))[1]
            await uow.postings.save(replace(sent, state=PostingState.PENDING, ref=None))
            await uow.commit()
        del works.lodge.chats["slack"].messages[1]  # or it is found again, and not sent
        pool = services.deliveries["slack"]
        pool.failed(channel.workspace)

        await works.queue.defer(requests.cards_job(channel, week))
        before = works.lodge.sent("slack")
        await works.idle()

        assert (before + 1, 0) == (works.lodge.sent("slack"), pool.failing)


def _card(name: str) -> MessageRef:
    return MessageRef(platform="slack", channel_id="C1", message_id=name)


def test_the_pace_of_few_redraws() -> None:
    """While few messages are drawn, each act is shown at once, two on one card within a second among them."""
    now = [0.0]
    pace = RedrawPace(3.0, lambda: now[0])
    for _ in range(20):
        now[0] += 0.5
        assert timedelta(0) == pace.wait(_card("1"))


def test_the_pace_of_many_redraws() -> None:
    """
    Where many were drawn within a minute, a message is drawn at once after the first act on it, and then once in three seconds; another one
    waits for none of it.
    """
    now = [0.0]
    pace = RedrawPace(3.0, lambda: now[0])
    for number in range(BURST):
        pace.wait(_card(f"before {number}"))
    ref, other = _card("1"), _card("2")

    found = [pace.wait(ref), pace.wait(ref), pace.wait(other)]
    now[0] = 2.0
    found.append(pace.wait(ref))
    now[0] = 3.5
    found.append(pace.wait(ref))

    assert [timedelta(0), timedelta(seconds=3), timedelta(0), timedelta(seconds=1), timedelta(0)] == found

    now[0] = 70.0
    assert [timedelta(0)] * 2 == [pace.wait(ref), pace.wait(ref)], "a minute later they are few again"


async def test_redraws_of_a_batch() -> None:
    """What a batch brought is put into the queue with a statement or two, however many messages it touched."""
    queue, pace = InProcessQueue(), RedrawPace(3.0, lambda: 0.0)
    told: list[tuple[int, timedelta]] = []

    async def noted(*requests: JobRequest, wait: timedelta = timedelta(0)) -> int:
        told.append((len(requests), wait))
        return len(requests)

    queue.defer = noted  # type: ignore[method-assign] # what is looked at is what it is asked
    cards = [_card(str(number)) for number in range(BURST)]
    await defer_redraws(queue, pace, cards)
    await defer_redraws(queue, pace, [*cards, _card("another")])

    assert [(BURST, timedelta(0)), (1, timedelta(0)), (BURST, timedelta(seconds=3))] == told


VISION = Channel(name="vision", platform="slack", id="C1")


@pytest.mark.parametrize(
    ("job", "known"),
    [
        (tick_job(), True),
        (digest_job(VISION), True),
        (JobRequest(name="digest", subject="vision"), True),
        (requests.cards_job(VISION, "2026-W34"), True),
        (requests.redraw_job(MessageRef(platform="slack", channel_id="C1", message_id="1.1")), True),
        (JobRequest(name="tomorrow", subject="x"), False),
        (JobRequest(name="tick", arguments={"only": "vision"}), False),
        (JobRequest(name="digest", subject="vision", arguments={"make": True, "layout": "new"}), False),
        (JobRequest(name="cards", subject="vision/2026-W34", arguments={"channel": "vision"}), False),
        (JobRequest(name="redraw", subject="slack/C1/1.1"), False),
    ],
)
def test_jobs_of_another_version(job: JobRequest, *, known: bool) -> None:
    """Known is a job whose name and arguments this version knows, all that it is told and all that it needs: what it does not know it must not do by half."""
    assert known is shared.knows(job)
