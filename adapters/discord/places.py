"""
Cache of Discord's channels and threads: which configured channel a thread belongs to, and of what type a channel is.

A message's address is (configured channel, message) in the core. On Discord a reply is in a thread, a channel of its own, whose id is
that of the message it was started from; in a forum even the pick's message is in its thread. Only a pick in a week's post is not the
start of its thread: its address is (thread, message), for nothing else leads from the message to the thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from cachetools import LRUCache

from adapters.discord.errors import PLATFORM
from adapters.discord.rest import Rest
from bot.errors import ChatRefused
from bot.model import Channel, MessageRef

ANNOUNCEMENTS: Final = 5
"""Channel type whose messages can be published to other servers."""

FORUMS: Final = frozenset({15, 16})
"""Channel types whose every message is a thread: forum and media."""

THREADS: Final = frozenset({10, 11, 12})
_REMEMBERED: Final = 20_000
_FRESH: Final = 600.0


class Places:
    """Cache of channels and threads, filled by the gateway and, where it was silent, by the API."""

    def __init__(self, rest: Rest, channels: Sequence[Channel], now: Callable[[], float] = time.monotonic) -> None:
        self._rest = rest
        self._now = now
        self._watching = channels
        self._also: set[str] = set()
        self._parents: LRUCache[str, str | None] = LRUCache(_REMEMBERED)
        self._channels: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._forums: LRUCache[str, bool] = LRUCache(_REMEMBERED)

    def watch(self, channel_id: str) -> None:
        """Treat a channel as configured from now on."""
        self._also.add(channel_id)

    @property
    def watched(self) -> frozenset[str]:
        """The configured channels."""
        return frozenset(self._watched())

    def _watched(self) -> set[str]:
        return {channel.id for channel in self._watching} | self._also

    def learn(self, channel: Mapping[str, Any]) -> None:
        """Update the cache with a channel or thread from the gateway."""
        thread = channel.get("type") in THREADS
        if "type" in channel:
            self._forums[str(channel["id"])] = channel["type"] in FORUMS
        self._parents[str(channel["id"])] = str(channel["parent_id"]) if thread and channel.get("parent_id") else None
        self._channels.pop(str(channel["id"]), None)

    def forget(self, channel_id: str) -> None:
        """Drop a channel from the cache, so that it is fetched before the next use."""
        self._channels.pop(channel_id, None)
        self._parents.pop(channel_id, None)

    async def home(self, channel_id: str) -> str | None:
        """The configured channel that this is, or whose thread it is; None for any other."""
        watched = self._watched()
        if channel_id in watched:
            return channel_id
        if channel_id not in self._parents:
            try:
                self.learn(await self._rest.ask("GET", "/channels/{channel_id}", channel_id=channel_id))
            except ChatRefused:
                self._parents[channel_id] = None
        parent = self._parents.get(channel_id)
        return parent if parent in watched else None

    async def card(self, channel_id: str, message_id: str) -> MessageRef | None:
        """
        Address of the pick's message, for a message in a configured channel or the start of one of its threads; None for any other.

        In a forum, one inside a thread may be a pick of the week whose post the thread is: its address is there.
        """
        home = await self.home(channel_id)
        if home is None:
            return None
        inside = channel_id not in {home, message_id}
        if inside and not await self.is_forum(home):
            return None
        return MessageRef(platform=PLATFORM, channel_id=channel_id if inside else home, message_id=message_id)

    async def channel(self, channel_id: str) -> Mapping[str, Any]:
        """The channel object (type, server, tags), at most ten minutes old. Raises `ChatError`."""
        known = self._channels.get(channel_id)
        if known is None or self._now() - known[0] > _FRESH:
            known = (self._now(), await self._rest.ask("GET", "/channels/{channel_id}", channel_id=channel_id))
            self._channels[channel_id] = known
        return known[1]

    async def is_forum(self, channel_id: str) -> bool:
        """Whether each message of a channel is a thread; no channel becomes a forum, or ceases to be one."""
        if channel_id not in self._forums:
            self._forums[channel_id] = (await self.channel(channel_id)).get("type") in FORUMS
        return self._forums[channel_id]

    async def begins(self, message_id: str) -> bool:
        """Whether a message of a forum is the first of its thread. Raises `ChatError` where Discord cannot be asked."""
        try:
            await self.channel(message_id)
        except ChatRefused:
            return False
        return True

    async def channel_holding(self, ref: MessageRef) -> str:
        """Id of the channel in which Discord has the message `ref`: in a forum, the message's own thread."""
        watched = ref.channel_id in self._watched()
        return ref.message_id if watched and await self.is_forum(ref.channel_id) else ref.channel_id
