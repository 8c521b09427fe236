"""
From an empty database and two tokens to the first digest, as somebody goes who edits no file: clicks and seconds are counted.

On Slack in a browser on local-slack's own page; on Discord over the wire, by the requests that its client sends. The one thing in the
configuration is where the captured week is asked, in place of the web.

`PAPERROUND_PICTURES=docs` writes the pictures of docs/slack.md on the way, and those of docs/discord.md (what the bot sent, drawn by
discord-components, which `tests/adapters/discord/install-discord-components.sh` installs).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser import CHROMIUM, PATIENCE_MS, REQUIRED, chromium
from tests.discord_page import Look, Shown, draw
from tests.discord_world import EPHEMERAL
from tests.fake_discord import TOKEN, FakeDiscord, fake_discord
from tests.local_server import free_port
from tests.local_slack import BOT_TOKEN, SECRET, local_slack, missing
from tests.local_slack_page import Forms, Unoffered, as_on_a_phone
from tests.scenarios.program import Program
from tests.waiting import PATIENCE, until

LIMIT = 120.0
"""Seconds from the start of the program to the first digest."""

PICTURES = os.environ.get("PAPERROUND_PICTURES")

pytestmark = [pytest.mark.process, pytest.mark.replay]


@dataclass
class Walk:
    """Somebody's way through the page: what they pressed and typed, and how long it took."""

    page: Page | None
    began: float
    pressed: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    at: dict[str, float] = field(default_factory=dict)

    async def press(self, what: Locator) -> None:
        words = (await what.inner_text()).strip()
        await what.click()
        self.pressed.append(words)

    async def fill(self, what: Locator, words: str) -> None:
        await what.fill(words)
        self.typed.append(words)

    def reached(self, place: str) -> None:
        self.at[place] = time.monotonic() - self.began

    async def picture(self, name: str, of: Locator | None = None) -> None:
        if PICTURES:
            shot = of or self.page
            await shot.screenshot(path=Path(PICTURES) / f"slack-{name}.png")

    async def phone_picture(self, name: str, top: Locator | None = None) -> None:
        """A picture at a phone's width, from `top` on."""
        if PICTURES:
            async with as_on_a_phone(self.page):
                if top:
                    await top.evaluate("message => message.scrollIntoView()")
                await self.picture(name)

    def report(self, platform: str) -> str:
        seconds = ", ".join(f"{place} {second:.1f} s" for place, second in self.at.items())
        return (
            f"{platform}: {len(self.pressed)} clicks ({', '.join(self.pressed)}), {len(self.typed)} entries; {seconds}"
        )


@asynccontextmanager
async def running(program: Program, port: int) -> AsyncIterator[None]:
    """`paperround up` with what its environment says."""
    program.begin("--port", str(port))
    try:
        yield
    finally:
        await asyncio.to_thread(program.stop)


def asked_at(replay) -> Counter[str]:
    """How often each feed of the captured week was asked: once, however many wait for it."""
    with urllib.request.urlopen(f"{replay.address}/_log") as answer:
        return Counter(one["path"] for one in json.load(answer) if one["path"].startswith("/feeds/"))


async def look_around(walk: Walk, forms: Forms, missed: Unoffered) -> None:
    """What comes after the first digest: a decision with one tap, answers, the home tab; and the compact layout in another channel."""
    page = walk.page
    card = page.locator(".msg", has=page.get_by_role("button", name="Summarise")).first
    await card.get_by_role("button", name="Must-read").click()
    await expect(page.get_by_text("⭐ Ada")).to_be_visible()
    await card.get_by_role("button", name="More").click()
    await expect(page.get_by_text("only visible to you")).to_have_count(1)
    head = page.locator(".msg", has_text="Paper Round ·").first
    await head.evaluate("message => message.scrollIntoView()")
    await walk.picture("channel")
    await walk.phone_picture("phone", head)

    for number, words in enumerate(("mine", "why 2"), start=2):
        await page.locator(".composer-input").fill(f"/paperround {words}")
        await page.locator(".composer-send").click()
        await expect(page.get_by_text("only visible to you")).to_have_count(number)
    await walk.picture("answers")

    await page.get_by_role("button", name="paperround").click()
    await expect(page.locator(".home").get_by_text("My reading list")).to_be_visible()
    await walk.picture("home")

    await page.get_by_role("button", name="seminar").click()
    await page.locator(".composer-input").fill("/paperround setup")
    await page.locator(".composer-send").click()
    await page.locator(".modal input").first.fill("agent safety")
    await page.locator(".modal select").last.select_option("compact")
    await page.locator(".modal").get_by_role("button", name="Preview").click()
    await expect(page.locator(".modal").get_by_role("button", name="Start now")).to_be_visible()
    await missed.press(forms.view, "Start now")
    await expect(page.get_by_role("button", name="Sources")).to_be_visible()
    await page.locator(".modal").get_by_role("button", name="Close").click()
    head = page.locator(".msg", has_text="Paper Round ·").first
    await head.evaluate("message => message.scrollIntoView()")
    await walk.picture("compact")
    await walk.phone_picture("phone-compact", head)


