"""Workers of which each was given some platforms' tokens: whichever looks what is due, what asks a platform is done by one that can ask it, and at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import time
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import ChatError
from bot.model import Channel, Member, PlatformWords, PostingState, Reaction, Reminder
from bot.ports import JobQueue, JobRequest
from bot.usecases.audience import Audience
from bot.usecases.history import ask_history
from bot.usecases.review import opens
from scheduler import jobs
from scheduler.jobs import requests
from scheduler.jobs.recurring import RECURRING
from scheduler.jobs.requests import collect_job, places
from scheduler.jobs.shared import do, knows
from scheduler.missing_keys import impaired
from scheduler.queue import InProcessQueue
from scheduler.services import Services
from tests.databases import new_postgresql, opened
from tests.factories import NOW
from tests.fake_chat import FakeChat
from tests.fake_membership import FakeMembership
from tests.scheduler.test_jobs import HOUR, SPECS, Lodge, entry
from tests.waiting import until

PLATFORMS = ("slack", "discord")
SHARED = pytest.param("shared", marks=pytest.mark.postgres)


@pytest.fixture(params=["in-process", SHARED])
async def open_queue(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[], JobQueue]]:
    """Gives each process its own view of one queue; in one process it is the queue."""
    if request.param == "in-process":
        only = InProcessQueue()
        yield lambda: only
        await only.close()
        return
    from adapters.queue.schema import migrate_queue  # noqa: PLC0415 - slow to import
    from adapters.queue.shared import SharedQueue  # noqa: PLC0415 - as above

    address, queues = await new_postgresql(), list[JobQueue]()
    async with opened(address) as engine:
        await migrate_queue(engine)

    def opened_now() -> JobQueue:
        queues.append(SharedQueue(address))
        return queues[-1]

    yield opened_now
    for one in queues:
        await one.close()


async def everything_due() -> Lodge:
    """A channel on each platform, in which all that asks a platform is to be done: a message is left to send, editors, a reader and members are to be told."""
    lodge = Lodge([
        Channel(name=f"on-{name}", platform=name, id="C1", follow=("word:agents",), alerts=True, review=12 * HOUR, editors=("U1",))
        for name in PLATFORMS
    ])  # fmt: skip
    await lodge.tick()
    lodge.clock.now = now = opens(lodge.channels[0], NOW) + HOUR
    memberships = {name: FakeMembership(name) for name in PLATFORMS}
    async with lodge.database.unit_of_work() as uow:
        for name, chat in lodge.chats.items():
            [week] = await uow.digests.weeks(f"on-{name}")
            card, *_ = [one for one in await uow.postings.of(f"on-{name}", week) if one.ref and one.item_key]
            reader = Member(id="U7", name="Ada")
            memberships[name].join(reader.id, "home", f"on-{name}")
            await uow.reactions.put(Reaction(ref=card.ref, member=reader, emoji="👀", present=True, at=NOW))
            await uow.reminders.put(
                Reminder(platform=name, member_id=reader.id, weekday=1, time=time(9), zone="UTC", next_at=now)
            )
            last = (await uow.postings.of(f"on-{name}", week))[-1]
            await uow.postings.save(replace(last, state=PostingState.PENDING, ref=None))
            chat.messages[:] = [one for one in chat.messages if one.ref != last.ref]
        await uow.commit()
    for channel in lodge.channels:
        await ask_history(channel, Member(id="a", name="Ada"), lodge.database.unit_of_work, lodge.clock())
    lodge.services.settings.retention = SimpleNamespace(entry_weeks=0, member_weeks=0)
    lodge.services.settings.wired[SPECS[0].id].entries.append(entry(SPECS[0], 2, now))
    audience = Audience(memberships, lodge.services.channels.read, lodge.clock)
    lodge.services = replace(lodge.services, audience=audience, platforms={n: platform(lodge, n) for n in PLATFORMS})
    await jobs.begin_round(lodge.services, "slack")
    await jobs.begin_round(lodge.services, "discord")
    return lodge


def platform(lodge: Lodge, name: str) -> Any:
    async def renew() -> None:
        """Nothing runs out."""

    return SimpleNamespace(
        chat=lodge.chats[name], check=lodge.admitting.check, renew=renew, words=PlatformWords(name=name)
    )


def with_token_of(services: Services, name: str, queue: JobQueue) -> Services:
    """A process of its own that was given one platform's token."""
    return replace(
        services,
        chats={name: services.chats[name]},
        platforms={name: services.platforms[name]},
        queue=queue,
        speed=1000.0,
    )


@asynccontextmanager
async def working(services: Services) -> AsyncIterator[set[str]]:
    """A worker, until the context ends; gives the keys of the jobs that it did."""
    did = set[str]()

    async def handle(job: JobRequest) -> None:
        await do(services, job)
        did.add(job.key)

    task = asyncio.create_task(services.shared_queue().work(handle, places(services, 4), knows))
    try:
        yield did
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def told(lodge: Lodge, name: str) -> list[str]:
    return sorted(member for member, _ in lodge.chats[name].told)


async def all_sent(lodge: Lodge, name: str, queue: JobQueue) -> bool:
    """Whether a platform has the digest's four messages and an alert. One that came amid the digest waits until the clock asks again, as it does here."""
    if lodge.sent(name) < 5:
        await queue.defer(requests.alerts_job(name))
    return lodge.sent(name) == 5


