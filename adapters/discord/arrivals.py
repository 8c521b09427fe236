"""Arrivals: tells a server that invited us from those that READY names, and calls `joined` with the channel in which we may say hello."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from adapters.discord.access import Access
from bot.errors import ChatError

Joined = Callable[[str, str, str], Awaitable[None]]
"""Called with the channel's id, the server's, and a key that is the same when it is told again."""

logger = logging.getLogger(__name__)


class Arrivals:
    """Follows which servers we are on. Every server comes as GUILD_CREATE after READY, which names those that we were on already."""

    def __init__(self, access: Access, joined: Joined | None) -> None:
        self._access = access
        self._joined = joined
        self._servers: set[str] | None = None
        self._greeting: set[asyncio.Task[None]] = set()

    def take(self, name: str, data: Mapping[str, Any]) -> None:
        """Look at a payload of the gateway; what it sets off happens in the background."""
        if name == "READY":
            self._servers = {str(one["id"]) for one in data.get("guilds") or ()}
        elif name == "GUILD_DELETE" and self._servers and not data.get("unavailable"):
            self._servers.discard(str(data["id"]))
        elif name == "GUILD_CREATE" and self._servers is not None and str(data["id"]) not in self._servers:
            self._servers.add(str(data["id"]))
            place = data.get("system_channel_id")
            if place and self._joined:
                task = asyncio.create_task(
                    self._greet(self._joined, str(place), str(data["id"]), str(data.get("joined_at")))
                )
                self._greeting.add(task)
                task.add_done_callback(self._greeting.discard)

    async def close(self) -> None:
        """Cancel what is under way: who joined is told at most once."""
        for task in tuple(self._greeting):
            task.cancel()
        await asyncio.gather(*self._greeting, return_exceptions=True)

    async def _greet(self, joined: Joined, channel_id: str, server: str, at: str) -> None:
        try:
            needed, _ = await self._access.missing(channel_id)
        except ChatError as error:
            logger.info("A new server could not be looked at: %s", error, extra={"action": "arrival_not_greeted"})
            return
        if not needed:
            await joined(channel_id, server, f"{server} {at}")
