"""Live updates over server-sent events: every open window is told that a message has changed, and fetches it as its visitor sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.web.channel.hub import Hub

_PING_SECONDS = 20
_SEND_SECONDS = 10
_RETRY_MILLISECONDS = 2000


class Live:
    """The event stream. It ends at once when the hub is closed, so that a stopping server need not wait."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        """The one route."""
        return [Route("/events", self.events)]

    async def events(self, request: Request) -> Response:  # noqa: ARG002 - a route takes the request
        """Stream the changes from now on."""
        if self._hub.full:
            return PlainTextResponse("Too many windows are open. Reload to see what is new.\n", 503)
        return EventSourceResponse(self._stream(), ping=_PING_SECONDS, send_timeout=_SEND_SECONDS)

    async def _stream(self) -> AsyncIterator[ServerSentEvent]:
        async for change in self._hub.watch():
            if isinstance(change, str):
                yield ServerSentEvent(event="ready", data=change, retry=_RETRY_MILLISECONDS)
                continue
            data = {"channel": change.channel_id, "message": change.message_id, "posted": change.posted}
            yield ServerSentEvent(event="changed", data=json.dumps(data))
