"""Port of the rate limiter: when a platform may be asked, agreed on by all who ask it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

HORIZON: Final = 60.0
"""How far ahead turns are given out, in seconds: whoever would have to wait longer asks again later instead, so that no queue grows without bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """
    Rate limit of one bucket, which is what a platform counts together: at most `burst` requests at once, and one more every
    `interval` seconds. In any second there are at most `burst + 1 / interval`. With an `interval` of 0 only what the platform asks for counts.
    """

    bucket: str
    interval: float = 0.0
    burst: int = 1


class RateLimiter(Protocol):
    """
    Gives out turns to ask a platform, to every process that serves it.

    A turn is a reservation and no lock: who dies with one leaves nothing behind that others would wait for.
    """

    @property
    def shared(self) -> bool:
        """Whether other processes may have turns of the same buckets."""
        ...

    async def reserve(self, limit: RateLimit) -> float:
        """
        Reserve the next turn of a bucket; give in how many seconds it comes, 0 for now.

        More than `HORIZON` says that none was reserved, and in how many seconds to ask again.
        """
        ...

    async def block(self, bucket: str, seconds: float) -> None:
        """Let no turn of a bucket come for so many seconds, since the platform asked to wait; of two times the later one holds."""
        ...

    async def blocked(self, bucket: str) -> float:
        """Give the seconds that a bucket is still blocked, for who waited for a turn that was reserved before."""
        ...

    async def tidy(self) -> None:
        """Forget the buckets that nobody asked for in the last day."""
        ...
