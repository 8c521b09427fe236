"""
Slack on loopback: a Web API that is as strict as the real one where it matters to us, with people who act, and faults on demand.

It checks blocks against Slack's limits, keeps metadata, pages what the real one pages, and delivers events by signed HTTP or over sockets.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
from aiohttp import WSMsgType, web

TEAM = "T1"
BOT = "UBOT"
BOT_ID = "BBOT"
TOKEN = "xoxb-test"
APP_TOKEN = "xapp-test"
CONFIG_TOKEN = "xoxe.xoxp-test"
SECRET = "a signing secret"
START = datetime(2026, 8, 17, 7, 0, tzinfo=UTC)
SCOPES = (
    "channels:history,channels:read,chat:write,commands,groups:history,groups:read,"
    "reactions:read,reactions:write,users:read"
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """
    What goes wrong with one call: an error word, an HTTP status, a Retry-After, or the connection, `after` it was done or before. It is not answered before
    `slow` seconds are over, nor before `gate` is open.
    """

    error: str = ""
    status: int = 200
    retry_after: float | None = None
    drops: bool = False
    after: bool = False
    slow: float = 0.0
    gate: asyncio.Event | None = None
    body: str | None = None
    needed: str = ""


@dataclass(frozen=True)
class Called:
    """One call as it arrived."""

    method: str
    arguments: Json
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Slack's word for why not."""


def event(inner: Json, event_id: str, *, shared: bool = False, team: str = TEAM) -> Json:
    """An event as Slack wraps it."""
    return {
        "token": "of no use",
        "team_id": team,
        "api_app_id": "A1",
        "event": inner,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(START.timestamp()),
        "authorizations": [{"team_id": team, "user_id": BOT, "is_bot": True}],
        "is_ext_shared_channel": shared,
    }


