"""A furnished channel and people with browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette

from adapters.web.app import create_app
from adapters.web.channel.chat import WebChannel
from tests.adapters.web import demo

HOME = "http://127.0.0.1:8321"

Browser = httpx.AsyncClient
Opener = Callable[..., Browser]


@pytest.fixture
async def furnished(tmp_path) -> AsyncIterator[tuple[WebChannel, demo.Recorder]]:
    async with demo.engine_at(tmp_path) as engine:
        yield await demo.furnished(engine)


@pytest.fixture
def chat(furnished) -> WebChannel:
    return furnished[0]


@pytest.fixture
def recorder(furnished) -> demo.Recorder:
    return furnished[1]


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    """Opens a browser window on an application: a cookie jar of its own, and the headers that browsers send."""
    async with AsyncExitStack() as stack:

        def browser(app: Starlette, *, address: str = "192.0.2.7", **headers: str) -> Browser:
            transport = httpx.ASGITransport(app, client=(address, 50000), raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=HOME)
            client.headers.update({"Sec-Fetch-Site": "same-origin", "Origin": HOME, **headers})
            stack.push_async_callback(client.aclose)
            return client

        yield browser


@pytest.fixture
def app(chat) -> Starlette:
    return create_app(chat, demo.site())


@pytest.fixture
def browser(app, opened) -> Browser:
    """A browser without JavaScript."""
    return opened(app)


@pytest.fixture
async def ada(app, opened) -> Browser:
    """Ada's browser, with JavaScript: she has told her name."""
    client = opened(app, Accept="application/json")
    await client.post("/you", data={"name": "Ada"})
    return client


@pytest.fixture
async def grace(app, opened) -> Browser:
    """Grace's browser."""
    client = opened(app, Accept="application/json")
    await client.post("/you", data={"name": "Grace"})
    return client
