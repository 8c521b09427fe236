"""Shards: each hears its own servers and comes back by itself, and a range of them is up while all of it is."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from discord.backoff import ExponentialBackoff

from adapters.discord.platform import DiscordPlatform, Hooks
from bot.model import Channel, Meaning, MessageRef
from bot.rendering import decision_buttons
from bot.usecases.record import Recorder
from tests.adapters.discord.harness import caught_up, custom_id, room_on
from tests.adapters.web import demo
from tests.discord_gateway import Shard
from tests.fake_chat import ticking
from tests.fake_discord import FakeDiscord
from tests.fake_storage import FakeDatabase
from tests.waiting import until


@dataclass
class Servers:
    """Processes of one bot with one database, and a channel with a card on a server of each shard."""

    discord: FakeDiscord
    exits: AsyncExitStack
    database: FakeDatabase
    channels: list[Channel]
    cards: list[MessageRef]
    reconciled: int = 0

    @property
    def stored(self) -> list[int]:
        """Of which shard each stored event is, by the servers."""
        return sorted(self.cards.index(event.ref) for _, event in self.database.tables.events.values())

    def process(self, serves: str = "", **settings: Any) -> DiscordPlatform:
        """One more process; with `serves`, of these shards, as by `--shards`."""

        async def reconcile() -> None:
            self.reconciled += 1

        room = room_on(self.discord, *self.channels, hooks=Hooks(reconcile=reconcile), **settings)
        self.exits.push_async_callback(room.chat.close)
        if serves:
            room.choose_shards(serves)
        return room

    async def listen(self, room: DiscordPlatform) -> None:
        """Store what a process hears."""
        recorder = Recorder(self.database.unit_of_work, ticking(demo.START), {"discord": room.chat})
        await room.chat.listen(recorder.receive)

    async def react(self, who: str, *numbers: int) -> None:
        """Somebody reacts on the cards of these shards' servers."""
        user = self.discord.user(who)
        for ref in (self.cards[number] for number in numbers):
            await self.discord.react(user, ref.channel_id, ref.message_id, "⭐")


Among = Callable[[int], Awaitable[Servers]]


@pytest.fixture
async def among(discord) -> AsyncIterator[Among]:
    """Gives servers for so many shards."""
    async with AsyncExitStack() as exits:

        async def divided(count: int) -> Servers:
            guilds = [discord.guild_on((number, count)) for number in range(count)]
            channels = [
                Channel(name=f"reading-{number}", platform="discord", id=discord.channel("reading", guild_id=guild_id))
                for number, guild_id in enumerate(guilds)
            ]
            servers = Servers(discord, exits, FakeDatabase(), channels, [])
            posting = servers.process()
            for channel in channels:
                card = replace(demo.pick(1, "OpenART"), buttons=decision_buttons(channel))
                servers.cards.append(await posting.chat.post(channel, card, f"key-{channel.name}"))
            return servers

        yield divided


