"""
Supervisor of the gateway connection: reconnects whatever ends one, never faster than Discord allows; and the trigger of
reconciles.

discord.py reconnects by itself after most failures, and leaves some to its caller: the very first connection (in 2.7.1 an
`AttributeError` from `connect` when it fails), close codes it takes for final, payloads it cannot parse. Each of those ends the
client here, and a new one is made after a pause.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import discord

from adapters.discord.errors import failure_of
from adapters.discord.identify_budget import BudgetSpent
from adapters.discord.rest import Rest
from bot.errors import ChatError, ChatRefused
from bot.text import clean, cut

_RESERVE: Final = 50

logger = logging.getLogger(__name__)


class ConnectionState(StrEnum):
    """State of the gateway connection."""

    CLOSED = "closed"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectDelays:
    """Delays in seconds: before a new attempt, at first and at most, after a refusal; `open_timeout` is how long `open` waits."""

    first: float = 1.0
    longest: float = 300.0
    refused: float = 900.0
    open_timeout: float = 20.0


MakeClient = Callable[[bool], discord.Client]
"""Creates a client; with the message content intent if so told."""

_NO_WORDS: Final = (
    "Discord does not let Paper Round read messages: the Message Content Intent is off. Reactions count; summaries are written with the "
    "button under a pick or /paperround summary. To have replies count, turn the intent on at discord.com/developers, under Bot"
)


class Supervisor:
    """
    The gateway connection (`adapters.discord.chat.Connection`): one client at a time, replaced when it ends. `connected` must be called
    when READY comes. `at_once` is told how many shards Discord lets begin at once, before each client.

    Its exponential backoff is its own, and not stamina's: a connection that was up for days and then ended is no failed attempt of one
    call, and what ended it decides the pause (none, the day's budget, a refusal, or the backoff).
    """

    def __init__(
        self,
        make: MakeClient,
        token: str,
        rest: Rest,
        *,
        at_once: Callable[[int], None] = lambda _: None,
        pauses: ReconnectDelays | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._make = make
        self._at_once = at_once
        self._token = token
        self._rest = rest
        self._pauses = pauses or ReconnectDelays()
        self._rng = rng or random.Random()  # noqa: S311 - it spreads attempts, it keeps no secret
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._attempts = 0
        self.state = ConnectionState.CLOSED
        self.because = ""
        self.words = True
        self._told = False
        self.client: discord.Client | None = None

    async def open(self) -> None:
        """Connect and stay so. Returns once connected or refused; or after the timeout, while trying goes on: nothing else must wait."""
        if self._task is None:
            self.state = ConnectionState.CONNECTING
            self._task = asyncio.create_task(self._keep(), name="discord gateway")
        try:
            await asyncio.wait_for(self._settled.wait(), self._pauses.open_timeout)
        except TimeoutError:
            logger.warning(
                "Discord's gateway is not reached yet: %s",
                self.because or "no answer",
                extra={"action": "gateway_not_reached"},
            )

    async def close(self) -> None:
        """Disconnect. Doing it twice is harmless."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        self.state = ConnectionState.CLOSED
        self._settled.clear()

    def connected(self) -> None:
        """Note that a session began, or was resumed."""
        self._attempts = 0
        self.state, self.because = ConnectionState.CONNECTED, ""
        self._settled.set()

    def disconnected(self) -> None:
        """Note that the connection is lost; the client tries again by itself."""
        if self.state is ConnectionState.CONNECTED:
            self.state = ConnectionState.CONNECTING

    def hidden(self) -> None:
        """Note that Discord blanks what people write; logs it once."""
        if not self._told:
            self._told = True
            logger.warning(_NO_WORDS, extra={"action": "words_hidden"})

    async def _keep(self) -> None:
        while True:
            pause = await self._one_life()
            await asyncio.sleep(pause)
            self._settled.clear()

    async def _one_life(self) -> float:
        """Run one client until it ends; give the seconds until the next one."""
        client: discord.Client | None = None
        try:
            if (wait := await self._asked_to_wait()) > 0:
                return self._ended(BudgetSpent(wait))
            client = self.client = self._make(self.words)
            await client.start(self._token)
        except Exception as error:  # noqa: BLE001 - the edge: whatever ends a client, the next one is made
            return self._ended(error)
        finally:
            self.client = None
            if client is not None:
                with contextlib.suppress(discord.DiscordException, OSError, RuntimeError):
                    await client.close()
        return self._ended(None)

    def _ended(self, error: Exception | None) -> float:
        """Log why a client ended; give the seconds to wait."""
        self.state = ConnectionState.CONNECTING
        match error:
            case discord.PrivilegedIntentsRequired() if self.words:
                self.words = False  # until the next start: every other try would cost an IDENTIFY
                self.hidden()
                return 0.0
            case BudgetSpent(wait=wait):
                self.because = f"too many connections today; the next attempt is in {wait / 60:.0f} minutes"
                logger.error("Discord: %s", self.because, extra={"action": "identify_budget_spent"})
                return float(wait)
            case _ if reason := _refusal(error):
                self.state, self.because = ConnectionState.REFUSED, reason
                logger.error("Discord refuses us: %s", reason, extra={"action": "gateway_refused"})
                self._settled.set()
                return self._pauses.refused
            case None:
                self.because = "the connection was closed"
            case _:
                self.because = f"the connection failed ({_cause(error)})"
                logger.warning("Discord: %s", self.because, extra={"action": "gateway_lost"})
                logger.debug("How the connection failed", exc_info=error)
        self._attempts += 1
        longest = min(self._pauses.longest, self._pauses.first * float(2 ** min(self._attempts - 1, 12)))
        return longest * self._rng.uniform(0.5, 1.0)

    async def _asked_to_wait(self) -> float:
        """Ask Discord how many IDENTIFYs are left today: a crash loop loses its own count, Discord does not."""
        try:
            answer: Any = await self._rest.ask("GET", "/gateway/bot")
            limit = answer["session_start_limit"]
            self._at_once(max(1, int(limit.get("max_concurrency", 1))))
            few = int(limit["remaining"]) <= min(_RESERVE, int(limit.get("total", 1000)) // 20)
            return float(limit["reset_after"]) / 1000 if few else 0.0
        except ChatRefused:
            raise
        except (ChatError, KeyError, TypeError, ValueError):
            return 0.0  # whoever does not tell has no limit; the connection itself will show what is wrong


_FINAL: Final = {
    4004: "the bot token is not accepted. Make a new one at discord.com/developers and set DISCORD_BOT_TOKEN",
    4010: "the shard is not one of this bot's. Mend the shard setting",
    4011: "the bot is on so many servers that it must be sharded. Set a shard",
    4013: "the intents are not valid. This is a fault of Paper Round; please report it",
    4014: "an intent is not allowed for this bot. Turn on Message Content Intent at discord.com/developers, under Bot",
}


def _refusal(error: Exception | None) -> str:
    """What a person must do, where the next attempt would end the same way; empty otherwise."""
    match error:
        case ChatRefused():
            return error.reason
        case discord.LoginFailure():
            return failure_of(error, sends=False).reason
        case discord.PrivilegedIntentsRequired():
            return _FINAL[4014]
        case discord.ConnectionClosed():
            return _FINAL.get(error.code, "")
    return ""


def _cause(error: Exception | None) -> str:
    """Name of what went wrong: where the first connection fails, discord.py 2.7.1 hides it behind an `AttributeError` of its own."""
    said = error.__context__ if isinstance(error, AttributeError) and error.__context__ else error
    return f"{type(said).__name__}: {cut(clean(str(said)), 120)}" if str(said) else type(said).__name__


Job = Callable[[], Awaitable[object]]
"""A reconcile. False says that it could not read everything."""

TRIES: Final = 12
LONGEST: Final = 600.0
"""Longest pause between repetitions of an incomplete reconcile, in seconds; with `TRIES` of them, over an hour."""


class ReconcileTrigger:
    """
    Debounced trigger: runs `job` soon after it is asked for; requests meanwhile are one more run, at the earliest `calm`
    seconds later.

    READY can come many times in a row, and every run reads weeks of messages (docs/platform-facts.md#b6). A run that fails, or
    could not read everything, is repeated after `again` seconds, and each time after twice as many: an outage ends before the
    daily run. Not by stamina: a request that comes during the pause cuts it short and starts the count again.
    """

    def __init__(self, job: Job | None, *, calm: float = 5.0, soon: float = 1.0, again: float = 5.0) -> None:
        self._job = job
        self._calm = calm
        self._soon = soon
        self._again = again
        self._tries = 0
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Request a run."""
        if self._job is None:
            return
        self._tries = 0
        self._wanted.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(self._job), name="discord reconcile")

    async def close(self) -> None:
        """Cancel what runs."""
        task, self._task = self._task, None
        self._wanted.clear()
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self, job: Job) -> None:
        await asyncio.sleep(self._soon)
        while self._wanted.is_set():
            self._wanted.clear()
            whole = await self._looked(job)
            await asyncio.sleep(self._calm)
            if not whole and self._tries < TRIES:
                self._tries += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), min(LONGEST, self._again * 2 ** (self._tries - 1)))
                self._wanted.set()
        self._task = None

    async def _looked(self, job: Job) -> bool:
        try:
            return await job() is not False
        except Exception:
            # The edge: a run that fails is repeated, asked for again with the next READY, and daily.
            logger.exception("Reconciliation failed", extra={"action": "reconcile_failed"})
            return False
