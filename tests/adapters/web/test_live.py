"""Live updates over a real connection, and their end."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest

from adapters.web.channel.hub import _MAX_WAITING, EVERYTHING, MAX_WATCHERS, Change, Hub
from adapters.web.http.access_store import OPERATOR, AccessStore
from adapters.web.pages.live import Live
from bot.model import Member
from tests.adapters.web import demo
from tests.adapters.web.serving import served
from tests.waiting import PATIENCE

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
    async with (
        httpx.AsyncClient(base_url=home, timeout=PATIENCE) as client,
        client.stream("GET", "/events") as response,
    ):
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
        server.should_exit = True
        # It ends as it should: what is cut off after the server's time of grace breaks off.
        with pytest.raises(EOFError):
            await stream.next()


@asynccontextmanager
async def logged_in(home: str):
    """A browser that knows the password, and its window."""
    async with httpx.AsyncClient(base_url=home, timeout=PATIENCE, headers={"Sec-Fetch-Site": "same-origin"}) as client:
        assert 303 == (await client.post("/login", data={"password": "morning paper"})).status_code
        async with client.stream("GET", "/events") as response:
            yield client, Stream(response)


async def test_logging_out_ends_windows(chat):
    """Whoever logs out is told nothing more; somebody else goes on."""
    async with (
        served(chat, demo.site(password="morning paper")) as (_, home),
        logged_in(home) as (ada, mine),
        logged_in(home) as (_, others),
    ):
        await mine.next()
        await others.next()
        await ada.post("/logout")
        await chat.post(demo.CHANNEL, demo.head(), "w34/0")

        with pytest.raises(EOFError):
            await mine.next()
        assert "changed" == (await others.next())[0]


async def test_a_session_that_ended_elsewhere(chat):
    """A session that another process ended, or that ran out, ends its windows soon; a database that is away ends none."""
    access = AccessStore(chat.store.engine, demo.site().clock)
    cookie = await access.open_session(OPERATOR)
    live = Live(chat.hub, access=access, look_seconds=0.05)
    stream = live._stream("192.0.2.7", cookie)
    assert "ready" == (await anext(stream)).event

    await asyncio.sleep(0.2)
    await access.end_session(cookie)

    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(stream), PATIENCE)


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
