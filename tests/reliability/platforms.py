"""The platforms of the chat contract suite, with one thing more: which of our messages stand there, by key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from adapters.discord.embeds import key_in
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.channel.board import messages
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from bot.model import Channel
from tests.adapters.discord.harness import WireHarness, discord_over_wire
from tests.contracts.test_chat import FakeHarness
from tests.databases import migrated_sqlite, opened
from tests.fake_chat import FakeChat
from tests.fake_storage import FakeDatabase
from tests.reliability.world import Moments, World
from tests.slack_harness import SlackHarness, slack_over
from tests.unpaced import Unpaced
from tests.web_harness import WebHarness


class FakePlatform(FakeHarness):
    """The fake: like Discord, which refuses a second message with the same key, or like Slack, which does not."""

    def __init__(self, clock: Moments, *, refuses_same_key: bool) -> None:
        self.chat = FakeChat(clock=clock, refuses_same_key=refuses_same_key)
        self.channel = Channel(name="papers", platform="fake", id="C1")

    def sent_keys(self) -> list[str]:
        return [message.key for message in self.chat.messages]

    async def look(self) -> None: ...


class WebPlatform(WebHarness):
    """The local channel; its board is in the program's own database, and outlives the program with it."""

    def __init__(self, engine: Any, chat: WebChannel, stack: AsyncExitStack) -> None:
        super().__init__(chat, stack)
        self._engine = engine
        self._keys: list[str] = []

    async def look(self) -> None:
        """Read which messages stand on the board, in the order of the page."""
        async with self._engine.connect() as connection:
            found = await connection.scalars(select(messages.c.key).order_by(messages.c.number))
            self._keys = list(found)

    def sent_keys(self) -> list[str]:
        return self._keys


class SlackPlatform(SlackHarness):
    """Our adapter on the fake of Slack's servers."""

    def sent_keys(self) -> list[str]:
        return [message["metadata"]["event_payload"]["key"] for message in self.slack.sent()]

    async def look(self) -> None: ...

    def forget(self) -> None:
        """Begin again with an empty channel."""
        for posted in self.slack.messages.values():
            posted.clear()


class DiscordPlatform(WireHarness):
    """Our adapter on the fake of Discord's servers."""

    def sent_keys(self) -> list[str]:
        messages = self.fake.messages[self.channel.id].values()
        return [key for message in messages if (key := key_in(message))]

    async def look(self) -> None: ...

    def forget(self) -> None:
        """Begin again with an empty channel."""
        self.fake.messages[self.channel.id].clear()
        self.fake._nonces.clear()


@asynccontextmanager
async def fake_world(*, refuses_same_key: bool) -> AsyncIterator[World]:
    clock = Moments()
    platform = FakePlatform(clock, refuses_same_key=refuses_same_key)
    yield World(platform, FakeDatabase().unit_of_work, clock)


@asynccontextmanager
async def web_world(session: Path, here: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(opened(await migrated_sqlite(session, here)))
        clock = Moments()
        platform = WebPlatform(engine, WebChannel(BoardStore(engine), clock), stack)
        yield World(platform, SqlUnitOfWorkFactory(engine), clock)


@asynccontextmanager
async def slack_platform() -> AsyncIterator[SlackPlatform]:
    async with slack_over("http", Unpaced()) as harness:
        yield SlackPlatform(harness.slack, harness._room)


@asynccontextmanager
async def discord_platform() -> AsyncIterator[DiscordPlatform]:
    async with discord_over_wire(paced=False) as harness:
        await harness.chat.listen(_ignore)
        yield DiscordPlatform(harness.fake, harness.room, harness.channel)


async def _ignore(event: object) -> None:
    """Take an event and do nothing."""


@asynccontextmanager
async def fresh_slack(platform: SlackPlatform) -> AsyncIterator[World]:
    """An empty channel and an empty database; the connection stays, as connections do."""
    platform.forget()
    yield World(platform, FakeDatabase().unit_of_work)


@asynccontextmanager
async def fresh_discord(platform: DiscordPlatform) -> AsyncIterator[World]:
    platform.forget()
    yield World(platform, FakeDatabase().unit_of_work)
