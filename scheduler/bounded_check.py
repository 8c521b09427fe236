"""Bounded check: asked once for all who want to know meanwhile, and left behind where it hangs; and the same for work that nobody else asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class BoundedCheck(Generic[T]):
    """
    A check whose answer is waited for so many seconds and no longer, whatever it does when it is cancelled.

    `asyncio.timeout` waits for what it cancels, and a driver that is cancelled tells its server so, and waits for that: where the server hangs,
    for ten seconds more.
    """

    def __init__(self, check: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> None:
        self._check = check
        self._seconds = seconds
        self._task: asyncio.Task[T] | None = None
        self._given_up = False

    async def answer(self) -> T:
        """What the check says. Raises what it raises; `TimeoutError` where it takes too long, at once while an earlier one still hangs."""
        task = self._task
        if task is None or task.done():
            self._given_up = False
            task = self._task = asyncio.create_task(self._check())
            task.add_done_callback(_forget_error)
        elif self._given_up:
            raise TimeoutError
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done or task.cancelled():
            self._given_up = True
            task.cancel()
            raise TimeoutError
        return task.result()


async def in_time(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """What a piece of work gives. Raises what it raises; `TimeoutError` where it takes too long, and leaves it behind as `BoundedCheck` does."""
    task = asyncio.create_task(work)
    task.add_done_callback(_forget_error)
    try:
        finished, _ = await asyncio.wait({task}, timeout=seconds)
        if not finished:
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()


def _forget_error(task: asyncio.Task[Any]) -> None:
    """Nobody asks any more for what a check raised that was left behind."""
    if not task.cancelled():
        task.exception()
