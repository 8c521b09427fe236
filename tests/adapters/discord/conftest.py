"""A Discord on loopback, a configured channel there, and our room in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.discord.platform import DiscordPlatform
from bot.model import Channel
from tests.adapters.discord.harness import channel_on, room_on
from tests.fake_discord import FakeDiscord, fake_discord


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with fake_discord() as fake:
        yield fake


@pytest.fixture
def channel(discord) -> Channel:
    return channel_on(discord)


@pytest.fixture
async def room(discord, channel) -> AsyncIterator[DiscordPlatform]:
    room = room_on(discord, channel)
    yield room
    await room.chat.close()
