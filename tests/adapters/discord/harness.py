"""Discord for the chat suite: our adapter on the wire server of `tests/fake_discord.py`, and on SimCord, which we did not write."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import simcord

from adapters.discord.chat import DiscordChat
from adapters.discord.client import ClientHooks, Listener
from adapters.discord.platform import DiscordPlatform, DiscordTiming, Hooks, Parts
from adapters.discord.rest import Endpoints, Rest
from adapters.discord.settings import DiscordSettings, ForumPosts
from adapters.discord.supervisor import ReconnectDelays
from bot.model import Channel, Meaning, Member, MessageRef, Post, PostRole
from bot.ports import RateLimiter
from bot.rate_limits import SlidingWindow
from bot.rendering import HEAD_PART, posting_key
from tests.adapters.web import demo
from tests.discord_gateway import ONLY_SHARD
from tests.discord_world import PUBLIC_THREAD
from tests.fake_chat import ticking
from tests.fake_discord import FORUM, TEXT, TOKEN, FakeDiscord, fake_discord
from tests.unpaced import Unpaced
from tests.waiting import PATIENCE, until

WEEK = "2026-W34"
QUICK = ReconnectDelays(first=0.02, longest=0.1, refused=0.1, open_timeout=PATIENCE)


def channel_on(fake: FakeDiscord, kind: int = TEXT, **more: Any) -> Channel:
    """A configured channel on the wire server."""
    return Channel(name="reading", platform="discord", id=fake.channel("reading", kind, **more))


def room_on(
    fake: FakeDiscord, *channels: Channel, hooks: Hooks | None = None, limiter: RateLimiter | None = None, **timing: Any
) -> DiscordPlatform:
    """Our room on the wire server, with quick timing."""
    given = {name: timing.pop(name) for name in DiscordSettings.table() if name in timing}
    chosen = DiscordTiming(
        **{"redraw_interval": 0.05, "calm": 0.05, "soon": 0.01, "identify_pause": 0.01, "pauses": QUICK, **timing}
    )
    endpoints = Endpoints(fake.url, fake.gateway_url)
    settings = DiscordSettings(**given)
    return DiscordPlatform(
        *(TOKEN, channels, ticking(demo.START)),
        endpoints=endpoints,
        hooks=hooks,
        settings=settings,
        timing=chosen,
        limiter=limiter,
    )


async def caught_up(fake: FakeDiscord, room: DiscordPlatform) -> None:
    """Wait until everything that Discord sent is heard and told."""

    def level(client: discord.Client | None) -> bool:
        if client is None or client.ws is None or not fake.listening:
            return True
        shard = ONLY_SHARD if client.shard_id is None else (client.shard_id, client.shard_count or 1)
        return (client.ws.sequence or 0) >= fake.last_number(shard)

    await until(lambda: all(level(one.client) for one in room.supervisor.supervisors))
    await room.chat.settled()


def custom_id(meaning: Meaning) -> str:
    """The custom id of a decision's button under a card."""
    return f"paperround:press:1/{meaning.value}"


class WireHarness:
    """People who act on the wire server."""

    refuses_same_key = True
    has_buttons = True

    def __init__(self, fake: FakeDiscord, room: DiscordPlatform, channel: Channel, place: str = "") -> None:
        self.fake = fake
        self.room = room
        self.chat = room.chat
        self.channel = channel
        self.place = place or channel.id

    async def member(self, name: str) -> Member:
        return Member(id=self.fake.user(name)["id"], name=name)

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self.fake.react(self.fake.users[member.id], self._standing(ref), ref.message_id, emoji)
        await caught_up(self.fake, self.room)

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self.fake.unreact(self.fake.users[member.id], self._standing(ref), ref.message_id, emoji)
        await caught_up(self.fake, self.room)

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning) -> None:
        number = await self.fake.press(
            self.fake.users[member.id], self._standing(ref), ref.message_id, custom_id(meaning)
        )
        await until(lambda: any(one["token"] == f"token-{number}" for one in self.fake.responses))

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef:
        where = await self._say(self.fake.users[member.id], ref, text)
        await caught_up(self.fake, self.room)
        return where

    async def _say(self, user: dict[str, Any], ref: MessageRef, text: str) -> MessageRef:
        """Answer in a card's thread; by reference in a week's post, where the cards are messages of one."""
        inside = self.fake.channels[ref.channel_id]["type"] == PUBLIC_THREAD
        where = ref.channel_id if inside else ref.message_id
        message_id = await self.fake.say(user, where, text, answers=ref.message_id if inside else None)
        return MessageRef(platform="discord", channel_id=where, message_id=message_id)

    async def edit(self, member: Member, reply: MessageRef, text: str) -> None:
        self.fake.offset += timedelta(seconds=1)
        await self.fake.rewrite(reply.channel_id, reply.message_id, text)
        await caught_up(self.fake, self.room)

    async def delete(self, member: Member, reply: MessageRef) -> None:
        await self.fake.remove(reply.channel_id, reply.message_id)
        await caught_up(self.fake, self.room)

    async def is_noted(self, member: Member, parent: MessageRef, reply: MessageRef) -> bool:
        return self.fake.me["id"] in self.fake.reacted[reply.channel_id, reply.message_id].get("📝", [])

    async def act_as_bot(self, ref: MessageRef) -> None:
        where = self._standing(ref)
        await self.fake.react(self.fake.me, where, ref.message_id, "⭐")
        await self._say(self.fake.me, ref, "I am only the bot.")
        await caught_up(self.fake, self.room)

    def _standing(self, ref: MessageRef) -> str:
        return ref.message_id if self.fake.channels[ref.channel_id]["type"] == FORUM else ref.channel_id


