"""People who react, take back, answer, edit and delete, on all platforms and all the while, whether the program lives or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
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
OLD = 0.33
OPENS_A_FORM = 9
"""A type of an interaction's response on Discord."""

WEB = "local"
FORM = "paperround:summary:"
"""Custom ids of the button that opens the form for a summary, since the first version."""


@dataclass
class People:
    """Three of them. `recorded` are the words of which the page said that they are recorded, by the reply's id."""

    rng: random.Random
    platforms: Platforms
    engine: AsyncEngine
    page: Callable[[], str | None]
    acts: int = 0
    reopened: int = 0
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

    def age_some_cards(self) -> None:
        """Make a third of the cards what an older version posted: without the buttons of decisions."""
        slack, discord, channel = self.platforms.slack, self.platforms.discord, self.platforms.channel
        for message in slack.sent():
            if self.rng.random() < OLD:
                message["blocks"] = [block for block in message.get("blocks") or () if block["type"] != "actions"]
        for message in discord.messages[channel].values():
            if message["author"]["id"] == discord.me["id"] and self.rng.random() < OLD:
                rows = [row for row in message["components"] if not any(_decides(one) for one in row["components"])]
                message["components"] = rows

    def forms_opened(self) -> int:
        """How many presses on the button of an older card were answered with its form."""
        discord = self.platforms.discord
        opened = {one["token"] for one in discord.responses if one.get("type") == OPENS_A_FORM}
        return sum(
            custom_id.startswith(FORM) and f"token-{number}" in opened
            for number, (_, _, custom_id) in discord.pressed.items()
        )

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
        buttons = [one for row in discord.messages[channel][card].get("components") or () for one in row["components"]]
        offered = [one["custom_id"] for one in buttons if _decides(one)]
        # Without these it is a card of an older version, whose button asks for a form.
        older = [one["custom_id"] for one in buttons if one["custom_id"].startswith(FORM) and not offered]
        archived = discord.is_archived(card)
        match rng.random():
            case chance if chance < 0.25 and offered:
                await discord.press(who, channel, card, rng.choice(offered))
            case chance if chance < 0.2 and older:
                await discord.press(who, channel, card, older[0])
            case chance if chance < 0.35 or (chance < 0.5 and not mine):
                await discord.react(who, channel, card, rng.choice(EMOJIS["discord"]))
            case chance if chance < 0.5:
                await discord.unreact(who, channel, card, rng.choice(mine))
            case chance if card not in discord.channels or chance < 0.55:
                await discord.say(who, channel, self._words(), answers=card)
            case chance if chance < 0.75 or not thread or archived:
                self.reopened += archived
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


def _decides(button: Mapping[str, Any]) -> bool:
    return str(button["custom_id"]).startswith("paperround:press:")


__all__ = ["BOT", "WEB", "People", "Refused"]
