"""Channels of the file and of chat, as one list: each name and each place belongs to one channel for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.errors import StorageError, UsageError
from bot.model import Channel, ChannelOrigin, ChannelState, Layout
from bot.usecases import channel_list
from bot.usecases.channel_list import ChannelList
from tests.factories import NOW
from tests.fake_storage import FakeDatabase, FakeUnitOfWork

PAPERS = Channel(name="papers", platform="slack", id="C1")
ROBOTS = Channel(name="robots", platform="slack", id="C2")
SET_UP = ChannelState(
    name="robots", platform="slack", id="C2", team="T1", origin=ChannelOrigin.CHAT, values={"layout": "compact"}
)


async def kept(database: FakeDatabase, *states: ChannelState) -> None:
    async with database.unit_of_work() as uow:
        for state in states:
            await uow.channels.save(state)
        await uow.commit()


async def places(database: FakeDatabase) -> dict[str, tuple[str, str]]:
    async with database.unit_of_work() as uow:
        return {name: (state.id, state.origin.value) for name, state in (await uow.channels.all()).items()}


async def test_one_list() -> None:
    """Channels of the file come first, then those set up in chat, until they are stopped; who holds a view of them sees that."""
    database = FakeDatabase()
    channels = ChannelList([PAPERS], database.unit_of_work)
    view = channels.on("slack")
    await kept(database, SET_UP)

    assert ["papers"] == [one.name for one in view]
    papers, robots = await channels.read()
    assert (PAPERS, "T1", ChannelOrigin.CHAT, Layout.COMPACT) == (papers, robots.team, robots.origin, robots.layout)
    assert [papers, robots] == list(view)

    await kept(database, replace(SET_UP, stopped=NOW))
    assert (papers,) == await channels.read()


async def test_many_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred deliveries that ask before each message read it together, once a second; a pause is seen then."""
    database, reads = FakeDatabase(), 0

    def counted() -> FakeUnitOfWork:
        nonlocal reads
        reads += 1
        return database.unit_of_work()

    channels = ChannelList([PAPERS], counted)

    async def ask() -> set[str | None]:
        states = await asyncio.gather(*(channels.lately("robots") for _ in range(100)))
        return {state.paused_because if state else "not set up" for state in states}

    await kept(database, SET_UP)
    assert ({None}, 1) == (await ask(), reads)
    await kept(database, replace(SET_UP, paused_because="holidays"))
    assert ({None}, 1) == (await ask(), reads)
    monkeypatch.setattr(channel_list, "LATELY", 0.0)
    assert ({"holidays"}, 2) == (await ask(), reads)


async def test_a_read_that_fails() -> None:
    """Whoever waits for it is told; the next one asks again."""
    database, away = FakeDatabase(), True

    def failing() -> FakeUnitOfWork:
        if away:
            raise StorageError("The database is away.")
        return database.unit_of_work()

    channels = ChannelList([PAPERS], failing)
    failed = await asyncio.gather(*(channels.lately("robots") for _ in range(3)), return_exceptions=True)
    assert [StorageError] * 3 == [type(one) for one in failed]
    away = False
    await kept(database, SET_UP)
    assert "C2" == getattr(await channels.lately("robots"), "id", None)


async def test_the_file_is_noted() -> None:
    """Channels of the file are in the database, marked as the operator's, and follow when the operator moves them, or swaps two."""
    database = FakeDatabase()
    await ChannelList([PAPERS, ROBOTS], database.unit_of_work).register()
    assert {"papers": ("C1", "file"), "robots": ("C2", "file")} == await places(database)

    swapped = [replace(PAPERS, id="C2"), replace(ROBOTS, id="C1")]
    await ChannelList(swapped, database.unit_of_work).register()
    assert {"papers": ("C2", "file"), "robots": ("C1", "file")} == await places(database)

    await ChannelList([replace(PAPERS, id="C1")], database.unit_of_work).register()
    assert {"papers": ("C1", "file"), "robots": ("", "file")} == await places(database)


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        (replace(ROBOTS, id="C9"), "Give the one in the file another name"),
        (replace(ROBOTS, name="machines"), "as 'robots'. Call it so in the file"),
    ],
)
async def test_names_and_places_are_not_shared(channel: Channel, said: str) -> None:
    """The file cannot take the name of a channel of chat for another place, nor its place under another name; nothing is changed then."""
    database = FakeDatabase()
    await kept(database, SET_UP)

    with pytest.raises(UsageError, match=said):
        await ChannelList([channel], database.unit_of_work).register()
    assert {"robots": ("C2", "chat")} == await places(database)


async def test_the_file_takes_over() -> None:
    """A channel of chat that the operator writes into the file under its name becomes the operator's; what was set stays."""
    database = FakeDatabase()
    await kept(database, SET_UP)
    channels = ChannelList([ROBOTS], database.unit_of_work)
    await channels.register()

    (robots,) = await channels.read()
    assert (ChannelOrigin.FILE, Layout.COMPACT, "T1") == (robots.origin, robots.layout, robots.team)
    assert {"robots": ("C2", "file")} == await places(database)
