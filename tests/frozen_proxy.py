"""A TCP proxy before a PostgreSQL server whose connections can be frozen: they stay open, take what is sent, and pass nothing on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import new_postgresql, opened


class FrozenProxy:
    """
    A proxy on loopback. No error comes of what is frozen, as after a failover or behind a balancer that forgot the connection.

    `freeze` freezes all connections that there are; while `new_ones` is set, those that are opened are frozen from the first byte on, for good.
    """

    def __init__(self, address: str) -> None:
        self._behind = make_url(address)
        self._port = 0
        self._frozen = asyncio.Event()
        self._carrying: set[asyncio.Task[None]] = set()
        self.opened = 0
        self.new_ones = False

    @property
    def address(self) -> str:
        """The database's address by way of this proxy."""
        return self._behind.set(host="127.0.0.1", port=self._port, query={}).render_as_string(hide_password=False)

    @property
    def direct(self) -> str:
        """The database's address past this proxy."""
        return self._behind.render_as_string(hide_password=False)

    def freeze(self) -> None:
        """Freeze the connections that there are."""
        self._frozen.set()
        self._frozen = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FrozenProxy]:
        """Listen in this context; in the end every connection is closed."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            # Not by closing what is open: of a frozen connection one end may hear nothing of it, and one that is just being made is not open yet.
            for task in tuple(self._carrying):
                task.cancel()
            await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._carrying.add(task)
        self.opened += 1
        frozen = self._frozen
        if self.new_ones:
            frozen = asyncio.Event()
            frozen.set()
        folder = self._behind.query["host"]
        ends = [writer]
        try:
            reading, writing = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self._behind.port or 5432}")
            ends.append(writing)
            with contextlib.suppress(OSError):
                await asyncio.gather(_pour(reader, writing, frozen), _pour(reading, writer, frozen))
        finally:
            self._carrying.discard(task)
            for end in ends:
                end.transport.abort()


@asynccontextmanager
async def frozen_proxy(migrate: Callable[[AsyncEngine], Awaitable[object]] | None = None) -> AsyncIterator[FrozenProxy]:
    """A proxy before a database of its own, with the tables that `migrate` makes."""
    address = await new_postgresql()
    if migrate:
        async with opened(address) as engine:
            await migrate(engine)
    async with FrozenProxy(address).running() as proxy:
        yield proxy


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, frozen: asyncio.Event) -> None:
    while given := await reader.read(65536):
        if frozen.is_set():
            continue
        writer.write(given)
        await writer.drain()
    if not frozen.is_set():
        writer.close()