OF_SLACK = {
    *("digest/on-slack", "review/on-slack", "backfill/on-slack"),
    *(f"{name}/slack" for name in ("send_alerts", "reminders", "tokens", "pauses", "reconcile")),
}


async def test_what_asks_a_platform(open_queue: Callable[[], JobQueue]) -> None:
    """
    A worker without Slack's token asks what is due, and does what there is of Discord; Slack's jobs wait meanwhile, and the first worker with its token does
    them as it begins, with no further look at what is due.
    """
    lodge = await everything_due()
    before, queue = lodge.sent("slack"), open_queue()
    async with working(with_token_of(lodge.services, "discord", queue)) as did:
        await queue.defer(collect_job())
        await until(lambda: "collect" in did)
        await queue.defer(*(job for one in RECURRING for job in one.requests(PLATFORMS)))

        async def only_slack_waits() -> bool:
            depths = await queue.depths()
            return {"slack": 2, "slack-schedule": 2, "slack-upkeep": 4} == {
                name: one.waiting for name, one in depths.items() if one.waiting or one.running
            }

        await until(only_slack_waits)
        await until(partial(all_sent, lodge, "discord", queue))
    assert set() == {key for key in did if "slack" in key}
    assert {key.replace("slack", "discord") for key in OF_SLACK} < did
    assert (["U1", "U7"], []) == (told(lodge, "discord"), told(lodge, "slack"))
    assert before == lodge.sent("slack")

    if isinstance(queue, InProcessQueue):
        return  # it has one worker
    queue = open_queue()
    async with working(with_token_of(lodge.services, "slack", queue)) as did:
        await until(lambda: did >= OF_SLACK)
        await until(lambda: told(lodge, "slack") == ["U1", "U7"])
        await until(partial(all_sent, lodge, "slack", queue))
    assert set() == {key for key in did if "discord" in key}


class SomeKeys:
    """A platform in a process that lacks the keys of some workspaces. Its chat gets none of what it is for."""

    def __init__(self, whole: Any, sealed: frozenset[str]) -> None:
        self.words, self.renew = whole.words, whole.renew
        self.chat = FakeChat("slack")
        self.sealed = sealed
        self.asked = 0

    async def check(self, channel: Channel) -> None:
        self.asked += 1
        raise ChatError(channel.platform, "no key")

    async def read_tokens(self) -> None:
        """They are read."""

    def undecryptable(self) -> frozenset[str]:
        return self.sealed


async def test_without_a_workspaces_key(open_queue: Callable[[], JobQueue]) -> None:
    """
    A worker that lacks a workspace's key leaves what is to be done there to one that has it: it sends and tells nothing, puts nothing off, pauses nothing,
    and says it of itself. The other one then does all of it.
    """
    lodge = await everything_due()
    for message in lodge.chats["slack"].messages:  # what is looked over finds what was decided
        message.reactions[Member(id="U7", name="Ada"), "👀"] = NOW
    before, queue = lodge.sent("slack"), open_queue()
    whole = with_token_of(lodge.services, "slack", queue)
    keyless = SomeKeys(whole.platforms["slack"], frozenset({"T1", ""}))
    platforms: Any = {"slack": keyless}
    blind = replace(whole, platforms=platforms, chats={"slack": keyless.chat}, left={})
    async with lodge.database.unit_of_work() as uow:
        reminders = await uow.reminders.due("slack", lodge.clock(), 9)
    jobs_there = [job for one in RECURRING for job in one.requests(["slack"])]
    cards = requests.cards_job(lodge.channels[0], "2026-W34")
    async with working(blind) as did:
        await queue.defer(collect_job())
        await until(lambda: "collect" in did)
        await queue.defer(*jobs_there, cards)
        of_channels = {"digest/on-slack", "review/on-slack", "backfill/on-slack", "cards/on-slack/2026-W34"}
        await until(lambda: did >= OF_SLACK | of_channels)
        await until(lambda: blind.left.keys() >= of_channels and blind.left["digest/on-slack"] > 2)
        assert ["slack keys"] == list(impaired(blind))
    state = await lodge.state("on-slack")
    assert (None, before, []) == (state and state.paused_because, lodge.sent("slack"), told(lodge, "slack"))
    assert (0, [], []) == (keyless.asked, keyless.chat.messages, keyless.chat.told)
    async with lodge.database.unit_of_work() as uow:
        assert reminders == await uow.reminders.due("slack", lodge.clock(), 9)

    if isinstance(queue, InProcessQueue):
        return  # it has one worker
    whole = replace(whole, queue=open_queue(), left={})
    async with working(whole) as did:
        await whole.shared_queue().defer(*jobs_there)
        await until(lambda: did >= OF_SLACK | of_channels)
        await until(lambda: told(lodge, "slack") == ["U1", "U7"])
        await until(partial(all_sent, lodge, "slack", whole.shared_queue()))
        assert {} == {**whole.left, **impaired(whole)}


def test_each_job_about_a_platform() -> None:
    """Each that the clock puts in for a platform waits in a queue that only a worker with its token serves."""
    services = Lodge().services
    services = replace(services, platforms={"discord": services.platforms["slack"]})
    requested = [job for one in RECURRING if one.on_platforms for job in one.requests(PLATFORMS)]

    assert {"slack"} == {job.subject for job in requested if job.queue not in places(services, 1)}
    assert {"discord"} == {job.subject for job in requested if job.queue in places(services, 1)}
