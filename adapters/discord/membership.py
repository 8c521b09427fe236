"""`bot.ports.Membership` for Discord: a server is a workspace, and who may view a channel is in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from adapters.discord.access import permissions_in
from adapters.discord.errors import PLATFORM, code_of
from adapters.discord.places import Places
from adapters.discord.rest import Rest
from bot.errors import ChatError, ChatRefused
from bot.model import Channel
from bot.visibility import ChannelScope, Reader

_FRESH: Final = 60.0
_NOT_THERE: Final = frozenset({10007, 10013})
"""Discord's codes for a member and a user that are not known (topics/opcodes-and-status-codes)."""

_NOBODY_SPECIAL: Final[Mapping[str, Any]] = {"user": {"id": "0"}, "roles": []}
"""Somebody with no role but @everyone."""


class DiscordMembership:
    """Membership by permissions: of everyone for whether a channel is private, of the member for whether they are in it."""

    def __init__(self, rest: Rest, places: Places, now: Callable[[], float] = time.monotonic) -> None:
        self._rest = rest
        self._places = places
        self._now = now
        self._guilds: dict[str, tuple[float, Mapping[str, Any]]] = {}

    async def scope(self, channel: Channel) -> ChannelScope:
        self._places.forget(channel.id)
        found = await self._places.channel(channel.id)
        guild_id = str(found["guild_id"])
        return ChannelScope(
            name=channel.name,
            platform=PLATFORM,
            id=channel.id,
            team=guild_id,
            private=not _may_view(found, await self._guild(guild_id), _NOBODY_SPECIAL),
        )

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        if not (member_id.isascii() and member_id.isdigit()):
            return Reader(platform=PLATFORM, member_id=member_id)
        places: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for channel in channels:
            self._places.forget(channel.id)
            try:
                found = await self._places.channel(channel.id)
            except ChatRefused:
                continue
            places.setdefault(str(found["guild_id"]), []).append((channel.name, found))
        teams, names = set(), set()
        for guild_id, there in places.items():
            member = await self._member(guild_id, member_id)
            if member is None:
                continue
            teams.add(guild_id)
            guild = await self._guild(guild_id)
            names |= {name for name, found in there if _may_view(found, guild, member)}
        return Reader(platform=PLATFORM, teams=frozenset(teams), member_id=member_id, channels=frozenset(names))

    async def may_change(self, member_id: str, channel: Channel) -> bool:
        if not (member_id.isascii() and member_id.isdigit()):
            return False
        guild_id = str((await self._places.channel(channel.id))["guild_id"])
        member = await self._member(guild_id, member_id)
        # Manage Server is a right on the server: a channel's overwrites neither give nor take it.
        return member is not None and permissions_in({}, await self._guild(guild_id), member).manage_guild

    async def _member(self, guild_id: str, member_id: str) -> Mapping[str, Any] | None:
        path = "/guilds/{guild_id}/members/{user_id}"
        try:
            found: Mapping[str, Any] = await self._rest.ask("GET", path, guild_id=guild_id, user_id=member_id)
        except ChatError as error:
            if isinstance(error, ChatRefused) or code_of(error) in _NOT_THERE:
                return None  # they are not on this server, or we are not
            raise
        return found

    async def _guild(self, guild_id: str) -> Mapping[str, Any]:
        known = self._guilds.get(guild_id)
        if known is None or self._now() - known[0] > _FRESH:
            known = self._now(), await self._rest.ask("GET", "/guilds/{guild_id}", guild_id=guild_id)
            self._guilds[guild_id] = known
        return known[1]


def _may_view(channel: Mapping[str, Any], guild: Mapping[str, Any], member: Mapping[str, Any]) -> bool:
    allowed = permissions_in(channel, guild, member)
    return allowed.view_channel and allowed.read_message_history
