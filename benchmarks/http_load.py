"""
Load on web processes: signed requests at instants set beforehand, over kept connections, and what the answers took.

A connection that its server closes is replaced, and a request that was lost with it is sent again, as Slack and proxies do: a server may
close one that rests at the instant at which a request is on its way. Requests that were sent again are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import statistics
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

LINES: Final = 200
"""Kept connections to each web: Slack waits for no answer before it sends the next event."""

PATIENCE: Final = 60.0
"""Seconds without any answer after which a round is given up."""


class NoAnswer(Exception):
    """Requests that were never answered."""


class Line(asyncio.Protocol):
    """One kept connection: a request at a time."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._read = bytearray()
        self.sent: tuple[float, bytes] | None = None
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, due: float, request: bytes) -> None:
        self.sent = due, request
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = bytes(self._read).partition(b"\r\n\r\n")
        if not found:
            return
        length = next(
            (int(one.split(b":")[1]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length:")), 0
        )
        if len(body) >= length and self.sent:
            (due, _), self.sent = self.sent, None
            self._read.clear()
            self._web.answered(self, due, int(head.split(b" ", 2)[1]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base class names it
        self._web.lost(self)


@dataclass
class Web:
    """One web process from outside: its free connections, and the requests that wait for one."""

    port: int
    pid: int
    free: list[Line] = field(default_factory=list)
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    took: list[float] = field(default_factory=list)
    refused: int = 0
    again: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def connect(self) -> None:
        """Bring the connections up to their number, and forget what was counted."""
        self.took.clear()
        self.refused = self.again = 0
        while len(self.free) < LINES:
            await self._connect()

    def send(self, due: float, request: bytes) -> None:
        while self.free:
            line = self.free.pop()
            if not line.transport.is_closing():
                line.send(due, request)
                return
        self.waiting.append((due, request))

    def answered(self, line: Line, due: float, status: int) -> None:
        self.took.append(time.perf_counter() - due)
        self.refused += status != 200
        self._is_free(line)

    def lost(self, line: Line) -> None:
        """Replace a connection, and send again what was on it."""
        if line in self.free:
            self.free.remove(line)
        if line.sent:
            self.again += 1
            self.waiting.append(line.sent)
        task = asyncio.create_task(self._connect())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self) -> None:
        with contextlib.suppress(OSError):
            _, line = await asyncio.get_running_loop().create_connection(lambda: Line(self), "127.0.0.1", self.port)
            self._is_free(line)

    def _is_free(self, line: Line) -> None:
        self.free.append(line)
        if self.waiting:
            self.send(*self.waiting.popleft())


@dataclass(frozen=True)
class Round:
    """What one round gave: rates a second, milliseconds, and CPU seconds by part."""

    rate: float
    p50: float
    p99: float
    refused: int
    again: int
    wall: float
    cpu: dict[str, float]


def requests_of(path: str, bodies: Iterable[tuple[bytes, dict[str, str]]]) -> list[bytes]:
    """Requests as bytes, of their bodies and headers."""
    made = []
    for body, headers in bodies:
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        made.append("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return made


async def measured(webs: Sequence[Web], requests: Sequence[bytes], rate: float, database: int | None) -> Round:
    """Send the requests at their instants, dealt out in turn; wait until all are answered. Raises `NoAnswer` if that takes too long."""
    for web in webs:
        await web.connect()
    before = _cpu_of(webs, database)
    began = time.perf_counter()
    for number, request in enumerate(requests):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        elif number % 20 == 0:
            await asyncio.sleep(0)
        webs[number % len(webs)].send(due, request)
    await _answered(webs, len(requests))
    wall = time.perf_counter() - began
    after = _cpu_of(webs, database)
    cuts = statistics.quantiles([one for web in webs for one in web.took], n=100)
    return Round(
        len(requests) / wall,
        cuts[49] * 1000,
        cuts[98] * 1000,
        sum(web.refused for web in webs),
        sum(web.again for web in webs),
        wall,
        {name: after[name] - before[name] for name in after},
    )


async def _answered(webs: Sequence[Web], count: int) -> None:
    had, since = -1, time.perf_counter()
    while (have := sum(len(web.took) for web in webs)) < count:
        now = time.perf_counter()
        if have != had:
            had, since = have, now
        elif now - since > PATIENCE:
            raise NoAnswer(f"{count - have} requests had no answer within {PATIENCE:g} s after the last one that had")
        await asyncio.sleep(0.01)


def _cpu_of(webs: Sequence[Web], database: int | None) -> dict[str, float]:
    """CPU seconds used so far, by part; PostgreSQL's are those of its processes."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    found = {"load": own.ru_utime + own.ru_stime, "webs": sum(_seconds(web.pid) for web in webs)}
    return found | ({"PostgreSQL": sum(map(_seconds, _family(database)))} if database else {})


def _seconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _family(parent: int) -> list[int]:
    children = [int(pid) for one in Path(f"/proc/{parent}/task").glob("*/children") for pid in one.read_text().split()]
    return [parent, *children]
