"""A web server for tests: in the test's own event loop, on loopback, with canned answers and a record of what was asked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. `connection` counts from 1; requests on a kept connection share its number."""

    path: str
    headers: Mapping[str, str]
    connection: int
    at: float
    body: bytes = b""


@dataclass(frozen=True)
class Canned:
    """One answer. Without a content length of its own it is given the right one."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def raw(self) -> bytes:
        lines = {"Content-Length": str(len(self.body)), **self.headers} if self.status != 304 else dict(self.headers)
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {self.status} Whatever\r\n{head}\r\n".encode() + self.body


Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = Canned | bytes | Behaviour | Callable[[Asked], "Canned"]


class LocalServer:
    """Answers by path; `open` counts its connections. A list of answers is used up one by one; its last one stays. `bytes` are sent raw, then it hangs up."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self.open = 0
        self._answers: dict[str, list[Answer]] = {}

    def on(self, path: str, *answers: Answer) -> str:
        """Set what a path (without its query) is answered with; gives the whole address."""
        self._answers[path] = list(answers)
        return self.url + path

    def answer_to(self, asked: Asked) -> Answer:
        answers: Sequence[Answer] = self._answers.get(asked.path.partition("?")[0], [Canned(b"not here", 404)])
        return self._answers[asked.path.partition("?")[0]].pop(0) if len(answers) > 1 else answers[0]


async def _serve(server: LocalServer, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        lines = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in lines}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(head[0].split(" ")[1], headers, number, asyncio.get_running_loop().time(), body)
        server.asked.append(asked)
        answer = server.answer_to(asked)
        if isinstance(answer, bytes):
            writer.write(answer)
            return
        if isinstance(answer, Canned):
            writer.write(answer.raw())
        elif asyncio.iscoroutinefunction(answer):
            await answer(writer)
            return
        else:
            writer.write(answer(asked).raw())
        await writer.drain()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@asynccontextmanager
async def local_server() -> AsyncIterator[LocalServer]:
    connections: set[asyncio.Task[None]] = set()
    served: list[LocalServer] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        connections.add(task)
        handle.count += 1
        served[0].open += 1
        try:
            await _serve(served[0], handle.count, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            served[0].open -= 1
            connections.discard(task)
            writer.close()

    handle.count = 0
    listening = await asyncio.start_server(handle, "127.0.0.1", 0)
    served.append(LocalServer(listening.sockets[0].getsockname()[1]))
    try:
        yield served[0]
    finally:
        listening.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