@asynccontextmanager
async def discord_over_wire(
    kind: int = TEXT, forum: ForumPosts = ForumPosts.PICKS, *, paced: bool = True
) -> AsyncIterator[WireHarness]:
    """A text or forum channel on the wire server; in a forum of weeks, this one is begun. Unless `paced`, no request waits for its turn."""
    async with fake_discord() as fake:
        fake.offset = demo.START + timedelta(seconds=1) - datetime.now(UTC)
        channel = channel_on(fake, kind)
        room = room_on(fake, channel, forum=forum, limiter=None if paced else Unpaced())
        if not paced:
            room.rest._second = SlidingWindow(1_000_000, 1.0)  # white box: the bound of a single process
        try:
            if forum is ForumPosts.WEEK:
                head = Post(role=PostRole.HEAD, part=HEAD_PART, blocks=(), plain="This week", week=WEEK)
                begun = await room.chat.post(channel, head, posting_key(channel.name, WEEK, HEAD_PART))
                yield WireHarness(fake, room, channel, place=begun.message_id)
            else:
                yield WireHarness(fake, room, channel)
        finally:
            await room.chat.close()


class Simulated:
    """SimCord brings the events by itself: nothing to open."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class SimHarness:
    """People who act in SimCord. It knows no nonce, so the same key posts again."""

    refuses_same_key = False
    has_buttons = True

    def __init__(self, env: simcord.Env, chat: DiscordChat, channel: Channel) -> None:
        self.env = env
        self.chat = chat
        self.channel = channel
        self._actors: dict[str, simcord.MemberActor] = {}

    async def member(self, name: str) -> Member:
        actor = self.env.guild.add_member(self.env.create_user(name.lower(), global_name=name))
        self._actors[str(actor.id)] = actor
        return Member(id=str(actor.id), name=name)

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self._actors[member.id].react(self._message(ref), emoji)
        await self.chat.settled()

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self._actors[member.id].unreact(self._message(ref), emoji)
        await self.chat.settled()

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning) -> None:
        await self._actors[member.id].click(self._message(ref), custom_id=custom_id(meaning))
        await self.chat.settled()

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef:
        thread = next(one for one in self.env.guild.channels["reading"].threads if str(one.id) == ref.message_id)
        message = await self._actors[member.id].send(thread, text)
        await self.chat.settled()
        return MessageRef(platform="discord", channel_id=str(thread.id), message_id=str(message.id))

    async def edit(self, member: Member, reply: MessageRef, text: str) -> None:
        await self.env.advance_time(1)
        await self._actors[member.id].edit(self._message(reply), text)
        await self.chat.settled()

    async def delete(self, member: Member, reply: MessageRef) -> None:
        await self._actors[member.id].delete(self._message(reply))
        await self.chat.settled()

    async def is_noted(self, member: Member, parent: MessageRef, reply: MessageRef) -> bool:
        message = await self.env.bot.get_channel(int(reply.channel_id)).fetch_message(int(reply.message_id))
        return any(str(one.emoji) == "📝" and one.me for one in message.reactions)

    async def act_as_bot(self, ref: MessageRef) -> None:
        bot = self.env.bot.get_channel(int(ref.channel_id))
        message = await bot.fetch_message(int(ref.message_id))
        await message.add_reaction("⭐")
        await self.env.bot.get_channel(int(ref.message_id)).send("I am only the bot.")
        await self.chat.settled()

    def _message(self, ref: MessageRef) -> Any:
        stored = self.env.backend.messages[int(ref.channel_id)][int(ref.message_id)]
        return simcord.actors.to_discord_message(self.env, stored)


@asynccontextmanager
async def discord_in_simcord() -> AsyncIterator[SimHarness]:
    """A text channel in SimCord."""
    clients: list[Listener] = []
    parts = Parts(Rest("simcord", http=lambda: clients[0].http), [], ticking(demo.START), Hooks())
    clients.append(
        Listener(ClientHooks(take=parts.intake.take, spend=nothing, lost=free, pressed=parts.interactions.pressed))
    )
    env = simcord.Env(clients[0])
    await env.start()
    try:
        env.backend.clock.advance((demo.START - env.now()).total_seconds() + 1)
        channel_id = str(env.create_guild().create_text_channel("reading").id)
        channel = Channel(name="reading", platform="discord", id=channel_id)
        parts.places.watch(channel_id)
        chat = parts.chat(Simulated(), 0.05)
        yield SimHarness(env, chat, channel)
        await chat.close()
    finally:
        with contextlib.suppress(RuntimeError):
            await env.shutdown()


async def nothing() -> None:
    """Spend nothing."""


def free() -> None:
    """Cost nothing, and mind nothing."""
