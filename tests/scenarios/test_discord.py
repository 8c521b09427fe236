"""A week on Discord as the whole program lives it, over real HTTP and a real websocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.fake_discord import TOKEN, FakeDiscord, fake_discord
from tests.scenarios.program import Program, serving
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process

CHANNEL = '[[channels]]\nname = "reading"\nplatform = "discord"\nid = "{}"\nbudget_minutes = 20\n'


@asynccontextmanager
async def running(program: Program, discord: FakeDiscord) -> AsyncIterator[list[str]]:
    """`paperround up` on Discord, once its first work is done; gives what it said."""
    program.environment = {
        "DISCORD_BOT_TOKEN": TOKEN,
        "DISCORD_API_URL": discord.url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
    }
    async with serving(program):
        yield program.said


async def known(program: Program) -> tuple[list, list]:
    """Who decided what, and who wrote what."""
    items = (await asyncio.to_thread(program.document, "export"))["items"]
    return (
        [(one["member"], one["decision"]) for item in items for one in item["decisions"]],
        [(one["member"], one["text"]) for item in items for one in item["summaries"]],
    )


async def becomes(program: Program, decisions: list, summaries: list, seconds: float = PATIENCE) -> None:
    """Wait until the export says so."""
    async with asyncio.timeout(seconds):
        while await known(program) != (decisions, summaries):  # noqa: ASYNC110 - the program is another process
            await asyncio.sleep(0.05)


@pytest.mark.replay
async def test_a_week_on_discord(program: Program, replay) -> None:
    """The digest arrives once; what people do is in the export; what a gateway missed is reconciled."""
    async with fake_discord() as discord:
        channel = discord.channel("reading")
        ada = discord.user("Ada")
        program.configured(CHANNEL.format(channel) + replay.config)
        async with running(program, discord) as said:
            assert any(line.startswith("Posted 2026-W34 in reading") for line in said), said
            cards = [
                one["id"] for one in discord.messages[channel].values() if one["embeds"] and "url" in one["embeds"][0]
            ]
            assert len(discord.messages[channel]) == len(cards) + 3  # head, 'also this week', foot
            assert [] == discord.refused
            card = cards[0]

            await discord.react(ada, channel, card, "⭐")
            await becomes(program, [("Ada", "must-read")], [])
            await discord.unreact(ada, channel, card, "⭐")
            reply = await discord.say(ada, card, "Worth our Friday.")
            await becomes(program, [], [("Ada", "Worth our Friday.")])
            discord.offset += timedelta(seconds=1)
            await discord.rewrite(card, reply, "Worth our Friday, twice.")
            await becomes(program, [], [("Ada", "Worth our Friday, twice.")])
            await discord.remove(card, reply)
            await becomes(program, [], [])

            discord.deaf = True
            await discord.react(ada, channel, card, "✅")
            await discord.say(ada, channel, "By reference.", answers=card)
            discord.deaf, discord.refuses_resume = False, True
            discord.fail(f"GET /channels/{channel}/messages/{card}", 503)  # the first look fails, and is repeated
            await discord.drop()
            await becomes(program, [("Ada", "read")], [("Ada", "By reference.")], seconds=45)

        posted = set(discord.messages[channel])
        async with running(program, discord):
            assert posted == set(discord.messages[channel])
            assert 1 == len(discord.commands)