class TestServersDivided:
    @pytest.mark.parametrize(
        "processes", [({"shards": 2},), ({"shard": "0/2"}, {"shard": "1/2"})], ids=["one process", "two processes"]
    )
    async def test_heard_once(self, discord, among, processes):
        """What happens on a server comes over its shard, and is stored once, whoever serves the shards."""
        servers = await among(2)
        rooms = [servers.process(**settings) for settings in processes]
        for room in rooms:
            await servers.listen(room)
        await servers.react("Ada", 0, 1)
        await servers.react("Ben", 1)
        for room in rooms:
            await caught_up(discord, room)

        assert [0, 1, 1] == servers.stored
        assert [(0, 2), (1, 2)] == discord.connected

    async def test_pressed_once(self, discord, among):
        """A press comes over the shard of its server, too, and is answered there."""
        servers = await among(2)
        room = servers.process(shards=2)
        await servers.listen(room)
        for ref in servers.cards:
            await discord.press(discord.user("Ada"), ref.channel_id, ref.message_id, custom_id(Meaning.MUST_READ))
        await until(lambda: len(discord.responses) == 2)
        await caught_up(discord, room)

        assert [0, 1] == servers.stored

    async def test_part_of_the_shards(self, discord, among):
        """`--shards 0-1/4` is ready once both its shards are connected, however long one waits for its turn, and hears only their servers."""
        servers = await among(4)
        room = servers.process("0-1/4")
        discord.identify_interval = math.inf
        listening = asyncio.create_task(servers.listen(room))
        await until(lambda: discord.too_soon)
        assert 1 == len(discord.connected)
        assert not await room.is_alive()

        discord.identify_interval = 0.0
        await listening
        await servers.react("Ada", 0, 1, 2, 3)
        await caught_up(discord, room)

        assert await room.is_alive()
        assert [(0, 4), (1, 4)] == discord.connected
        assert [0, 1] == servers.stored

    async def test_large_bot(self, discord, among):
        """Of a bot that may begin several shards at once Discord takes one IDENTIFY for each of them, and we wait between none of these."""
        servers = await among(4)
        discord.identify_interval = math.inf
        discord.session_limit["max_concurrency"] = 2
        room = servers.process("0-1/4", identify_pause=3600.0)
        await servers.listen(room)

        assert await room.is_alive()
        assert [] == discord.too_soon


class TestOneShardLost:
    LOST: Shard = (1, 2)

    @pytest.fixture
    async def servers(self, discord, among, monkeypatch):
        """Servers of two shards, which one process hears, and whose first reconciles are over."""
        monkeypatch.setattr(ExponentialBackoff, "delay", lambda _: 0.01)
        return await among(2)

    @pytest.fixture
    async def room(self, servers):
        room = servers.process(shards=2)
        await servers.listen(room)
        await until(lambda: servers.reconciled and room._reconcile_trigger._task is None)  # white box: none is to come
        servers.reconciled = 0
        return room

    async def test_resumed(self, discord, servers, room):
        """A shard that lost its connection resumes it, with what happened on its servers meanwhile; the other one hears all the time."""
        await self.lose(discord, servers, room)
        discord.resuming.set()
        await until(lambda: room.alive)
        await servers.react("Ben", 1)
        await caught_up(discord, room)

        assert [0, 1, 1] == servers.stored
        assert [[0, 2], [1, 2]] == sorted(one["shard"] for one in discord.identifies)
        assert (1, 0) == (discord.resumes, servers.reconciled)

    async def test_begun_anew(self, discord, servers, room):
        """Where its session is lost it begins a new one, and what it missed is looked for; the other one keeps its session."""
        await self.lose(discord, servers, room)
        discord.refuses_resume = True
        discord.resuming.set()
        await until(lambda: room.alive)
        await servers.react("Ben", 1)
        await caught_up(discord, room)
        await until(lambda: servers.reconciled)

        assert [0, 1] == servers.stored
        assert [[0, 2], [1, 2], [1, 2]] == sorted(one["shard"] for one in discord.identifies)

    async def test_client_ended(self, discord, servers, room):
        """Where its client ends for good another one is made for this shard alone."""
        await discord.drop(4000 + 13, shard=self.LOST)
        await until(lambda: len(discord.identifies) == 3)
        await until(lambda: room.alive)
        await servers.react("Ada", 0, 1)
        await caught_up(discord, room)

        assert [0, 1] == servers.stored
        assert [[0, 2], [1, 2], [1, 2]] == sorted(one["shard"] for one in discord.identifies)

    async def lose(self, discord: FakeDiscord, servers: Servers, room: DiscordPlatform) -> None:
        """Cut a shard off, and have somebody react on the servers of both: only the other one's is heard."""
        discord.resuming.clear()
        await discord.drop(shard=self.LOST)
        await until(lambda: not room.alive)
        await servers.react("Ada", 0, 1)
        await until(lambda: servers.stored)
        await caught_up(discord, room)

        assert [0] == servers.stored
        assert [(0, 2)] == discord.connected