@pytest.mark.browser
@pytest.mark.skipif(missing() is not None, reason=missing() or "")
@pytest.mark.skipif(CHROMIUM is None and not REQUIRED, reason="there is no chromium on this machine")
async def test_on_slack(program: Program, replay, tmp_path: Path, capsys) -> None:
    """An invitation, *Set up*, the form, the preview, *Start now*: the digest stands in the channel, in under two minutes."""
    port = free_port()
    folder = tmp_path / "slack"
    folder.mkdir()
    program.configured(f'[chat]\nwho = "anyone"\n{replay.config}')  # local-slack has no admins
    async with (
        local_slack(folder, f"http://127.0.0.1:{port}/slack/events", ["seminar"]) as slack,
        chromium() as browser,
    ):
        page = await (await browser.new_context(viewport={"width": 1000, "height": 900})).new_page()
        page.set_default_timeout(PATIENCE_MS)
        forms, missed = Forms(), Unoffered(port)
        await forms.route(page)
        await page.goto(slack.url)
        program.environment = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": slack.api_url,
        }
        walk = Walk(page, time.monotonic())
        async with running(program, port):
            await until(missed.invite)
            walk.reached("invited")
            await expect(page.get_by_text("Hello from Paper Round")).to_be_visible()
            walk.reached("welcome")
            await walk.picture("welcome")
            await walk.press(page.get_by_role("button", name="Set up"))
            await expect(page.locator(".modal")).to_be_visible()
            walk.reached("form")
            await walk.fill(page.locator(".modal input").first, "reward models, agent safety")
            await forms.show_choices(page)
            await walk.picture("form")
            await walk.press(page.locator(".modal").get_by_role("button", name="Preview"))
            await expect(page.locator(".modal").get_by_role("button", name="Start now")).to_be_visible()
            walk.reached("preview")
            await walk.picture("preview")
            await walk.press(page.locator(".modal").get_by_role("button", name="Start now"))
            await missed.press(forms.view, "Start now")
            await expect(page.locator(".modal").get_by_text("Started.")).to_be_visible()
            await expect(page.get_by_role("button", name="Summarise").first).to_be_visible()
            walk.reached("first card")
            await expect(page.get_by_role("button", name="Sources")).to_be_visible()
            walk.reached("digest")
            assert {1} == set(asked_at(replay).values()), program.said
            await page.locator(".modal").get_by_role("button", name="Close").click()
            await look_around(walk, forms, missed)
    with capsys.disabled():
        sys.stdout.write(f"\n{walk.report('Slack')}\n")
    assert walk.at["digest"] < LIMIT


