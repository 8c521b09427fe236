"""
OAuth states: each is good once, for ten minutes, in whichever process the browser comes back to.

A state bears its own end, encrypted; nothing is stored when one is issued, only that it was used. Anybody can begin an install, any number of
them, and so neither fills the disk nor takes the place of what others began.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from typing import Final

from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.oauth.encryption import Encryption, EncryptionError
from adapters.slack.oauth.tables import states

SECONDS: Final = 600
"""Lifetime of a state: as long as somebody takes to read what we ask for, and to agree."""

MOST: Final = 10_000
"""Most used states that are remembered. Slack takes each code once, so that one which is forgotten early does no harm."""

_PURPOSE: Final = "slack state"
_BLOCK: Final = 4


class OAuthStates(AsyncOAuthStateStore):
    """Issues and consumes states. `now` gives epoch seconds."""

    def __init__(self, engine: AsyncEngine, encryption: Encryption, *, now: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._encryption = encryption
        self._now = now

    @property
    def logger(self) -> logging.Logger:
        return logging.getLogger(__name__)

    async def async_issue(self, *_: object, **__: object) -> str:
        said = f"{_PURPOSE}/{self._now() + SECONDS}/{secrets.token_urlsafe(16)}"
        return self._encryption.encrypt(said).rstrip("=")

    async def async_consume(self, state: str) -> bool:
        now, expires = self._now(), self._expires(state)
        if not now < expires <= now + SECONDS:
            return False
        too_many = select(states.c.expires).order_by(states.c.expires.desc()).offset(MOST - 1).limit(1)
        async with self._engine.begin() as connection:
            # The primary key decides: of two that bring the same state at once, one is let in.
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            row = dialect.insert(states).values(hash=_hash(state), expires=expires)
            once = row.on_conflict_do_nothing(index_elements=["hash"]).returning(states.c.hash)
            first = (await connection.execute(once)).first() is not None
            await connection.execute(delete(states).where(states.c.expires <= now))
            await connection.execute(delete(states).where(states.c.expires < too_many.scalar_subquery()))
        return first

    def _expires(self, state: str) -> float:
        """When a state runs out; 0 for what is none of ours."""
        try:
            said = self._encryption.decrypt(state + "=" * (-len(state) % _BLOCK))
            purpose, expires, _ = said.split("/")
            return float(expires) if purpose == _PURPOSE else 0.0
        except (EncryptionError, ValueError):
            return 0.0


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
