"""Client for Slack's Web API: paced, obeying `Retry-After`, never repeating a write blindly (docs/platform-facts.md#a4, #a5)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.errors import PLATFORM, SlackFault, fault_of
from adapters.slack.pacing import MethodLimits, Timer
from adapters.slack.settings import DEFAULT_URL
from bot.errors import ChatError
from bot.ports import RateLimiter
from bot.rate_limits import InProcessRateLimiter, TurnTooLate, take_turn

TIMEOUT: Final = 30
_ATTEMPTS: Final = 6

logger = logging.getLogger(__name__)


HISTORY: Final = frozenset({"channels:history", "groups:history"})
"""Scopes that Slack refuses to some apps that are distributed: without them we see no words, and cannot look for what we posted."""


@dataclass(frozen=True, slots=True)
class Identity:
    """
    Who we are in this workspace, as `auth.test` says. `enterprise_id` is its organisation's, '' outside Enterprise Grid.

    `scopes` are what we were granted, none where Slack does not tell. Installed for a whole organisation, we are in the 'workspace' of the organisation's own id.
    """

    team_id: str
    user_id: str
    bot_id: str
    team: str = ""
    user: str = ""
    url: str = ""
    enterprise_id: str = ""
    scopes: frozenset[str] = frozenset()

    @property
    def reads_history(self) -> bool:
        """Whether we may read what is said in channels; so it is where Slack does not tell our scopes."""
        return not self.scopes or bool(self.scopes & HISTORY)

    @property
    def org_wide(self) -> bool:
        """Whether our token is good in every workspace of the organisation that lets us in."""
        return bool(self.enterprise_id) and self.team_id == self.enterprise_id


class SlackApi:
    """
    Web API client, one for a workspace: what Slack asks us to wait for, all callers wait for, in every process that shares `limiter`.

    `max_wait` is how many seconds of waiting a call may take on itself; a longer wait is an error with `retry_after`.
    `history_per_minute` is the rate for apps that are subject to the limits of 2025 (docs/platform-facts.md#a8); None for an
    internal app. `scope` names the workspace in the limiter's buckets.
    """

    def __init__(
        self,
        token: str,
        base_url: str = DEFAULT_URL,
        *,
        timer: Timer | None = None,
        max_wait: float = 60.0,
        history_per_minute: float | None = None,
        timeout: float = TIMEOUT,
        limiter: RateLimiter | None = None,
        scope: str = "",
    ) -> None:
        self.token = token
        self.base_url = base_url if base_url.endswith("/") else base_url + "/"
        self._timer = timer or Timer()
        self._limiter = limiter or InProcessRateLimiter(self._timer.now)
        self._limits = MethodLimits(scope, history_per_minute)
        self._max_wait = max_wait
        self.page = 15 if history_per_minute else 200
        self.between_pages = timedelta(minutes=1 / history_per_minute) if history_per_minute else timedelta(0)
        self.timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._identity: Identity | None = None
        self._asking = asyncio.Lock()

    async def read(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method that reads; a dropped connection is tried again. Raises `ChatError`."""
        return await self._call(method, arguments, writes=False)

    async def write(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method that writes. Raises `ChatUnsettled` where it is open whether it was done, else `ChatError`."""
        return await self._call(method, arguments, writes=True)

    async def attempt(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method that writes; raises `SlackFault`, for a caller who reads Slack's own error codes."""
        return await self._call_within_limits(method, arguments, writes=True)

    async def look(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        """Call a method that reads; raises `SlackFault`, for a caller who reads Slack's own error codes."""
        return await self._call_within_limits(method, arguments, writes=False)

    async def identity(self) -> Identity:
        """Who we are; asked once. Raises `ChatError`."""
        async with self._asking:
            if self._identity is None:
                found = await self.read("auth.test")
                self._identity = _identity(found)
        return self._identity

    def introduce(self, identity: Identity) -> None:
        """Set our identity where the caller knows it already, so that it is not asked for."""
        self._identity = identity

    def known_identity(self) -> Identity | None:
        """Who we are, if it was asked already."""
        return self._identity

    def client(self) -> AsyncWebClient:
        """An SDK client for what insists on one and brings its own token; it has no retries."""
        return self._client(None, writes=True)

    async def aclose(self) -> None:
        """Close every connection; a later call opens them again."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _call(self, method: str, arguments: dict[str, Any], *, writes: bool) -> AsyncSlackResponse:
        try:
            return await self._call_within_limits(method, arguments, writes=writes)
        except SlackFault as fault:
            raise fault.as_chat_error(method, writes=writes) from fault

    async def _call_within_limits(self, method: str, arguments: dict[str, Any], *, writes: bool) -> AsyncSlackResponse:
        """Call until Slack does not ask us to wait; the wait holds for every caller."""
        left, limit = self._max_wait, self._limits.of(method)
        for _ in range(_ATTEMPTS):
            try:
                left -= await take_turn(self._limiter, limit, self._timer.sleep, most=left)
            except TurnTooLate as late:
                raise SlackFault("ratelimited", retry_after=late.wait) from late
            try:
                return await self._once(method, arguments, writes=writes)
            except SlackFault as fault:
                if fault.retry_after is None:
                    raise
                await self._limiter.block(limit.bucket, fault.retry_after)
                logger.info(
                    "Slack asks to wait %s s for %s", fault.retry_after, method, extra={"action": "slack_waits"}
                )
        raise SlackFault("ratelimited", retry_after=await self._limiter.blocked(limit.bucket))

    async def _once(self, method: str, arguments: dict[str, Any], *, writes: bool) -> AsyncSlackResponse:
        token = arguments.get("token", self.token)
        given = {name: value for name, value in arguments.items() if name != "token" and value is not None}
        client = self._client(token, writes=writes)
        try:
            if writes:
                return await client.api_call(method, json=given)
            # Slack takes JSON for what writes only; `reactions.get` and the like read their arguments from the address.
            return await client.api_call(method, http_verb="GET", params=given)
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            raise fault from error

    def _client(self, token: str | None, *, writes: bool) -> AsyncWebClient:
        # The SDK's default handler repeats a post whose connection dropped: the server saw two of them (docs/platform-facts.md#a5). Its handler for
        # 429 sleeps without bound and tells no other caller, so ours stands in its place.
        handlers: list[Any] = [] if writes else [AsyncConnectionErrorRetryHandler()]
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout))
        return AsyncWebClient(token, base_url=self.base_url, session=self._session, retry_handlers=handlers)


def _identity(found: AsyncSlackResponse) -> Identity:
    enterprise = str(found.get("enterprise_id") or "")
    return Identity(
        # Of an installation for a whole organisation Slack names either the organisation as the team, or no team.
        team_id=enterprise if found.get("is_enterprise_install") else str(found.get("team_id") or enterprise),
        user_id=str(found.get("user_id") or ""),
        bot_id=str(found.get("bot_id") or ""),
        team=str(found.get("team") or ""),
        user=str(found.get("user") or ""),
        url=str(found.get("url") or ""),
        enterprise_id=enterprise,
        scopes=granted(found),
    )


def granted(answer: AsyncSlackResponse) -> frozenset[str]:
    """Scopes that the headers of an answer name."""
    found = next((value for key, value in answer.headers.items() if key.lower() == "x-oauth-scopes"), "")
    return frozenset(one.strip() for one in str(found).split(",") if one.strip())


def page_of(response: AsyncSlackResponse, key: str) -> tuple[list[dict[str, Any]], str]:
    """Objects of one page, and the cursor of the next ('' after the last one)."""
    objects = response.get(key) or []
    if not isinstance(objects, list):
        raise ChatError(PLATFORM, f"Slack's answer has no list of {key}")
    return objects, str((response.get("response_metadata") or {}).get("next_cursor") or "")
