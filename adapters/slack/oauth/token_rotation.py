"""
Token rotation: a periodic job refreshes tokens before they expire, for the SDK does it only when an event comes in, and without
a lock (docs/platform-facts.md#a18).

A refresh token is good once. So one process at a time refreshes a workspace's token, under a lease, and what Slack gave is
stored even if we are told to stop meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Final

import aiohttp
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator

from adapters.slack.api import SlackApi
from adapters.slack.errors import REFUSALS, fault_of
from adapters.slack.oauth.app import App
from adapters.slack.oauth.installations import Installations, renewed
from bot.errors import StorageError
from bot.ports import Clock, UnitOfWorkFactory
from bot.usecases.unreleased import UnreleasedLeases, noted_on_failure, release

BEFORE: Final = 4 * 3600
"""How many seconds before its expiry a token is refreshed: a third of the twelve hours it lives, in which failures are retried."""

LEASE: Final = timedelta(minutes=2)
"""Lease of one refresh: longer than asking Slack and storing its answer can take."""

_KEEP_TRIES: Final = 5
_ALWAYS: Final = 10**9  # minutes: whether it is time is decided here
_LOST: Final = frozenset(REFUSALS) | {"invalid_refresh_token"}

logger = logging.getLogger(__name__)


class Outcome(Enum):
    """Result of checking one token."""

    UNCHANGED = "it is good for long, or does not run out"
    RENEWED = "there is a new one"
    LEFT = "somebody else is at it, or it did not work this time"
    LOST = "Slack will not renew it: somebody must install the app again"


class TokenRotation:
    """
    Refreshes tokens. `now` gives epoch seconds: tokens expire by Slack's time, whatever our clock was set to. A lease that cannot be given back in the
    end is noted in `unreleased`.
    """

    def __init__(
        self,
        app: App,
        store: Installations,
        api: SlackApi,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        owner: Callable[[], str],
        *,
        unreleased: UnreleasedLeases | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._app, self._store, self._api = app, store, api
        self._unit_of_work, self._clock, self._owner, self._now = unit_of_work, clock, owner, now
        self._unreleased = unreleased
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(
            asyncio.Lock
        )  # a lease keeps others out, not ourselves

    def is_due(self, installation: Installation, before: float = BEFORE) -> bool:
        """Whether a token expires within `before` seconds."""
        ends = installation.bot_token_expires_at
        return ends is not None and ends - self._now() <= before

    async def renew(self, team_id: str) -> Outcome:
        """Refresh a workspace's token if it is due; those of several workspaces side by side, if asked to."""
        async with self._turns[team_id]:
            found = await self._store.one(team_id)
            if found is None or not self.is_due(found):
                return Outcome.UNCHANGED
            # Told to stop, we still keep what Slack gives: the token that we renew with is spent.
            return await asyncio.shield(asyncio.ensure_future(self._alone(team_id)))

    async def _alone(self, team_id: str) -> Outcome:
        now = self._clock()
        with noted_on_failure(self._unreleased) as held:
            async with self._unit_of_work() as uow:
                lease = await uow.leases.claim(f"slack token {team_id}", self._owner(), now, now + LEASE)
                held.extend([lease] if lease else [])
                await uow.commit()
        if lease is None:
            return Outcome.LEFT
        try:
            return await self._exchange(team_id)
        finally:
            await release(lease, self._unit_of_work, self._unreleased)

    async def _exchange(self, team_id: str) -> Outcome:
        found = await self._store.one(team_id)  # the one before us may have renewed it
        if found is None or not self.is_due(found):
            return Outcome.UNCHANGED
        try:
            bot = await self._ask(found)
        except SlackTokenRotationError as error:
            return self._refused(found, error)
        except (aiohttp.ClientError, TimeoutError, KeyError) as error:
            logger.warning("A token was not renewed: %r", error, extra={"action": "token_not_renewed", "team": team_id})
            return Outcome.LEFT
        return await self._keep(found, bot) if bot else Outcome.LEFT

    async def _ask(self, found: Installation) -> Bot | None:
        secrets = {"client_id": self._app.client_id, "client_secret": self._app.client_secret}
        rotator = AsyncTokenRotator(**secrets, client=self._api.client())
        return await rotator.perform_bot_token_rotation(bot=found.to_bot(), minutes_before_expiration=_ALWAYS)

    async def _keep(self, found: Installation, bot: Bot) -> Outcome:
        # Not stamina: it waits with a growing pause and raises in the end; here the first retry is at once, each failure is logged
        # with its traceback, and the last one is an outcome.
        for attempt in range(_KEEP_TRIES):
            try:
                kept = await self._store.replace(found, renewed(found, bot))
            except StorageError:
                logger.exception("A new token could not be stored yet", extra={"action": "token_not_kept"})
                await asyncio.sleep(attempt)
            else:
                return Outcome.RENEWED if kept else Outcome.UNCHANGED
        return Outcome.LEFT

    def _refused(self, found: Installation, error: SlackTokenRotationError) -> Outcome:
        fault = fault_of(error.api_error)
        word = fault.error if fault else str(error)
        logger.error(
            "Slack does not renew the token of %s (%s): %s",
            found.team_name,
            found.team_id,
            word,
            extra={"action": "token_not_renewed", "team": found.team_id},
        )
        return Outcome.LOST if word in _LOST else Outcome.LEFT
