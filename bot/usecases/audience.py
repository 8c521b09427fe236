"""
Audience: who may read which channel, asked of the platforms and cached.

What a platform does not tell counts as private for the time being, and is asked again soon; so a platform that is away hides words, and
never shows them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from cachetools import LRUCache

from bot.errors import ChatError
from bot.model import Channel
from bot.ports import Clock, Membership
from bot.visibility import ChannelScope, Reader, readable, shown_in

logger = logging.getLogger(__name__)

SCOPE_AGE: Final = timedelta(minutes=10)
"""How old what is known of a channel may be: one made private is treated so after that at the latest."""

READER_AGE: Final = timedelta(minutes=5)
"""How old what is known of a member may be: who left a channel reads it no longer than that."""

PATIENCE: Final = 3.0
"""Seconds that a platform has to say who may read a channel: a card that is being sent or redrawn waits for it."""

UNKNOWN_AGE: Final = timedelta(minutes=1)
"""After how long a platform that did not answer is asked again."""

_MOST_READERS: Final = 5000


class Audience:
    """Answers who may read what. One for the process; `memberships` are the platforms', by name."""

    def __init__(
        self,
        memberships: Mapping[str, Membership],
        channels: Callable[[], Awaitable[Sequence[Channel]]],
        clock: Clock,
    ) -> None:
        self._memberships = memberships
        self._channels = channels
        self._clock = clock
        self._scopes: dict[tuple[str, str, str], tuple[datetime, ChannelScope]] = {}
        self._readers: LRUCache[tuple[str, str], tuple[datetime, Reader]] = LRUCache(_MOST_READERS)
        self._asking: dict[tuple[str, str, str], asyncio.Task[None]] = {}
        self._grouped: tuple[Channel, ...] = ()
        self._groups: dict[tuple[str, str], list[tuple[int, Channel]]] = {}

    async def _scopes_of(self, channels: Sequence[Channel]) -> list[ChannelScope]:
        missing = [channel for channel in channels if not self._is_fresh(channel)]
        # Whoever wants to know the same waits for the same answer; who is cancelled leaves it to the others.
        await asyncio.gather(*(asyncio.shield(self._learning(channel)) for channel in missing))
        return [self._scopes[_key(channel)][1] for channel in channels]

    def _learning(self, channel: Channel) -> asyncio.Task[None]:
        """The task that asks for a channel's scope: one at a time for each, so that no workspace waits for another's answer."""

        async def learn() -> None:
            try:
                self._scopes[key] = await self._ask(channel)
            finally:
                del self._asking[key]

        key = _key(channel)
        if key not in self._asking:
            self._asking[key] = asyncio.create_task(learn(), name=f"scope of {channel.name}")
        return self._asking[key]

    async def shown_in(self, channel: Channel) -> list[Channel]:
        """Give the channels whose words a message in this one may show, its own always among them."""
        near = self._near(channel, tuple(await self._channels()))
        scopes = await self._scopes_of(near)
        own = next((scope for scope in scopes if scope.name == channel.name), None)
        names = shown_in(own, scopes) if own else frozenset({channel.name})
        return [channel, *(one for one in near if one.name in names and one.name != channel.name)]

    def _near(self, channel: Channel, channels: tuple[Channel, ...]) -> list[Channel]:
        """
        Give the channels that may be in one workspace with a channel: of thousands in others the platform need not be asked for that.

        One whose workspace nobody named may be in any.
        """
        if not channel.team:
            return [one for one in channels if one.platform == channel.platform]
        return self._within(channel.platform, {channel.team}, channels)

    def _within(self, platform: str, teams: Collection[str], channels: tuple[Channel, ...]) -> list[Channel]:
        """Give the channels of a platform that are in one of these workspaces, or whose workspace nobody named, in their order."""
        if channels is not self._grouped:
            self._grouped, self._groups = channels, {}
            for place, one in enumerate(channels):
                self._groups.setdefault((one.platform, one.team), []).append((place, one))
        found = [one for team in {*teams, ""} for one in self._groups.get((platform, team), ())]
        return [one for _, one in sorted(found, key=lambda placed: placed[0])]

    async def reader(self, platform: str, member_id: str) -> Reader:
        """
        Give a member as a reader, at most five minutes old. Raises `ChatError` where the platform did not tell.

        Of a platform that is not served any more, it is somebody who may read nothing.
        """
        membership, key = self._memberships.get(platform), (platform, member_id)
        if membership is None:
            return Reader(platform=platform, member_id=member_id)
        known = self._readers.get(key)
        if known and self._clock() < known[0]:
            return known[1]
        channels = [channel for channel in await self._channels() if channel.platform == platform]
        reader = await membership.reader(member_id, channels)
        self._readers[key] = self._clock() + READER_AGE, reader
        return reader

    async def readable(self, reader: Reader) -> frozenset[str]:
        """Give the names of the channels that somebody may read. Asked are those of their workspaces alone; of whoever reads everything, none."""
        channels = tuple(await self._channels())
        if reader.operator:
            return frozenset(channel.name for channel in channels)
        return readable(reader, await self._scopes_of(self._within(reader.platform, reader.teams, channels)))

    async def readable_by(self, platform: str, member_id: str) -> frozenset[str]:
        """Give the names of the channels that a member may read; none where the platform does not tell."""
        try:
            return await self.told_readable_by(platform, member_id)
        except ChatError as error:
            logger.info("%s does not tell what a member may read: %s", platform, error, extra={"action": "reader_unknown"})  # fmt: skip
            return frozenset()

    async def told_readable_by(self, platform: str, member_id: str) -> frozenset[str]:
        """Give the same for who can wait until the platform tells. Raises `ChatError` where it does not."""
        return await self.readable(await self.reader(platform, member_id))

    def forget(self, platform: str, member_id: str) -> None:
        """Drop what is cached of a member, so that the platform is asked the next time."""
        self._readers.pop((platform, member_id), None)

    def _is_fresh(self, channel: Channel) -> bool:
        known = self._scopes.get(_key(channel))
        return known is not None and self._clock() < known[0]

    async def _ask(self, channel: Channel) -> tuple[datetime, ChannelScope]:
        unknown = ChannelScope(name=channel.name, platform=channel.platform, id=channel.id)
        membership = self._memberships.get(channel.platform)
        if membership is None:
            return self._clock() + UNKNOWN_AGE, unknown
        try:
            async with asyncio.timeout(PATIENCE):
                return self._clock() + SCOPE_AGE, await membership.scope(channel)
        except (ChatError, TimeoutError) as error:
            logger.info("It is not known who may read %s: %s", channel.name, error, extra={"action": "scope_unknown"})
            return self._clock() + UNKNOWN_AGE, unknown


def _key(channel: Channel) -> tuple[str, str, str]:
    return channel.platform, channel.id, channel.name
