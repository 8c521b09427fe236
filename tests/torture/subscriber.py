"""Members who set up a channel in chat, on Slack or Discord, and begin again whenever nothing comes of it; the program may be killed at each step."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable
from typing import Any

from tests.discord_world import Refusal
from tests.fake_discord import FakeDiscord
from tests.fake_slack import FakeSlack, Refused

PLACE = "C2"
"""The channel on Slack that is set up. No configuration names it."""

OPENS_A_FORM = 9
"""A type of an interaction's response on Discord."""

PATIENCE = 5.0
"""Seconds after which somebody asks again, where no window came or nothing happens in it."""


class Subscriber:
    """Takes one step at a time: `acting` while it does, `told` once it was said that the channel's digest is started, in `place`."""

    def __init__(self, rng: random.Random, place: str) -> None:
        self._rng = rng
        self._asked = float("-inf")
        self.place = place
        self.told = False
        self.acting = False

    async def act(self) -> None:
        """Do what is asked for; where nothing is, ask for it."""
        if "Started." in json.dumps(self._shown()):
            self.told = True
        if self.told:
            return
        self.acting = True
        try:
            with contextlib.suppress(Refused, Refusal):
                if time.monotonic() - self._asked > PATIENCE:
                    self._asked = time.monotonic()
                    await self._begin()
                else:
                    await self._go_on()
        finally:
            self.acting = False

    def _shown(self) -> object:
        raise NotImplementedError

    async def _begin(self) -> None:
        raise NotImplementedError

    async def _go_on(self) -> None:
        raise NotImplementedError


class OnSlack(Subscriber):
    """A member of the workspace, who types a command and goes on in the window that it opens."""

    def __init__(self, rng: random.Random, slack: FakeSlack) -> None:
        super().__init__(rng, PLACE)
        self._slack = slack
        self._window: dict[str, Any] | None = None
        self._known = 0
        self._filled_in = False
        self._who = slack.person("Dan", is_admin=True)
        slack.channels[PLACE] = {
            "id": PLACE,
            "name": "seminar",
            "is_member": True,
            "is_archived": False,
            "is_private": False,
        }
        slack.messages[PLACE] = []

    def _shown(self) -> object:
        if self._window is None and len(self._slack.windows) > self._known:
            self._window = self._slack.windows[-1]
        return [self._window, self._slack.answers[-5:]]

    async def _begin(self) -> None:
        self._window, self._known = None, len(self._slack.windows)
        # Who filled in the form once may start what was kept of it.
        words = "start now" if self._filled_in and self._rng.random() < 0.5 else "setup"
        await self._slack.command(self._who, words, PLACE)

    async def _go_on(self) -> None:
        if self._window is None:
            return
        if "submit" in self._window:
            self._asked, self._filled_in = time.monotonic(), True
            filled = {"topics": {"value": "robots"}, "zone": {"value": "UTC"}}
            await self._slack.submit(self._who, filled, self._number())
        elif button := self._button("start now") or self._button("start later"):
            await self._slack.press_in_window(self._who, button, self._number())

    def _number(self) -> int:
        return next(number for number, one in enumerate(self._slack.windows) if one is self._window)

    def _button(self, asks: str) -> dict[str, Any] | None:
        rows = (block["elements"] for block in (self._window or {})["blocks"] if block["type"] == "actions")
        return next(({"type": "button", **one} for row in rows for one in row if one["value"].startswith(asks)), None)


class OnDiscord(Subscriber):
    """A member who may manage the server, and goes on in what each interaction was answered with."""

    def __init__(self, rng: random.Random, discord: FakeDiscord) -> None:
        super().__init__(rng, discord.channel("seminar"))
        self._discord = discord
        self._who = discord.user("Dan")
        discord.managers.add(self._who["id"])
        self._tokens: list[str] = []

    def _shown(self) -> list[dict[str, Any]]:
        return [one for one in self._discord.responses if one["token"] in self._tokens]

    async def _begin(self) -> None:
        await self._sent(self._discord.command(self._who, self.place, "setup"))

    async def _go_on(self) -> None:
        last = next((one for one in reversed(self._shown()) if one["token"] == self._tokens[-1]), None)
        if last is None:
            return
        if last.get("type") == OPENS_A_FORM:
            self._asked = time.monotonic()
            await self._sent(self._discord.fill_in(self._who, self.place, last["data"], topics="robots", zone="UTC"))
        elif asks := self._button(last):
            await self._sent(self._discord.press_in_answer(self._who, self.place, last, asks))

    async def _sent(self, interaction: Awaitable[str]) -> None:
        """Send an interaction, and wait for its first answer, which may never come."""
        self._tokens.append(f"token-{await interaction}")
        for _ in range(25):
            if any(one["token"] == self._tokens[-1] for one in self._discord.responses):
                return
            await asyncio.sleep(0.02)

    @staticmethod
    def _button(answer: dict[str, Any]) -> str:
        ids = [one["custom_id"] for row in answer.get("components") or () for one in row["components"]]
        return next((one for one in ids if one.startswith("paperround:ask:start ")), "")
