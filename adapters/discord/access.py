"""Permissions in a Discord channel, computed as Discord documents it (topics/permissions), and those that we need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from discord import Permissions

from adapters.discord.background import Background
from adapters.discord.places import Places
from adapters.discord.rest import Rest
from adapters.discord.servers import FORUMS
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

_OF_SERVERS: Final = _RIGHTS | {"GUILD_CREATE", "GUILD_DELETE"}
_OF_CHANNELS: Final = frozenset({"CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"})

AT_ONCE: Final = 4
"""How many channels Discord is asked about side by side: few of those that a look back asks about, so that digests have most of a bot's requests."""


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
    """
    Our permissions in the configured channels. Calls `news` when one may be lost, or ours again.

    What the gateway tells is believed where we have all that we need. Where it says that we lack something, or does not say, Discord is asked, in the
    background and of few channels at once: no event waits for that.
    """

    def __init__(self, rest: Rest, places: Places, news: ChannelNews | None = None) -> None:
        self._rest = rest
        self._places = places
        self._news = news
        self._due: dict[str, tuple[str, str | None]] = {}
        self._looks = Background(self._tell, AT_ONCE, "discord access")
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
        return _lacking(ours), [WANTED[name] for name in wanted if not getattr(ours, name)]

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

    def hear(self, name: str, data: Mapping[str, Any]) -> None:
        """Have the configured channels looked at of which a payload speaks; `Places` has heard it already."""
        if data.get("unavailable"):
            return  # Discord has an outage, and we are still members
        if name in _OF_SERVERS and self._is_ours(name, data):
            server = str(data["guild_id"] if name in _RIGHTS else data["id"])
            self._put(server, self._places.channels_of(server), _REMOVED if name == "GUILD_DELETE" else None)
        elif name in _OF_CHANNELS:
            channels = {str(data["id"])} & self._places.watched
            if name == "CHANNEL_DELETE":
                self._deleted |= channels
            self._put(str(data.get("guild_id")), channels, _GONE if name == "CHANNEL_DELETE" else None)

    def _is_ours(self, name: str, data: Mapping[str, Any]) -> bool:
        """Whether a payload does not speak of another member."""
        return name != "GUILD_MEMBER_UPDATE" or self._places.is_us(str(data["user"]["id"]))

    def _put(self, server: str, channels: Iterable[str], because: str | None) -> None:
        for channel_id in channels if self._news is not None else ():
            self._due[channel_id] = server, because
            self._looks.put(channel_id)

    async def settled(self) -> None:
        """Wait until every channel that may have changed is looked at."""
        await self._looks.settled()

    async def close(self) -> None:
        """Look at nothing more: who listens next looks at every channel."""
        self._due.clear()
        await self._looks.close()

    async def _tell(self, channel_id: str) -> None:
        """Tell what a channel is now; nothing where Discord does not say: the next delivery finds out."""
        due = self._due.pop(channel_id, None)
        if due is None:
            return  # told with what came before it
        server, because = due
        if because is None and not self._is_well(server, channel_id):
            try:
                await self.check(channel_id)
            except ChatRefused as error:
                because = error.reason
            except ChatError:
                return
        if self._news is not None and channel_id not in self._due:
            await self._news(channel_id, because)

    def _is_well(self, server: str, channel_id: str) -> bool:
        """Whether we have all that we need in a channel, by what the gateway told."""
        rights = self._places.rights(server, channel_id)
        return rights is not None and not _lacking(permissions_in(rights.channel, rights.guild, rights.member))


def _lacking(ours: Permissions) -> list[str]:
    return [label for name, label in NEEDED.items() if not getattr(ours, name)]
