"""A member who sets up a channel in chat, and begins again whenever nothing comes of it; the program may be killed at each step."""

from __future__ import annotations

import contextlib
import json
import random
import time
from typing import Any

from tests.fake_slack import FakeSlack, Refused

PLACE = "C2"
"""The channel on Slack that is set up. No configuration names it."""

PATIENCE = 5.0
"""Seconds after which somebody asks again, where no window came or nothing happens in it."""


class Subscriber:
    """Takes one step at a time: `acting` while it does, `told` once a window said that the channel's digest is started."""

    def __init__(self, rng: random.Random, slack: FakeSlack) -> None:
        self._rng = rng
        self._slack = slack
        self._window: dict[str, Any] | None = None
        self._asked = float("-inf")
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
        self.steps = 0
        self.told = False
        self.acting = False

    async def act(self) -> None:
        """Do what the window asks for; without one, ask for it."""
        if self._window is None and len(self._slack.windows) > self._known:
            self._window = self._slack.windows[-1]
        if "Started." in json.dumps([self._window, self._slack.answers[-5:]]):
            self.told = True
        if self.told:
            return
        self.steps += 1
        self.acting = True
        try:
            await self._step()
        finally:
            self.acting = False

    async def _step(self) -> None:
        with contextlib.suppress(Refused):
            if time.monotonic() - self._asked > PATIENCE:
                await self._begin()
            elif self._window is None:
                return
            elif "submit" in self._window:
                self._asked, self._filled_in = time.monotonic(), True
                await self._slack.submit(
                    self._who, {"topics": {"value": "robots"}, "zone": {"value": "UTC"}}, self._number()
                )
            elif button := self._button("start now") or self._button("start later"):
                await self._slack.press_in_window(self._who, button, self._number())

    async def _begin(self) -> None:
        self._window, self._known, self._asked = None, len(self._slack.windows), time.monotonic()
        # Who filled in the form once may start what was kept of it.
        words = "start now" if self._filled_in and self._rng.random() < 0.5 else "setup"
        await self._slack.command(self._who, words, PLACE)

    def _number(self) -> int:
        return next(number for number, one in enumerate(self._slack.windows) if one is self._window)

    def _button(self, asks: str) -> dict[str, Any] | None:
        rows = (block["elements"] for block in (self._window or {})["blocks"] if block["type"] == "actions")
        return next(({"type": "button", **one} for row in rows for one in row if one["value"].startswith(asks)), None)
