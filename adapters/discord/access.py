"""Permissions in a Discord channel, computed as Discord documents it (topics/permissions), and those that we need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from discord import Permissions

from adapters.discord.events import GatewayPayload
from adapters.discord.places import FORUMS, Places
from adapters.discord.rest import Rest
from bot.errors import ChatError, ChatRefused

ChannelNews = Callable[[str, str | None], Awaitable[None]]
"""Called when a channel (its id) cannot be posted to any more, with the reason, or can again (None)."""

NEEDED: Final[Mapping[str, str]] = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}
"""Without one of these no digest can be posted, or found again."""

WANTED: Final[Mapping[str, str]] = {
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "add_reactions": "Add Reactions",
}
"""Without one of these something is missing: threads of picks, summaries written in a form, the mark on a reply."""

_GONE: Final = "the channel was deleted. Configure another one"
_REMOVED: Final = (
    "Paper Round was removed from the server. Invite it again with the link that `paperround doctor` shows"
)
_RIGHTS: Final = frozenset({"GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "GUILD_MEMBER_UPDATE"})
"""What may change our rights on a server. Without the members intent, Discord tells of our own membership alone."""

_LOOKED_AT: Final = _RIGHTS | {"GUILD_CREATE", "CHANNEL_CREATE", "CHANNEL_UPDATE"}
NEWS: Final = _LOOKED_AT | {"GUILD_DELETE", "CHANNEL_DELETE"}
"""The gateway's payloads after which a channel may be lost, or ours again."""


def invite_permissions() -> Permissions:
    """Give exactly what we need and want, for the invitation."""
    return Permissions(**dict.fromkeys((*NEEDED, *WANTED), True))


def permissions_in(channel: Mapping[str, Any], guild: Mapping[str, Any], member: Mapping[str, Any]) -> Permissions:
    """Work out a member's permissions in a channel: roles first, then the channel's overwrites (everyone, roles, member)."""
    roles = {str(role["id"]): int(role["permissions"]) for role in guild["roles"]}
    mine = [str(role) for role in member["roles"]]
    member_id = str(member["user"]["id"])
    allowed = roles.get(str(guild["id"]), 0)
    for role in mine:
        allowed |= roles.get(role, 0)
    if str(guild.get("owner_id")) == member_id or Permissions(allowed).administrator:
        return Permissions.all()
    overwrites = {str(one["id"]): one for one in channel.get("permission_overwrites") or ()}
    everyone = [overwrites[guild_id] for guild_id in [str(guild["id"])] if guild_id in overwrites]
    of_roles = [overwrites[role] for role in mine if role in overwrites]
    of_member = [overwrites[member_id]] if member_id in overwrites else []
    for group in (everyone, of_roles, of_member):
        denied = granted = 0
        for one in group:
            denied |= int(one["deny"])
            granted |= int(one["allow"])
        allowed = allowed & ~denied | granted
    return Permissions(allowed)


class Access:
    """Checks our permissions in the configured channels, and calls `news` when one is lost or regained."""

    def __init__(self, rest: Rest, places: Places, news: ChannelNews | None = None) -> None:
        self._rest = rest
        self._places = places
        self._news = news
        self._guilds: dict[str, set[str]] = {}
        self._deleted: set[str] = set()

    async def missing(self, channel_id: str) -> tuple[list[str], list[str]]:
        """Name the permissions that we need and lack in a channel, and those we want and lack. Raises `ChatError`."""
        self._places.forget(channel_id)
        channel = await self._places.channel(channel_id)
        guild_id, me = str(channel["guild_id"]), await self._rest.me()
        guild = await self._rest.ask("GET", "/guilds/{guild_id}", guild_id=guild_id)
        path = "/guilds/{guild_id}/members/{user_id}"
        member = await self._rest.ask("GET", path, guild_id=guild_id, user_id=me)
        ours = permissions_in(channel, guild, member)
        forum = channel.get("type") in FORUMS  # starting a post there is sending a message
        wanted = [name for name in WANTED if not (forum and name == "create_public_threads")]
        return (
            [label for name, label in NEEDED.items() if not getattr(ours, name)],
            [WANTED[name] for name in wanted if not getattr(ours, name)],
        )

    async def check(self, channel_id: str) -> None:
        """
        Check that we can post in a channel. Raises `ChatRefused` with the remedy where we cannot, `ChatError` where Discord did
        not say.
        """
        if channel_id in self._deleted:
            raise ChatRefused(
                "discord", _GONE
            )  # it comes back to nobody, and whether we are still on its server is nothing to it
        needed, _ = await self.missing(channel_id)
        if needed:
            remedy = "Grant them in the channel's settings, under Permissions, to Paper Round"
            raise ChatRefused("discord", f"Paper Round lacks {', '.join(needed)} in the channel. {remedy}")

    def learn(self, name: str, data: Mapping[str, Any]) -> None:
        """Remember which channels a server has: when it is lost, we are told its id alone."""
        if name == "GUILD_CREATE":
            self._guilds[str(data["id"])] = {str(channel["id"]) for channel in data.get("channels") or ()}
        elif name == "CHANNEL_DELETE":
            self._deleted |= {str(data["id"])} & self._places.watched
            for channels in self._guilds.values():
                channels.discard(str(data["id"]))
        elif name == "CHANNEL_CREATE" and data.get("guild_id"):
            self._guilds.setdefault(str(data["guild_id"]), set()).add(str(data["id"]))

    async def on_payload(self, payload: GatewayPayload) -> None:
        """Handle a gateway payload on a channel or a server: report what it means for the configured channels there."""
        if self._news is None or (payload.name == "GUILD_DELETE" and payload.data.get("unavailable")):
            return  # unavailable: Discord has an outage, and we are still members
        if payload.name == "GUILD_MEMBER_UPDATE" and str(payload.data["user"]["id"]) != await self._rest.me():
            return
        for channel_id in self._concerned(payload):
            self._places.forget(channel_id)
            if payload.name == "CHANNEL_DELETE":
                await self._news(channel_id, _GONE)
            elif payload.name == "GUILD_DELETE":
                await self._news(channel_id, _REMOVED)
            else:
                await self._look(channel_id, self._news)

    def _concerned(self, payload: GatewayPayload) -> list[str]:
        """Give the configured channels that a payload speaks of."""
        if payload.name.startswith("CHANNEL_"):
            return sorted({str(payload.data["id"])} & self._places.watched)
        guild_id = str(payload.data["guild_id"] if payload.name in _RIGHTS else payload.data["id"])
        return sorted(self._guilds.get(guild_id, set()) & self._places.watched)

    async def _look(self, channel_id: str, news: ChannelNews) -> None:
        try:
            await self.check(channel_id)
        except ChatRefused as error:
            await news(channel_id, error.reason)
        except ChatError:
            return  # not known now; the next delivery finds out
        else:
            await news(channel_id, None)
