"""
A pooler between PostgreSQL and its clients, as far as they can tell: it lets clients in by itself, tells each a process number of its own, and lends a
connection to the server for a session or for a transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import make_url

STARTUP = 196608
SSL, GSS = 80877103, 80877104


class FakePooler:
    """Serves one database of a server on a socket, by trust. `by_transaction` is PgBouncer's `pool_mode = transaction`, else it is `session`."""

    def __init__(self, database: str, *, by_transaction: bool, size: int) -> None:
        self._url = make_url(database)
        self._by_transaction = by_transaction
        self._room = asyncio.Semaphore(size)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeting = b""
        self._clients = 0

    async def _borrowed(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await self._room.acquire()
        if self._idle:
            return self._idle.pop()  # the one that rested least, as PgBouncer does
        reader, writer = await asyncio.open_unix_connection(f"{self._url.query['host']}/.s.PGSQL.5432")
        self._writers.append(writer)
        words = f"user\0{self._url.username}\0database\0{self._url.database}\0client_encoding\0UTF8\0\0".encode()
        writer.write(struct.pack("!ii", len(words) + 8, STARTUP) + words)
        parameters = b""
        while True:
            kind, body = await message(reader)
            if kind == b"S":
                parameters += framed(kind, body)
            if kind == b"Z":
                self._greeting = parameters
                return reader, writer

    def _give_back(self, lent: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self._idle.append(lent)
        self._room.release()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a client to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                (size,) = struct.unpack("!i", await reader.readexactly(4))
                (code,) = struct.unpack("!i", (await reader.readexactly(size - 4))[:4])
                if code not in {SSL, GSS}:
                    break
                writer.write(b"N")
            if not self._greeting:
                self._give_back(await self._borrowed())
            self._clients += 1
            key = framed(b"K", struct.pack("!ii", 1_000_000_000 + self._clients, 1))
            writer.write(framed(b"R", struct.pack("!i", 0)) + self._greeting + key + framed(b"Z", b"I"))
            await self._converse(reader, writer)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lent = None
        while True:
            kind, body = await message(reader)
            if kind == b"X":
                break
            lent = lent or await self._borrowed()
            lent[1].write(framed(kind, body))
            if kind in {b"Q", b"S"} and await answered(lent[0], writer) == b"I" and self._by_transaction:
                self._give_back(lent)
                lent = None

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.close()


async def message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    (size,) = struct.unpack("!i", await reader.readexactly(4))
    return kind, await reader.readexactly(size - 4)


def framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body


async def answered(server: asyncio.StreamReader, client: asyncio.StreamWriter) -> bytes:
    """Pass on what the server says until it is ready for the next statement; give the state of its transaction."""
    while True:
        kind, body = await message(server)
        client.write(framed(kind, body))
        if kind == b"Z":
            return body


@asynccontextmanager
async def pooler(database: str, *, by_transaction: bool, size: int = 20) -> AsyncIterator[str]:
    """The address of a database behind a pooler that opens so many connections to the server at most."""
    fake = FakePooler(database, by_transaction=by_transaction, size=size)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/{make_url(database).database}"
    finally:
        server.close()
        await fake.close()
