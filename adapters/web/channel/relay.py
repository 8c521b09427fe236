"""
Relay of live updates between the processes that serve the local page, by PostgreSQL's LISTEN and NOTIFY.

Nothing is stored: what was not told, because a process died between its commit and the notice, or the connection was away, is seen when a
window reads the page again. A relay that was away tells its windows that everything may have changed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final

import psycopg
from sqlalchemy import make_url

from adapters.log_repeats import OnceAMinute
from adapters.web.channel.hub import EVERYTHING, Change, Hub

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())  # it tries again every two seconds, twice, for as long as the database is away

CHANNEL: Final = "paperround_board"

AGAIN_SECONDS: Final = 2.0
"""Pause before the relay connects again."""

MOST_WAITING: Final = 1000
"""How many changes wait to be told; beyond that everything may have changed."""


_Work = Callable[[psycopg.AsyncConnection, bool], Awaitable[None]]


class Relay:
    """Passes on what changed, both ways, as long as `run` runs. Two connections of its own: one listens, one tells."""

    def __init__(self, address: str, hub: Hub) -> None:
        self._conninfo = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
        self._hub = hub
        self._me = secrets.token_hex(8)
        self._untold: asyncio.Queue[Change] = asyncio.Queue(MOST_WAITING)

    async def run(self) -> None:
        """Pass changes on until this is cancelled."""
        self._hub.outlet = self._take
        try:
            await asyncio.gather(self._again(self._listen), self._again(self._tell))
        finally:
            self._hub.outlet = None

    def _take(self, change: Change) -> None:
        if self._untold.full():
            while not self._untold.empty():
                self._untold.get_nowait()
            change = EVERYTHING
        self._untold.put_nowait(change)

    async def _again(self, work: _Work) -> None:
        first = True
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._conninfo, autocommit=True, connect_timeout=10
                ) as connection:
                    await work(connection, first)
            except (psycopg.Error, OSError) as error:
                logger.warning(
                    "Open windows are not told what other processes do: %s",
                    type(error).__name__,
                    extra={"action": "relay_away"},
                )
            first = False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self, connection: psycopg.AsyncConnection, first: bool) -> None:  # noqa: FBT001 - a callback
        await connection.execute(f"LISTEN {CHANNEL}")
        if not first:
            self._hub.publish_here(EVERYTHING)
        async for notice in connection.notifies():
            told = json.loads(notice.payload)
            if told.pop("from") != self._me:
                self._hub.publish_here(Change(**told))

    async def _tell(self, connection: psycopg.AsyncConnection, first: bool) -> None:  # noqa: FBT001 - a callback
        while True:
            # After a time away something may not have been told.
            change = await self._untold.get() if first else EVERYTHING
            first = True
            payload = json.dumps({"from": self._me, **asdict(change)})
            await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