async def test_on_discord(program: Program, replay, capsys) -> None:
    """The bot is let in, says hello, opens its form in one window, shows a preview, and posts: in under two minutes."""
    program.configured(replay.config)
    program.now = "2026-08-13T09:00:00+00:00"  # a Thursday: the first digest is extra, as most first ones are
    replay.until(program.now)
    async with fake_discord() as discord:
        channel = discord.channel("general")
        discord.system_channel, discord.member_of = channel, False
        ada = discord.user("Ada")
        discord.managers.add(ada["id"])
        program.environment = {
            "DISCORD_BOT_TOKEN": TOKEN,
            "DISCORD_API_URL": discord.url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        walk = Walk(None, time.monotonic())
        async with running(program, 0):
            await until(lambda: discord.listening)
            walk.reached("invited")
            await discord.invite()
            (hello,) = await until(lambda: list(discord.messages[channel].values()))
            assert "Hello from Paper Round" in hello["content"]
            walk.reached("welcome")

            form = await opened(discord, lambda: discord.press(ada, channel, hello["id"], "paperround:ask:setup"))
            walk.pressed.append("Set up")
            walk.reached("form")

            number = await discord.fill_in(ada, channel, form, topics="reward models, agent safety")
            walk.typed.append("topics")
            walk.pressed.append("Submit")
            preview = await told(discord, number, lambda one: "start now" in json.dumps(one))
            walk.reached("preview")

            number = await discord.press_in_answer(ada, channel, preview, "paperround:ask:start now")
            walk.pressed.append("Start now")
            await told(discord, number, lambda one: "Started." in json.dumps(one))
            await until(lambda: _decidable(discord, channel))
            walk.reached("first card")
            await until(lambda: "Sources" in json.dumps(list(discord.messages[channel].values())[-1]["components"]))
            walk.reached("digest")

            looks = await look_around_on_discord(discord, channel, ada)
        if PICTURES:
            await draw(looks, Path(PICTURES))
        assert [] == discord.refused
        assert {1} == set(asked_at(replay).values()), program.said
    with capsys.disabled():
        sys.stdout.write(f"\n{walk.report('Discord')}\n")
    assert walk.at["digest"] < LIMIT


async def look_around_on_discord(discord: FakeDiscord, channel: str, ada: dict[str, Any]) -> dict[str, Look]:
    """
    What comes after the first digest: decisions, words in a card's thread, answers; and the compact layout in another channel.

    Gives what stands together on a picture, by its name.
    """
    ben = discord.user("Ben")
    card = next(one for one in discord.messages[channel].values() if "paperround:ask:why " in str(one["components"]))
    ids = [one["custom_id"] for row in card["components"] for one in row["components"]]
    for who, meaning in ((ada, "must-read"), (ben, "to-read")):
        (decision,) = [one for one in ids if one.endswith(f"/{meaning}")]
        await discord.press(who, channel, card["id"], decision)
    await until(lambda: "👀 Ben" in str(card["embeds"]))
    second = list(discord.messages[channel].values())[3]
    await discord.press(ada, channel, second["id"], decision)
    await until(lambda: "👀 Ada" in str(second["embeds"]))
    thread, words = card["id"], "Worth our Friday: the judges are the weak part. I would run it on our own logs first."
    spoken = await discord.say(ada, thread, words)
    await until(lambda: discord.reacted[thread, spoken]["📝"])
    (summary,) = [one for one in ids if one.startswith("paperround:summary:")]
    form = await opened(discord, lambda: discord.press(ben, channel, card["id"], summary))
    await discord.fill_in(ben, channel, form, summary="The code runs on one machine. I take it for the seminar.")
    await until(lambda: len(discord.messages[thread]) > 1)

    (more,) = [one for one in ids if one.startswith("paperround:ask:why ")]
    assert "-extra/" in more
    found = await told(discord, await discord.press(ada, channel, card["id"], more), lambda one: "Why:" in str(one))
    answers = [alone(discord, found)]
    for asked in ("mine", "status"):
        found = await answered(discord, await discord.command(ada, channel, asked))
        answers.append(alone(discord, found, asked))
    also = next(one for one in discord.messages[channel].values() if "Also this week" in one["content"])
    answers.append(alone(discord, await answered(discord, await discord.choose(ada, channel, also["id"], 2))))

    seminar = discord.channel("seminar")
    await discord.dispatch("CHANNEL_CREATE", discord.channels[seminar])
    form = await opened(discord, lambda: discord.command(ada, seminar, "setup"))
    number = await discord.fill_in(ada, seminar, form, topics="agent safety", layout="compact")
    preview = await told(discord, number, lambda one: "start now" in json.dumps(one))
    await discord.press_in_answer(ada, seminar, preview, "paperround:ask:start now")
    await until(lambda: "Sources" in json.dumps(list(discord.messages[seminar].values())))
    lines = next(one for one in discord.messages[seminar].values() if "The picks" in one["content"])
    choice = await answered(discord, await discord.choose(ada, seminar, lines["id"], 1))
    assert "Must-read" in json.dumps(choice)

    _hello, *digest = shown(discord, channel)
    rest = [one["content"] for one in digest].index("**Also this week**")
    return {
        "channel": Look("reading", digest[:3], phone=True),
        "also": Look("reading", digest[rest : rest + 2]),
        "thread": Look(discord.channels[thread]["name"], shown(discord, thread), kind="thread"),
        "answers": Look("reading", answers),
        "compact": Look("seminar", [*shown(discord, seminar)[:2], alone(discord, choice)], phone=True),
    }


def shown(discord: FakeDiscord, channel: str) -> list[Shown]:
    """What stands in a channel, as Discord's API gives it, each message with its thread."""
    found = [discord._shown(one) for one in discord.messages[channel].values()]
    threads = {one["id"]: discord.channels.get(one["id"]) for one in found}
    return [
        one
        if (thread := threads[one["id"]]) is None
        else one | {"thread": thread | {"messages": shown(discord, one["id"])}}
        for one in found
    ]


def alone(discord: FakeDiscord, answer: dict[str, Any], asked: str = "") -> Shown:
    """An answer as the message that one member alone sees, below the command that was `asked`."""
    data = answer.get("data") or answer
    blank = {"id": discord.snowflake(), "author": discord.me, "timestamp": discord.now().isoformat(), "content": ""}
    used = {"asked": {"name": "Ada", "command": f"paperround {asked}"}} if asked else {}
    return blank | data | {"flags": EPHEMERAL} | used


async def opened(discord: FakeDiscord, ask: Callable[[], Awaitable[str]]) -> dict[str, Any]:
    """A form. Discord takes one within three seconds only: where the machine was busier than that, it is asked for again, as anybody would."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await told(discord, await ask(), lambda one: one.get("type") == 9 or "embeds" in json.dumps(one))
            if found.get("type") == 9:
                return found["data"]


async def answered(discord: FakeDiscord, number: str) -> dict[str, Any]:
    """What an interaction was answered with in the end."""
    return await told(discord, number, lambda one: "embeds" in json.dumps(one))


async def told(discord: FakeDiscord, number: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What an interaction was answered with, or its answer was completed to, once it is what is `wanted`."""

    def found() -> dict[str, Any] | None:
        answers = [one for one in discord.responses if one["token"] == f"token-{number}"]
        return next(
            (
                one.get("data") if "components" not in one and "data" in one and one.get("type") != 9 else one
                for one in answers
                if wanted(one)
            ),
            None,
        )

    return await until(found)


def _decidable(discord: FakeDiscord, channel: str) -> bool:
    return any("paperround:press:1/" in json.dumps(one["components"]) for one in discord.messages[channel].values())