def signed(body: bytes, *, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers with which Slack signs a request."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def check_blocks(blocks: Any, most: int = 50) -> None:
    """Refuse blocks as Slack does (docs/platform-facts.md#a1)."""
    if not isinstance(blocks, list) or len(blocks) > most:
        raise Refused("invalid_blocks")
    if any(not isinstance(block.get("expand", False), bool) for block in blocks):
        raise Refused("invalid_blocks")
    for block in blocks:
        if block["type"] == "rich_text":
            _check_rich_text(block)
        else:
            _check_block(block)
    if most == 50 and len(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        raise Refused("msg_blocks_too_long")


def _check_block(block: Json) -> None:
    match block["type"]:
        case "section":
            texts = [(block["text"], 3000)]
            _check_accessory(block.get("accessory"))
        case "header":
            texts = [(block["text"], 150)]
        case "context":
            if not 1 <= len(block["elements"]) <= 10:
                raise Refused("invalid_blocks")
            texts = [(element, 2000) for element in block["elements"]]
        case "input":
            texts = [(block["label"], 2000), *([(block["hint"], 2000)] if "hint" in block else [])]
        case "actions":
            _check_row(block["elements"])
            texts = []
        case _:
            raise Refused("invalid_blocks")
    for text, limit in texts:
        plain = text["type"] == "plain_text"
        if not 1 <= len(text["text"]) <= limit or (not plain and text["type"] != "mrkdwn"):
            raise Refused("invalid_blocks")
        if (block["type"] == "header" and not plain) or ("emoji" in text) != plain:
            raise Refused("invalid_blocks")


def _check_rich_text(block: Json) -> None:
    """Refuse rich text as Slack does: neither a block nor a text may be empty, a link needs its address, and nothing stands at its side."""
    sections = block["elements"]
    if set(block) - {"type", "elements", "block_id"} or not sections:
        raise Refused("invalid_blocks")
    for part in sections:
        if part["type"] not in {"rich_text_section", "rich_text_quote"} or not part["elements"]:
            raise Refused("invalid_blocks")
        for element in part["elements"]:
            named = {"text": {"text"}, "link": {"url", "text"}}[element["type"]]
            if set(element) - {"type", "style"} != named or not all(element[name] for name in named):
                raise Refused("invalid_blocks")


def _check_row(elements: list[Json]) -> None:
    """Refuse a row of buttons as Slack does."""
    if not 1 <= len(elements) <= 25 or len({one["action_id"] for one in elements}) < len(elements):
        raise Refused("invalid_blocks")
    for element in elements:
        _check_accessory(element)


def _check_accessory(element: Json | None) -> None:
    """Refuse a button or menu beside a paragraph as Slack does."""
    if element is None:
        return
    if element["type"] == "image":
        if set(element) != {"type", "image_url", "alt_text"} or len(element["image_url"]) > 3000:
            raise Refused("invalid_blocks")
        return
    named = {
        "button": [(element.get("text"), 75)],
        "static_select": [(element.get("placeholder"), 150)],
        "overflow": [],
    }
    texts = list(named[element["type"]])
    values = [element["value"]] if element["type"] == "button" else [one["value"] for one in element["options"]]
    if element["type"] != "button":
        texts += [(one["text"], 75) for one in element["options"]]
    most = 2000 if element["type"] == "button" else 150
    if not 1 <= len(values) <= (5 if element["type"] == "overflow" else 100) or any(
        not 1 <= len(value) <= most for value in values
    ):
        raise Refused("invalid_blocks")
    if any(text["type"] != "plain_text" or not 1 <= len(text["text"]) <= limit for text, limit in texts):
        raise Refused("invalid_blocks")


class FakeSlack:
    """One workspace. `faults[method]` is used up call by call; `calls` is everything that was asked."""

    def __init__(self, team: str = TEAM, channel: str = "C1", first: int = 1) -> None:
        self.url = ""
        self.team = team
        self.calls: list[Called] = []
        self.faults: dict[str, list[Fault]] = {}
        self.users: dict[str, Json] = {BOT: {"id": BOT, "team_id": team, "name": "paperround", "is_bot": True}}
        self.channels: dict[str, Json] = {
            channel: {"id": channel, "name": "papers", "is_member": True, "is_archived": False, "is_private": False}
        }
        self.messages: dict[str, list[Json]] = {channel: []}
        self.joined: dict[str, set[str]] = {}
        self.homes: dict[str, Json] = {}
        self.emoji: dict[str, str] | None = None
        self.presses: dict[tuple[str, str, str, str, str], bool] = {}
        self.windows: list[Json] = []
        self.answers: list[Json] = []
        self.enterprise: Json = {}
        self.scopes = SCOPES
        self.token = TOKEN
        self.page = 1000
        self.undelivered: list[Json] = []
        self.has_reactions_get = True
        self.messages_tab = True
        self.skew = timedelta(0)
        self.sockets: list[web.WebSocketResponse] = []
        self.tickets: set[str] = set()
        self.dead_tickets = 0
        self.greets = True
        self._app: httpx.AsyncClient | None = None
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._count = itertools.count(first)
        self._latest = START

    # ---- the server

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_post("/response", self._response)
        app.router.add_get("/socket/{ticket}", self._socket)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await arguments_of(request)
        self.calls.append(Called(method, arguments, dict(request.headers)))
        fault = self.faults[method].pop(0) if self.faults.get(method) else None
        if fault and not fault.after:
            return await self._fail(fault, request)
        answer = self._answer(method, arguments, request.headers.get("Authorization", ""))
        if fault:
            return await self._fail(fault, request)
        return web.json_response(answer, headers=self._headers())

    async def _fail(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(fault.slow)
        if fault.gate:
            await fault.gate.wait()
        if fault.drops:
            assert request.transport
            request.transport.close()
            return web.Response()
        if fault.retry_after is not None:
            headers = {"Retry-After": f"{fault.retry_after:g}"}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        if fault.body is not None:
            return web.Response(text=fault.body, status=fault.status, content_type="text/html")
        if fault.error:
            answer = {"ok": False, "error": fault.error} | ({"needed": fault.needed} if fault.needed else {})
            return web.json_response(answer, status=fault.status)
        return web.Response(status=fault.status)

    def _headers(self) -> dict[str, str]:
        return {"x-oauth-scopes": self.scopes, "Date": format_datetime(datetime.now(UTC) + self.skew, usegmt=True)}

    def _answer(self, method: str, arguments: Json, authorization: str) -> Json:
        special = {"apps.connections.open": APP_TOKEN, "apps.manifest.create": CONFIG_TOKEN}
        wanted = special.get(method, self.token)
        if authorization != f"Bearer {wanted}":
            return {"ok": False, "error": "invalid_auth"}
        if method in {"conversations.history", "conversations.replies"} and "channels:history" not in self.scopes:
            return {"ok": False, "error": "missing_scope", "needed": "channels:history"}
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None or (method == "reactions.get" and not self.has_reactions_get):
            return {"ok": False, "error": "unknown_method"}
        try:
            return {"ok": True} | handler(arguments)
        except Refused as refused:
            return {"ok": False, "error": str(refused)}

    # ---- methods

    def _auth_test(self, _: Json) -> Json:
        who = {"team_id": self.team, "team": "Lab", "user_id": BOT, "user": "paperround", "bot_id": BOT_ID}
        return who | self.enterprise

    def _auth_teams_list(self, arguments: Json) -> Json:
        return self._paged("teams", [{"id": self.team, "name": "Lab"}, {"id": "T2", "name": "Other"}], arguments)

    def _apps_manifest_create(self, arguments: Json) -> Json:
        manifest = json.loads(arguments["manifest"])
        if not manifest["oauth_config"]["scopes"]["bot"]:
            raise Refused("invalid_manifest")
        return {"app_id": "A0TEST", "oauth_authorize_url": "https://slack.com/oauth"}

    def _users_info(self, arguments: Json) -> Json:
        if arguments["user"] not in self.users:
            raise Refused("user_not_found")
        return {"user": self.users[arguments["user"]]}

    def _conversations_list(self, arguments: Json) -> Json:
        archived = arguments.get("exclude_archived", "0") in {"0", "false"}
        if self.enterprise.get("is_enterprise_install") and not arguments.get("team_id"):
            raise Refused("missing_argument")
        found = [one for one in self.channels.values() if archived or not one["is_archived"]]
        if arguments.get("team_id"):
            found = [one for one in found if one.get("team", self.team) == arguments["team_id"]]
        return self._paged("channels", found, arguments)

    def _users_conversations(self, arguments: Json) -> Json:
        if "user" not in arguments:  # the bot's own
            return self._paged("channels", [one for one in self.channels.values() if one["is_member"]], arguments)
        if arguments["user"] not in self.users:
            raise Refused("user_not_found")
        found = [one for one in self.channels.values() if one["id"] in self.joined.get(arguments["user"], ())]
        shown = [one for one in found if one["is_member"] or not one.get("is_private")]
        return self._paged("channels", shown, arguments)

    def _conversations_info(self, arguments: Json) -> Json:
        return {"channel": self._channel(arguments)}

    def _chat_postMessage(self, arguments: Json) -> Json:  # noqa: N802 - Slack's name
        if arguments["channel"] in self.users:
            return self._direct(arguments)
        channel = self._open_channel(arguments)
        if not channel["is_member"]:
            raise Refused("not_in_channel")
        self._check_content(arguments)
        message = {"type": "message", "user": BOT, "bot_id": BOT_ID, "ts": self.next_ts(), **_content(arguments)}
        if arguments.get("thread_ts"):
            message |= {"thread_ts": arguments["thread_ts"], "parent_user_id": BOT}
        self.messages[channel["id"]].append(message)
        return {"channel": channel["id"], "ts": message["ts"], "message": message}

    def _direct(self, arguments: Json) -> Json:
        """A message to a user's id goes to the conversation with them, which Slack opens by itself."""
        user = arguments["channel"]
        if not self.messages_tab:
            raise Refused("messages_tab_disabled")
        self._check_content(arguments)
        message = {"type": "message", "user": BOT, "bot_id": BOT_ID, "ts": self.next_ts(), **_content(arguments)}
        self.messages.setdefault(f"D-{user}", []).append(message)
        return {"channel": f"D-{user}", "ts": message["ts"], "message": message}

    def _chat_update(self, arguments: Json) -> Json:
        message = self._message(arguments["channel"], arguments["ts"])
        self._check_content(arguments)
        message.update({key: value for key, value in _content(arguments).items() if key != "metadata"})
        return {"channel": arguments["channel"], "ts": message["ts"]}

    def _check_content(self, arguments: Json) -> None:
        if not arguments.get("text"):
            raise Refused("no_text")
        if len(arguments["text"]) > 40_000:
            raise Refused("msg_too_long")
        if arguments.get("blocks") is not None:
            check_blocks(arguments["blocks"])

    def _conversations_history(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        oldest = float(arguments.get("oldest") or 0)
        found = [m for m in self.messages[channel["id"]] if "thread_ts" not in m or m["thread_ts"] == m["ts"]]
        latest = float(arguments.get("latest") or "inf")
        newest_first = [m for m in reversed(found) if oldest <= float(m["ts"]) < latest]
        if not arguments.get("include_all_metadata"):
            newest_first = [{k: v for k, v in m.items() if k != "metadata"} for m in newest_first]
        return self._paged("messages", newest_first, arguments)

    def _conversations_replies(self, arguments: Json) -> Json:
        self._message(arguments["channel"], arguments["ts"], "thread_not_found")
        ts = arguments["ts"]
        found = [m for m in self.messages[arguments["channel"]] if ts in {m["ts"], m.get("thread_ts")}]
        if not arguments.get("include_all_metadata"):
            found = [{k: v for k, v in m.items() if k != "metadata"} for m in found]
        return self._paged("messages", found, arguments)

    def _emoji_list(self, _arguments: Json) -> Json:
        if self.emoji is None:
            raise Refused("missing_scope")
        return {"emoji": self.emoji}

    def _reactions_add(self, arguments: Json) -> Json:
        message = self._message(arguments["channel"], arguments["timestamp"])
        if not self._put(message, BOT, arguments["name"]):
            raise Refused("already_reacted")
        return {}

    def _reactions_remove(self, arguments: Json) -> Json:
        message = self._message(arguments["channel"], arguments["timestamp"])
        mine = next((one for one in message.get("reactions", []) if one["name"] == arguments["name"]), None)
        if mine is None or BOT not in mine["users"]:
            raise Refused("no_reaction")
        mine["users"].remove(BOT)
        message["reactions"] = [one for one in message["reactions"] if one["users"]]
        return {}

    def _reactions_get(self, arguments: Json) -> Json:
        message = dict(self._message(arguments["channel"], arguments["timestamp"]))
        if not arguments.get("full"):
            message["reactions"] = [{**one, "users": one["users"][:1]} for one in message.get("reactions", [])]
        return {"type": "message", "message": message}

    def _views_open(self, arguments: Json) -> Json:
        if not str(arguments["trigger_id"]).startswith("trigger"):
            raise Refused("expired_trigger_id")
        check_blocks(arguments["view"]["blocks"], 100)
        self.windows.append({**arguments["view"], "id": f"V{len(self.windows) + 1}", "hash": self._window_hash()})
        return {"view": self.windows[-1]}

    def _views_update(self, arguments: Json) -> Json:
        check_blocks(arguments["view"]["blocks"], 100)
        found = next((one for one in self.windows if one["id"] == arguments["view_id"]), None)
        if found is None:
            raise Refused("not_found")
        if arguments.get("hash") and found["hash"] != arguments["hash"]:
            raise Refused("hash_conflict")
        self._put_in(found, arguments["view"])
        return {"view": found}

    def _put_in(self, window: Json, view: Json) -> None:
        """Show another content in a window."""
        kept = window["id"]
        window.clear()
        window |= {**view, "id": kept, "hash": self._window_hash()}

    def _window_hash(self) -> str:
        return f"w{next(self._count)}"

    def _views_publish(self, arguments: Json) -> Json:
        shown = self.homes.get(arguments["user_id"])
        if arguments.get("hash") and shown and shown["hash"] != arguments["hash"]:
            raise Refused("hash_conflict")
        check_blocks(arguments["view"]["blocks"], 100)
        self.homes[arguments["user_id"]] = {**arguments["view"], "hash": f"h{next(self._count)}"}
        return {"view": self.homes[arguments["user_id"]]}

    def _apps_connections_open(self, _: Json) -> Json:
        ticket = f"ticket{next(self._count)}"
        if self.dead_tickets:
            self.dead_tickets -= 1
        else:
            self.tickets.add(ticket)
        return {"url": self.url.replace("http://", "ws://") + f"socket/{ticket}"}

    # ---- sockets

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.match_info["ticket"]
        if ticket not in self.tickets:
            return web.Response(status=408)
        self.tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        if self.greets:
            await socket.send_json({"type": "hello", "num_connections": len(self.sockets)})
        with suppress(ConnectionError):
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acked(json.loads(message.data))
        self.sockets.remove(socket)
        return socket

    def _acked(self, answer: Json) -> None:
        future = self._acks.pop(answer["envelope_id"], None)
        if future and not future.done():
            future.set_result(answer.get("payload") or {})

    async def over_socket(self, kind: str, payload: Json, wait: float = 0.5) -> Json | None:
        """Send an envelope to one of the sockets; gives what the acknowledgement carried, None where none came."""
        if not self.sockets:
            return None
        envelope = f"envelope{next(self._count)}"
        future = self._acks[envelope] = asyncio.get_running_loop().create_future()
        body = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        await self.sockets[-1].send_json(body)
        try:
            return await asyncio.wait_for(future, wait)
        except TimeoutError:
            return None

    async def hang_up(self, *, politely: bool = False) -> None:
        """Drop every socket; politely, with the announcement that Slack makes."""
        for socket in list(self.sockets):
            if politely:
                await socket.send_json({"type": "disconnect", "reason": "refresh_requested"})
            else:
                await socket.close()

    # ---- signed HTTP

    def serve_to(self, app: Any) -> None:
        """Deliver to this web application from now on."""
        self._app = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")

    async def over_http(self, kind: str, payload: Json) -> Json | None:
        """Post a signed request; gives what the answer carried, None where it was not acknowledged."""
        assert self._app
        if kind == "events_api":
            body, content = json.dumps(payload).encode(), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = str(httpx.QueryParams(form)).encode(), "application/x-www-form-urlencoded"
        headers = {"Content-Type": content, **signed(body)}
        response = await self._app.post("/slack/events", content=body, headers=headers)
        if response.status_code != 200:
            return None
        return response.json() if response.text.startswith("{") else {}

    async def deliver(self, kind: str, payload: Json) -> Json | None:
        """Deliver by whichever way is open."""
        over: Callable[[str, Json], Awaitable[Json | None]] = self.over_http if self._app else self.over_socket
        answer = await over(kind, payload)
        if answer is None:
            self.undelivered.append(payload)
        return answer

    async def tell(self, inner: Json, **envelope: Any) -> Json | None:
        """Deliver an event."""
        return await self.deliver(
            "events_api", event(inner, f"Ev{next(self._count):08}", **({"team": self.team} | envelope))
        )

    async def _response(self, request: web.Request) -> web.Response:
        answer = await request.json()
        check_blocks(answer["blocks"])
        self.answers.append(answer)
        return web.Response(text="ok")

    # ---- people

    def person(self, name: str, **flags: Any) -> str:
        """A member of the workspace; gives their id."""
        user = {"id": f"U{name.upper()}", "team_id": self.team, "name": name.lower(), "profile": {"display_name": name}}
        self.users[user["id"]] = user | flags
        return str(user["id"])

    async def react(self, user: str, ts: str, name: str, channel: str = "C1") -> None:
        message = self._message(channel, ts)
        if self._put(message, user, name.partition("::")[0]):
            await self.tell(self._reaction("reaction_added", user, message, name, channel))

    async def unreact(self, user: str, ts: str, name: str, channel: str = "C1") -> None:
        message = self._message(channel, ts)
        for one in message["reactions"]:
            if one["name"] == name:
                one["users"].remove(user)
        message["reactions"] = [one for one in message["reactions"] if one["users"]]
        await self.tell(self._reaction("reaction_removed", user, message, name, channel))

    async def reply(self, user: str, ts: str, text: str, channel: str = "C1", **more: Any) -> str:
        parent = self._message(channel, ts)
        parent["thread_ts"] = ts
        message = {
            "type": "message",
            "user": user,
            "team": self.team,
            "text": text,
            "ts": self.next_ts(),
            "thread_ts": ts,
            "parent_user_id": parent["user"],
            **more,
        }
        self.messages[channel].append(message)
        at = {"channel": channel, "event_ts": message["ts"], "channel_type": "channel"}
        await self.tell({**message, **at})
        return str(message["ts"])

    async def edit(self, ts: str, text: str, channel: str = "C1") -> None:
        message = self._message(channel, ts)
        before = dict(message)
        now = self.next_ts()
        # Slack marks an edit in whole seconds.
        message.update(text=text, edited={"user": message["user"], "ts": now.partition(".")[0] + ".000000"})
        await self.tell(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "channel": channel,
                "message": dict(message),
                "previous_message": before,
                "ts": now,
                "event_ts": now,
            }
        )

    async def delete(self, ts: str, channel: str = "C1") -> None:
        message = self._message(channel, ts)
        self.messages[channel].remove(message)
        now = self.next_ts()
        await self.tell(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "channel": channel,
                "deleted_ts": ts,
                "previous_message": message,
                "ts": now,
                "event_ts": now,
            }
        )

    async def command(self, user: str, text: str, channel: str = "C1", team: str | None = None) -> Json | None:
        """Type `/paperround TEXT`."""
        form = {
            "command": "/paperround",
            "text": text,
            "user_id": user,
            "team_id": team or self.team,
            "channel_id": channel,
        }
        more = {"trigger_id": f"trigger{next(self._count)}", "response_url": self.url + "response", "token": "x"}
        return await self.deliver("slash_commands", form | more)

    async def submit(self, user: str, values: Mapping[str, Json], window: int = -1) -> Json | None:
        """Fill in the window that was opened last, and send it."""
        view = self.windows[window]
        state = {"values": {name: {"value": value} for name, value in values.items()}}
        sent = {**view, "type": "modal", "state": state}
        answer = await self._interact({"type": "view_submission", "user": {"id": user}, "view": sent})
        if answer and answer.get("response_action") == "update":
            check_blocks(answer["view"]["blocks"], 100)
            self._put_in(view, answer["view"])
        return answer

    async def press_in_window(self, user: str, action: Json, window: int = -1) -> Json | None:
        """Press a button of a window of ours."""
        view = {**self.windows[window], "type": "modal"}
        container = {"type": "view", "view_id": view["id"]}
        pressed = {"block_id": "b", "action_ts": "1.0", **action}
        what = {"actions": [pressed], "view": view, "container": container, "trigger_id": "trigger"}
        return await self._interact({"type": "block_actions", "user": {"id": user}, **what})

    async def shortcut(
        self, user: str, message: Json, channel: str = "C1", callback: str = "add_to_digest"
    ) -> Json | None:
        """Use a shortcut on a message: 'Add to next digest', if no other."""
        more = {"channel": {"id": channel}, "message": message, "response_url": self.url + "response"}
        return await self._interact(
            {
                "type": "message_action",
                "callback_id": callback,
                "trigger_id": "trigger",
                "user": {"id": user},
                **more,
            }
        )

    async def press(
        self, user: str, action: Json, channel: str = "C1", message: str = "1.0", shown: Json | None = None
    ) -> Json | None:
        """Press a button, or choose from a menu, of a message of ours."""
        where = {"channel": {"id": channel}, "response_url": self.url + "response", "trigger_id": "trigger"}
        container = {"container": {"type": "message", "message_ts": message, "channel_id": channel}}
        presser = {"id": user, "team_id": self.users.get(user, {}).get("team_id", self.team)}
        pressed = {"block_id": "b", "action_ts": self.next_ts(), **action}
        key = (channel, message, user, str(action.get("value")), pressed["action_ts"])
        self.presses[key] = False
        taken = await self._interact(
            {
                "type": "block_actions",
                "user": presser,
                "actions": [pressed],
                **where,
                **container,
                **({"message": shown} if shown else {}),
            }
        )
        self.presses[key] = taken is not None
        return taken

    async def _interact(self, payload: Json) -> Json | None:
        return await self.deliver("interactive", {"team": {"id": self.team}, "token": "x", **payload})

    async def open_home(self, user: str) -> Json | None:
        """Look at our home tab."""
        inner: Json = {"type": "app_home_opened", "user": user, "tab": "home", "event_ts": self.next_ts()}
        if user in self.homes:
            inner["view"] = self.homes[user]
        return await self.tell(inner)

    async def press_at_home(self, user: str, action: Json) -> Json | None:
        """Press a button of our home tab, which is in no channel."""
        view = {**self.homes[user], "id": f"H-{user}", "type": "home"}
        what = {"actions": [{"block_id": "b", "action_ts": "1.0", **action}], "view": view, "trigger_id": "trigger"}
        return await self._interact({"type": "block_actions", "user": {"id": user}, **what})

    # ---- looking

    def sent(self, channel: str = "C1") -> list[Json]:
        """The messages of ours."""
        return [message for message in self.messages[channel] if message["user"] == BOT]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(1 for call in self.calls if call.method == method)

    def next_ts(self) -> str:
        """A timestamp after every one before."""
        self._latest += timedelta(seconds=1, microseconds=100)
        return f"{int(self._latest.timestamp())}.{self._latest.microsecond:06}"

    def _paged(self, key: str, found: list[Json], arguments: Json) -> Json:
        size = min(int(arguments.get("limit") or 100), self.page)
        start = int(arguments.get("cursor") or 0)
        more = start + size < len(found)
        cursor = str(start + size) if more else ""
        return {key: found[start : start + size], "has_more": more, "response_metadata": {"next_cursor": cursor}}

    def _channel(self, arguments: Json) -> Json:
        if arguments["channel"] not in self.channels:
            raise Refused("channel_not_found")
        return self.channels[arguments["channel"]]

    def _open_channel(self, arguments: Json) -> Json:
        channel = self._channel(arguments)
        if channel["is_archived"]:
            raise Refused("is_archived")
        return channel

    def _message(self, channel: str, ts: str, word: str = "message_not_found") -> Json:
        found = next((m for m in self.messages.get(channel, []) if m["ts"] == ts), None)
        if found is None:
            raise Refused(word)
        return found

    def _put(self, message: Json, user: str, name: str) -> bool:
        reactions = message.setdefault("reactions", [])
        one = next((one for one in reactions if one["name"] == name), None)
        if one is None:
            one = {"name": name, "users": [], "count": 0}
            reactions.append(one)
        if user in one["users"]:
            return False
        one["users"].append(user)
        return True

    def _reaction(self, kind: str, user: str, message: Json, name: str, channel: str) -> Json:
        item = {"type": "message", "channel": channel, "ts": message["ts"]}
        return {
            "type": kind,
            "user": user,
            "reaction": name,
            "item": item,
            "item_user": message["user"],
            "event_ts": self.next_ts(),
        }

    async def aclose(self) -> None:
        await self.hang_up()
        if self._app:
            await self._app.aclose()


async def arguments_of(request: web.Request) -> Json:
    """What a method is called with, in each of the ways that Slack takes."""
    if request.method == "GET":
        return dict(request.query)
    if request.content_type == "application/json":
        return dict(await request.json())
    return {**request.query, **await request.post()}


def _content(arguments: Json) -> Json:
    return {key: arguments[key] for key in ("text", "blocks", "metadata") if arguments.get(key) is not None}


def text_of(blocks: Iterable[Json]) -> str:
    """Every text in blocks, a line each."""
    lines = []
    for block in blocks:
        if block["type"] == "rich_text":
            lines += ["".join(one["text"] for one in part["elements"]) for part in block["elements"]]
            continue
        parts = block.get("elements") if block["type"] == "context" else [block.get("text") or block.get("label")]
        if block["type"] == "actions":
            parts = [element["text"] for element in block["elements"] if "text" in element]
        lines.append(" ".join(part["text"] for part in parts))
    return "\n".join(lines)


@asynccontextmanager
async def fake_slack() -> AsyncIterator[FakeSlack]:
    """Serve one on loopback."""
    slack = FakeSlack()
    runner = web.AppRunner(slack.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    slack.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield slack
    finally:
        await slack.aclose()
        await runner.cleanup()
