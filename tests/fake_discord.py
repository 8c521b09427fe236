"""
A Discord on loopback: the REST API and the gateway, over real HTTP and a real websocket, for a bot that believes it.

It is strict where Discord is, as its documentation says: limits of messages, embeds and names (50035), permissions as a switch, a second thread on a
message (160004), a nonce that is remembered and not given back, threads with the id of their message, archived threads that
take neither edits nor reactions (50083). It can fail: statuses to come, connections dropped, RESUME refused, sessions invalidated.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from aiohttp import WSMsgType, web

TOKEN = "wire-token.of.a-bot"
EPOCH = 1_420_070_400_000
TEXT, PUBLIC_THREAD, FORUM = 0, 11, 15
ADMINISTRATOR = 1 << 3
EVERYTHING = str(((1 << 50) - 1) & ~ADMINISTRATOR)
INTENT_MEMBERS, MESSAGE_CONTENT = 1 << 1, 1 << 15


class Refusal(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


@dataclass
class Fault:
    """What the next requests whose `METHOD path` begins so are answered with; `after` lets the request take effect first."""

    start: str
    status: int = 500
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    after: bool = False
    drop: bool = False
    raw: str | None = None


@dataclass
class Session:
    """One gateway session with everything that was dispatched in it, for RESUME."""

    id: str
    intents: int
    sent: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None


class FakeDiscord:
    """The platform: state, REST handlers, gateway, faults, and what people do (`say`, `react`, ...)."""

    def __init__(self) -> None:
        self.url = ""
        self.gateway_url = ""
        self.offset = timedelta()
        self.requests: list[tuple[str, str, Any]] = []
        self.refused: list[Refusal] = []
        self.faults: list[Fault] = []
        self.identifies: list[dict[str, Any]] = []
        self.resumes = 0
        self.refuses_words = False
        self.refuses_resume = False
        self.deaf = False
        self.greeting: Callable[[web.WebSocketResponse], Any] | None = None
        self.session_limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        self.commands: list[Any] = []
        self.responses: list[dict[str, Any]] = []
        self.permissions = EVERYTHING
        self.member_of = True
        self.me = self.user("Paper Round", bot=True)
        self.guild_id = self.snowflake()
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.reacted: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.bursts: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.users: dict[str, dict[str, Any]] = {self.me["id"]: self.me}
        self._nonces: dict[str, tuple[str, str]] = {}
        self._sessions: dict[str, Session] = {}
        self._count = 0

    # time and ids

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def snowflake(self) -> str:
        self._count = getattr(self, "_count", 0) + 1
        milliseconds = int(self.now().timestamp() * 1000) - EPOCH
        return str((milliseconds << 22) + self._count)

    # setting up

    def user(self, name: str, *, bot: bool = False) -> dict[str, Any]:
        found = {
            "id": self.snowflake(), "username": name.lower().replace(" ", "."), "global_name": name,
            "discriminator": "0", "avatar": None, "bot": bot,
        }  # fmt: skip
        if hasattr(self, "users"):
            self.users[found["id"]] = found
        return found

    def channel(self, name: str, kind: int = TEXT, **more: Any) -> str:
        channel_id = self.snowflake()
        self.channels[channel_id] = {
            "id": channel_id, "type": kind, "name": name, "guild_id": self.guild_id, "position": 0, "parent_id": None,
            "permission_overwrites": [], "topic": None, "nsfw": False, "rate_limit_per_user": 0, "flags": 0,
            **({"available_tags": [], "default_reaction_emoji": None} if kind == FORUM else {}),
            **more,
        }  # fmt: skip
        return channel_id

    # what people do

    async def say(self, user: dict[str, Any], channel_id: str, text: str, *, answers: str | None = None) -> str:
        """Somebody writes; in a thread if `channel_id` is one, as an answer if `answers` names a message there."""
        message = self._message(channel_id, user, {"content": text})
        if answers:
            original = self.messages[channel_id].get(answers)
            message |= {"type": 19, "message_reference": {"channel_id": channel_id, "message_id": answers}}
            message["referenced_message"] = original
        self._archive(channel_id, archived=False)
        await self.dispatch("MESSAGE_CREATE", self._with_member(message))
        return message["id"]

    async def rewrite(self, channel_id: str, message_id: str, text: str) -> None:
        """The author of a message edits it."""
        message = self.messages[channel_id][message_id]
        message |= {"content": text, "edited_timestamp": self.now().isoformat()}
        await self.dispatch("MESSAGE_UPDATE", self._with_member(message))

    async def remove(self, channel_id: str, *message_ids: str) -> None:
        """Messages are deleted: one, or several at once."""
        for message_id in message_ids:
            self.messages[channel_id].pop(message_id)
        base = {"channel_id": channel_id, "guild_id": self.guild_id}
        if len(message_ids) == 1:
            await self.dispatch("MESSAGE_DELETE", {"id": message_ids[0], **base})
        else:
            await self.dispatch("MESSAGE_DELETE_BULK", {"ids": list(message_ids), **base})

    async def react(
        self, user: dict[str, Any], channel_id: str, message_id: str, emoji: str, *, burst: bool = False
    ) -> None:
        """Somebody puts an emoji on, plainly or with a burst; a custom one is `name:id`."""
        if self._archived(channel_id):
            raise Refusal(400, 50083, "Thread is archived")
        users = (self.bursts if burst else self.reacted)[channel_id, message_id][emoji]
        if user["id"] not in users:
            users.append(user["id"])
            payload = self._reaction(user, channel_id, message_id, emoji)
            member = {
                "user": user,
                "roles": [],
                "joined_at": self.now().isoformat(),
                "deaf": False,
                "mute": False,
                "flags": 0,
            }
            await self.dispatch("MESSAGE_REACTION_ADD", payload | {"member": member})

    async def unreact(self, user: dict[str, Any], channel_id: str, message_id: str, emoji: str) -> None:
        """Somebody takes an emoji back."""
        self.reacted[channel_id, message_id][emoji].remove(user["id"])
        await self.dispatch("MESSAGE_REACTION_REMOVE", self._reaction(user, channel_id, message_id, emoji))

    async def clear(self, channel_id: str, message_id: str, emoji: str | None = None) -> None:
        """A moderator clears a message of one emoji, or of all."""
        base = {"channel_id": channel_id, "message_id": message_id, "guild_id": self.guild_id}
        if emoji is None:
            self.reacted.pop((channel_id, message_id), None)
            await self.dispatch("MESSAGE_REACTION_REMOVE_ALL", base)
        else:
            self.reacted[channel_id, message_id].pop(emoji, None)
            await self.dispatch("MESSAGE_REACTION_REMOVE_EMOJI", base | {"emoji": _emoji(emoji)})

    async def fold(self, thread_id: str) -> None:
        """A thread is archived."""
        self._archive(thread_id, archived=True)
        await self.dispatch("THREAD_UPDATE", self.channels[thread_id])

    async def command(self, user: dict[str, Any], channel_id: str, name: str) -> None:
        """Somebody uses a sub-command of `/paperround`."""
        member = {
            "user": user,
            "roles": [],
            "permissions": "0",
            "joined_at": self.now().isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        option = {"type": 1, "name": name, "options": []}
        data = {"id": "1", "name": "paperround", "type": 1, "options": [option], "guild_id": self.guild_id}
        interaction = {
            "id": self.snowflake(), "application_id": self.me["id"], "type": 2, "token": f"token-{self.snowflake()}",
            "version": 1, "guild_id": self.guild_id, "channel_id": channel_id, "channel": self.channels[channel_id],
            "member": member, "data": data, "locale": "en-US", "app_permissions": self.permissions, "entitlements": [],
            "attachment_size_limit": 1, "authorizing_integration_owners": {}, "context": 0,
        }  # fmt: skip
        await self.dispatch("INTERACTION_CREATE", interaction)

    # the gateway

    async def dispatch(self, name: str, data: Any) -> None:
        """Send an event to every session; those away find it when they resume. While `deaf`, it is lost to them for ever."""
        if self.deaf:
            return
        for session in list(self._sessions.values()):
            shown = self._as_seen(name, data, session.intents)
            text = json.dumps({"op": 0, "t": name, "s": len(session.sent) + 1, "d": shown})
            session.sent.append(text)
            if session.socket is not None and not session.socket.closed:
                with contextlib.suppress(ConnectionError):
                    await session.socket.send_str(text)

    async def drop(self, code: int | None = None) -> None:
        """Cut every gateway connection: without a word, or with a close code."""
        for session in self._sessions.values():
            socket, session.socket = session.socket, None
            if socket is None:
                continue
            if code is None:
                transport = socket._req.transport if socket._req else None
                if transport:
                    transport.abort()
            else:
                await socket.close(code=code)

    async def send_op(self, op: int, data: Any = None) -> None:
        """Send a bare opcode: 7 asks to reconnect, 9 invalidates the session (data: whether it may be resumed)."""
        for session in list(self._sessions.values()):
            if session.socket is not None:
                await session.socket.send_str(json.dumps({"op": op, "d": data}))
        if op == 9 and not data:
            self._sessions.clear()

    async def send_raw(self, text: str) -> None:
        """Send something that is no event."""
        for session in self._sessions.values():
            if session.socket is not None:
                await session.socket.send_str(text)

    @property
    def last_number(self) -> int:
        """The number of the last event that was sent."""
        return max((len(session.sent) for session in self._sessions.values()), default=0)

    @property
    def listening(self) -> bool:
        """Whether a bot is connected."""
        return any(session.socket is not None and not session.socket.closed for session in self._sessions.values())

    async def gateway(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        fault = self._fault("GET /gateway/ ")
        if fault:
            return web.Response(status=fault.status, headers=fault.headers)
        await socket.prepare(request)
        await socket.send_str(json.dumps({"op": 10, "d": {"heartbeat_interval": 45_000}}))
        session: Session | None = None
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            said = json.loads(message.data)
            if said["op"] == 1:
                await socket.send_str(json.dumps({"op": 11}))
            elif said["op"] == 2:
                session = await self._identify(socket, said["d"])
            elif said["op"] == 6:
                session = await self._resume(socket, said["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        return socket

    async def _identify(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        self.identifies.append(said)
        if said["token"] != TOKEN:
            await socket.close(code=4004)
            return None
        if self.refuses_words and said["intents"] & MESSAGE_CONTENT:
            await socket.close(code=4014)
            return None
        session = Session(f"session-{len(self.identifies)}", said["intents"], socket=socket)
        ready = {
            "v": 10, "user": self.me, "guilds": [{"id": self.guild_id, "unavailable": True}] if self.member_of else [],
            "session_id": session.id, "resume_gateway_url": self.gateway_url, "application": {"id": self.me["id"], "flags": 0},
        }  # fmt: skip
        self._sessions = {session.id: session}
        await self.dispatch("READY", ready)
        if self.member_of:
            await self.dispatch("GUILD_CREATE", self._guild() | self._inside())
        return session

    async def _resume(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        self.resumes += 1
        session = None if self.refuses_resume else self._sessions.get(said["session_id"])
        if session is None:
            await socket.send_str(json.dumps({"op": 9, "d": False}))
            self.refuses_resume = False
            return None
        session.socket = socket
        for text in session.sent[said["seq"] :]:
            await socket.send_str(text)
        await self.dispatch("RESUMED", {})
        return session

    def _as_seen(self, name: str, data: Any, intents: int) -> Any:
        if name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and not intents & MESSAGE_CONTENT:
            return self._blank(data)
        return data

    def _blank(self, message: dict[str, Any]) -> dict[str, Any]:
        ours = message["author"]["id"] == self.me["id"]
        return message if ours else message | {"content": "", "embeds": [], "attachments": [], "components": []}

    # REST

    async def api(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        raw = await request.read()
        body = json.loads(raw) if raw and request.content_type == "application/json" else None
        self.requests.append((request.method, path, body))
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

    def fail(self, start: str, status: int = 500, **more: Any) -> None:
        """Let coming requests fail whose `METHOD path` begins so."""
        self.faults.append(Fault(start, status, **more))

    def asked(self, start: str) -> int:
        """Count the requests so far whose `METHOD path` begins so."""
        return sum(1 for method, path, _ in self.requests if f"{method} {path}".startswith(start))

    def _fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if line.startswith(fault.start):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None

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

    async def _route(self, method: str, parts: list[str], body: Any, query: Any) -> Any:  # noqa: PLR0911 - a table
        match method, *parts:
            case "GET", "users", "@me":
                return self.me
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
                return [
                    {"description": "", **one, "id": self.snowflake(), "application_id": self.me["id"]} for one in body
                ]
            case _, "guilds", *rest:
                return self._guild_route(rest)
            case _, "channels", channel_id, *rest:
                return await self._channel_route(method, channel_id, rest, body, query)
            case "POST", "interactions", _, token, "callback":
                self.responses.append({"token": token, **body})
                return {"interaction": {"id": "1", "type": 2, "activity_instance_id": None}}
            case _, "webhooks", _, token, *_:
                self.responses.append({"token": token, "followup": method, **(body or {})})
                return self._message(next(iter(self.channels)), self.me, body or {})
        raise Refusal(404, 0, f"404: Not Found ({method} {'/'.join(parts)})")

    def _guild_route(self, rest: list[str]) -> Any:
        if not self.member_of or rest[0] != self.guild_id:
            raise Refusal(404, 10004, "Unknown Guild")
        match rest[1:]:
            case []:
                return self._guild()
            case ["members", user_id]:
                return {
                    "user": self.users[user_id],
                    "roles": [],
                    "joined_at": self.now().isoformat(),
                    "deaf": False,
                    "mute": False,
                }
            case ["threads", "active"]:
                threads = [one for one in self.channels.values() if one["type"] == PUBLIC_THREAD]
                return {"threads": [one for one in threads if not self._archived(one["id"])], "members": []}
        raise Refusal(404, 0, "404: Not Found")

    async def _channel_route(  # noqa: C901, PLR0911 - a table
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
                return await self._post(channel_id, body)
            case "GET", "messages", message_id:
                return self._shown(self._known(self.messages[channel_id], message_id, 10008, "Unknown Message"))
            case "PATCH", "messages", message_id:
                return await self._patch(channel_id, message_id, body)
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
            "id": thread_id, "type": PUBLIC_THREAD, "name": body["name"], "guild_id": self.guild_id, "parent_id": parent_id,
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
        self._may("add_reactions")
        users = self.reacted[channel_id, message_id][emoji]
        if self.me["id"] not in users:
            users.append(self.me["id"])
            await self.dispatch("MESSAGE_REACTION_ADD", self._reaction(self.me, channel_id, message_id, emoji))
        return None

    # state as Discord shows it

    def _guild(self) -> dict[str, Any]:
        role = {
            "id": self.guild_id,
            "name": "@everyone",
            "permissions": self.permissions,
            "position": 0,
            "color": 0,
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
        return {
            "id": self.guild_id, "name": "Lab", "icon": None, "owner_id": "1", "roles": [role], "emojis": [], "features": [],
            "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0, "mfa_level": 0,
            "system_channel_flags": 0, "premium_tier": 0, "preferred_locale": "en-US", "nsfw_level": 0, "stickers": [],
        }  # fmt: skip

    def _inside(self) -> dict[str, Any]:
        threads = [
            one for one in self.channels.values() if one["type"] == PUBLIC_THREAD and not self._archived(one["id"])
        ]
        member = {
            "user": self.me,
            "roles": [],
            "joined_at": self.now().isoformat(),
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
        return {
            "channels": [one for one in self.channels.values() if one["type"] != PUBLIC_THREAD], "threads": threads,
            "members": [member], "member_count": 2, "large": False, "unavailable": False, "joined_at": self.now().isoformat(),
            "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        }  # fmt: skip

    def _message(
        self, channel_id: str, author: dict[str, Any], body: dict[str, Any], *, message_id: str | None = None
    ) -> dict[str, Any]:
        message = {
            "id": message_id or self.snowflake(), "channel_id": channel_id, "author": author, "type": 0, "flags": 0, "content": "",
            "timestamp": self.now().isoformat(), "edited_timestamp": None, "tts": False, "mention_everyone": False,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": False,
            **{name: part for name, part in body.items() if name not in {"nonce", "enforce_nonce", "allowed_mentions"}},
        }  # fmt: skip
        self.messages[channel_id][message["id"]] = message
        return message

    def _with_member(self, message: dict[str, Any]) -> dict[str, Any]:
        member = {"roles": [], "joined_at": self.now().isoformat(), "deaf": False, "mute": False, "flags": 0}
        return message | {"guild_id": self.guild_id, "member": member}

    def _shown(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as it is read over REST: with its reactions, without its nonce, blank if words are kept from the bot."""
        where = message["channel_id"], message["id"]
        normal, burst = self.reacted[where], self.bursts[where]
        reactions = [
            {
                "emoji": _emoji(emoji), "count": len(normal[emoji]) + len(burst[emoji]), "me_burst": False,
                "me": self.me["id"] in normal[emoji], "burst_colors": [],
                "count_details": {"normal": len(normal[emoji]), "burst": len(burst[emoji])},
            }
            for emoji in {**normal, **burst} if normal[emoji] or burst[emoji]
        ]  # fmt: skip
        shown = self._blank(message) if self.refuses_words else message
        return shown | {"reactions": reactions}

    def _reaction(self, user: dict[str, Any], channel_id: str, message_id: str, emoji: str) -> dict[str, Any]:
        return {
            "user_id": user["id"], "channel_id": channel_id, "message_id": message_id, "guild_id": self.guild_id,
            "emoji": _emoji(emoji), "burst": False, "type": 0,
        }  # fmt: skip

    def _archived(self, channel_id: str) -> bool:
        return bool(self.channels.get(channel_id, {}).get("thread_metadata", {}).get("archived"))

    def _archive(self, channel_id: str, *, archived: bool) -> None:
        if "thread_metadata" in self.channels.get(channel_id, {}):
            self.channels[channel_id]["thread_metadata"]["archived"] = archived

    def _known(self, table: dict[str, Any], key: str, code: int, message: str) -> Any:
        if key not in table:
            raise Refusal(404, code, message)
        return table[key]

    def _may(self, name: str) -> None:
        from discord import Permissions  # noqa: PLC0415

        if not getattr(Permissions(int(self.permissions)), name):
            raise Refusal(403, 50013, "Missing Permissions")


def _json(answer: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # discord.py reads as JSON only what is labelled so to the letter, without a charset.
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _emoji(text: str) -> dict[str, Any]:
    name, _, emoji_id = text.partition(":")
    return {"name": name, "id": emoji_id or None}


def _page(found: Any, query: Any) -> list[Any]:
    """A page as Discord gives it: with `after` the first ones after it, newest first."""
    after, limit = int(query.get("after", 0)), int(query.get("limit", 50))
    wanted = sorted((one for one in found if int(one["id"]) > after), key=lambda one: int(one["id"]))
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


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until something holds."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError("it did not come to hold in time")
        await asyncio.sleep(0.01)
