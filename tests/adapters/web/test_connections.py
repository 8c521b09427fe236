"""Strangers hold nothing: half-sent requests, connections that say nothing, and answers that nobody fetches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from adapters.web.http.connections import ConnectionLimits, limits_for
from tests.adapters.web import demo
from tests.adapters.web.serving import served
from tests.waiting import PATIENCE, until

QUICK = ConnectionLimits(
    total=16, per_client=16, head_seconds=1, body_seconds=1, write_seconds=1, bytes_a_second=100_000
)
"""Limits that a test need not wait for."""

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = b"POST /you HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 900\r\n\r\nname="


class Stranger:
    """A connection that sends `said`, and then nothing more."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def is_closed(self, within: float = PATIENCE) -> bool:
        """Whether the server closes it."""
        try:
            async with asyncio.timeout(within):
                while await self.reader.read(1):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True


@contextlib.asynccontextmanager
async def strangers(address: str, count: int, said: bytes = b"") -> AsyncIterator[list[Stranger]]:
    """So many connections, each of which has sent `said`."""
    port = int(address.rpartition(":")[2])
    opened = []
    try:
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**12)
            writer.write(said)
            opened.append(Stranger(reader, writer))
        yield opened
    finally:
        for one in opened:
            one.writer.transport.abort()


