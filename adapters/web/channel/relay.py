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
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final

import psycopg

from adapters.bounded_connection import BoundedConnection
from adapters.conninfo import conninfo_of
from adapters.web.channel.hub import EVERYTHING, Change, Hub
from bot.log_repeats import OnceAMinute

logger = logging.getLogger(__name__)
# A fault of ours is met again every two seconds, and anybody may send what cannot be read.
logger.addFilter(OnceAMinute(actions={"relay_failed", "relay_unreadable"}))

CHANNEL: Final = "paperround_board"

AGAIN_SECONDS: Final = 2.0
"""Pause before the relay connects again."""

QUIET_SECONDS: Final = 15.0
"""After how long without a notice the connection that listens is asked whether it lives."""

MOST_WAITING: Final = 1000
"""How many changes wait to be told; beyond that everything may have changed."""


_Work = Callable[[BoundedConnection, bool], Awaitable[None]]


class Relay:
    """
    Passes on what changed, as long as `run` runs. It survives an outage of the database and messages that it cannot read. Two connections of its
    own: one tells, one listens; a process without windows of its own `only_tells`.
    """

    def __init__(self, address: str, hub: Hub, *, only_tells: bool = False) -> None:
        self._conninfo = conninfo_of(address)
        self._hub = hub
        self._work = (self._tell,) if only_tells else (self._listen, self._tell)
        self._me = secrets.token_hex(8)
        self._untold: asyncio.Queue[Change] = asyncio.Queue(MOST_WAITING)
        self._away: set[str] = set()
        """Which of the two connections are lost."""
        self._heard_at: float | None = None
        """When the server was last known to reach us, on the connection that listens; None while there is none."""

    @property
    def hears(self) -> bool:
        """Whether windows of this process are told what others change: whether the server was heard lately."""
        silent = QUIET_SECONDS + 2 * BoundedConnection.ping_seconds
        return self._heard_at is not None and time.monotonic() - self._heard_at < silent

    async def run(self) -> None:
        """Pass changes on until this is cancelled."""
        self._hub.outlet = self._take
        try:
            await asyncio.gather(*map(self._again, self._work))
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
                async with await BoundedConnection.connect(
                    self._conninfo, autocommit=True, connect_timeout=10
                ) as connection:
                    await work(connection, first)
            except (psycopg.Error, OSError) as error:
                self._lost(work, error)
            except Exception:
                # The edge: live updates are a convenience, and no fault in them ends the process that they run in.
                logger.exception("Open windows are not told what other processes do", extra={"action": "relay_failed"})
            if work == self._listen:
                self._heard_at = None
            first = False
            await asyncio.sleep(AGAIN_SECONDS)

    def _lost(self, work: _Work, error: Exception) -> None:
        """Say that a connection is lost: once, for both, and however often it is tried again."""
        logger.log(
            logging.DEBUG if self._away else logging.WARNING,
            "Open windows are not told what other processes do: %s. It is tried again every two seconds",
            type(error).__name__,
            extra={"action": "relay_away"},
        )
        self._away.add(work.__name__)

    def _back(self, work: _Work) -> None:
        """Say that what was lost works again."""
        if work.__name__ not in self._away:
            return
        self._away.discard(work.__name__)
        if not self._away:
            logger.warning(
                "Open windows are told again what other processes do, and read everything once more",
                extra={"action": "relay_back"},
            )

    async def _listen(self, connection: BoundedConnection, first: bool) -> None:  # noqa: FBT001 - a callback
        await connection.execute(f"LISTEN {CHANNEL}")
        self._back(self._listen)
        if not first:
            self._hub.publish_here(EVERYTHING)
        while True:
            self._heard_at = time.monotonic()
            async for notice in connection.notifies(timeout=QUIET_SECONDS):
                self._heard_at = time.monotonic()
                sender, change = _read(notice.payload)
                if sender != self._me:
                    self._hub.publish_here(change)
            await connection.ping()

    async def _tell(self, connection: BoundedConnection, first: bool) -> None:  # noqa: FBT001 - a callback
        while True:
            # After a time away something may not have been told.
            change = await self._untold.get() if first else EVERYTHING
            first = True
            payload = json.dumps({"from": self._me, **asdict(change)})
            with connection.within(connection.ping_seconds):
                await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
            self._back(self._tell)


def _read(payload: str) -> tuple[str | None, Change]:
    """
    Who told of a change, and which. What cannot be read may have changed everything: another version may know more of a change, and any program
    on the database may use the name.
    """
    try:
        told = json.loads(payload)
        sender, change = told.pop("from"), Change(**told)
        readable = isinstance(told["channel_id"], str) and isinstance(told["message_id"], str)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        readable = False
    if readable:
        return sender, change
    logger.warning(
        "A change that another process told of cannot be read here, so open windows read everything again. After an upgrade, see that all "
        "processes are of one version",
        extra={"action": "relay_unreadable"},
    )
    return None, EVERYTHING
