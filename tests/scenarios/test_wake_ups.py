"""Looking only at channels that are awake brings the same digests at the same instants as looking at every one of them."""

from __future__ import annotations

import contextlib
import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import ChatRefused
from bot.model import Channel, ChannelOrigin, ChannelState, Entry, ItemKind, PlatformWords, Rhythm, Section, SourceSpec
from bot.usecases import channels as channel_settings
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.record import Recorder
from scheduler import jobs
from scheduler.backoff import Backoff
from scheduler.services import Services
from tests.examples import examples
from tests.fake_chat import FakeChat
from tests.fake_sources import FakeSource
from tests.fake_storage import FakeDatabase, FakeUnitOfWork

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
START = datetime(2026, 8, 19, 12, 0, tzinfo=UTC)
SPEC = SourceSpec(id="lab", kind="feed", name="A Lab", url="https://lab.example/", section=Section.LABS)
CHANNELS = (
    Channel(name="berlin", platform="fake", id="C1", zone="Europe/Berlin"),
    Channel(name="auckland", platform="fake", id="C2", zone="Pacific/Auckland", weekday=4, time=time(16, 30)),
    Channel(name="patient", platform="other", id="C3", zone="America/New_York", catch_up=6 * DAY),
)
IN_CHAT = ChannelState(name="asked", platform="fake", id="C4", origin=ChannelOrigin.CHAT)


class House(Services):
    async def specs(self) -> tuple[SourceSpec, ...]:
        return (SPEC,)

    def open_sources(self, specs: Any, full: Any = ()) -> Any:
        return contextlib.nullcontext({SPEC.id: self.settings.source})


class Gate:
    """A platform that says whether we may post there, as its chat does."""

    chat = None
    words = PlatformWords(name="Fake")

    def __init__(self, chat: FakeChat) -> None:
        self._chat = chat

    async def check(self, channel: Channel) -> None:
        if self._chat.faults.refuses:
            raise ChatRefused(channel.platform, "we are no member")


class World:
    """The service on a database in memory, with a clock that is put to where we want it. `choose` says which channels a tick looks at."""

    def __init__(self, choose: jobs.Choice, database: FakeDatabase | None = None) -> None:
        self.choose = choose
        self.now = START
        self.database = database or FakeDatabase()
        self.chats = {name: FakeChat(name, clock=lambda: self.now) for name in ("fake", "other")}
        self.source = FakeSource(SPEC)
        self.chance = random.Random(1)
        self.configured = CHANNELS
        self.restarts()

    def restarts(self, weekday: int | None = None) -> None:
        """The process ends and begins again, perhaps with another configuration file."""
        if weekday:
            self.configured = (*CHANNELS[:2], replace(CHANNELS[2], weekday=weekday))
        units = self.database.unit_of_work
        channels = ChannelList(self.configured, units)
        settings = SimpleNamespace(
            fetch=SimpleNamespace(at_once=4, deadline_seconds=20),
            reconcile=SimpleNamespace(weeks=6),
            sources={},
            source=self.source,
        )
        self.services = House(
            settings=settings, clock=lambda: self.now, unit_of_work=units, reading=units, channels=channels, chats=self.chats,
            recorder=Recorder(units, lambda: self.now, {}), engine=None, builders=SimpleNamespace(classics=tuple), owner="we",
            audience=Audience({}, channels.read, lambda: self.now), backoff=Backoff(self.chance),
            platforms={name: Gate(chat) for name, chat in self.chats.items()},
        )  # fmt: skip

    async def lives(self, spans: list[timedelta]) -> None:
        for span in spans:
            self.now += span
            self._says()
            await jobs.tick(self.services, self.choose)

    def _says(self) -> None:
        last = self.source.entries[-1].published if self.source.entries else None
        if last is None or abs(self.now - last) >= DAY:
            number = len(self.source.entries)
            word = "".join("bdfgklmnprstvz"[number // 14**place % 14] + "aeiou"[place] for place in range(4))
            self.source.entries.append(
                Entry(
                    source_id=SPEC.id, external_id=f"n{number}", kind=ItemKind.POST, section=Section.LABS, published=self.now,
                    title=f"Note {number} on {word}", url=f"https://lab.example/{number}-{word}",
                )
            )  # fmt: skip

    async def changes(self, number: int, values: dict[str, object]) -> None:
        await channel_settings.change(self.configured[number], values, self.database.unit_of_work)

    async def is_paused(self, number: int) -> None:
        units = self.database.unit_of_work
        await channel_settings.pause(self.configured[number], "we are away", units, lambda: self.now, by_people=True)

    async def is_resumed(self, number: int) -> None:
        await channel_settings.resume(self.configured[number], self.database.unit_of_work)

    async def is_asked_for(self) -> None:
        """Somebody sets a channel up in chat, or brings it back."""
        await self._keep(replace(await self._kept(), stopped=None))

    async def is_stopped(self) -> None:
        await self._keep(replace(await self._kept(), stopped=self.now))

    async def _kept(self) -> ChannelState:
        async with self.database.unit_of_work() as uow:
            return await uow.channels.get(IN_CHAT.name) or IN_CHAT

    async def _keep(self, state: ChannelState) -> None:
        async with self.database.unit_of_work() as uow:
            await uow.channels.save(state)
            await uow.commit()

    def platform_fails(self, name: str, fault: str) -> None:
        self.chats[name].faults.down = fault == "down"
        self.chats[name].faults.refuses = fault == "refuses"

    def sources_fail(self, *, fail: bool) -> None:
        self.source.error = "503" if fail else None

    def clock_is_set(self, by: timedelta) -> None:
        self.now += by

    def seen(self) -> list[tuple[str, datetime]]:
        """What stands on the platforms, since when; with every week that was skipped, and what it is said to have been for."""
        messages = [(one.key, one.at) for chat in self.chats.values() for one in chat.messages]
        skips = [(f"{one.channel} {one.week} {one.because}", one.at) for one in self.database.tables.skips.values()]
        return sorted([*messages, *skips])


SPANS = st.lists(
    st.one_of(
        st.sampled_from([30 * timedelta(seconds=1), MINUTE, 20 * MINUTE, HOUR, 7 * HOUR, DAY, 50 * HOUR, 9 * DAY]),
        st.integers(1, 400).map(lambda hours: hours * HOUR),
    ),
    min_size=1,
    max_size=8,
).map(lambda spans: ("lives", (spans,), {}))
ODD_ZONES = st.sampled_from(["Pacific/Kiritimati", "Etc/GMT+12", "Australia/Lord_Howe", "Europe/Berlin"])
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "zone": ODD_ZONES,
        "weekday": st.integers(1, 7),
        "time": st.sampled_from(["00:00", "09:00", "23:59"]),
        "budget_minutes": st.integers(10, 60),
        "rhythm": st.sampled_from(sorted(Rhythm)),
    },
)
NUMBERS = st.integers(0, 2)
HAPPENINGS = st.lists(
    st.one_of(
        SPANS,
        SPANS,
        st.tuples(st.just("changes"), st.tuples(NUMBERS, SETTINGS), st.just({})),
        st.tuples(st.sampled_from(["is_paused", "is_resumed"]), st.tuples(NUMBERS), st.just({})),
        st.tuples(st.sampled_from(["is_asked_for", "is_stopped"]), st.just(()), st.just({})),
        st.tuples(
            st.just("platform_fails"),
            st.tuples(st.sampled_from(["fake", "other"]), st.sampled_from(["down", "refuses", "", ""])),
            st.just({}),
        ),
        st.tuples(st.just("sources_fail"), st.just(()), st.fixed_dictionaries({"fail": st.booleans()})),
        st.tuples(
            st.just("clock_is_set"), st.tuples(st.integers(-20 * 24, 20 * 24).map(lambda hours: hours * HOUR)), st.just({})
        ),
        st.tuples(st.just("restarts"), st.tuples(st.sampled_from([None, 2, 6])), st.just({})),
    ),
    min_size=2,
    max_size=14,
)  # fmt: skip

