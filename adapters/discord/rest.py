"""
Client for Discord's REST API, without the gateway: a process that never connects can post a digest
(docs/platform-facts.md#b10).

discord.py's HTTP client knows the rate limits (buckets, global, Retry-After) and repeats what failed with 500, 502 or 504; this
one adds a deadline, maps its errors to ours, and stops where going on would have the whole address banned
(docs/platform-facts.md#b8). What all processes of a bot may ask together they agree on by a `bot.ports.RateLimiter`; discord.py knows the limits
of single routes.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from json import loads
from typing import Any, Final

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import HTTPClient, Route

from adapters.discord.errors import PLATFORM, failure_of
from bot.errors import ChatError, ChatRefused
from bot.ports import RateLimit, RateLimiter
from bot.rate_limits import InProcessRateLimiter, SlidingWindow, TurnTooLate, take_turn, take_turn_in_time

DEADLINE: Final = 60.0
"""
Seconds for one request with its repetitions: shorter than Discord remembers a nonce, so a retry meets the first try
(docs/platform-facts.md#b2).
"""

LONGEST_WAIT: Final = 30.0

REQUESTS: Final = RateLimit(bucket="discord/requests", interval=1 / 44, burst=6)
"""A bot may make fifty requests a second in all (docs/platform-facts.md#b11): by this rate there are at most fifty in any second."""

SHARED_REQUESTS: Final = RateLimit(bucket="discord/requests", interval=1 / 41, burst=1)
"""
The same where several processes share it, each of which may use a turn late (`bot.rate_limits.LATE`): those of 1.19 seconds and one more, 49, are the most in
any second. Turns that come one by one leave as much room for lateness as can be.
"""

A_SECOND: Final = 48
"""How many requests this process makes in any second, however late it comes to use its turns."""

_NOT_COUNTED: Final = ("/interactions/", "/webhooks/")
"""Answers to members' commands and presses do not count among them."""
PAGE: Final = 100

_INVALID: Final = frozenset({401, 403, 429})
_MOST_INVALID: Final = 5_000
_INVALID_WINDOW: Final = 600.0
_TOKEN_REST: Final = 300.0

Json = Mapping[str, Any] | list[dict[str, Any]]


class RateLimits:
    """
    Counter of refused requests. Discord bans an address after 10,000 of them in ten minutes; we stop at half of that.

    After a 401 nothing is asked for five minutes: a token does not become valid by asking.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._refused: deque[float] = deque(maxlen=_MOST_INVALID)
        self._rests_until = 0.0
        self._because: ChatRefused | None = None

    def check(self) -> None:
        """Raise `ChatError` where nothing may be asked now."""
        now = self._now()
        if self._because and now < self._rests_until:
            raise type(self._because)(PLATFORM, self._because.reason)
        self._because = None
        if len(self._refused) == _MOST_INVALID and now - self._refused[0] < _INVALID_WINDOW:
            wait = _INVALID_WINDOW - (now - self._refused[0])
            raise ChatError(PLATFORM, "Discord refuses so much that we pause before it bans us", retry_after=wait)

    def note(self, error: Exception, failure: ChatError) -> None:
        """Count a failure."""
        status = 401 if isinstance(error, discord.LoginFailure) else getattr(error, "status", 0)
        if status in _INVALID:
            self._refused.append(self._now())
        if status == 401 and isinstance(failure, ChatRefused):  # noqa: PLR2004 - unauthorised
            self._because, self._rests_until = failure, self._now() + _TOKEN_REST


def _read(answer: Any) -> Any:
    """Parse a body that discord.py took for text, because its header was not to the letter. Raises `ValueError` for what is no JSON."""
    return loads(answer) if isinstance(answer, str) and answer else answer


class Rest:
    """
    REST client with the bot's token. Connects with the first request; after `close` the next one connects again.

    discord.py is pointed to `endpoints` from now until `close`. `http` is for a client that is logged in already (a
    simulation); it is then not ours to close.
    """

    def __init__(
        self,
        token: str,
        *,
        endpoints: Endpoints | None = None,
        http: Callable[[], HTTPClient] | None = None,
        deadline: float = DEADLINE,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._token = token
        self._endpoints = endpoints
        self._before = endpoints.use() if endpoints else None
        self._given = http
        self._deadline = deadline
        self._own: HTTPClient | None = None
        self._me: str | None = None
        self._opening = asyncio.Lock()
        self._restraint = RateLimits()
        self._limiter = limiter or InProcessRateLimiter(time.monotonic)
        self._second = SlidingWindow(A_SECOND, 1.0)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: Json | None = None,
        params: Mapping[str, str | int] | None = None,
        sends: bool = False,
        **ids: str,
    ) -> Any:
        """Make one request; `ids` fill the placeholders of `path`. Raises `ChatError`; with `sends` a lost response is `ChatUnsettled`."""
        self._restraint.check()
        await self._turn(path)
        extras: dict[str, Any] = {"json": json} if json is not None else {}
        extras |= {"params": params} if params else {}
        try:
            async with asyncio.timeout(self._deadline):
                http = await self._client()
                return _read(await http.request(Route(method, path, **ids), **extras))
        # ValueError and KeyError: an answer that is no JSON, or a 429 that does not say how long.
        except (discord.DiscordException, aiohttp.ClientError, OSError, ValueError, KeyError) as error:
            failure = failure_of(error, sends=sends)
            self._restraint.note(error, failure)
            raise failure from error

    async def _turn(self, path: str) -> None:
        if path.startswith(_NOT_COUNTED):
            return
        try:
            if self._limiter.shared:
                clock = asyncio.get_running_loop().time
                await take_turn_in_time(self._limiter, SHARED_REQUESTS, asyncio.sleep, clock, most=LONGEST_WAIT)
            else:
                await take_turn(self._limiter, REQUESTS, asyncio.sleep, most=LONGEST_WAIT)
        except TurnTooLate as late:
            raise ChatError(
                PLATFORM, "Discord is asked as often as it allows just now", retry_after=late.wait
            ) from late
        while (wait := self._second.wait(asyncio.get_running_loop().time())) > 0:  # noqa: ASYNC110 - time passes by itself
            await asyncio.sleep(wait)

    def trace(self) -> aiohttp.TraceConfig:
        """Give what tells everybody that Discord asked the whole bot to wait, for a client of discord.py, which tells nobody."""
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(self._heard)
        return trace

    async def _heard(self, _session: object, _context: object, end: aiohttp.TraceRequestEndParams) -> None:
        headers = end.response.headers
        if end.response.status == 429 and headers.get("X-RateLimit-Global", "").casefold() == "true":  # noqa: PLR2004 - Too Many Requests
            await self._limiter.block(REQUESTS.bucket, _seconds(headers.get("Retry-After")))

    async def me(self) -> str:
        """Our own user id."""
        if self._me is None:
            self._me = str((await self.ask("GET", "/users/@me"))["id"])
        return self._me

    async def application(self) -> str:
        """Id of our application. Raises `ChatError`."""
        return str((await self.ask("GET", "/oauth2/applications/@me"))["id"])

    async def pages(
        self, path: str, *, after: str = "0", params: Mapping[str, int] | None = None, **ids: str
    ) -> AsyncIterator[Any]:
        """All elements of a list that is paged by `after`, oldest first, by their ids."""
        while True:
            found: dict[str, str | int] = {"limit": PAGE, "after": after, **(params or {})}
            page = await self.ask("GET", path, json=None, params=found, sends=False, **ids)
            page = sorted((one for one in page if int(one["id"]) > int(after)), key=lambda one: int(one["id"]))
            for one in page:
                yield one
            if len(page) < PAGE:
                return
            after = page[-1]["id"]

    async def close(self) -> None:
        """Close the connections, and give discord.py its own addresses back. Doing it twice is harmless."""
        own, self._own = self._own, None
        if own is not None:
            await own.close()
        before, self._before = self._before, None
        if before is not None:
            before.use()

    async def _client(self) -> HTTPClient:
        if self._given is not None:
            return self._given()
        async with self._opening:
            if self._own is None:
                if self._endpoints and self._before is None:
                    self._before = self._endpoints.use()
                http = HTTPClient(
                    asyncio.get_running_loop(), http_trace=self.trace(), max_ratelimit_timeout=LONGEST_WAIT
                )
                try:
                    self._me = str(_read(await http.static_login(self._token.strip()))["id"])
                except BaseException:
                    await http.close()
                    raise
                self._own = http
            return self._own


def _seconds(header: str | None) -> float:
    """Read a Retry-After in seconds; one that is none counts as a second."""
    try:
        return max(0.0, float(header or ""))
    except ValueError:
        return 1.0


API: Final = "https://discord.com/api/v10"
GATEWAY: Final = "wss://gateway.discord.gg/"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base addresses of Discord's API and gateway; another server takes Discord's place in tests, or behind a proxy."""

    api: str = API
    gateway: str = GATEWAY

    def use(self) -> Endpoints:
        """Point discord.py here; give what it pointed to before."""
        before = Endpoints(Route.BASE, str(DiscordWebSocket.DEFAULT_GATEWAY))
        Route.BASE = self.api.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.gateway)
        return before
