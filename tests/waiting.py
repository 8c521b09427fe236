"""Waiting for what other tasks, processes and browsers do, for as long as a busy machine needs."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

Answer = TypeVar("Answer")

PATIENCE: Final = 180.0
"""Seconds after which what is waited for never comes: many times of what any of it takes, so that a busy machine fails no test."""


async def until(asked: Callable[[], Answer | Awaitable[Answer]], seconds: float = PATIENCE) -> Answer:
    """Ask again and again until the answer is true, and give it. What comes of other tasks is waited for, and not slept for."""
    ends = time.monotonic() + seconds
    while True:
        found = asked()
        answer: Answer = await found if inspect.isawaitable(found) else found
        if answer:
            return answer
        assert time.monotonic() < ends, f"it did not come in {seconds:g} seconds; the last answer was {answer!r}"
        await asyncio.sleep(0.01)
