"""Live updates over a real connection, and their end."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager

import httpx
import pytest

from adapters.web.channel.hub import _MAX_WAITING, EVERYTHING, MAX_WATCHERS, Change, Hub
from bot.model import Member
from tests.adapters.web import demo
from tests.adapters.web.serving import served

ADA = Member(id="a", name="Ada")


class Stream:
    """An open window's stream of events."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, str]:
        """The next event: its name and its data."""
        fields = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if not line and fields:
                return fields.get("event", ""), fields.get("data", "")
            if name:
                fields[name] = value
        raise EOFError


@asynccontextmanager
async def window(home: str):
    async with httpx.AsyncClient(base_url=home, timeout=10) as client, client.stream("GET", "/events") as response:
        yield Stream(response)


async def test_changes(chat):
    """Every window is sent a new message, a reaction, a reply and its mark."""
    await chat.rename(ADA)
    async with served(chat, demo.site()) as (_, home), window(home) as one, window(home) as two:
        version = chat.hub.version
        assert [("ready", version)] * 2 == [await one.next(), await two.next()]
        ref = await chat.post(demo.CHANNEL, demo.head(), "w34/0")
        posted = {"channel": "local", "message": ref.message_id, "posted": True}
        assert ["changed"] * 2 == [(await stream.next())[0] for stream in (one, two)]

        await chat.react("local", ref.message_id, ADA, "⭐", put=True)
        assert {**posted, "posted": False} == json.loads((await one.next())[1])
        assert chat.hub.version != version


async def test_server_stops_with_open_windows(chat):
    """Open windows do not hold up the end: they are let go at once."""
    async with served(chat, demo.site()) as (server, home), window(home) as stream:
        await stream.next()
        started = time.monotonic()
        server.should_exit = True
        with pytest.raises(EOFError):
            await stream.next()

        assert time.monotonic() - started < 2


async def test_closing_the_channel_ends_windows(chat):
    """When the channel is closed its windows are let go too, while the server goes on."""
    async with served(chat, demo.site()) as (_, home), window(home) as stream:
        await stream.next()
        await chat.close()

        with pytest.raises(EOFError):
            await stream.next()


async def test_a_window_goes_away():
    """A window that is closed is forgotten."""
    hub = Hub()
    watching = hub.watch()
    await anext(watching)
    assert 1 == len(hub._watchers)
    await watching.aclose()

    assert 0 == len(hub._watchers)


async def test_a_slow_window():
    """A window that hears nothing for long is told once that everything has changed."""
    hub = Hub()
    watching = hub.watch()
    await anext(watching)
    for number in range(_MAX_WAITING + 5):
        hub.publish(Change("local", str(number)))

    told = [await anext(watching) for _ in range(5)]
    assert EVERYTHING == told[0]
    await watching.aclose()


async def test_the_same_change_twice():
    """What changes twice before a window looks is told once."""
    hub = Hub()
    watching = hub.watch()
    await anext(watching)
    for message in ("a", "a", "b"):
        hub.publish(Change("local", message))

    assert ["a", "b"] == [(await anext(watching)).message_id for _ in range(2)]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(watching), 0.05)


async def test_too_many_windows(chat, browser):
    """There is an end to the number of windows."""
    watching = [chat.hub.watch() for _ in range(MAX_WATCHERS)]
    for one in watching:
        await anext(one)

    assert 503 == (await browser.get("/events")).status_code
    for one in watching:
        await one.aclose()
