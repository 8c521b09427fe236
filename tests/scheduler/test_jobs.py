"""The periodic work: every channel gets its digest, whatever happens to the others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import ChatError, ChatRefused, StorageFull
from bot.model import Channel, ChannelState, Digest, Layout, MessageRef, PlatformWords, Post, PostingState
from bot.ports import UnitOfWorkFactory
from bot.spread import delay_of
from bot.usecases import channels as channel_settings
from bot.usecases import collect as collecting
from bot.usecases import deliver as delivering
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.compile import compile_digest
from bot.usecases.record import Recorder
from scheduler import jobs
from scheduler.backoff import FIRST
from scheduler.services import COMPILED_AT_ONCE
from tests.factories import DAY, NOW
from tests.fake_chat import FakeChat
from tests.fake_sources import FakeSource
from tests.fake_storage import FakeDatabase
from tests.reliability.world import SPECS, Moments, WeekHouse, entry
from tests.waiting import PATIENCE

HOUR = timedelta(hours=1)


class Admitting:
    """A platform that can be asked whether we may post. Its chat needs no form of its own."""

    chat: FakeChat | None = None
    words = PlatformWords(name="Slack", line_menu=640)

    def __init__(self) -> None:
        self.refusal: str | None = None
        self.asked = 0

    async def check(self, channel: Channel) -> None:
        self.asked += 1
        if self.refusal:
            raise ChatRefused(channel.platform, self.refusal)


async def has_no_index(_services: object) -> None:
    """The fake storage finds without an index."""


class Lodge:
    """Channels in a world of fakes; two, each on a platform of its own, if none are named."""

    def __init__(self, channels: Sequence[Channel] = ()) -> None:
        self.clock = Moments()
        self.clock.now = NOW
        self.database = FakeDatabase()
        self.chats = {name: FakeChat(name, clock=self.clock) for name in ("slack", "discord")}
        self.channels = tuple(channels) or tuple(
            Channel(name=f"on-{name}", platform=name, id="C1") for name in self.chats
        )
        self.admitting = Admitting()
        sources = {spec.id: FakeSource(spec, [entry(spec, 1, NOW - HOUR)]) for spec in SPECS}
        recorder = Recorder(self.database.unit_of_work, self.clock, self.chats)
        settings: Any = SimpleNamespace(
            fetch=SimpleNamespace(at_once=4, deadline_seconds=20),
            reconcile=SimpleNamespace(weeks=6),
            sources={},
            platforms={},
            wired=sources,
        )
        known = ChannelList(self.channels, self.database.unit_of_work)
        self.services = WeekHouse(
            settings=settings,
            clock=self.clock,
            unit_of_work=self.database.unit_of_work,
            reading=self.database.unit_of_work,
            channels=known,
            audience=Audience({}, known.read, self.clock),
            chats=self.chats,
            recorder=recorder,
            engine=None,
            builders=SimpleNamespace(classics=tuple, merge_index=has_no_index),
            platforms={"slack": self.admitting},
        )

    async def tick(self, *, after: timedelta = timedelta()) -> None:
        self.clock.now += after
        await jobs.tick(self.services)

    async def state(self, name: str) -> ChannelState | None:
        async with self.database.unit_of_work() as uow:
            return (await uow.channels.all()).get(name)

    def sent(self, platform: str) -> int:
        return len(self.chats[platform].messages)


@pytest.fixture
def lodge() -> Lodge:
    return Lodge()


def notices(caplog: pytest.LogCaptureFixture) -> Sequence[str]:
    return [record.message for record in caplog.records if record.action == "channel_paused"]


async def test_menus_of_each_platform() -> None:
    """A compact digest has room for menus at its lines only where the platform has such: what one platform needs makes no second message on another."""
    channels = [
        Channel(name=f"on-{name}", platform=name, id="C1", layout=Layout.COMPACT) for name in ("slack", "discord")
    ]
    lodge = Lodge(channels)
    await lodge.tick()

    async with lodge.database.unit_of_work() as uow:
        frozen = {one.name: await uow.digests.get(one.name, (await uow.digests.weeks(one.name))[0]) for one in channels}
    assert {"on-slack": 640, "on-discord": 0} == {name: one.line_menu for name, one in frozen.items() if one}
    assert ["at its line" in lodge.chats[name].posts("head")[0].plain for name in ("slack", "discord")] == [True, False]


async def test_one_platform_is_down(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """The other channel has its digest at once; the one that failed is tried again, after longer and longer pauses."""
    lodge.chats["slack"].faults.down = True
    await lodge.tick()
    assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 4)
    await lodge.tick()
    tried = sum(getattr(record, "action", "") == "delivery_interrupted" for record in caplog.records)
    assert tried == 1

    lodge.chats["slack"].faults.down = False
    await lodge.tick(after=timedelta(minutes=1))
    assert (lodge.sent("slack"), lodge.sent("discord")) == (4, 4)


async def test_one_platform_hangs(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels are served side by side: one that hangs keeps no other waiting."""
    hanging = asyncio.Event()

    async def hangs(*_: object) -> None:
        await hanging.wait()

    monkeypatch.setattr(lodge.chats["slack"], "post", hangs)
    ticking = asyncio.create_task(lodge.tick())
    async with asyncio.timeout(PATIENCE):
        while lodge.sent("discord") < 4:  # noqa: ASYNC110 - what we wait for is in a fake
            await asyncio.sleep(0.01)
    ticking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ticking


