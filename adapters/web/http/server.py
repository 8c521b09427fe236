"""The web server: uvicorn, told to end live streams before it waits for open responses."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from adapters.web.channel.hub import Hub

GRACE_SECONDS = 5


class PageServer(uvicorn.Server):
    """
    Serves the page until `should_exit` is set.

    Signals belong to the process, not to the page: whoever runs this decides when it stops. On the way out the live streams are
    ended first, since uvicorn waits for open answers and a stream of events would otherwise never be done.
    """

    def __init__(self, app: Starlette, hub: Hub, *, host: str, port: int) -> None:
        self._hub = hub
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live streams, then stop."""
        self._hub.close()
        await super().shutdown(sockets)
