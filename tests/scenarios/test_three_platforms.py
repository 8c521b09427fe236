"""Slack, Discord and the local channel in one process, from one store: what is decided in one of them stays there."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.fake_discord import TOKEN, FakeDiscord, fake_discord
from tests.local_slack import ADA, APP_TOKEN, BOT_TOKEN, CHANNEL_ID, LocalSlack, local_slack, missing
from tests.scenarios.program import Program, serving
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.process, pytest.mark.skipif(missing() is not None, reason=missing() or "")]

CHANNELS = """
[[channels]]
name = "here"
budget_minutes = 20
explore = 0
[[channels]]
name = "guild"
platform = "discord"
id = "{guild}"
budget_minutes = 20
explore = 0
[[channels]]
name = "workspace"
platform = "slack"
id = "{workspace}"
budget_minutes = 20
explore = 0
"""
EXPECTED = {
    "here": [("Wim", "skip"), ("Wim", "As the page sees it.")],
    "guild": [("Dana", "must-read"), ("Dana", "As Discord sees it.")],
    "workspace": [("ada", "to-read"), ("ada", "As Slack sees it.")],
}
NAMES = tuple(EXPECTED)


@asynccontextmanager
async def running(program: Program, slack: LocalSlack, discord: FakeDiscord) -> AsyncIterator[str]:
    """`paperround up` on all three, once its first work is done; gives its address."""
    program.environment = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "DISCORD_BOT_TOKEN": TOKEN,
        "DISCORD_API_URL": discord.url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
    }
    async with serving(program) as address:
        posted = {line.split()[3].rstrip(":") for line in program.said if line.startswith("Posted 2026-W34 in")}
        assert posted in (set(), set(NAMES)), program.said
        yield address


async def items(program: Program, name: str) -> list[dict]:
    """What one channel knows."""
    return (await asyncio.to_thread(program.document, "export", "--channel", name))["items"]


def acts(known: list[dict]) -> list[tuple[str, str]]:
    """Who decided and wrote what there."""
    return [
        (one["member"], one.get("decision") or one["text"])
        for item in known
        for one in (*item["decisions"], *item["summaries"])
    ]


async def becomes(program: Program, name: str, expected: list[tuple[str, str]]) -> set[str]:
    """Wait until a channel's export says so; gives the keys of the items that it says it of."""
    ends = time.monotonic() + PATIENCE
    while acts(known := await items(program, name)) != expected and time.monotonic() < ends:  # noqa: ASYNC110 - the program is another process
        await asyncio.sleep(0.05)
    assert expected == acts(known)
    return {item["key"] for item in known if acts([item])}


class Page:
    """The local channel, as somebody's browser speaks to it."""

    def __init__(self, address: str) -> None:
        self._client = httpx.AsyncClient(base_url=address, headers={"Origin": address, "Accept": "application/json"})

    async def pick(self) -> str:
        """The id of the first pick's message."""
        shown = (await self._client.get("/c/here", headers={"Accept": "text/html"})).text
        return re.search(r'id="m-([^"]+)"[^>]*data-pick|data-pick[^>]*id="m-([^"]+)"', shown).expand(r"\1\2")

    async def post(self, path: str, **form: str) -> None:
        answer = await self._client.post(path, data={"name": "Wim", **form})
        assert answer.json()["recorded"], answer.text

    async def close(self) -> None:
        await self._client.aclose()


@pytest.mark.replay
async def test_three_platforms_in_one_process(program: Program, replay, tmp_path: Path) -> None:
    """One week in three channels: the items and their mentions are shared, decisions and summaries are each channel's own."""
    folder = tmp_path / "slack"
    folder.mkdir()
    async with fake_discord() as discord, local_slack(folder) as slack:
        guild, dana = discord.channel("guild"), discord.user("Dana")
        program.configured(CHANNELS.format(guild=guild, workspace=CHANNEL_ID) + replay.config)
        async with running(program, slack, discord) as address:
            page = Page(address)
            known = {name: await items(program, name) for name in NAMES}
            shared = {name: [(item["key"], item["title"], item["mentions"]) for item in known[name]] for name in NAMES}
            assert shared["here"] == shared["guild"] == shared["workspace"] != []

            cards = [one["id"] for one in discord.messages[guild].values() if one["embeds"] and "url" in one["embeds"][0]]  # fmt: skip
            posted = [m for m in await slack.messages() if m.get("user") == "U0BOT" and not m.get("thread_ts")]
            card = str(sorted(posted, key=lambda message: float(message["ts"]))[1]["ts"])
            pick = await page.pick()

            # The same item, in each channel another decision and other words: none is seen in another channel.
            await discord.react(dana, guild, cards[0], "⭐")
            await discord.say(dana, cards[0], "As Discord sees it.")
            await slack.react(ADA, card, "eyes")
            await slack.say(ADA, "As Slack sees it.", thread=card)
            await page.post(f"/c/here/m/{pick}/reactions", put="👎")
            await page.post(f"/c/here/m/{pick}/replies", text="As the page sees it.", token="t")
            about = [await becomes(program, name, expected) for name, expected in EXPECTED.items()]
            assert about == [{shared["here"][0][0]}] * 3

            # Where one platform is lost, the others go on.
            discord.member_of = False
            await discord.dispatch("GUILD_DELETE", {"id": discord.guild_id})
            await slack.react(ADA, card, "eyes", present=False)
            await becomes(program, "workspace", EXPECTED["workspace"][1:])
            discord.member_of = True
            await page.close()

        before = len(discord.messages[guild]), len(posted), len(discord.commands)
        async with running(program, slack, discord):
            for name, expected in EXPECTED.items():
                await becomes(program, name, expected[1:] if name == "workspace" else expected)
            again = [m for m in await slack.messages() if m.get("user") == "U0BOT" and not m.get("thread_ts")]
            assert before == (len(discord.messages[guild]), len(again), len(discord.commands))
