"""What Slack says of channels: whether they are private, and shared with another workspace or organisation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.slack.api import SlackApi, page_of

FEW: Final = 5
"""How many channels are asked for one by one within a minute. Slack takes some fifty such questions (docs/platform-facts.md#a4), and a digest asks for each channel of its workspace."""

FRESH_SECONDS: Final = 60.0

_FLAGS: Final = ("is_private", "is_shared", "is_ext_shared", "is_org_shared")
"""What is kept of a channel of the list: thousands of whole objects would be many megabytes."""

_PAGE: Final = 200
_PAGES: Final = 50


class ChannelInfo:
    """
    Answers for one channel at a time; where many are asked for within a minute, from one list of those that we are in, which is dropped after a minute.

    `now` counts seconds from anywhere and never goes back.
    """

    def __init__(self, api: SlackApi, now: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._now = now
        self._asked: list[float] = []
        self._listing: asyncio.Task[Mapping[str, Mapping[str, Any]]] | None = None
        self._listed_at = 0.0

    async def of(self, channel_id: str) -> Mapping[str, Any]:
        """Give what Slack says of a channel, its flags at least; empty where it says nothing. Raises `ChatError`."""
        now = self._now()
        self._asked = [at for at in self._asked if now - at < FRESH_SECONDS]
        # In an organisation's installation the list would be that of one of its workspaces.
        if len(self._asked) >= FEW and not (await self._api.identity()).org_wide:
            found = (await self._list()).get(channel_id)
            if found and "is_private" in found:
                return found
        self._asked.append(now)
        answer = await self._api.read("conversations.info", channel=channel_id)
        return answer.get("channel") or {}

    async def _list(self) -> Mapping[str, Mapping[str, Any]]:
        """The channels that we are in, by id. Whoever wants it meanwhile waits for the same answer, and who gives up leaves it to the others."""
        now, task = self._now(), self._listing
        failed = task is not None and task.done() and (task.cancelled() or task.exception() is not None)
        if task is None or failed or now - self._listed_at >= FRESH_SECONDS:
            task = self._listing = asyncio.create_task(self._read_list(), name="Slack's list of our channels")
            self._listed_at = now
            asyncio.get_running_loop().call_later(FRESH_SECONDS, self._drop, task)
        return await asyncio.shield(task)

    def _drop(self, task: asyncio.Task[Any]) -> None:
        if self._listing is task:
            self._listing = None

    async def _read_list(self) -> Mapping[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        cursor = ""
        for _ in range(_PAGES):
            answer = await self._api.read(
                "users.conversations", types="public_channel,private_channel", limit=_PAGE, cursor=cursor or None
            )
            channels, cursor = page_of(answer, "channels")
            found |= {str(one.get("id")): {flag: one[flag] for flag in _FLAGS if flag in one} for one in channels}
            if not cursor:
                break
        return found
