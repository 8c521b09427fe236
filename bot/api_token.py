"""
API tokens: what a program is let in by. Pure.

A token is shown once, when it is made; kept is its hash. It reads what a member may read, or, made by the operator for nobody in
particular, everything; never more than its channels, where it names any.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

PREFIX: Final = "pr_"
"""How a token begins, so that scanners for secrets find one that got lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """
    A token as it is kept. Unique by `name`. Without a `member_id` it is the operator's.

    `channels` are those it is bound to, all that its owner may read if there are none. `used` is when it was used last, to the day.
    """

    name: str
    made: datetime
    platform: str = ""
    member_id: str = ""
    channels: tuple[str, ...] = ()
    used: datetime | None = None


def new_secret() -> str:
    """Make the token itself: 256 bits."""
    return f"{PREFIX}{secrets.token_urlsafe(32)}"


def hashed(secret: str) -> str:
    """Give what is kept of it. Its own randomness makes a salt needless."""
    return sha256(secret.encode()).hexdigest()
