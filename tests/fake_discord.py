"""
A Discord on loopback: the REST API and the gateway, over real HTTP and a real websocket, for a bot that believes it.

It is strict where Discord is, as its documentation says: limits of messages, embeds and names (50035), permissions, a second thread on a
message (160004), a nonce that is remembered and not given back, threads with the id of their message, archived threads that
take neither edits nor reactions (50083). It can fail: statuses to come, connections dropped, RESUME refused, sessions invalidated.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.discord_gateway import TOKEN, Fault, Gateway
from tests.discord_world import EPHEMERAL, FORUM, PUBLIC_THREAD, TEXT, Refusal

__all__ = ["FORUM", "TEXT", "TOKEN", "FakeDiscord", "fake_discord"]


class FakeDiscord(Gateway):
    """
    The platform with its REST API. `requests` were asked, `refused` was refused, `responses` answered interactions. While `answering` is not set, what is
    asked about servers and channels waits for its answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.requests: list[tuple[str, str, Any]] = []
        self.refused: list[Refusal] = []
        self.commands: list[Any] = []
        self.registered: list[Any] = []
        self.silent: set[str] = set()
        self.answering = asyncio.Event()
        self.answering.set()
        self.responses: list[dict[str, Any]] = []
        self._nonces: dict[str, tuple[str, str]] = {}

    async def api(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        raw = await request.read()
        body = json.loads(raw) if raw and request.content_type == "application/json" else None
        self.requests.append((request.method, path, body))
        if request.method == "GET" and path.startswith(("/channels", "/guilds")):
            await self.answering.wait()
        fault = self._fault(f"{request.method} {path}")
        if fault and not fault.after:
            return self._failing(request, fault)
        try:
            self._authorised(request)
            answer = await self._route(request.method, path.strip("/").split("/"), body, request.query)
        except Refusal as refusal:
            self.refused.append(refusal)
            answer = {"code": refusal.code, "message": refusal.message}
            return _json(answer, status=refusal.status)
        if fault:
            return self._failing(request, fault)
        return web.Response(status=204) if answer is None else _json(answer)

    def asked(self, start: str) -> int:
        """Count the requests so far whose `METHOD path` begins so."""
        return sum(1 for method, path, _ in self.requests if f"{method} {path}".startswith(start))

    def _failing(self, request: web.Request, fault: Fault) -> web.Response:
        if fault.drop and request.transport is not None:
            request.transport.abort()
        if fault.raw is not None:
            return web.Response(text=fault.raw, status=fault.status, content_type="text/html")
        body = {"code": 0, "message": "injected"} if fault.body is None else fault.body
        return _json(body, status=fault.status, headers=fault.headers)

    def _authorised(self, request: web.Request) -> None:
        # An interaction is answered with its token in the address, and with nothing else.
        by_token = request.match_info["path"].startswith(("interactions/", "webhooks/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise Refusal(401, 0, "401: Unauthorized")

    async def _route(self, method: str, parts: list[str], body: Any, query: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - a table
        match method, *parts:
            case "GET", "users", "@me":
                return self.me
            case "POST", "users", "@me", "channels":
                return self._direct(str(body["recipient_id"]))
            case "GET", "users", "@me", "guilds":
                return [{"id": one, "name": "Lab"} for one in self.guild_ids] if self.member_of else []
            case "GET", "users", user_id:
                return self._known(self.users, user_id, 10013, "Unknown User")
            case "GET", "oauth2" | "applications", *_ if parts[-1] == "@me":
                return {
                    "id": self.me["id"], "name": "Paper Round", "icon": None, "description": "", "bot_public": True,
                    "bot_require_code_grant": False, "verify_key": "", "flags": 0 if self.refuses_words else 1 << 19,
                    "owner": self.user("Owner"), "team": None,
                }  # fmt: skip
            case "GET", "gateway", "bot":
                return {"url": self.gateway_url, "shards": 1, "session_start_limit": self.session_limit}
            case "PUT", "applications", _, "commands":
                self.commands.append(body)
                ids = {"application_id": self.me["id"]}
                self.registered = [
                    {"description": "", **one, "id": self.snowflake(), "version": self.snowflake(), **ids}
                    for one in body
                ]
                return self.registered
            case "GET", "applications", _, "commands":
                return self.registered
            case _, "guilds", *rest:
                return self._guild_route(rest)
            case _, "channels", channel_id, *rest:
                return await self._channel_route(method, channel_id, rest, body, query)
            case "POST", "interactions", _, token, "callback":
                if any(one["token"] == token for one in self.responses):
                    raise Refusal(400, 40060, "Interaction has already been acknowledged.")
                self.responses.append({"token": token, **body})
                return {"interaction": {"id": "1", "type": 2, "activity_instance_id": None}}
            case _, "webhooks", _, token, *_:
                self.responses.append({"token": token, "followup": method, **(body or {})})
                return self._followed_up(method, token, body or {})
        raise Refusal(404, 0, f"404: Not Found ({method} {'/'.join(parts)})")

    def _followed_up(self, method: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        """A message after an interaction's first answer; what the member alone sees does not stand in the channel."""
        channel_id = next(iter(self.channels))
        message = self._message(channel_id, self.me, body)
        first = next((one for one in self.responses if one["token"] == token and "type" in one), {})
        flags = body.get("flags", 0) | (first.get("data") or {}).get("flags", 0)
        if method == "PATCH" or flags & EPHEMERAL:
            del self.messages[channel_id][message["id"]]
        return message

    def _direct(self, user_id: str) -> dict[str, Any]:
        """The conversation with one user; opened again it is the same."""
        self._known(self.users, user_id, 50033, "Invalid Recipient(s)")
        known = next((one for one in self.channels.values() if one.get("recipient") == user_id), None)
        if known is None:
            known = {"id": self.snowflake(), "type": 1, "parent_id": None, "recipient": user_id}
            self.channels[known["id"]] = known
            self.messages[known["id"]] = {}
        return known

    def _guild_route(self, rest: list[str]) -> Any:
        if not self.member_of or rest[0] not in self.guild_ids:
            raise Refusal(404, 10004, "Unknown Guild")
        match rest[1:]:
            case []:
                return self._guild(rest[0])
            case ["members", user_id]:
                if user_id not in self.users or user_id in self.elsewhere:
                    raise Refusal(404, 10007, "Unknown Member")
                return {
                    "user": self.users[user_id],
                    "roles": list(self.my_roles) if user_id == self.me["id"] else [],
                    "joined_at": self.now().isoformat(),
                    "deaf": False,
                    "mute": False,
                }
            case ["channels"]:
                return [one for one in self._on(rest[0]) if one["type"] != PUBLIC_THREAD]
            case ["threads", "active"]:
                threads = [one for one in self._on(rest[0]) if one["type"] == PUBLIC_THREAD]
                return {"threads": [one for one in threads if not self._archived(one["id"])], "members": []}
        raise Refusal(404, 0, "404: Not Found")

    async def _channel_route(  # noqa: C901, PLR0911, PLR0912 - a table
        self, method: str, channel_id: str, rest: list[str], body: Any, query: Any
    ) -> Any:
        if not self.member_of:
            raise Refusal(403, 50001, "Missing Access")
        self._known(self.channels, channel_id, 10003, "Unknown Channel")
        match method, *rest:
            case ("GET",):
                return self.channels[channel_id]
            case "GET", "messages":
                return [self._shown(one) for one in _page(self.messages[channel_id].values(), query)]
            case "POST", "messages":
                if self.channels[channel_id].get("recipient") in self.silent:
                    raise Refusal(403, 50007, "Cannot send messages to this user")
                return await self._post(channel_id, body)
            case "GET", "messages", message_id:
                return self._shown(self._known(self.messages[channel_id], message_id, 10008, "Unknown Message"))
            case "PATCH", "messages", message_id:
                return await self._patch(channel_id, message_id, body)
            case "POST", "messages", message_id, "crosspost":
                message = self._known(self.messages[channel_id], message_id, 10008, "Unknown Message")
                if self.channels[channel_id]["type"] != 5:
                    raise Refusal(400, 50024, "Cannot execute action on this channel type")
                message["flags"] |= 1
                return self._shown(message)
            case "POST", "messages", message_id, "threads":
                return await self._open_thread(channel_id, message_id, body)
            case "POST", "threads":
                return await self._open_post(channel_id, body)
            case "GET", "threads", "archived", "public":
                threads = [one for one in self.channels.values() if one["parent_id"] == channel_id]
                return {
                    "threads": [one for one in threads if self._archived(one["id"])],
                    "members": [],
                    "has_more": False,
                }
            case _, "messages", message_id, "reactions", emoji, *who:
                return await self._reactions(method, channel_id, message_id, unquote(emoji), who, query)
        raise Refusal(404, 0, "404: Not Found")

    async def _post(self, channel_id: str, body: dict[str, Any]) -> dict[str, Any]:
        self._may("send_messages")
        if self.channels[channel_id]["type"] == FORUM:
            raise Refusal(400, 50024, "Cannot execute action on this channel type")
        _check_message(body)
        nonce = body.get("nonce")
        if nonce and body.get("enforce_nonce") and nonce in self._nonces:
            where, message_id = self._nonces[nonce]
            return self._shown(self._known(self.messages[where], message_id, 10008, "Unknown Message"))
        message = self._message(channel_id, self.me, body)
        if nonce:
            self._nonces[nonce] = (channel_id, message["id"])
        await self.dispatch("MESSAGE_CREATE", self._with_member(message) | {"nonce": nonce})
        return message | {"nonce": nonce}

    async def _patch(self, channel_id: str, message_id: str, body: dict[str, Any]) -> dict[str, Any]:
        message = self._known(self.messages[channel_id], message_id, 10008, "Unknown Message")
        if message["author"]["id"] != self.me["id"]:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        if self._archived(channel_id):
            raise Refusal(400, 50083, "Thread is archived")
        _check_message(message | body)
        message |= body | {"edited_timestamp": self.now().isoformat()}
        await self.dispatch("MESSAGE_UPDATE", self._with_member(message))
        return self._shown(message)

    async def _open_thread(self, channel_id: str, message_id: str, body: dict[str, Any]) -> dict[str, Any]:
        self._may("create_public_threads")
        message = self._known(self.messages[channel_id], message_id, 10008, "Unknown Message")
        if message_id in self.channels:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        message["flags"] = message["flags"] | 32
        return await self._thread(message_id, channel_id, body)

    async def _open_post(self, forum_id: str, body: dict[str, Any]) -> dict[str, Any]:
        self._may("send_messages")
        forum = self.channels[forum_id]
        _check_message(body["message"])
        known = {tag["id"] for tag in forum["available_tags"]}
        tags = body.get("applied_tags") or []
        if len(tags) > 5 or set(tags) - known:
            raise Refusal(400, 50035, "Invalid Form Body: applied_tags")
        if forum["flags"] & 16 and not tags:
            raise Refusal(400, 40067, "A tag is required to create a forum post in this channel")
        thread_id = self.snowflake()
        thread = await self._thread(thread_id, forum_id, body)
        message = self._message(thread_id, self.me, body["message"], message_id=thread_id)
        await self.dispatch("MESSAGE_CREATE", self._with_member(message))
        return thread | {"message": message}

    async def _thread(self, thread_id: str, parent_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if not 1 <= _units(body.get("name", "")) <= 100:
            raise Refusal(400, 50035, "Invalid Form Body: name: Must be between 1 and 100 in length.")
        if body.get("auto_archive_duration", 1440) not in {60, 1440, 4320, 10080}:
            raise Refusal(400, 50035, "Invalid Form Body: auto_archive_duration")
        now = self.now().isoformat()
        meta = {
            "archived": False,
            "auto_archive_duration": body.get("auto_archive_duration", 1440),
            "archive_timestamp": now,
            "locked": False,
        }
        self.channels[thread_id] = {
            "id": thread_id, "type": PUBLIC_THREAD, "name": body["name"], **self._within(parent_id), "parent_id": parent_id,
            "owner_id": self.me["id"], "thread_metadata": meta, "message_count": 0, "member_count": 1, "flags": 0,
            "rate_limit_per_user": 0, "applied_tags": body.get("applied_tags") or [], "last_message_id": None,
        }  # fmt: skip
        await self.dispatch("THREAD_CREATE", self.channels[thread_id] | {"newly_created": True})
        return dict(self.channels[thread_id])

    async def _reactions(
        self, method: str, channel_id: str, message_id: str, emoji: str, who: list[str], query: Any
    ) -> Any:
        self._known(self.messages[channel_id], message_id, 10008, "Unknown Message")
        if method == "GET":
            table = self.bursts if query.get("type", "0") == "1" else self.reacted
            users = [self.users[one] for one in table[channel_id, message_id].get(emoji, [])]
            return _page(users, query)[::-1]
        if self._archived(channel_id):
            raise Refusal(400, 50083, "Thread is archived")
        users = self.reacted[channel_id, message_id][emoji]
        if method == "DELETE":
            if self.me["id"] not in users:
                raise Refusal(400, 10014, "Unknown Emoji")
            users.remove(self.me["id"])
            await self.dispatch("MESSAGE_REACTION_REMOVE", self._reaction(self.me, channel_id, message_id, emoji))
            return None
        self._may("add_reactions")
        if self.me["id"] not in users:
            users.append(self.me["id"])
            await self.dispatch("MESSAGE_REACTION_ADD", self._reaction(self.me, channel_id, message_id, emoji))
        return None


def _json(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # discord.py reads as JSON only what is labelled so to the letter, without a charset.
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _page(found: Any, query: Any) -> list[Any]:
    """A page as Discord gives it: with `after` the first ones after it, with `before` the last ones before it, newest first."""
    after, before, limit = int(query.get("after", 0)), int(query.get("before", 1 << 63)), int(query.get("limit", 50))
    wanted = sorted((one for one in found if after < int(one["id"]) < before), key=lambda one: int(one["id"]))
    chosen = wanted[:limit] if "after" in query else wanted[-limit:]
    return chosen[::-1]


def _check_message(body: dict[str, Any]) -> None:
    """Refuse what Discord would refuse (50035, 50006)."""
    faults = []
    if _units(body.get("content") or "") > 2000:
        faults.append("content: Must be 2000 or fewer in length.")
    if len(str(body.get("nonce") or "")) > 25:
        faults.append("nonce: Must be 25 or fewer in length.")
    total = 0
    for embed in body.get("embeds") or []:
        fields = embed.get("fields") or []
        sizes = {"title": 256, "description": 4096}
        faults += [f"embeds: {part}" for part, most in sizes.items() if _units(embed.get(part) or "") > most]
        faults += ["embeds: fields"] * (len(fields) > 25)
        faults += ["embeds: field"] * any(
            not 1 <= _units(one["name"]) <= 256 or not 1 <= _units(one["value"]) <= 1024 for one in fields
        )
        total += sum(_units(embed.get(part) or "") for part in sizes)
        total += sum(_units(one["name"]) + _units(one["value"]) for one in fields)
    faults += ["embeds: Must be 10 or fewer"] * (len(body.get("embeds") or []) > 10)
    faults += ["embeds: size exceeds 6000"] * (total > 6000)
    ids = [part.get("custom_id", "") for row in body.get("components") or [] for part in row.get("components") or []]
    faults += ["components: custom_id"] * (any(len(one) > 100 for one in ids) or len(ids) != len(set(ids)))
    if faults:
        raise Refusal(400, 50035, "Invalid Form Body: " + " ".join(faults))
    if not (body.get("content") or body.get("embeds")):
        raise Refusal(400, 50006, "Cannot send an empty message")


@asynccontextmanager
async def fake_discord() -> AsyncIterator[FakeDiscord]:
    """Serve a fresh Discord on a free port of loopback."""
    fake = FakeDiscord()
    app = web.Application()
    app.router.add_route("*", "/api/v10/{path:.*}", fake.api)
    app.router.add_get("/gateway/", fake.gateway)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    fake.url, fake.gateway_url = f"http://127.0.0.1:{port}/api/v10", f"ws://127.0.0.1:{port}/gateway/"
    try:
        yield fake
    finally:
        await fake.drop(code=1001)
        await runner.cleanup()
