"""People who react, take back, answer, edit and delete, on all platforms and all the while, whether the program lives or not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.web.channel import board
from bot.errors import StorageError
from tests.fake_slack import BOT, Refused
from tests.torture.platforms import Platforms

EMOJIS = {"slack": ("star", "eyes", "white_check_mark"), "discord": ("⭐", "👀", "✅"), "web": ("⭐", "👀", "✅")}
NAMES = ("Ada", "Ben", "Chi")
WEB = "local"


@dataclass
class People:
    """Three of them. `recorded` are the words of which the page said that they are recorded, by the reply's id."""

    rng: random.Random
    platforms: Platforms
    engine: AsyncEngine
    page: Callable[[], str | None]
    acts: int = 0
    recorded: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._slack = [self.platforms.slack.person(name) for name in NAMES]
        self._discord = [self.platforms.discord.user(name) for name in NAMES]
        self._browsers = [httpx.AsyncClient(timeout=3, headers={"Sec-Fetch-Site": "same-origin"}) for _ in NAMES]
        self._written: list[tuple[int, str, str]] = []

    async def act(self) -> None:
        """Let somebody do something somewhere, if there is anything to do it on."""
        self.acts += 1
        await self.rng.choice([self._on_slack, self._on_discord, self._on_the_page])()

    def _words(self) -> str:
        return f"Words number {self.acts}."

    async def _on_slack(self) -> None:
        slack, rng = self.platforms.slack, self.rng
        ours = [one["ts"] for one in slack.sent() if "metadata" in one][-12:]
        if not ours:
            return
        who, ts = rng.choice(self._slack), rng.choice(ours)
        message = slack._message("C1", ts)
        mine = [one["name"] for one in message.get("reactions") or () if who in one["users"]]
        replies = [one["ts"] for one in slack.messages["C1"] if one.get("thread_ts") == ts and one["user"] == who]
        buttons = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
        decisions = [one for one in buttons if one["value"].startswith("press ")]
        match rng.random():
            case chance if chance < 0.25 and decisions:
                button = rng.choice(decisions)
                # A digest of an older version bears the same words under another action.
                action = {"action_id": rng.choice([button["action_id"], "press:old"]), "value": button["value"]}
                await slack.press(who, action, message=ts)
            case chance if chance < 0.35 or (chance < 0.5 and not mine):
                await slack.react(who, ts, rng.choice(EMOJIS["slack"]))
            case chance if chance < 0.5:
                await slack.unreact(who, ts, rng.choice(mine))
            case chance if chance < 0.75 or not replies:
                await slack.reply(who, ts, self._words(), client_msg_id=f"gesture-{self.acts}")
            case chance if chance < 0.9:
                await slack.edit(rng.choice(replies), self._words())
            case _:
                await slack.delete(rng.choice(replies))

    async def _on_discord(self) -> None:
        discord, channel, rng = self.platforms.discord, self.platforms.channel, self.rng
        ours = [one["id"] for one in discord.messages[channel].values() if one["author"]["id"] == discord.me["id"]]
        if not ours:
            return
        who, card = rng.choice(self._discord), rng.choice(ours[-12:])
        mine = [emoji for emoji, users in discord.reacted[channel, card].items() if who["id"] in users]
        thread = [one["id"] for one in discord.messages[card].values() if one["author"]["id"] == who["id"]]
        offered = [
            one["custom_id"]
            for row in discord.messages[channel][card].get("components") or ()
            for one in row["components"]
            if one["custom_id"].startswith("paperround:press:")
        ]
        match rng.random():
            case chance if chance < 0.25 and offered:
                await discord.press(who, channel, card, rng.choice(offered))
            case chance if chance < 0.35 or (chance < 0.5 and not mine):
                await discord.react(who, channel, card, rng.choice(EMOJIS["discord"]))
            case chance if chance < 0.5:
                await discord.unreact(who, channel, card, rng.choice(mine))
            case chance if card not in discord.channels or chance < 0.55:
                await discord.say(who, channel, self._words(), answers=card)
            case chance if chance < 0.75 or not thread:
                await discord.say(who, card, self._words())
            case chance if chance < 0.9:
                await discord.rewrite(card, rng.choice(thread), self._words())
            case _:
                await discord.remove(card, rng.choice(thread))

    async def _on_the_page(self) -> None:
        page, rng = self.page(), self.rng
        if page is None:
            return
        number = rng.randrange(len(NAMES))
        mine = [(parent, reply) for member, parent, reply in self._written if member == number][-5:]
        match rng.random():
            case chance if chance < 0.5 or (chance > 0.75 and not mine):
                put = "put" if chance < 0.35 else "take"
                if card := await self._card():
                    await self._send(number, page, f"m/{card}/reactions", {put: rng.choice(EMOJIS["web"])})
            case chance if chance < 0.75:
                if card := await self._card():
                    words = self._words()
                    done = await self._send(number, page, f"m/{card}/replies", {"text": words, "token": str(self.acts)})
                    if done:
                        self._written.append((number, card, done["id"]))
                        self._note(done, done["id"], words)
            case chance if chance < 0.92:
                words, (_, reply) = self._words(), rng.choice(mine)
                self._note(await self._send(number, page, f"r/{reply}/edit", {"text": words}), reply, words)
            case _:
                _, reply = rng.choice(mine)
                await self._send(number, page, f"r/{reply}/delete", {})

    def _note(self, done: dict[str, Any] | None, reply: str, words: str) -> None:
        if done and done["recorded"]:
            self.recorded.setdefault(reply, []).append(words)

    async def _card(self) -> str | None:
        try:
            async with self.engine.execution_options(paperround_readonly=True).connect() as connection:
                found = list(
                    await connection.scalars(select(board.messages.c.message_id).order_by(board.messages.c.number))
                )
        except StorageError:
            return None  # the tables are not there yet
        return self.rng.choice(found[-12:]) if found else None

    async def _send(self, number: int, page: str, what: str, form: dict[str, str]) -> dict[str, Any] | None:
        """Send a form as the page's script does; None where no answer came, or none that says that it was done."""
        headers = {"Accept": "application/json"}
        try:
            answer = await self._browsers[number].post(
                f"{page}/c/{WEB}/{what}", data={**form, "name": NAMES[number]}, headers=headers
            )
        except httpx.HTTPError:
            return None
        return answer.json() if answer.status_code == 200 else None

    async def aclose(self) -> None:
        for browser in self._browsers:
            await browser.aclose()


__all__ = ["BOT", "WEB", "People", "Refused"]
