"""
Socket Mode client with a watchdog.

The SDK's client alone is not enough: it goes on for ever with a ticket that was refused, swallows `invalid_auth`, and a process
whose socket is dead looks alive (docs/platform-facts.md#a14). So each connection is a client of its own with a fresh ticket;
one that is not connected, or received nothing for a minute, is closed and replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import stamina
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from adapters.slack.api import SlackApi
from adapters.slack.errors import PLATFORM
from bot.errors import ChatError, ChatRefused
from bot.log_repeats import OnceAMinute

Take = Callable[["Connection", SocketModeRequest], Awaitable[None]]
"""Handler of one envelope; acknowledges it when the event in it is stored."""

Reconnected = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)
# Slack sends each envelope again that is not taken, for as long as the database is away.
logger.addFilter(OnceAMinute(actions={"slack_envelope_not_taken"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Intervals of the watchdog and its backoff, in seconds: check, silence, hello, ping, waits."""

    look: float = 1.0
    quiet: float = 60.0
    hello: float = 10.0
    ping: float = 5.0
    first_wait: float = 1.0
    longest_wait: float = 10.0
    refused_wait: float = 60.0


class Connection(SocketModeClient):
    """One connection with one ticket. It never reconnects; it notes that Slack sent hello, and that Slack wants it replaced."""

    def __init__(self, app_token: str, base_url: str, ticket: str, ping: float) -> None:
        super().__init__(
            app_token,
            web_client=AsyncWebClient(app_token, base_url=base_url),
            auto_reconnect_enabled=False,
            ping_interval=ping,
        )
        self.wss_uri = ticket
        self.greeted = asyncio.Event()
        self.replace = asyncio.Event()
        self.heard_at = time.time()
        self.on_message_listeners.append(self._note)

    async def _note(self, message: Any) -> None:
        self.heard_at = time.time()
        if not self.greeted.is_set() and '"hello"' in str(message.data):
            self.greeted.set()

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the SDK's signature
        """Called by the SDK when Slack announces that it will close: the watchdog opens a new connection first."""
        self.replace.set()

    def last_heard(self) -> float:
        """When anything came in, an answer to a ping included, in seconds since the epoch."""
        return max(self.heard_at, self.last_ping_pong_time or 0.0)


class SocketModeEvents:
    """
    Event source over Socket Mode. `reconnected` is called after each replacement: events may have been missed
    (docs/platform-facts.md#a13).
    """

    def __init__(
        self,
        api: SlackApi,
        app_token: str,
        take: Take,
        *,
        rhythm: Rhythm | None = None,
        reconnected: Reconnected | None = None,
    ) -> None:
        self._api = api
        self._app_token = app_token
        self._take = take
        self._rhythm = rhythm or Rhythm()
        self._reconnected = reconnected
        self._connection: Connection | None = None
        self._watch: asyncio.Task[None] | None = None
        self.trouble: str | None = None

    async def open(self) -> None:
        """Connect, and keep connected from now on. Raises `ChatError` if the first connection cannot be made."""
        if self._watch is None:
            self._connection = await self._connect()
            self._watch = asyncio.create_task(self._keep(), name="slack socket")

    async def close(self) -> None:
        """Disconnect. Doing it twice is harmless."""
        watch, self._watch = self._watch, None
        if watch:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        connection, self._connection = self._connection, None
        if connection:
            await _let_go(connection)

    async def is_alive(self) -> bool:
        """Whether events can come in now."""
        found = self._connection
        if found is None or not await found.is_connected():
            return False
        return time.time() - found.last_heard() < self._rhythm.quiet

    async def _keep(self) -> None:
        while True:
            await self._until_dead()
            fresh = await self._reconnect()
            old, self._connection = self._connection, fresh
            if old:
                await _let_go(old)
            logger.info("Connected to Slack again", extra={"action": "slack_reconnected"})
            await self._tell()

    async def _until_dead(self) -> None:
        while await self.is_alive():
            connection = self._connection
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(connection.replace.wait() if connection else _forever(), self._rhythm.look)
                return
        logger.warning("The connection to Slack is dead", extra={"action": "slack_socket_dead"})

    async def _reconnect(self) -> Connection:
        """Connect, however often that takes, ever longer apart."""
        set_on_retry_hooks([_log_retry])
        async for attempt in stamina.retry_context(
            on=self._is_worth_another,
            attempts=None,
            timeout=None,
            wait_initial=self._rhythm.first_wait,
            wait_max=self._rhythm.longest_wait,
            wait_jitter=self._rhythm.first_wait,  # many installations must not come back at once
        ):
            with attempt:
                return await self._connect()
        raise AssertionError  # for mypy: attempts have no end

    def _is_worth_another(self, error: Exception) -> bool | float:
        """Whether to try again, or after how many seconds; logs what failed."""
        if isinstance(error, ChatError):
            self.trouble = str(error)
        match error:
            case ChatRefused():
                logger.error("Slack refuses the connection: %s", error, extra={"action": "slack_refused"})
                return self._rhythm.refused_wait * random.uniform(0.7, 1.0)  # noqa: S311 - as above
            case ChatError():
                logger.warning("Cannot connect to Slack: %s", error, extra={"action": "slack_connect_failed"})
                return True
        return False

    async def _connect(self) -> Connection:
        """Connect with a fresh ticket; good only once Slack has said hello."""
        opened = await self._api.read("apps.connections.open", token=self._app_token)
        connection = Connection(self._app_token, self._api.base_url, str(opened["url"]), self._rhythm.ping)
        connection.socket_mode_request_listeners.append(self._receive)
        try:
            async with asyncio.timeout(self._rhythm.hello):
                # The SDK's `connect` tries the same ticket until it is taken; a refused one never is.
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.greeted.wait()
        except BaseException as error:
            await _let_go(connection)
            if isinstance(error, TimeoutError):
                raise ChatError(PLATFORM, "Socket Mode did not say hello in time") from error
            raise
        self.trouble = None
        return connection

    async def _receive(self, client: Any, request: SocketModeRequest) -> None:
        try:
            await self._take(client, request)
        except Exception:
            # The edge: what could not be stored is not acknowledged, and Slack sends it again.
            logger.exception(
                "An envelope of Slack's could not be handled", extra={"action": "slack_envelope_not_taken"}
            )

    async def _tell(self) -> None:
        if self._reconnected is None:
            return
        try:
            await self._reconnected()
        except Exception:
            # The edge: the connection stands, whatever failed after it.
            logger.exception("Could not reconcile after reconnecting", extra={"action": "slack_reconcile_failed"})


def _log_retry(details: RetryDetails) -> None:
    """The process's hook for retries: stamina knows one for all, and left alone would print on standard output."""
    logger.info(
        "Trying again in %.1f s: %s", details.wait_for, details.caused_by, extra={"action": "question_repeated"}
    )


async def _let_go(connection: Connection) -> None:
    """Close a connection, and its session even if we are cancelled amid that."""
    try:
        with contextlib.suppress(Exception):
            await connection.close()  # type: ignore[no-untyped-call]
    finally:
        with contextlib.suppress(Exception):
            await connection.aiohttp_client_session.close()


async def _forever() -> bool:
    await asyncio.Event().wait()
    return True
