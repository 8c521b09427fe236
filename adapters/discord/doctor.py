"""Checks of `paperround doctor` on Discord: token, intents, permissions in each channel, gateway, invitation; with the remedy of each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import aiohttp
from discord.gateway import DiscordWebSocket
from discord.utils import oauth_url

from adapters.discord.access import AT_ONCE, Access, invite_permissions
from adapters.discord.commands import COMMAND, MENU
from adapters.discord.rest import Rest
from bot.errors import ChatError
from bot.model import Channel, Finding
from bot.sampling import sample_findings, spread_over
from bot.side_by_side import side_by_side

SCOPES: Final = ("bot", "applications.commands")

_MESSAGE_CONTENT: Final = (1 << 18) | (1 << 19)
_HELLO: Final = 10
_TIMEOUT: Final = 10.0
_FEW: Final = 50
_REACH: Final = "Let the machine reach https://discord.com (port 443), or try again in a while."


async def examine(
    rest: Rest, access: Access, channels: Iterable[Channel], *, registered: bool = False, most: int | None = None
) -> list[Finding]:
    """
    Look at everything Discord needs. Asks Discord, posts nothing, changes nothing, spends no IDENTIFY. `registered`: our commands should be there. Of
    `channels` it asks about `most`, if that is given.
    """
    try:
        me = await rest.ask("GET", "/users/@me")
        application = await rest.ask("GET", "/oauth2/applications/@me")
    except ChatError as error:
        return [_trouble("it cannot be asked", error)]
    return [
        Finding(well=True, what=f"we are {me.get('global_name') or me['username']}"),
        _words(application),
        await _commands(rest, str(application["id"]), registered=registered),
        *await _channels(access, channels, most),
        await _budget(rest),
        await _gateway(),
        Finding(well=True, what=f"invite us to a server with: {invitation(application)}"),
    ]


def invitation(application: Any) -> str:
    """Give the address that invites the bot with exactly the permissions it needs."""
    return oauth_url(str(application["id"]), permissions=invite_permissions(), scopes=SCOPES)


def sees_words(application: Any) -> bool:
    """Whether the Message Content Intent is on, without which what people reply is hidden from us."""
    return bool(int(application.get("flags") or 0) & _MESSAGE_CONTENT)


def _words(application: Any) -> Finding:
    if sees_words(application):
        return Finding(well=True, what="the Message Content Intent is on: replies count as summaries")
    remedy = "Turn on Message Content Intent at discord.com/developers, under Bot; until then summaries are written with the button under a pick."
    return Finding(
        well=False, what="the Message Content Intent is off: what people reply is hidden from us", remedy=remedy
    )


async def _commands(rest: Rest, application_id: str, *, registered: bool) -> Finding:
    try:
        there = await rest.ask("GET", "/applications/{application_id}/commands", application_id=application_id)
        names = {str(one["name"]) for one in there}
    except (ChatError, KeyError, TypeError):
        return Finding(well=True, what="it does not tell which commands it has of us")
    missing = [name for name in (COMMAND, MENU) if name not in names]
    if missing and not registered:
        return Finding(well=True, what="our commands are registered when `paperround up` starts")
    if missing:
        said = " and ".join(f"'{name}'" for name in missing)
        return Finding(well=False, what=f"Discord does not know our command {said}", remedy=_SYNC)
    return Finding(well=True, what="our commands are registered")


_SYNC: Final = "They are registered when `paperround up` starts; at once with: paperround discord sync"


async def _channels(access: Access, channels: Iterable[Channel], most: int | None) -> list[Finding]:
    """Look at channels a few at a time: each is three questions, and there may be thousands."""

    async def look(channel: Channel) -> Finding:
        return replace(await _channel(access, channel), about="channel")

    every = list(channels)
    looked = await side_by_side(look, spread_over(every, most), AT_ONCE)
    return [*looked, *sample_findings(len(looked), len(every), "channel")]


async def _channel(access: Access, channel: Channel) -> Finding:
    try:
        needed, wanted = await access.missing(channel.id)
    except ChatError as error:
        return _trouble(f"channel {channel.name} cannot be looked at", error)
    if needed or wanted:
        what = f"in channel {channel.name} we lack {', '.join([*needed, *wanted])}"
        remedy = "Grant them to Paper Round in the channel's settings, under Permissions, or invite it again with the link below."
        return Finding(well=False, what=what, remedy=remedy)
    return Finding(well=True, what=f"channel {channel.name} is there, with every permission we need")


async def _budget(rest: Rest) -> Finding:
    try:
        limit = (await rest.ask("GET", "/gateway/bot"))["session_start_limit"]
    except (ChatError, KeyError, TypeError):
        return Finding(well=True, what="it does not tell how many connections are left today")
    left, total = int(limit["remaining"]), int(limit["total"])
    if left < _FEW:
        remedy = "Find out what starts Paper Round again and again; at none left, Discord takes the token away."
        return Finding(well=False, what=f"{left} of {total} connections are left today", remedy=remedy)
    return Finding(well=True, what=f"{left} of {total} connections are left today")


async def _gateway() -> Finding:
    url = str(DiscordWebSocket.DEFAULT_GATEWAY.with_query(v="10", encoding="json"))
    remedy = "Let the machine open websockets (wss, port 443) to gateway.discord.gg, or set DISCORD_GATEWAY_URL."
    try:
        async with asyncio.timeout(_TIMEOUT), aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            hello = json.loads(await socket.receive_str())
    except (aiohttp.ClientError, OSError, ValueError, TypeError) as error:
        return Finding(well=False, what=f"the gateway does not answer ({type(error).__name__})", remedy=remedy)
    if hello.get("op") != _HELLO:
        return Finding(well=False, what="something answers in the gateway's place", remedy=remedy)
    return Finding(well=True, what="the gateway answers")


def _trouble(what: str, error: ChatError) -> Finding:
    problem, _, remedy = error.reason.partition(". ")
    return Finding(well=False, what=f"{what}: {problem}", remedy=f"{remedy}." if remedy else _REACH)
