"""What `paperround setup discord` asks of Discord: whether the token is good, how the bot is invited, the channels that it can see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.discord.doctor import invitation, sees_words
from adapters.discord.places import ANNOUNCEMENTS
from adapters.discord.rest import Endpoints, Rest
from adapters.discord.servers import FORUMS

_POSTABLE: Final = frozenset({0, ANNOUNCEMENTS, *FORUMS})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBot:
    """Who a token makes us, the address that invites us, and whether the Message Content Intent is on."""

    name: str
    invitation: str
    sees_words: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleChannel:
    """A channel that the bot can see: its id, and its name with its server's."""

    id: str
    name: str
    ready: bool = True


async def check_token(token: str, endpoints: Endpoints | None = None) -> FoundBot:
    """Say who a token makes us. Raises `ChatError` for one that Discord does not take."""
    rest = Rest(token, endpoints=endpoints or Endpoints())
    try:
        me = await rest.ask("GET", "/users/@me")
        application = await rest.ask("GET", "/oauth2/applications/@me")
    finally:
        await rest.close()
    name = str(me.get("global_name") or me.get("username") or "the bot")
    return FoundBot(name=name, invitation=invitation(application), sees_words=sees_words(application))


async def visible_channels(token: str, endpoints: Endpoints | None = None) -> list[VisibleChannel]:
    """Give the text, announcement and forum channels of the servers that the bot is on, by name. Raises `ChatError`."""
    rest = Rest(token, endpoints=endpoints or Endpoints())
    found: list[VisibleChannel] = []
    try:
        for server in await rest.ask("GET", "/users/@me/guilds"):
            channels = await rest.ask("GET", "/guilds/{guild_id}/channels", guild_id=str(server["id"]))
            found += [
                VisibleChannel(id=str(one["id"]), name=f"#{one.get('name', '?')} on {server.get('name', '?')}")
                for one in channels
                if one.get("type") in _POSTABLE
            ]
    finally:
        await rest.close()
    return sorted(found, key=lambda one: one.name)
