"""The web server: uvicorn with limits on its connections, told to end live streams before it waits for open responses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from adapters.web.channel.hub import Hub
from adapters.web.http.connections import ConnectionLimits, ConnectionPool, LimitedConnection, file_limit, limits_for

GRACE_SECONDS = 5

WAITING_TO_BE_ACCEPTED = 512
"""How many connections the system keeps for us until we accept them."""

_NO_FILE_LEFT = "socket.accept() out of system resource"
"""What asyncio says where `accept` fails for want of files (asyncio.selector_events)."""


class PageServer(uvicorn.Server):
    """
    Serves the page until `should_exit` is set.

    Signals belong to the process, not to the page: whoever runs this decides when it stops. On the way out the live streams are
    ended first, since uvicorn waits for open answers and a stream of events would otherwise never be done.
    """

    def __init__(self, app: ASGIApp, hub: Hub, *, host: str, port: int, limits: ConnectionLimits | None = None) -> None:
        self._hub = hub
        self.pool = ConnectionPool(limits or limits_for(file_limit()))
        protocol = partial(LimitedConnection, self.pool)
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                http=cast("type[asyncio.Protocol]", protocol),
                ws="none",  # nothing here speaks it
                proxy_headers=False,  # `ProxyHeaders` does that, and remembers whom it was told by
                backlog=self.pool.limits.at_once,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen. asyncio takes one figure for the connections that it accepts at once and those that the system keeps: the second is set here."""
        asyncio.get_running_loop().set_exception_handler(self._trouble)
        await super().startup(sockets)
        for listening in sockets or ():
            listening.listen(WAITING_TO_BE_ACCEPTED)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: once a second, close the connections whose clients have had their time."""
        if counter % 10 == 0:
            self.pool.close_overdue()
        return await super().on_tick(counter)

    def _trouble(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") != _NO_FILE_LEFT:
            loop.default_exception_handler(context)
            return
        self.pool.no_file_left()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live streams, then stop."""
        self._hub.close()
        await super().shutdown(sockets)
