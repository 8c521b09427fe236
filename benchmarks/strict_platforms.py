"""
Slack and Discord in memory, behind our adapters, as strict about their limits as the real ones: what comes too fast is refused and counted.

They stand where HTTP begins (`SlackApi`'s one request, discord.py's HTTP client), so that everything of ours but HTTP itself is run. Slack takes
a message a second in a channel, 300 a minute in a workspace and fifty calls a minute of any other method; Discord fifty requests in any second,
and five messages in five seconds in a channel (docs/platform-facts.md#a4, #b11).
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final

import discord

from adapters.slack.errors import SlackFault
from bot.rate_limits import SlidingWindow

TIER: Final = 50
"""How many calls a minute of a method other than posting Slack takes in a workspace (its third tier)."""

MESSAGES: Final = 300
A_SECOND: Final = 50
JITTER: Final = 0.02
"""By how many seconds a message may come too early: what is a second apart when it is sent need not be when it arrives."""


LARGE: Final = "TLARGE"
"""The workspace of Slack's that is larger than the others."""


def large_channel(number: int) -> str:
    """The id of one of its channels."""
    return f"CLARGE{number}"


class StrictSlack:
    """
    Any number of workspaces, each known by its token `xoxb-TEAM`. `posted` has the keys of all messages, by channel. `epoch` is when `now` was 0,
    in seconds since 1970, for the numbers of messages. Each has `workspace` channels, numbered through; the one called `LARGE` has `large` of its own.
    `last` is when the last message was posted in each channel.
    """

    def __init__(self, now: Callable[[], float], epoch: float = 0.0, workspace: int = 8, large: int = 0) -> None:
        self._now, self._epoch, self._workspace, self._large = now, epoch, workspace, large
        self.last: dict[str, float] = {}
        self._methods: dict[tuple[str, str], SlidingWindow] = {}
        self._last: dict[str, float] = {}
        self.posted: defaultdict[str, list[str]] = defaultdict(list)
        self._messages: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.instants: list[float] = []

    def call(self, token: str, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a call, or raise `SlackFault`."""
        now, team = self._now(), token.removeprefix("xoxb-")
        self.calls[method] += 1
        most = MESSAGES if method == "chat.postMessage" else TIER
        window = self._methods.setdefault((team, method), SlidingWindow(most, 60.0))
        if (wait := window.wait(now)) > 0:
            self._refuse(method, wait)
        match method:
            case "chat.postMessage":
                return self._post(team, arguments, now)
            case "conversations.history":
                found = self._messages[f"{team}/{arguments['channel']}"]
                return {"ok": True, "messages": list(reversed(found))}
            case "conversations.info":
                return {"ok": True, "channel": {"id": arguments["channel"], "is_member": True, "is_private": False}}
            case "users.conversations":
                return {"ok": True, "channels": [{"id": one, "is_private": False} for one in self._channels_of(team)]}
            case "reactions.get" | "conversations.replies" | "users.info":
                return self._shown(team, arguments)
            case "team.info" | "auth.test":
                return {"ok": True}
        raise SlackFault("unknown_method")

    @staticmethod
    def _shown(team: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """A message of ours, whichever it is: three members reacted to it, and nobody answered; or one of them."""
        if "user" in arguments:
            return {"ok": True, "user": {"id": arguments["user"], "team_id": team, "name": arguments["user"]}}
        if "timestamp" not in arguments:
            return {"ok": True, "messages": [{"ts": arguments["ts"], "user": "UBOT", "bot_id": "B1"}]}
        star = {"name": "star", "users": ["U1", "U2", "U3"], "count": 3}
        return {"ok": True, "type": "message", "message": {"ts": arguments["timestamp"], "reactions": [star]}}

    def _channels_of(self, team: str) -> list[str]:
        if team == LARGE:
            return [large_channel(one) for one in range(self._large)]
        first = int(team.removeprefix("T")) * self._workspace
        return [f"C{first + one}" for one in range(self._workspace)]

    def _post(self, team: str, arguments: Mapping[str, Any], now: float) -> dict[str, Any]:
        channel = str(arguments["channel"])
        if (early := self._last.get(channel, 0.0) + 1 - JITTER - now) > 0:
            self._refuse("chat.postMessage in a channel", early)
        self._last[channel] = now
        self.posted[f"{team}/{channel}"].append(arguments["metadata"]["event_payload"]["key"])
        self.instants.append(now)
        self.last[f"{team}/{channel}"] = now
        sent = {
            "type": "message",
            "ts": f"{self._epoch + now:.6f}",
            "user": "UBOT",
            "bot_id": "B1",
            "metadata": arguments["metadata"],
        }
        if not arguments.get("thread_ts"):
            self._messages[f"{team}/{channel}"].append(sent)
        return {"ok": True, "channel": channel, "ts": sent["ts"]}

    def _refuse(self, method: str, wait: float) -> None:
        self.refused[method] += 1
        raise SlackFault("ratelimited", retry_after=float(int(wait) + 1))


class StrictDiscord:
    """
    Discord behind discord.py's HTTP client, of which it has the one method that we call. `posted` has the keys of all messages, by channel.

    As that client does, it waits out the limit of a route, which each answer tells; the bot's own limit it runs into.
    """

    def __init__(self, now: Callable[[], float], key_in: Callable[[Mapping[str, Any]], str | None]) -> None:
        self._now, self._key_in = now, key_in
        self._second = SlidingWindow(A_SECOND, 1.0)
        self._routes: dict[tuple[str, str], SlidingWindow] = {}
        self._number = 10**18
        self.posted: defaultdict[str, list[str]] = defaultdict(list)
        self.calls: Counter[str] = Counter()
        self.refused = 0
        self.instants: list[float] = []

    async def request(self, route: Any, **given: Any) -> Any:
        """Answer a request, as late as that client would have it answered."""
        self.calls[f"{route.method} {route.path}"] += 1
        while (wait := self.route_wait(route)) > 0:  # noqa: ASYNC110 - time passes by itself
            await asyncio.sleep(wait)
        while (wait := self.bot_wait()) > 0:
            self.refused += 1
            await asyncio.sleep(wait)
        return self.answer(route, **given)

    def route_wait(self, route: Any) -> float:
        """Take a place within the limit of a route and give 0, or in how many seconds there may be one."""
        if route.method != "POST":
            return 0.0
        return self._routes.setdefault((route.path, str(route.channel_id or "")), SlidingWindow(5, 5.0)).wait(
            self._now()
        )

    def route_left(self, route: Any) -> tuple[int, float] | None:
        """Give how many places a route has left, and in how many seconds there is another one; None of one without a limit."""
        window = self._routes.get((route.path, str(route.channel_id or "")))
        return window.left(self._now()) if window else None

    def bot_wait(self) -> float:
        """The same of the bot's own limit."""
        return self._second.wait(self._now())

    def answer(self, route: Any, **given: Any) -> Any:
        """Answer a request that is within the limits."""
        path, channel = route.path, str(route.channel_id or "")
        match (route.method, path):
            case ("GET", "/users/@me"):
                return {"id": "1"}
            case ("GET", "/channels/{channel_id}"):
                return {"id": channel, "type": 0, "guild_id": self.guild_of(channel), "permission_overwrites": []}
            case ("GET", "/guilds/{guild_id}"):
                guild = str(route.guild_id)
                return {"id": guild, "owner_id": "2", "roles": [{"id": guild, "permissions": str(0xFFFFFFFF)}]}
            case ("POST", "/channels/{channel_id}/messages"):
                return self._post(channel, given["json"])
            case ("POST", "/channels/{channel_id}/messages/{message_id}/threads"):
                return {"id": route.url.rsplit("/", 2)[-2]}
        return self._shown(route)

    @staticmethod
    def _shown(route: Any) -> Any:
        """A message of ours, whichever it is, to which three members reacted; these; or no answers."""
        match (route.method, route.path):
            case ("GET", "/channels/{channel_id}/messages/{message_id}"):
                star = {"emoji": {"id": None, "name": "⭐"}, "count": 3, "me": False}
                return {"id": route.url.rsplit("/", 1)[-1], "author": {"id": "1"}, "reactions": [star]}
            case ("GET", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}"):
                return [{"id": str(member), "username": f"member {member}"} for member in (7, 8, 9)]
            case ("GET", "/channels/{channel_id}/messages"):
                return []
        refusal: Any = SimpleNamespace(status=404, reason="not in this world")
        raise discord.NotFound(refusal, route.path)

    @staticmethod
    def guild_of(channel: str) -> str:
        """The server of a channel: four channels have one."""
        return str(8 * 10**17 + int(channel) // 4)

    def _post(self, channel: str, message: Mapping[str, Any]) -> dict[str, Any]:
        self._number += 1
        self.posted[channel].append(str(self._key_in(message) or message.get("nonce")))
        self.instants.append(self._now())
        return {**message, "id": str(self._number), "channel_id": channel, "author": {"id": "1"}}
