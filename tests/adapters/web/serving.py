"""A page served on a free port of this machine, as the service serves it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette

from adapters.web.app import create_app
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.hub import Hub
from adapters.web.http.connections import ConnectionLimits
from adapters.web.http.server import PageServer
from adapters.web.pages.context import Site
from tests.waiting import PATIENCE


def free_socket(port: int = 0) -> socket.socket:
    """A socket bound to a free port on loopback, or to this one."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


@asynccontextmanager
async def app_served(
    app: Starlette, hub: Hub, limits: ConnectionLimits | None = None, *, port: int = 0
) -> AsyncIterator[tuple[PageServer, str]]:
    """The running server and its address. It is stopped at the end, and must stop in time."""
    bound = free_socket(port)
    port = bound.getsockname()[1]
    server = PageServer(app, hub, host="127.0.0.1", port=port, limits=limits)
    task = asyncio.create_task(server.serve([bound]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by a flag only
        await asyncio.sleep(0.01)
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, PATIENCE)


def served(
    chat: WebChannel, site: Site, limits: ConnectionLimits | None = None, *, port: int = 0
) -> AbstractAsyncContextManager[tuple[PageServer, str]]:
    """The same of a channel's page."""
    return app_served(create_app(chat, site), chat.hub, limits, port=port)
