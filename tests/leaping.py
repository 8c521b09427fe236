"""An event loop that waits for nothing: its clock stands still, and leaps to the next timer as soon as nothing else is to be done."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable
from typing import Any


class _Selector(selectors.DefaultSelector):  # type: ignore[misc,valid-type] # which class it is depends on the system
    """Looks what is ready, and adds up the time that it would have waited instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        found = super().select(0)
        if not found:
            self.leapt += timeout
        return found


class _LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leaping = _Selector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.leapt


def leaping(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """
    Run an asynchronous test on such a loop: an hour passes at once, and a busy machine makes nothing late. For tests whose tasks wait for one another
    and for the loop's clock alone: whoever waits for a thread, a socket or another process is leapt over.
    """

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        async def whole() -> None:
            await test(*arguments, **named)

        with asyncio.Runner(loop_factory=_LeapingLoop) as runner:
            runner.run(whole())

    return run
