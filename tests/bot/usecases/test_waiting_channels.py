"""Of ten thousand channels that wait for sources an answer wakes those for which it may change something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Channel, SourceRecord, SourceSpec, SourceStatus
from bot.usecases.waiting_channels import WaitingChannels, answers_of
from tests.factories import NOW, report, spec

MINUTE = timedelta(minutes=1)
IDS = tuple("abcdefgh")


def record(source: str, *, fails: bool = True) -> SourceRecord:
    if fails:
        return SourceRecord(id=source, failures=3, report=report(source, state=SourceStatus.FAILING))
    return SourceRecord(id=source, last_success=NOW, report=report(source))


class World:
    """Channels that wait, and how often it was asked which sources there are."""

    def __init__(self, **channels: Channel) -> None:
        self.channels = channels
        self.records = {one: record(one) for one in IDS}
        self.specs = [spec(one) for one in IDS]
        self.asked = 0
        self.waiting_channels = WaitingChannels(self._specs)
        self.waiting = {name: answers_of(IDS, self.records) for name in channels}

    async def _specs(self) -> Sequence[SourceSpec]:
        self.asked += 1
        return self.specs

    def answers(self, source: str) -> None:
        self.records[source] = record(source, fails=False)

    async def woken(self) -> set[str]:
        return await self.waiting_channels.answered(self.waiting, self.records, self.channels.get)


@pytest.fixture
def world() -> World:
    return World(
        all=Channel(name="all", platform="web", id="1"),
        two=Channel(name="two", platform="web", id="2", sources=("a", "b")),
        other=Channel(name="other", platform="web", id="3", sources=("g", "h")),
    )


async def test_nothing_was_said(world: World) -> None:
    """As long as no source says anything all stay asleep, and from the second look on none of them is looked at."""
    for name, channel in world.channels.items():
        world.waiting[name] = answers_of(channel.sources or IDS, world.records)

    assert set() == await world.woken()
    assert set() == await world.woken()
    assert 1 == world.asked


async def test_who_reads_it(world: World) -> None:
    """An answer wakes those for which it is enough, not those of whose sources hardly any answered, nor those that do not read it."""
    for name, channel in world.channels.items():
        world.waiting[name] = answers_of(channel.sources or IDS, world.records)
    world.answers("a")

    assert {"two"} == await world.woken()
    world.answers("c")
    assert {"all", "two"} == await world.woken(), "a quarter of them is enough"


async def test_it_saw_the_answer(world: World) -> None:
    """Whoever was looked at since, and waits for another reason, sleeps until the next answer."""
    world.answers("a")
    world.waiting = {"two": answers_of(("a", "b"), world.records)}

    assert set() == await world.woken()
    world.records["a"] = replace(world.records["a"], last_success=NOW + MINUTE)
    assert {"two"} == await world.woken()


async def test_one_that_came_to_wait_later(world: World) -> None:
    """One that is noted after others were looked at is looked at all the same: a source may have answered while its digest was made."""
    world.answers("a")
    before = dict(world.waiting)
    world.waiting = {}
    assert set() == await world.woken()
    world.waiting = {"two": before["two"]}

    assert {"two"} == await world.woken()


async def test_not_served(world: World) -> None:
    """A channel that left the configuration file meanwhile is passed over."""
    world.answers("a")
    del world.channels["two"]

    assert "two" not in await world.woken()


async def test_quiet_ones(world: World) -> None:
    """Where all that fail are quiet anyway, nobody waits for them."""
    world.specs = [replace(one, quiet=one.id == "b") for one in world.specs]
    world.answers("a")

    assert "two" in await world.woken()
