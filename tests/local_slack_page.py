"""local-slack's page in a browser, with what Slack's own client does and this page does not."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.async_api import Page, WebSocketRoute

from tests.local_slack import ADA, CHANNEL_ID, SECRET

_APP = {"team_id": "T01LAB", "api_app_id": "A01"}


@dataclass
class Unoffered:
    """Tells the program, signed as Slack signs it, what local-slack cannot: that it was invited, and that a button in a window was pressed."""

    port: int

    async def invite(self) -> bool:
        """Say that the bot is in the channel now; false while the program does not listen, and Slack would try again."""
        event = {
            "type": "member_joined_channel",
            "user": "U0BOT",
            "channel": CHANNEL_ID,
            "channel_type": "C",
            "inviter": ADA,
        }
        envelope = {"type": "event_callback", "event_id": "Ev01INVITED", "event_time": int(time.time()), "event": event}
        authorized = {"team_id": "T01LAB", "user_id": "U0BOT", "is_bot": True, "enterprise_id": None}
        return await self._deliver(json.dumps({**envelope, **_APP, "authorizations": [authorized]}), "application/json")

    async def press(self, view: dict[str, Any], words: str) -> None:
        rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
        (button,) = [one for row in rows for one in row if one["text"]["text"] == words]
        payload = {
            "type": "block_actions", **_APP, "team": {"id": "T01LAB", "domain": "lab"}, "user": {"id": ADA, "team_id": "T01LAB"},
            "container": {"type": "view", "view_id": view["id"]}, "trigger_id": "1.2.3", "view": view, "actions": [button],
        }  # fmt: skip
        assert await self._deliver(urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded")

    async def _deliver(self, body: str, kind: str) -> bool:
        at = str(int(time.time()))
        signature = "v0=" + hmac.new(SECRET.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
        async with httpx.AsyncClient(timeout=30) as client:
            try:
                answer = await client.post(f"http://127.0.0.1:{self.port}/slack/events", content=body, headers=headers)
            except httpx.ConnectError:
                return False
        return answer.status_code == 200


@asynccontextmanager
async def as_on_a_phone(page: Page) -> AsyncIterator[None]:
    """
    The page at a phone's width, without what Slack's own app has on other screens: channels, and the composer until it is touched.

    local-slack knows no phone; what stands in the messages is wrapped as its page wraps it.
    """
    wide = page.viewport_size
    await page.set_viewport_size({"width": 390, "height": 1200})
    hidden = await page.add_style_tag(content=".topbar, .sidebar, .composer { display: none }")
    yield
    await hidden.evaluate("style => style.remove()")
    await page.set_viewport_size(wide)


class Forms:
    """
    Fills in on local-slack's page what Slack's own client does with a form.

    A field that nobody touches is sent with the value that it opened with (docs.slack.dev/reference/views: `view.state.values`), and
    stands there. local-slack leaves such fields empty, and draws no time picker; a text field takes its place.
    """

    def __init__(self) -> None:
        self._opened: dict[str, dict[str, dict[str, object]]] = {}
        self.view: dict[str, Any] = {}

    async def route(self, page: Page) -> None:
        await page.route_web_socket(re.compile("/ui$"), self._between)

    def _between(self, page: WebSocketRoute) -> None:
        server = page.connect_to_server()
        page.on_message(lambda text: server.send(self._sent(str(text))))
        server.on_message(lambda text: page.send(self._received(str(text))))

    def _received(self, text: str) -> str:
        told = json.loads(text)
        if told["t"] == "view" and told.get("stack"):
            self.view = json.loads(text)["stack"][-1]
            blocks = [block for view in told.get("stack") or [] for block in view["blocks"] if block["type"] == "input"]
            for element in (block["element"] for block in blocks):
                if element["type"] == "timepicker":
                    element |= {"type": "plain_text_input", "initial_value": element.pop("initial_time")}
            self._opened = {block["block_id"]: self._value(block["element"]) for block in blocks}
        return json.dumps(told)

    def _sent(self, text: str) -> str:
        told = json.loads(text)
        if told["t"] == "view_submit":
            told["values"] = {**self._opened, **{name: one for name, one in told["values"].items() if one}}
        return json.dumps(told)

    @staticmethod
    def _value(element: dict[str, Any]) -> dict[str, dict[str, object]]:
        held = {"type": element["type"], "value": element.get("initial_value")}
        if "options" in element:
            held = {"type": element["type"], "selected_option": element.get("initial_option")}
        return {element["action_id"]: held}

    async def show_choices(self, page: Page) -> None:
        """Show in each menu what it opened with."""
        chosen = [
            one["selected_option"]
            for field in self._opened.values()
            for one in field.values()
            if "selected_option" in one
        ]
        for menu, option in zip(await page.locator(".modal select").all(), chosen, strict=True):
            await menu.select_option(option["value"])