Happening = tuple[str, tuple[Any, ...], dict[str, Any]]
A_MONTH: Happening = ("lives", ([7 * HOUR] * 100,), {})


async def both_ways(happenings: list[Happening]) -> tuple[World, World]:
    """Live the same twice, and compare after each happening."""
    worlds = World(jobs.awake), World(jobs.every_channel)
    for name, given_, named in happenings:
        for world in worlds:
            done = getattr(world, name)(*given_, **named)
            if done is not None:
                await done
        assert worlds[1].seen() == worlds[0].seen()
    return worlds


@settings(max_examples=examples(60), deadline=None)
@given(HAPPENINGS)
@example([("lives", ([MINUTE],), {}), ("is_paused", (0,), {}), A_MONTH, ("is_resumed", (0,), {}), A_MONTH])
@example([("platform_fails", ("fake", "refuses"), {}), A_MONTH, ("platform_fails", ("fake", ""), {}), A_MONTH])
@example([A_MONTH, ("clock_is_set", (-9 * DAY,), {}), A_MONTH, ("clock_is_set", (40 * DAY,), {}), A_MONTH])
async def test_the_same_digests_at_the_same_instants(happenings: list[Happening]) -> None:
    """Whatever happens, the ticks that ask the index send what those send that look at every channel, at the same instants."""
    await both_ways(happenings)


async def test_a_quiet_tick_looks_at_no_channel() -> None:
    """Between two digests no channel is awake, whether it is served or stopped; who changes a setting wakes one."""
    world = World(jobs.awake)
    await world.is_asked_for()
    await world.lives([MINUTE, MINUTE])
    assert [] == await jobs.awake(world.services)

    await world.is_stopped()
    assert [] == await jobs.awake(world.services)
    await world.changes(1, {"budget_minutes": 20})
    async with world.database.unit_of_work() as uow:
        assert ["auckland"] == await uow.wake_ups.due(world.now)


class Stubborn(FakeUnitOfWork):
    """A database on which nothing that happens wakes a channel."""

    async def commit(self) -> None:
        self._tables.wake_ups = {**self._database.tables.wake_ups, **self._tables.wake_ups}
        await super().commit()


class StubbornDatabase(FakeDatabase):
    def unit_of_work(self) -> FakeUnitOfWork:
        return Stubborn(self)


async def test_an_index_that_forgets_nothing_is_caught() -> None:
    """The comparison can fail: where a change of settings wakes nobody, a digest comes too late."""
    worlds = World(jobs.awake, StubbornDatabase()), World(jobs.every_channel)
    for world in worlds:
        await world.lives([MINUTE] * 3 + [12 * HOUR] * 12)
    assert worlds[1].seen() == worlds[0].seen()

    for world in worlds:
        await world.changes(1, {"weekday": 1})
        await world.lives([MINUTE])
    assert len(worlds[1].seen()) > len(worlds[0].seen())