async def test_one_is_broken(lodge: Lodge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of our own in one channel is told, and the other one has its digest."""

    async def fault(*_: object) -> None:
        raise TypeError("a fault of ours")

    monkeypatch.setattr(lodge.chats["slack"], "post", fault)
    await lodge.tick()

    assert lodge.sent("discord") == 4
    assert "on-slack could not be served: a fault of ours" in caplog.messages


async def test_refused(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """Who refuses us is paused with one notice, looked at hourly, and resumed by itself; the instant of the pause stays."""
    lodge.chats["slack"].faults.refuses = True
    lodge.admitting.refusal = "the bot is no longer a member of the channel"
    await lodge.tick()
    first = await lodge.state("on-slack")
    for _ in range(3):
        await lodge.tick(after=HOUR + timedelta(minutes=1))

    assert first
    assert first.paused_because == lodge.admitting.refusal
    assert await lodge.state("on-slack") == first
    assert len(notices(caplog)) == 1
    assert lodge.admitting.asked == 3
    assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 4)

    lodge.chats["slack"].faults.refuses, lodge.admitting.refusal = False, None
    await lodge.tick(after=HOUR + timedelta(minutes=1))
    after = await lodge.state("on-slack")
    assert after
    assert after.paused_because is None
    assert lodge.sent("slack") == 4


async def test_whoever_set_it_up_is_told(lodge: Lodge) -> None:
    """A channel that its platform refuses is told of in a direct message, some minutes later, and once."""
    lodge.admitting.chat = lodge.chats["slack"]
    async with lodge.database.unit_of_work() as uow:
        await uow.channels.save(ChannelState(name="on-slack", platform="slack", id="C1", set_up_by="U1"))
        await uow.commit()
    lodge.chats["slack"].faults.refuses = True
    await lodge.tick()
    lodge.chats["slack"].faults.refuses = False
    for _ in range(10):
        lodge.clock.now += timedelta(minutes=1)
        await jobs.tell_of_pauses(lodge.services, "slack")

    ((member, blocks),) = lodge.chats["slack"].told
    assert "U1" == member
    assert "No digest comes in #on-slack for now: the bot is no longer a member of the channel." == "".join(
        one.text for one in blocks[0].spans
    )


async def test_resumed_by_people(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """Who has mended it need not wait for the hourly look; where it is not mended, it is paused again, for an hour."""
    lodge.chats["slack"].faults.refuses = True
    lodge.admitting.refusal = "the channel is archived"
    await lodge.tick()
    await channel_settings.resume(lodge.channels[0], lodge.database.unit_of_work)
    await lodge.tick(after=timedelta(minutes=1))
    again = await lodge.state("on-slack")
    assert again
    assert again.paused_because
    assert len(notices(caplog)) == 2

    lodge.chats["slack"].faults.refuses, lodge.admitting.refusal = False, None
    await lodge.tick(after=timedelta(minutes=1))
    assert lodge.sent("slack") == 0
    await channel_settings.resume(lodge.channels[0], lodge.database.unit_of_work)
    await lodge.tick(after=timedelta(minutes=1))
    assert lodge.sent("slack") == 4


@pytest.mark.parametrize("when", ["amid the messages", "while it is compiled"])
async def test_paused_amid_a_digest(lodge: Lodge, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Who pauses a channel has silence: the message that is on its way arrives, and no other; the rest comes once it is resumed, each once."""
    monkeypatch.setattr("bot.usecases.channel_list.LATELY", 0.0)
    slack, post, freeze = lodge.channels[0], lodge.chats["slack"].post, delivering.freeze

    async def paused() -> None:
        await channel_settings.pause(slack, "Ada paused it", lodge.database.unit_of_work, lodge.clock, by_people=True)

    async def paused_at_the_second(channel: Channel, message: Post, key: str) -> MessageRef:
        if when == "amid the messages" and lodge.sent("slack") == 1:
            await paused()
        return await post(channel, message, key)

    async def frozen(digest: Digest, channel: Channel, units: UnitOfWorkFactory) -> bool:
        if when != "amid the messages" and channel == slack:
            await paused()
        return await freeze(digest, channel, units)

    monkeypatch.setattr(lodge.chats["slack"], "post", paused_at_the_second)
    monkeypatch.setattr("scheduler.jobs.delivering.delivering.freeze", frozen)
    await lodge.tick()
    await lodge.tick(after=timedelta(minutes=1))
    assert (lodge.sent("slack"), lodge.sent("discord")) == (2 if when == "amid the messages" else 0, 4)

    monkeypatch.setattr(lodge.chats["slack"], "post", post)
    await channel_settings.resume(slack, lodge.database.unit_of_work)
    await lodge.tick(after=timedelta(minutes=1))
    assert lodge.sent("slack") == len({one.key for one in lodge.chats["slack"].messages}) == 4


async def test_posted_by_hand_where_it_is_paused(lodge: Lodge) -> None:
    """Who asks for a digest by hand in a channel that is paused gets it whole."""
    slack = lodge.channels[0]
    await jobs.collect(lodge.services)
    await channel_settings.pause(slack, "Ada paused it", lodge.database.unit_of_work, lodge.clock, by_people=True)

    assert "was posted" in await jobs.digest_now(lodge.services, slack)
    assert lodge.sent("slack") == 4


async def test_looked_at_hourly(lodge: Lodge) -> None:
    """A platform that refuses us is not asked at every tick."""
    lodge.chats["slack"].faults.refuses = True
    lodge.admitting.refusal = "the channel is archived"
    for _ in range(26):
        await lodge.tick(after=timedelta(minutes=5))

    assert lodge.admitting.asked == 2


async def test_the_time_that_the_platform_names(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who answers that it is too much hears nothing until the time is over which it named, and then the whole digest."""

    async def too_much(*_: object) -> None:
        raise ChatError("slack", "too many requests", retry_after=1800)

    with monkeypatch.context() as busy:
        busy.setattr(lodge.chats["slack"], "post", too_much)
        await lodge.tick()
    await lodge.tick(after=timedelta(minutes=29))
    assert lodge.sent("slack") == 0

    await lodge.tick(after=timedelta(minutes=2))
    assert lodge.sent("slack") == 4


async def test_faults_amid_progress(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Where every third message fails and the others go out, no pause grows: each is the first again, since something was sent in
    between. A platform that takes nothing is left alone for longer and longer.
    """
    post, calls, waits = lodge.chats["slack"].post, iter(range(1000)), []

    async def every_third_fails(*given: Any) -> Any:
        if next(calls) % 3 == 2:
            raise ChatError("slack", "503")
        return await post(*given)

    monkeypatch.setattr(lodge.chats["slack"], "post", every_third_fails)
    for source in lodge.services.settings.wired.values():
        source.entries = [entry(source.spec, number, NOW - HOUR) for number in range(1, 6)]
    began = NOW
    await lodge.tick()
    while (end := lodge.services.backoff.next_end(began)) is not None:
        waits.append(end - lodge.clock.now)
        began = lodge.clock.now = end
        await lodge.tick()

    assert len(waits) >= 3
    assert max(waits) <= FIRST
    assert lodge.sent("discord") == lodge.sent("slack") > 2 * len(waits)


class TestStorage:
    """What the database does not take waits, and nothing is made of the half of it."""

    async def test_answers_that_cannot_be_stored(self, lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
        """
        No digest is made of what was stored before the disk was full. Nobody is asked again at every tick, but once the pause is
        over; then the digest comes.
        """
        sources = lodge.services.settings.wired.values()

        async def full(*_: Any, **__: Any) -> Any:
            raise StorageFull("The disk at /srv is full")

        with monkeypatch.context() as filled:
            filled.setattr(collecting, "_store", full)
            with pytest.raises(StorageFull):
                await lodge.tick()
            asked = sum(len(source.fetches) for source in sources)
            await lodge.tick(after=timedelta(seconds=1))
            assert asked == sum(len(source.fetches) for source in sources)
            with pytest.raises(StorageFull):
                await lodge.tick(after=timedelta(seconds=30))
            assert 2 * asked == sum(len(source.fetches) for source in sources)
            assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 0)

        await lodge.tick(after=timedelta(seconds=1))
        assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 0)
        await lodge.tick(after=timedelta(seconds=60))
        assert (lodge.sent("slack"), lodge.sent("discord")) == (4, 4)


async def test_waiting_for_sources(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A digest for which hardly any source answered is not compiled to find that it waits: neither at first, nor an hour later. It comes at the first tick
    after they answer.
    """
    compiled: list[str] = []

    async def counted(channel: Channel, *given: Any, **more: Any) -> Any:
        compiled.append(channel.name)
        return await compile_digest(channel, *given, **more)

    monkeypatch.setattr("scheduler.jobs.delivering.compile_digest", counted)
    await lodge.services.channels.register()
    sources = lodge.services.settings.wired.values()
    for source in sources:
        source.error = "answered 503"
    await lodge.tick()
    assert ["on-discord", "on-slack"] == sorted(one.name for one, *_ in await jobs.due(lodge.services))
    for _ in range(20):
        await lodge.tick(after=timedelta(seconds=30))
    await lodge.tick(after=HOUR)
    assert [] == compiled

    for source in sources:
        source.error = None
    for _ in range(4):
        await lodge.tick(after=timedelta(minutes=30))
    assert ["on-discord", "on-slack"] == sorted(compiled)
    assert (4, 4) == (lodge.sent("slack"), lodge.sent("discord"))


async def test_waiting_for_sources_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that answers wakes those that read it, as far as that is enough for them; of those that do not, none is served to find that it waits."""
    paper, post = (spec.id for spec in SPECS)
    lodge = Lodge([
        Channel(name="papers", platform="slack", id="C1", sources=(paper,)),
        Channel(name="posts", platform="slack", id="C2", sources=(post,)),
        Channel(name="both", platform="discord", id="C3"),
    ])  # fmt: skip
    looked: list[str] = []

    async def counted(services: Any, channel: Channel, *given: Any, **more: Any) -> Any:
        looked.append(channel.name)
        return await jobs.serve_channel(services, channel, *given, **more)

    monkeypatch.setattr("scheduler.jobs.delivering.serve_channel", counted)
    await lodge.services.channels.register()
    for source in lodge.services.settings.wired.values():
        source.error = "answered 503"
    await lodge.tick()
    assert {"papers", "posts", "both"} == set(looked)
    looked.clear()

    lodge.services.settings.wired[paper].error = None
    for _ in range(20):
        await lodge.tick(after=timedelta(minutes=1))
    assert {"papers", "both"} == set(looked)
    assert (3, 3) == (lodge.sent("discord"), lodge.sent("slack"))


async def test_waiting_for_something_to_tell(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A digest of which nothing was found while a source fails is compiled once, and again when one of them answered or an hour is over: not at each
    tick.
    """
    compiled: list[str] = []

    async def counted(channel: Channel, *given: Any, **more: Any) -> Any:
        compiled.append(channel.name)
        return await compile_digest(channel, *given, **more)

    monkeypatch.setattr("scheduler.jobs.delivering.compile_digest", counted)
    await lodge.services.channels.register()
    failing, *others = lodge.services.settings.wired.values()
    failing.error = "answered 503"
    for source in others:
        source.entries = []
    await lodge.tick()
    assert ["on-discord", "on-slack"] == sorted(compiled)
    for _ in range(20):
        await lodge.tick(after=timedelta(seconds=30))
    assert 2 == len(compiled)
    await lodge.tick(after=HOUR)
    assert 4 == len(compiled)

    failing.error = None
    for _ in range(4):
        await lodge.tick(after=timedelta(minutes=30))
    assert 6 == len(compiled)
    assert (3, 3) == (lodge.sent("slack"), lodge.sent("discord"))


async def test_second_digest_waits_for_sources(lodge: Lodge) -> None:
    """A second digest of a week waits for its sources like any other, and comes after twelve hours with what there is, and says so."""
    await lodge.services.channels.register()
    await lodge.tick()
    await channel_settings.change(lodge.channels[0], {"weekday": 5}, lodge.database.unit_of_work)
    for source in lodge.services.settings.wired.values():
        source.error = "answered 503"
    before = lodge.sent("slack")
    await lodge.tick(after=4 * DAY)
    for _ in range(11):
        await lodge.tick(after=HOUR)
    assert before == lodge.sent("slack")

    for _ in range(6):
        await lodge.tick(after=timedelta(minutes=30))

    assert before < lodge.sent("slack")
    async with lodge.database.unit_of_work() as uow:
        (second,) = [one for one in await uow.digests.weeks("on-slack") if one.endswith("-extra")]
        head = await uow.postings.of("on-slack", second)
    (told,) = [one.post.plain for one in lodge.chats["slack"].messages if one.ref == head[0].ref]
    assert "failing: " in told


async def test_moved_to_the_past(lodge: Lodge) -> None:
    """A channel whose day is moved to one that was over half a day ago has its next digest on that day of the next week."""
    await lodge.services.channels.register()
    await lodge.tick()
    before = lodge.sent("slack")
    lodge.clock.now += 4 * DAY + 13 * HOUR
    await channel_settings.change(lodge.channels[0], {"weekday": 5}, lodge.database.unit_of_work)
    for _ in range(3):
        await lodge.tick(after=HOUR)

    assert before == lodge.sent("slack")


async def test_nothing_to_send(lodge: Lodge) -> None:
    """A pause does not lift itself because there was nothing to send: the platform is asked."""
    await lodge.tick()
    lodge.admitting.refusal = "the channel is archived"
    await jobs.refused(lodge.services, lodge.channels[0], "the channel is archived")
    await lodge.tick(after=HOUR + timedelta(minutes=1))

    state = await lodge.state("on-slack")
    assert state
    assert state.paused_because == "the channel is archived"


async def test_told_that_all_is_well() -> None:
    """
    A platform says at each start of all of its channels that they are well: that writes nothing and is not looked up of each, and resumes those that it had
    refused.
    """
    lodge = Lodge([Channel(name=f"reading-{number}", platform="discord", id=f"C{number}") for number in range(50)])
    await lodge.services.current_channels()
    await jobs.channel_news(lodge.services, "discord", "C7", "the channel was deleted")
    opened = 0
    unit_of_work = lodge.database.unit_of_work

    def counted() -> Any:
        nonlocal opened
        opened += 1
        return unit_of_work()

    lodge.services = replace(lodge.services, unit_of_work=counted, channels=ChannelList(lodge.channels, counted))
    for number in range(50):
        await jobs.channel_news(lodge.services, "discord", f"C{number}", None)
    state = await lodge.state("reading-7")

    assert state
    assert state.paused_because is None
    assert opened < 5


async def test_another_reason(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """Another reason is another notice."""
    for because in ("archived", "archived", "removed"):
        await jobs.refused(lodge.services, lodge.channels[0], because)

    assert notices(caplog) == ["on-slack is paused: archived", "on-slack is paused: removed"]


async def test_paused_by_people(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """What people paused, no platform resumes or explains again."""
    caplog.set_level(logging.WARNING)
    await channel_settings.pause(
        lodge.channels[0], "we are away", lodge.database.unit_of_work, lodge.clock, by_people=True
    )
    await lodge.tick()
    await jobs.refused(lodge.services, lodge.channels[0], "archived")
    await jobs.admitted(lodge.services, lodge.channels[0])

    state = await lodge.state("on-slack")
    assert state
    assert state.paused_because == "we are away"
    assert lodge.sent("slack") == 0


async def test_away(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """After three weeks away the latest digest comes, alone, and says which weeks had none."""
    await lodge.tick()
    for spec in SPECS:
        lodge.services.settings.wired[spec.id].entries.append(entry(spec, 2, NOW + timedelta(days=20)))
    await lodge.tick(after=timedelta(days=21, hours=1))

    async with lodge.database.unit_of_work() as uow:
        assert await uow.digests.weeks("on-slack") == ["2026-W34", "2026-W37"]
        assert [one.week for one in await uow.digests.skipped("on-slack")] == ["2026-W35", "2026-W36"]
    head = lodge.chats["slack"].posts("head")[-1].plain
    assert "No digest came for the week of 24 August to the week of 31 August: Paper Round did not run" in head
    told = [record for record in caplog.records if getattr(record, "action", "") == "week_skipped"]
    assert [record.channel for record in told] == ["on-slack", "on-discord"]  # type: ignore[attr-defined]
    assert "gets no digest for 2 weeks, 2026-W35 to 2026-W36: Paper Round did not run" in told[0].getMessage()


async def test_a_message_in_doubt_for_weeks(lodge: Lodge) -> None:
    """One that may have been sent is looked for however many digests came after it, and is not sent again."""
    await lodge.tick()
    for _ in range(2):
        await lodge.tick(after=timedelta(days=7))
    sent = lodge.sent("slack")
    async with lodge.database.unit_of_work() as uow:
        first = (await uow.postings.of("on-slack", "2026-W34"))[1]
        await uow.postings.save(replace(first, state=PostingState.SENDING, ref=None))
        await uow.commit()
    await lodge.tick()

    async with lodge.database.unit_of_work() as uow:
        assert first == (await uow.postings.of("on-slack", "2026-W34"))[1]
        assert [] == await uow.postings.under_way()
    assert sent == lodge.sent("slack")


async def test_only_trying(lodge: Lodge) -> None:
    """While only the sample week is shown, no source is asked and no digest comes."""
    lodge.services = replace(lodge.services, trying=True)
    await lodge.tick()

    assert [source.fetches for source in lodge.services.settings.wired.values()] == [[], []]
    assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 0)


async def test_few_digests_are_built_at_once(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many channels have theirs at the same hour: each build holds a whole week's entries."""
    building: list[str] = []
    most = 0

    async def compiled(channel: Channel, *given: Any, **more: Any) -> Any:
        nonlocal most
        building.append(channel.name)
        most = max(most, len(building))
        await asyncio.sleep(0.001)
        building.remove(channel.name)
        return await compile_digest(channel, *given, **more)

    monkeypatch.setattr("scheduler.jobs.delivering.compile_digest", compiled)
    many = tuple(Channel(name=f"on-{n}", platform="discord", id=f"C{n}") for n in range(20))
    lodge.services = replace(lodge.services, channels=ChannelList(many, lodge.database.unit_of_work))
    await lodge.tick()

    assert COMPILED_AT_ONCE == most
    assert 20 * 4 == lodge.sent("discord")


async def test_spread_out(lodge: Lodge) -> None:
    """Digests of one hour come as many minutes after it as each channel's name says; a spread that is changed at a start counts from then on."""

    async def comes(spread: timedelta, at: datetime) -> dict[str, datetime]:
        """Live through an hour from `at` on, as a process that was just started; give when each channel's digest was frozen."""
        known = ChannelList(many, lodge.database.unit_of_work, spread=spread)
        lodge.services = replace(lodge.services, channels=known)
        before, found = set(lodge.database.tables.digests), {}
        lodge.clock.now = at - timedelta(minutes=1)
        while lodge.clock.now < at + HOUR:
            await lodge.tick(after=timedelta(minutes=1))
            now = lodge.clock.now.replace(second=0, microsecond=0)  # the clock moves on whenever it is asked
            found |= {name: now for name, _ in lodge.database.tables.digests.keys() - before}
            before = set(lodge.database.tables.digests)
        return found

    many = tuple(Channel(name=f"on-{n}", platform="discord", id=f"C{n}") for n in range(12))
    async with lodge.database.unit_of_work() as uow:
        for channel in many:
            await uow.channels.start(channel.name, NOW - timedelta(hours=2))
        await uow.commit()
    week, half = timedelta(weeks=1), timedelta(minutes=30)

    for due, spread in ((NOW, half), (NOW + week, timedelta(0)), (NOW + 2 * week, HOUR)):
        assert {one.name: due + delay_of(one.name, spread) for one in many} == await comes(spread, due)
    assert 5 < len({delay_of(one.name, half) for one in many})


class TestRounds:
    """How often sources are asked."""

    async def asked(self, lodge: Lodge, hours: int) -> dict[str, int]:
        """How often each source is asked in so many hours, with a tick every half hour."""
        sources = lodge.services.settings.wired
        before = {name: len(source.fetches) for name, source in sources.items()}
        for _ in range(2 * hours):
            await lodge.tick(after=HOUR / 2)
        return {name: len(source.fetches) - before[name] for name, source in sources.items()}

    async def test_one_that_loses_entries(self, lodge: Lodge) -> None:
        """A source that shows only so many entries is asked more often by itself, the others as often as before."""
        await lodge.tick()
        name, source = next(iter(lodge.services.settings.wired.items()))
        source.gap, source.entries = "may have lost entries", []
        first = await self.asked(lodge, 12)
        source.gap = None
        source.entries = [entry(source.spec, 2, NOW)]
        later = await self.asked(lodge, 24)

        assert set(first.values()) == {1}
        assert later.pop(name) >= 4
        assert set(later.values()) == {2}

    async def test_full_reads(self, lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each source is asked for everything at first and then at each weekly collect, and whenever somebody checks it."""
        full: list[int] = []
        opened = lodge.services.open_sources
        monkeypatch.setattr(
            type(lodge.services),
            "open_sources",
            lambda _, specs, wanted=(): (full.append(len(wanted)), opened(specs, wanted))[1],
        )
        await jobs.collect(lodge.services)
        await jobs.collect(lodge.services)
        lodge.clock.now += timedelta(days=7, seconds=-5)  # 09:00:10 on one Monday, 09:00:05 on the next
        await jobs.collect(lodge.services)
        await jobs.collect(lodge.services, specs=SPECS[:1], full=True)

        assert full == [len(SPECS), 0, len(SPECS), 1]


async def test_alerts(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """What a later collect brings of a followed word is told at once, where that is wanted; a paused channel gets nothing."""
    wants = [replace(one, follow=("word:agents",), alerts=True) for one in lodge.channels]
    lodge.services = replace(lodge.services, channels=ChannelList(wants, lodge.database.unit_of_work))
    await lodge.tick()
    first = lodge.sent("slack")
    await channel_settings.pause(wants[1], "Ada paused it", lodge.database.unit_of_work, lodge.clock, by_people=True)
    lodge.services.settings.wired[SPECS[0].id].entries.append(entry(SPECS[0], 2, lodge.clock.now))
    lodge.chats["slack"].faults.down = True
    await lodge.tick(after=13 * HOUR)
    assert "alert_waits" in {getattr(record, "action", "") for record in caplog.records}
    lodge.chats["slack"].faults.down = False
    await lodge.tick(after=HOUR)
    assert (lodge.sent("slack"), lodge.sent("discord")) == (first + 1, first)
    assert f"{SPECS[0].id} result 2" in lodge.chats["slack"].messages[-1].post.plain
    await lodge.tick(after=HOUR)
    assert first + 1 == lodge.sent("slack")


async def test_daily_upkeep(lodge: Lodge) -> None:
    """It is done once in a day, however often the process was started since; a note of a clock that was put right since holds nobody up."""
    tidied = list[int]()

    async def tidy() -> None:
        tidied.append(round((lodge.clock.now - NOW) / HOUR))

    services = lodge.services
    services.settings.retention = SimpleNamespace(entry_weeks=0, member_weeks=0)
    services.limiter.tidy = tidy  # type: ignore[method-assign]
    for hour in range(30):
        lodge.clock.now = NOW + hour * HOUR
        await jobs.keep_up(services)
    assert [0, 25] == tidied

    lodge.clock.now = NOW
    await jobs.keep_up(services)
    assert [0, 25, 0] == tidied


async def test_unused_leases(lodge: Lodge) -> None:
    """Each digest leaves a lease behind; the upkeep drops those that nobody has held for a week."""
    services = lodge.services
    services.settings.retention = SimpleNamespace(entry_weeks=0, member_weeks=0)
    async with services.unit_of_work() as uow:
        for name in ("deliver/reading/2026-W33", "deliver/reading/2026-W34"):
            lease = await uow.leases.claim(name, "we", lodge.clock.now, lodge.clock.now + HOUR)
            assert lease
            await uow.leases.release(lease)
            lodge.clock.now += 4 * 24 * HOUR
        await uow.commit()

    await jobs.daily(services)

    assert [*lodge.database.tables.leases] == ["deliver/reading/2026-W34"]