@contextlib.contextmanager
def few_files(more: int) -> Iterator[None]:
    """Let this process open so many more files, beside those of 60 strangers that live in it, too."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 60 + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def answers(address: str, path: str = "/healthz") -> bool:
    """Whether the page answers somebody who comes now."""
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        return (await client.get(address + path)).status_code == 200


class TestTime:
    @pytest.mark.parametrize("said", [b"", HEAD, BODY], ids=["nothing", "half a head", "half a body"])
    async def test_a_request_that_does_not_come(self, chat, said):
        """A connection whose request is not there in time is closed."""
        async with served(chat, demo.site(), QUICK) as (server, address), strangers(address, 5, said) as waiting:
            closed = [await one.is_closed() for one in waiting]

            assert [True] * 5 == closed
            assert 0 == len(server.pool)

    async def test_a_head_in_drips(self, chat):
        """A byte now and then buys a head no more time."""
        async with served(chat, demo.site(), QUICK) as (_, address), strangers(address, 1, HEAD) as (slow,):
            async with asyncio.timeout(PATIENCE):
                with contextlib.suppress(ConnectionError):
                    while not slow.reader.at_eof():
                        slow.writer.write(b"X")
                        await slow.writer.drain()
                        await asyncio.sleep(0.1)

    async def test_a_kept_connection(self, chat):
        """After an answer a half-sent second request is held no longer than a first one."""
        async with (
            served(chat, demo.site(), QUICK) as (_, address),
            strangers(address, 1, HEAD + b"\r\n" + HEAD) as (one,),
        ):
            assert (await one.reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            assert await one.is_closed()

    async def test_a_proxy_keeps_its_connections(self, chat):
        """
        A proxy that is named closes its connections itself, used ones and those it has not used yet: what it sends after a rest is answered. A
        half-sent request of its is held no longer than anybody's.
        """
        limits = replace(QUICK, proxies=("127.0.0.1",), rest_seconds=30)
        async with served(chat, demo.site(), limits) as (_, address), strangers(address, 2) as (used, fresh):
            used.writer.write(HEAD + b"\r\n")
            assert (await used.reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(6)  # longer than uvicorn keeps a connection by default, and than a head may take here
            for one in (used, fresh):
                one.writer.write(HEAD + b"\r\n")
                assert (await one.reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
            used.writer.write(HEAD)

            assert await used.is_closed()
            assert not await fresh.is_closed(0.1)

    async def test_a_large_body_in_its_own_time(self, chat):
        """A body that comes at a fair rate may take longer than one that does not come."""
        limits = ConnectionLimits(total=16, per_client=16, head_seconds=60, body_seconds=1, bytes_a_second=10)
        half = b"a" * 450  # buys 45 seconds
        async with served(chat, demo.site(), limits) as (_, address), strangers(address, 1, BODY + half) as (one,):
            await asyncio.sleep(2)
            one.writer.write(half)

            assert (await one.reader.readline()).startswith(b"HTTP/1.1 ")

    async def test_an_answer_that_nobody_fetches(self, chat):
        """Whoever asks and does not read holds nothing for long, and who reads slowly gets all of it."""
        await demo.post_week(chat)
        many = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200
        async with served(chat, demo.site(), QUICK) as (server, address), strangers(address, 3, many):
            await until(lambda: not len(server.pool))

    async def test_a_live_stream_lasts(self, chat):
        """A window that listens for changes is a request that came whole: it stays."""
        async with (
            served(chat, demo.site(), QUICK) as (_, address),
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream("GET", f"{address}/events") as stream,
        ):
            lines = stream.aiter_lines()
            await anext(lines)
            await asyncio.sleep(3)
            assert await answers(address)
            await demo.post_week(chat)

            assert "changed" in [line.removeprefix("event: ") async for line in _until(lines, "event: changed")]


async def _until(lines: AsyncIterator[str], last: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if line == last:
            return


class TestNumber:
    @pytest.mark.parametrize("said", [b"", HEAD, BODY], ids=["nothing", "half a head", "half a body"])
    async def test_room_for_who_comes(self, chat, said):
        """However many half-sent requests there are, the next visitor is answered at once."""
        limits = ConnectionLimits(total=16, per_client=16, head_seconds=3600, body_seconds=3600)
        async with served(chat, demo.site(), limits) as (server, address), strangers(address, 300, said):
            assert await answers(address)
            assert await answers(address, "/")
            assert len(server.pool) <= 16

    async def test_who_is_at_work_stays(self, chat):
        """A request under way is not cut off for new connections; they are refused where nobody waits."""
        few = ConnectionLimits(total=4, per_client=4)
        async with served(chat, demo.site(), few) as (_, address), contextlib.AsyncExitStack() as stack:
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=PATIENCE))
            streams = [await stack.enter_async_context(client.stream("GET", f"{address}/events")) for _ in range(4)]
            with pytest.raises(httpx.TransportError):
                await answers(address)

            assert [200] * 4 == [stream.status_code for stream in streams]
            assert [b"event"] * 4 == [(await anext(stream.aiter_bytes()))[:5] for stream in streams]

    async def test_windows_leave_room(self, chat):
        """Open windows take their share of the connections, and not all; and one client takes not all of the windows."""
        async with served(chat, demo.site(windows=6), QUICK) as (_, address), contextlib.AsyncExitStack() as stack:
            statuses, reading = [], []
            for number in range(8):
                headers = {"X-Forwarded-For": f"192.0.2.{number // 4}"}
                client = await stack.enter_async_context(httpx.AsyncClient(headers=headers))
                stream = await stack.enter_async_context(client.stream("GET", f"{address}/events"))
                statuses.append(stream.status_code)
                if stream.status_code == 200:
                    reading.append(stream.aiter_bytes())  # kept, or the stream is closed
                    await anext(reading[-1])

            assert [200, 200, 200, 503, 200, 200, 200, 503] == statuses

    async def test_one_line_a_minute(self, chat, caplog):
        """What strangers cause is told once, with no traceback, however often they do it."""
        caplog.set_level(logging.WARNING)
        async with (
            served(chat, demo.site(), QUICK) as (_, address),
            strangers(address, 100, HEAD),
            strangers(address, 50, b"nonsense\r\n\r\n"),
        ):
            assert await answers(address)

        sentences = [record.msg for record in caplog.records]
        assert len(set(sentences)) == len(sentences) <= 3
        assert not [record for record in caplog.records if record.exc_info]

    async def test_no_file_left(self, chat, caplog):
        """Where the process may open no more files, whatever took them, waiting connections are closed, and it is told once."""
        async with served(chat, demo.site(), ConnectionLimits(total=90, per_client=90)) as (server, address):
            with few_files(24):
                async with strangers(address, 60, HEAD):
                    await until(lambda: "accept_failed" in {getattr(one, "action", "") for one in caplog.records})
                    await asyncio.sleep(2.5)
                    during = len(server.pool)
            assert await answers(address)

        assert during < 60
        assert 1 == [record.action for record in caplog.records if record.levelno == logging.WARNING].count(
            "accept_failed"
        )

    @pytest.mark.parametrize("files", [16, 64, 256, 1024, 1_000_000])
    def test_limits_fit(self, files):
        """The connections leave files for everything else, wherever there are enough for both."""
        limits = limits_for(files)

        assert 8 <= limits.total <= 1000
        assert files < 64 or limits.total + limits.at_once + 30 < files
        assert 0 < limits.streams < limits.total
