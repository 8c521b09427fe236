"""The port of the job queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol


class JobQueue(Protocol):
    """Work to be done soon, outside the caller's turn."""

    async def defer(self, job: Callable[[], Awaitable[None]], key: str) -> bool:
        """Run `job` soon; False, and nothing happens, while a job with the same key is waiting or running."""
        ...
