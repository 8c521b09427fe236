"""
The gateway of `tests/fake_discord.py`: sessions of shards that can be resumed, dropped, invalidated and lost.

It divides servers among shards, and lets sessions begin, as Discord documents it:
https://discord.com/developers/docs/events/gateway#sharding
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_world import Shard, World, shard_hears

TOKEN = "wire-token.of.a-bot"
MESSAGE_CONTENT = 1 << 15
ONLY_SHARD: Shard = (0, 1)
"""What a session that names no shard hears: everything."""

CLOSED_BY_BOT = frozenset({1000, 1001})
"""Close codes by which a bot ends its session; after any other it may resume it."""


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
    shard: Shard = ONLY_SHARD
    sent: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    @property
    def connected(self) -> bool:
        """Whether the bot is connected."""
        return self.socket is not None and not self.socket.closed

    async def send(self, name: str, shown: Any) -> None:
        """Send an event; while the bot is away, it is kept for RESUME."""
        text = json.dumps({"op": 0, "t": name, "s": len(self.sent) + 1, "d": shown})
        self.sent.append(text)
        if self.socket is not None and not self.socket.closed:
            with contextlib.suppress(ConnectionError):
                await self.socket.send_str(text)


class Gateway(World):
    """
    The websocket side. While `deaf`, events are lost for ever; with `refuses_resume` the next RESUME ends the session; while `resuming` is not
    set, RESUME waits for its answer.

    Several sessions may be of one shard, and each of them hears it. One IDENTIFY is taken in `identify_interval` seconds, which are five on Discord, for
    each `shard_id % max_concurrency`: those are in `identifies`, and the shards of those that came too soon in `too_soon`.

    `faults` are used up by whatever asks first, here or over REST.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gateway_url = ""
        self.faults: list[Fault] = []
        self.session_limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        self.identify_interval = 0.005
        self.identifies: list[dict[str, Any]] = []
        self.too_soon: list[Shard] = []
        self.resumes = 0
        self.resuming = asyncio.Event()
        self.resuming.set()
        self.refuses_resume = False
        self.deaf = False
        self._sessions: dict[str, Session] = {}
        self._identified: dict[int, float] = {}

    # the gateway

    async def dispatch(self, name: str, data: Any) -> None:
        """Send an event to every session whose shard hears it; those away find it when they resume. While `deaf`, it is lost to them for ever."""
        if self.deaf:
            return
        guild_id = self._guild_of(name, data)
        for session in list(self._sessions.values()):
            if shard_hears(session.shard, guild_id):
                await session.send(name, self._as_seen(name, data, session.intents))

    async def drop(self, code: int | None = None, shard: Shard | None = None) -> None:
        """Cut gateway connections, all or those of one shard: without a word, or with a close code."""
        for session in self._of(shard):
            socket, session.socket = session.socket, None
            if socket is None:
                continue
            if code is None:
                transport = socket._req.transport if socket._req else None
                if transport:
                    transport.abort()
            else:
                await socket.close(code=code)

    async def send_op(self, op: int, data: Any = None, shard: Shard | None = None) -> None:
        """Send a bare opcode: 7 asks to reconnect, 9 invalidates the session (data: whether it may be resumed)."""
        for session in self._of(shard):
            if op == 9 and not data:
                self._sessions.pop(session.id)
            if session.socket is not None:
                await session.socket.send_str(json.dumps({"op": op, "d": data}))

    async def send_raw(self, text: str) -> None:
        """Send something that is no event."""
        for session in self._of(None):
            if session.socket is not None:
                await session.socket.send_str(text)

    def last_number(self, shard: Shard = ONLY_SHARD) -> int:
        """The number of the last event that was sent to a shard that is connected; 0 where it is not."""
        return max((len(session.sent) for session in self._of(shard) if session.connected), default=0)

    @property
    def connected(self) -> list[Shard]:
        """The shards that are connected, each as often as there are connections of it."""
        return sorted(session.shard for session in self._sessions.values() if session.connected)

    @property
    def listening(self) -> bool:
        """Whether a bot is connected, with whichever shard."""
        return bool(self.connected)

    def _of(self, shard: Shard | None) -> list[Session]:
        return [session for session in self._sessions.values() if shard in {None, session.shard}]

    def _guild_of(self, name: str, data: Any) -> str | None:
        """The server of an event; None for one of none, which the first shard hears."""
        found = data.get("id") if name in {"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"} else data.get("guild_id")
        return str(found) if found else None

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
            if socket.close_code in CLOSED_BY_BOT:
                self._sessions.pop(session.id, None)
        return socket

    async def _identify(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        number, count = said.get("shard") or ONLY_SHARD
        shard: Shard = (number, count)
        if self._comes_too_soon(number):
            self.too_soon.append(shard)
            await socket.send_str(json.dumps({"op": 9, "d": False}))
            return None
        self.identifies.append(said)
        if refusal := self._refusal(said, shard):
            await socket.close(code=refusal)
            return None
        session = Session(f"session-{len(self.identifies)}", said["intents"], shard, socket=socket)
        guilds = [one for one in self.guild_ids if shard_hears(shard, one)] if self.member_of else []
        ready = {
            "v": 10, "user": self.me, "guilds": [{"id": one, "unavailable": True} for one in guilds], "shard": shard,
            "session_id": session.id, "resume_gateway_url": self.gateway_url, "application": {"id": self.me["id"], "flags": 0},
        }  # fmt: skip
        self._sessions[session.id] = session
        await session.send("READY", ready)
        for one in guilds:
            await session.send("GUILD_CREATE", self._guild(one) | self._inside(one))
        return session

    def _comes_too_soon(self, number: int) -> bool:
        """Whether another shard of the same rate limit key began within the interval; what is refused begins no new one."""
        key, now = number % self.session_limit["max_concurrency"], time.monotonic()
        if now - self._identified.get(key, -math.inf) < self.identify_interval:
            return True
        self._identified[key] = now
        return False

    def _refusal(self, said: dict[str, Any], shard: Shard) -> int | None:
        """The close code that an IDENTIFY is answered with, if it is refused for good."""
        if said["token"] != TOKEN:
            return 4004
        if not 0 <= shard[0] < shard[1]:
            return 4010
        return 4014 if self.refuses_words and said["intents"] & MESSAGE_CONTENT else None

    async def _resume(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> Session | None:
        await self.resuming.wait()
        self.resumes += 1
        session = self._sessions.get(said["session_id"])
        if session is None or self.refuses_resume:
            self._sessions.pop(said["session_id"], None)
            self.refuses_resume = False
            await socket.send_str(json.dumps({"op": 9, "d": False}))
            return None
        session.socket = socket
        for text in session.sent[said["seq"] :]:
            await socket.send_str(text)
        await session.send("RESUMED", {})
        return session

    def _as_seen(self, name: str, data: Any, intents: int) -> Any:
        if name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and not intents & MESSAGE_CONTENT:
            return self._blank(data)
        return data

    def _blank(self, message: dict[str, Any]) -> dict[str, Any]:
        ours = message["author"]["id"] == self.me["id"]
        return message if ours else message | {"content": "", "embeds": [], "attachments": [], "components": []}

    # faults

    def fail(self, start: str, status: int = 500, **more: Any) -> None:
        """Let coming requests fail whose `METHOD path` begins so."""
        self.faults.append(Fault(start, status, **more))

    def _fault(self, line: str) -> Fault | None:
        for fault in self.faults:
            if line.startswith(fault.start):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None
