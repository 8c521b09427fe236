"""Our commands stand on Discord after each start, whatever became of them meanwhile, and whatever Discord answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.discord import commands
from adapters.discord.commands import COMMAND, KEEP, MENU, InMemoryTreeStore
from adapters.discord.platform import DiscordPlatform, Hooks
from tests.adapters.discord.harness import channel_on, room_on
from tests.discord_gateway import Fault
from tests.fake_discord import FakeDiscord, fake_discord

PUT = "PUT /applications"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as fake:
        yield fake


async def started(discord: FakeDiscord, memory: InMemoryTreeStore) -> DiscordPlatform:
    """Start, connect, and stop again."""
    room = room_on(discord, channel_on(discord), hooks=Hooks(memory=memory))

    async def sink(_: object) -> None: ...

    await room.chat.listen(sink)
    alive = room.alive
    await room.chat.close()
    assert alive
    return room


def put(discord: FakeDiscord) -> int:
    return discord.asked(PUT)


async def test_once(discord):
    """The same commands are registered once, however often we start."""
    memory = InMemoryTreeStore()
    for _ in range(3):
        await started(discord, memory)

    assert 1 == put(discord)
    assert {COMMAND, MENU, KEEP} == {one["name"] for one in discord.registered}


async def test_emptied_by_another_program(discord):
    """What another program with the same token took away, or replaced, is there again after the next start."""
    memory = InMemoryTreeStore()
    await started(discord, memory)
    discord.registered = []
    await started(discord, memory)
    assert {COMMAND, MENU, KEEP} == {one["name"] for one in discord.registered}

    discord.registered[0] = {**discord.registered[0], "description": "another", "version": "999"}
    await started(discord, memory)
    assert "another" not in {one["description"] for one in discord.registered}
    assert 3 == put(discord)


async def test_registered_by_an_older_version(discord):
    """A database of before has the hash alone, and costs one registration at most."""
    memory = InMemoryTreeStore()
    await started(discord, memory)
    hash_only = (await memory.get() or "").partition(" ")[0]
    await memory.put(hash_only)
    await started(discord, memory)

    assert 1 == put(discord)
    assert " " in (await memory.get() or "")


@pytest.mark.parametrize("answer", [{"message": "odd"}, [{"odd": 1}], ["odd"], [], None, {}])
async def test_odd_answers(discord, answer):
    """An answer of another shape keeps nothing from connecting, and the tree is not sent again and again."""
    memory = InMemoryTreeStore()
    discord.faults.append(Fault(PUT, status=200, body=answer, raw="null" if answer is None else None, after=True))
    await started(discord, memory)
    for _ in range(2):
        await started(discord, memory)

    assert 1 == put(discord)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_refused(discord, status, monkeypatch):
    """Commands that are refused do not keep us from connecting; the next process tries again, this one not with each reconnect."""
    monkeypatch.setattr(commands, "SETUP_SECONDS", 0.3)
    memory = InMemoryTreeStore()
    discord.faults.append(Fault(PUT, status=status, times=99))
    await started(discord, memory)
    assert await memory.get() is None
    discord.faults.clear()
    await started(discord, memory)

    assert {COMMAND, MENU, KEEP} == {one["name"] for one in discord.registered}


async def test_not_tried_with_each_reconnect(discord):
    """Each reconnect is an occasion; after a failure it is let pass for an hour."""
    memory = InMemoryTreeStore()
    discord.faults.append(Fault(PUT, status=400, times=99))
    room = room_on(discord, channel_on(discord), hooks=Hooks(memory=memory))
    for _ in range(3):
        await room._commands.setup(await _client(room))
    room._commands._now = lambda: 10**9
    await room._commands.setup(await _client(room))
    await room.chat.close()

    assert 2 == put(discord)


async def test_forced(discord):
    """`paperround discord sync` registers them whatever Discord has."""
    memory = InMemoryTreeStore()
    room = await started(discord, memory)
    assert 3 == await room.sync_commands()
    await room.rest.close()

    assert 2 == put(discord)


async def test_doctor(discord):
    """Doctor sees that they are not there, and says how they come back."""
    room = await started(discord, InMemoryTreeStore())
    well = [one for one in await room.examine() if "our command" in one.what]
    discord.registered = []
    gone = [one for one in await room.examine() if "our command" in one.what]
    await room.chat.close()

    assert ["our commands are registered"] == [one.what for one in well]
    ((found),) = gone
    assert not found.well
    assert "paperround discord sync" in found.remedy


async def _client(room: DiscordPlatform):
    import discord as library  # noqa: PLC0415 - the fixture has its name

    return library.Client(intents=library.Intents.none())
