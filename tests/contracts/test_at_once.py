"""What two people do at one instant, in two processes, is both kept; held on every database, for only PostgreSQL lets two write side by side."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Self

import pytest

from bot.model import ChannelState, Member
from bot.ports import UnitOfWorkFactory
from bot.usecases import channels
from bot.usecases.channel_list import ChannelList, all_to_change
from bot.usecases.command_context import SubscriptionRules
from bot.usecases.edits import load, save
from tests.command_context import CommandFixture
from tests.factories import ADA, NOW, WEEK
from tests.factories import channel as a_channel
from tests.fake_storage import Tables

BEN = Member(id="u7", name="Ben")
CHANNEL = a_channel()


class Slow:
    """A unit of work that takes its time to commit: long enough for another one to have read, if nothing keeps it waiting."""

    def __init__(self, uow: Any) -> None:
        self._uow = uow

    async def __aenter__(self) -> Self:
        await self._uow.__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._uow.__aexit__(*raised)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)

    async def commit(self) -> None:
        await asyncio.sleep(0.2)
        await self._uow.commit()


@pytest.fixture
def slow(unit_of_work: UnitOfWorkFactory) -> UnitOfWorkFactory:
    return lambda: Slow(unit_of_work())  # type: ignore[return-value]


async def kept(unit_of_work: UnitOfWorkFactory) -> ChannelState:
    async with unit_of_work() as uow:
        state = await uow.channels.get(CHANNEL.name)
    assert state
    return state


async def test_locks(unit_of_work: UnitOfWorkFactory) -> None:
    """Who locks a name that another unit of work holds reads what that one left; another name is free."""

    async def count() -> None:
        async with unit_of_work() as uow:
            await uow.leases.lock("count")
            before = int(await uow.notes.get("count") or "0")
            await asyncio.sleep(0.05)
            await uow.notes.put("count", str(before + 1))
            await uow.commit()

    await asyncio.gather(*(count() for _ in range(4)))

    async with unit_of_work() as uow:
        await uow.leases.lock("another")
        assert "4" == await uow.notes.get("count")


async def test_settings(slow: UnitOfWorkFactory) -> None:
    """Of two settings, a pause and a source at one instant each is kept."""
    await asyncio.gather(
        channels.change(CHANNEL, {"budget_minutes": 30}, slow),
        channels.change(CHANNEL, {"topics": ["world models"]}, slow),
        channels.read_source(CHANNEL, "arxiv", slow, own=False, on=False),
        channels.pause(CHANNEL, "Ada paused it", slow, lambda: NOW, by_people=True),
    )

    state = await kept(slow)
    assert (30, ["world models"], ["arxiv"]) == (
        state.values["budget_minutes"],
        state.values["topics"],
        state.values["sources_off"],
    )
    assert "Ada paused it" == state.paused_because


def asking(slow: UnitOfWorkFactory, **how: Any) -> CommandFixture:
    """Somebody who asks, on that database."""
    database: Any = SimpleNamespace(unit_of_work=slow, tables=Tables())
    return CommandFixture(database=database, **how)


async def test_a_refusal_is_told_once(slow: UnitOfWorkFactory) -> None:
    """Of two who find at one instant that a platform refuses a channel, one pauses it, and tells of it; another reason is another pause."""
    reasons = ("it was archived", "it was archived")
    paused = await asyncio.gather(*(channels.pause(CHANNEL, one, slow, lambda: NOW) for one in reasons))

    assert [False, True] == sorted(paused)
    assert await channels.pause(CHANNEL, "we are no member", slow, lambda: NOW)
    assert await channels.pause(CHANNEL, "Ada paused it", slow, lambda: NOW, by_people=True)
    assert not await channels.pause(CHANNEL, "it was archived", slow, lambda: NOW)
    assert "Ada paused it" == (await kept(slow)).paused_because


async def test_wishes(slow: UnitOfWorkFactory) -> None:
    """Two who follow something at one instant add both."""
    desk = asking(slow)
    await asyncio.gather(*(desk.ask(f"follow word: {word}", admin=True) for word in ("llama", "mamba")))

    assert {"word:llama", "word:mamba"} == set((await kept(slow)).values["follow"])  # type: ignore[call-overload]


async def test_editors(slow: UnitOfWorkFactory) -> None:
    """What two editors change at one instant is both in the digest; and who joins beside another one does not put them out."""
    desk = asking(slow)
    async with slow() as uow:
        shown = replace(await load(CHANNEL.name, WEEK, uow), listed=(("arxiv:1", "One"), ("arxiv:2", "Two")))
        await save(shown, uow)
        await uow.commit()
    for text in ("review remove 1", "review remove 2"), ("review join", "review join"):
        await asyncio.gather(
            desk.ask(text[0], admin=True, member=ADA),
            desk.ask(text[1], admin=True, member=BEN),
        )

    async with slow() as uow:
        review = await load(CHANNEL.name, WEEK, uow)
    assert {"arxiv:1", "arxiv:2"} == {edit.key for edit in review.edits}
    assert {ADA.id, BEN.id} == set((await kept(slow)).values["editors"])  # type: ignore[call-overload]


async def test_set_up_within_bounds(slow: UnitOfWorkFactory) -> None:
    """Of two channels started at one instant where there is room for one, one is served, and the other member is told why not."""
    desk = asking(slow, rules=SubscriptionRules(most=2))
    filled = {"topics": "agents"}
    await asyncio.gather(
        *(desk.ask("setup", channel_id=place, admin=True, values=filled) for place in ("C8", "C9", "C9"))
    )
    answers = await asyncio.gather(*(desk.ask("start later", channel_id=place, admin=True) for place in ("C8", "C9")))

    async with slow() as uow:
        states = await uow.channels.all()
    assert ["C8", "C9"] == sorted(state.id for state in states.values())
    assert 1 == len([state for state in states.values() if state.stopped is None])
    assert 1 == len([said for said in answers if "serves 2 channels already" in said])


async def test_processes_that_start_together(unit_of_work: UnitOfWorkFactory) -> None:
    """Who registers the file's channels waits for who does so already: two inserts of one row may stumble over its second unique key."""
    registers = ChannelList([CHANNEL], unit_of_work).register
    async with unit_of_work() as uow:
        await all_to_change(uow)
        other = asyncio.create_task(registers())
        await asyncio.sleep(0.3)
        assert not other.done()
        await uow.commit()
    await other
    await asyncio.gather(*(registers() for _ in range(8)))

    assert CHANNEL.id == (await kept(unit_of_work)).id
