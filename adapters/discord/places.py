"""
Discord's channels and threads: which configured channel a thread belongs to, and of what type a channel is.

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
from adapters.discord.servers import FORUMS, THREADS, Rights, Servers
from bot.errors import ChatRefused
from bot.model import Channel, MessageRef
from bot.usecases.channel_list import ChannelsView

ANNOUNCEMENTS: Final = 5
"""Channel type whose messages can be published to other servers."""

_THREAD_TOLD: Final = frozenset({"THREAD_CREATE", "THREAD_UPDATE"})
_REMEMBERED: Final = 20_000
_FRESH: Final = 600.0


class Places:
    """
    Channels and threads: as the gateway tells of them and, where it was silent, as the API says.

    The gateway tells of all channels of our servers and of all active threads, so that there is something to ask in one case alone: an event in a
    thread that was archived when we came, on a server with a configured channel. What was asked is remembered, of the last 20,000 threads.
    """

    def __init__(self, rest: Rest, channels: Sequence[Channel], now: Callable[[], float] = time.monotonic) -> None:
        self._rest = rest
        self._now = now
        self._watching = channels
        self._also: set[str] = set()
        self._counted: tuple[Sequence[Channel], int, frozenset[str]] = ((), 0, frozenset())
        self._servers = Servers(lambda: self.watched)
        self._parents: LRUCache[str, str | None] = LRUCache(_REMEMBERED)
        self._channels: dict[str, tuple[float, Mapping[str, Any]]] = {}
        self._forums: LRUCache[str, bool] = LRUCache(_REMEMBERED)

    def watch(self, channel_id: str) -> None:
        """Treat a channel as configured from now on."""
        self._also.add(channel_id)

    @property
    def watched(self) -> frozenset[str]:
        """The configured channels."""
        now = self._watching.now() if isinstance(self._watching, ChannelsView) else tuple(self._watching)
        channels, more, found = self._counted
        # Asked with every event, and there may be thousands of channels: worked out again where something changed.
        if channels is not now or more != len(self._also):
            found = frozenset({channel.id for channel in now} | self._also)
            self._counted = now, len(self._also), found
        return found

    def hear(self, name: str, data: Mapping[str, Any]) -> None:
        """Take note of what a payload of the gateway tells of channels and threads."""
        if name in _THREAD_TOLD and str(data.get("parent_id")) in self.watched:
            # Ours are remembered when they are archived, too: messages may be deleted there.
            self._parents[str(data["id"])] = str(data["parent_id"])
        if name.startswith(("CHANNEL_", "THREAD_")) and "id" in data:
            self._channels.pop(str(data["id"]), None)
        self._servers.learn(name, data)

    def learn(self, channel: Mapping[str, Any]) -> None:
        """Remember a channel or thread that the API told of."""
        thread = channel.get("type") in THREADS
        if "type" in channel:
            self._forums[str(channel["id"])] = channel["type"] in FORUMS
        self._parents[str(channel["id"])] = str(channel["parent_id"]) if thread and channel.get("parent_id") else None
        self._channels.pop(str(channel["id"]), None)

    def forget(self, channel_id: str) -> None:
        """Drop a channel from the cache, so that it is fetched before the next use."""
        self._channels.pop(channel_id, None)
        self._parents.pop(channel_id, None)

    def is_us(self, user_id: str) -> bool:
        """Whether this is our own user, or may be, before the gateway told who we are."""
        return self._servers.me in {None, user_id}

    def channels_of(self, server_id: str) -> list[str]:
        """The configured channels on a server, as the gateway told of it."""
        return sorted(self.watched & self._servers.channels(server_id))

    def rights(self, server_id: str, channel_id: str) -> Rights | None:
        """What our rights in a configured channel follow from, as the gateway told; None where it told a part of it alone."""
        return self._servers.rights(server_id, channel_id)

    def knows(self, channel_id: str, server_id: str = "") -> bool:
        """Whether `home` can tell without asking Discord."""
        return (
            channel_id in self.watched
            or channel_id in self._parents
            or self._servers.parent(channel_id) is not None
            or channel_id in self._servers.channels(server_id)
            or (self._servers.knows(server_id) and not self.channels_of(server_id))
        )

    async def home(self, channel_id: str, server_id: str = "") -> str | None:
        """The configured channel that this is, or whose thread it is; None for any other. Raises `ChatError` where Discord has to be asked."""
        if channel_id in self.watched:
            return channel_id
        if not self.knows(channel_id, server_id):
            try:
                self.learn(await self._rest.ask("GET", "/channels/{channel_id}", channel_id=channel_id))
            except ChatRefused:
                self._parents[channel_id] = None
        return self._home(channel_id)

    def is_elsewhere(self, data: Mapping[str, Any]) -> bool:
        """Whether an event is in no configured channel, and in no thread of one, as far as can be told without asking."""
        channel_id, server_id = str(data.get("channel_id")), str(data.get("guild_id"))
        if channel_id in self.watched:
            return False
        kind = data.get("channel_type")  # told with some messages
        if kind is not None and kind not in THREADS:
            return True
        return self.knows(channel_id, server_id) and self._home(channel_id) is None

    def _home(self, channel_id: str) -> str | None:
        parent = self._servers.parent(channel_id) or self._parents.get(channel_id)
        return parent if parent in self.watched else None

    async def card(self, channel_id: str, message_id: str, server_id: str = "") -> MessageRef | None:
        """
        Address of the pick's message, for a message in a configured channel or the start of one of its threads; None for any other.

        In a forum, one inside a thread may be a pick of the week whose post the thread is: its address is there.
        """
        home = await self.home(channel_id, server_id)
        if home is None:
            return None
        inside = channel_id not in {home, message_id}
        if inside and not await self.is_forum(home, server_id):
            return None
        return MessageRef(platform=PLATFORM, channel_id=channel_id if inside else home, message_id=message_id)

    async def channel(self, channel_id: str) -> Mapping[str, Any]:
        """The channel object (type, server, tags), at most ten minutes old. Raises `ChatError`."""
        known = self._channels.get(channel_id)
        if known is None or self._now() - known[0] > _FRESH:
            known = (self._now(), await self._rest.ask("GET", "/channels/{channel_id}", channel_id=channel_id))
            self._channels[channel_id] = known
        return known[1]

    async def is_forum(self, channel_id: str, server_id: str = "") -> bool:
        """Whether each message of a channel is a thread; no channel becomes a forum, or ceases to be one."""
        if channel_id in self._servers.channels(server_id):
            return self._servers.is_forum(server_id, channel_id)
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
        watched = ref.channel_id in self.watched
        return ref.message_id if watched and await self.is_forum(ref.channel_id) else ref.channel_id
