"""The gateway of `tests/fake_discord.py`: sessions that can be resumed, dropped, invalidated and lost."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_world import World

TOKEN = "wire-token.of.a-bot"
MESSAGE_CONTENT = 1 << 15


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


class Gateway(World):
    """
    The websocket side. While `deaf`, events are lost for ever; with `refuses_resume` the next RESUME ends the session.

    `faults` are used up by whatever asks first, here or over REST.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gateway_url = ""
        self.faults: list[Fault] = []
        self.identifies: list[dict[str, Any]] = []
        self.resumes = 0
        self.refuses_resume = False
        self.deaf = False
        self._sessions: dict[str, Session] = {}

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
