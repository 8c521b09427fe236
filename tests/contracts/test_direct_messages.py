"""What every platform promises that can write to one member alone and knows its messages' addresses: the fake, Slack, Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from adapters.slack.people import member_id
from bot.errors import ChatRefused
from bot.model import Block, BlockRole, Channel, MessageRef, Span
from bot.ports import Chat, DirectMessages, MessageAddresses
from tests.adapters.discord.harness import channel_on, room_on
from tests.databases import migrated_sqlite
from tests.fake_chat import FakeChat
from tests.fake_discord import FakeDiscord, fake_discord
from tests.fake_slack import TEAM, FakeSlack, fake_slack
from tests.slack_harness import build
from tests.slack_shared import slack_shared

LIST = (
    Block(role=BlockRole.TITLE, spans=(Span(text="My reading list"),)),
    Block(role=BlockRole.BODY, spans=(Span(text="Attention @everyone", url="https://arxiv.org/abs/1706.03762"),)),
)


class Harness(Protocol):
    """A platform with one channel and people."""

    chat: Chat
    channel: Channel

    def person(self, name: str) -> str: ...

    def silence(self, person: str) -> None:
        """Let somebody take no messages from us."""
        ...

    def received(self, person: str) -> str:
        """Everything somebody was sent, as one text."""
        ...


class OnFake:
    def __init__(self) -> None:
        self.chat = FakeChat()
        self.channel = Channel(name="papers", platform="fake", id="C1")

    def person(self, name: str) -> str:
        return name

    def silence(self, person: str) -> None:
        self.chat.silent.add(person)

    def received(self, person: str) -> str:
        return str([blocks for member, blocks in self.chat.told if member == person])


class OnSlack:
    def __init__(self, slack: FakeSlack, chat: Chat) -> None:
        self.slack, self.chat = slack, chat
        self.channel = Channel(name="reading", platform="slack", id="C1")

    def person(self, name: str) -> str:
        return member_id(TEAM, self.slack.person(name))

    def silence(self, person: str) -> None:
        self.slack.messages_tab = False

    def received(self, person: str) -> str:
        return str(self.slack.messages.get(f"D-{person.partition(':')[2]}", []))


class OnDiscord:
    def __init__(self, discord: FakeDiscord, chat: Chat, channel_id: str) -> None:
        self.discord, self.chat = discord, chat
        self.channel = Channel(name="papers", platform="discord", id=channel_id)

    def person(self, name: str) -> str:
        return self.discord.user(name)["id"]

    def silence(self, person: str) -> None:
        self.discord.silent.add(person)

    def received(self, person: str) -> str:
        mine = [one["id"] for one in self.discord.channels.values() if one.get("recipient") == person]
        return str([message for channel in mine for message in self.discord.messages[channel].values()])


@pytest.fixture(params=["fake", "slack", "slack-shared", "discord"])
async def platform(request, tmp_path, tmp_path_factory) -> AsyncIterator[Harness]:
    if request.param == "fake":
        yield OnFake()
    elif request.param == "slack":
        async with fake_slack() as slack:
            room = build(slack)
            yield OnSlack(slack, room.chat)
            await room.chat.close()
    elif request.param == "slack-shared":
        async with slack_shared(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as harness:
            yield OnSlack(harness.slack, harness.chat)
    else:
        async with fake_discord() as discord:
            channel = channel_on(discord)
            room = room_on(discord, channel)
            yield OnDiscord(discord, room.chat, channel.id)
            await room.chat.close()


async def test_only_the_member_gets_it(platform: Harness) -> None:
    """What is sent reaches the one member, with its link and without a ping."""
    assert isinstance(platform.chat, DirectMessages)
    ada, ben = platform.person("Ada"), platform.person("Ben")

    await platform.chat.tell(ada, LIST)

    assert "https://arxiv.org/abs/1706.03762" in platform.received(ada)
    assert "<!everyone>" not in platform.received(ada)
    assert platform.received(ben) == "[]"


async def test_a_member_who_takes_none(platform: Harness) -> None:
    """That is a refusal, which trying again does not mend."""
    assert isinstance(platform.chat, DirectMessages)
    ada = platform.person("Ada")
    platform.silence(ada)

    with pytest.raises(ChatRefused):
        await platform.chat.tell(ada, LIST)


async def test_a_message_has_an_address(platform: Harness) -> None:
    """The address names the channel or thread, and is one that a browser opens."""
    assert isinstance(platform.chat, MessageAddresses)
    ref = MessageRef(platform=platform.channel.platform, channel_id=platform.channel.id, message_id="1700000000.000100")

    found = await platform.chat.message_url(platform.channel, ref)

    assert found is not None
    assert found.startswith("https://")
    assert "1700000000" in found
