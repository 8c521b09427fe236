"""Live updates over server-sent events: every open window is told that a message has changed, and fetches it as its visitor sees it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.web.channel.hub import MAX_WATCHERS, Hub
from adapters.web.http.clients import client_of, network_of

_PING_SECONDS = 20
_SEND_SECONDS = 10
_RETRY_MILLISECONDS = 2000


class Live:
    """
    The event stream. It ends at once when the hub is closed, so that a stopping server need not wait.

    There are `most` at once, and half of them for one client, so that nobody takes all of them.
    """

    def __init__(self, hub: Hub, most: int = MAX_WATCHERS) -> None:
        self._hub = hub
        self._most = most
        self._open: Counter[str] = Counter()

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/events", self.events)]

    async def events(self, request: Request) -> Response:
        """Stream the changes from now on."""
        client = network_of(client_of(request.scope))
        if self._hub.full or self._open.total() >= self._most or self._open[client] >= max(1, self._most // 2):
            return PlainTextResponse("Too many windows are open. Reload to see what is new.\n", 503)
        return EventSourceResponse(
            self._stream(client), ping=_PING_SECONDS, ping_message_factory=_ping, send_timeout=_SEND_SECONDS
        )

    async def _stream(self, client: str) -> AsyncIterator[ServerSentEvent]:
        self._open[client] += 1
        try:
            async for event in self._changes():
                yield event
        finally:
            self._open[client] -= 1
            self._open += Counter()  # forgets who has none

    async def _changes(self) -> AsyncIterator[ServerSentEvent]:
        async for change in self._hub.watch():
            if isinstance(change, str):
                yield ServerSentEvent(event="ready", data=change, retry=_RETRY_MILLISECONDS)
                continue
            data = {"channel": change.channel_id, "message": change.message_id, "posted": change.posted}
            yield ServerSentEvent(event="changed", data=json.dumps(data))


def _ping() -> ServerSentEvent:
    """An event and no comment, which a page would not hear: by its absence it notices that the connection is dead."""
    return ServerSentEvent(event="ping", data="still here")
