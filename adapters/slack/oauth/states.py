"""OAuth state store in the database: each state is good once, for ten minutes, in whichever process the browser comes back to."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from typing import Final

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.oauth.tables import states

SECONDS: Final = 600
"""Lifetime of a state: as long as somebody takes to read what we ask for, and to agree."""

MOST: Final = 1000
"""Most states at a time. Anybody can begin an install, so they must not fill the disk."""


class OAuthStates(AsyncOAuthStateStore):
    """Issues and consumes states. `now` gives epoch seconds."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._now = now

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger(__name__)

    async def async_issue(self, *_: object, **__: object) -> str:
        state, now = secrets.token_urlsafe(32), self._now()
        async with self._engine.begin() as connection:
            await connection.execute(delete(states).where(states.c.expires <= now))
            too_many = select(states.c.expires).order_by(states.c.expires.desc()).offset(MOST - 1).limit(1)
            await connection.execute(delete(states).where(states.c.expires <= too_many.scalar_subquery()))
            await connection.execute(insert(states).values(hash=_hash(state), expires=now + SECONDS))
        return state

    async def async_consume(self, state: str) -> bool:
        # One statement: of two that bring the same state at once, one finds it.
        taken = delete(states).where(states.c.hash == _hash(state), states.c.expires > self._now())
        async with self._engine.begin() as connection:
            return (await connection.execute(taken)).rowcount == 1


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
