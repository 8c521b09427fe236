"""Live updates over server-sent events: every open window is told that a message has changed, and fetches it as its visitor sees it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.web.channel.hub import MAX_WATCHERS, Hub
from adapters.web.http.access_store import AccessStore
from adapters.web.http.clients import client_of, network_of
from adapters.web.http.sessions import SESSION_COOKIE
from bot.errors import StorageError

_PING_SECONDS = 20
_SEND_SECONDS = 10
_RETRY_MILLISECONDS = 2000
_LOOK_SECONDS = 10.0


class Live:
    """
    The event stream. It ends at once when the hub is closed, so that a stopping server need not wait.

    There are `most` at once, and half of them for one client, so that nobody takes all of them. With `access`, the page is behind a
    password, and a stream ends with the session that it began under: at once where this process ends it, else within `look_seconds`.
    """

    def __init__(
        self,
        hub: Hub,
        most: int = MAX_WATCHERS,
        access: AccessStore | None = None,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._hub = hub
        self._most = most
        self._access = access
        self._look_seconds = look_seconds
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
            self._stream(client, self._session(request)),
            ping=_PING_SECONDS,
            ping_message_factory=_ping,
            send_timeout=_SEND_SECONDS,
        )

    def _session(self, request: Request) -> str:
        return request.cookies.get(SESSION_COOKIE, "") if self._access is not None else ""

    async def _stream(self, client: str, session: str) -> AsyncIterator[ServerSentEvent]:
        self._open[client] += 1
        looking = asyncio.create_task(self._look_for(session))
        try:
            async for event in self._changes(session):
                yield event
        finally:
            looking.cancel()
            self._open[client] -= 1
            self._open += Counter()  # forgets who has none

    async def _look_for(self, session: str) -> None:
        """Look now and again whether a session is there still: it may have run out, or been ended by another process or a sweep."""
        while session and self._access is not None:
            await asyncio.sleep(self._look_seconds)
            try:
                there = await self._access.session(session)
            except StorageError:
                continue  # nobody is sent out since the database is away
            if there is None:
                self._hub.end(session)

    async def _changes(self, session: str) -> AsyncIterator[ServerSentEvent]:
        async for change in self._hub.watch(session):
            if isinstance(change, str):
                yield ServerSentEvent(event="ready", data=change, retry=_RETRY_MILLISECONDS)
                continue
            data = {"channel": change.channel_id, "message": change.message_id, "posted": change.posted}
            yield ServerSentEvent(event="changed", data=json.dumps(data))


def _ping() -> ServerSentEvent:
    """An event and no comment, which a page would not hear: by its absence it notices that the connection is dead."""
    return ServerSentEvent(event="ping", data="still here")
