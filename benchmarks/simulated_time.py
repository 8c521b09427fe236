"""
An event loop on which waiting takes no time: what a platform's pace makes us wait for passes at once, and work takes as long as it takes.

The loop's time is that of the machine plus what was skipped. Where nothing is to be done here, and nothing is being done for us elsewhere (a
statement of the database, a question to the ranking's process), it goes on to the next instant at which something is to be done. So an hour of
pacing passes in as many minutes as the work in it takes.
"""

from __future__ import annotations

import asyncio
import functools
import selectors
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

MOMENT: Final = 0.002
"""How many seconds nothing must come in before time is skipped, for what is on its way through a thread."""


class SimulatedLoop(asyncio.SelectorEventLoop):
    """The event loop. `time` counts seconds from anywhere, skipped ones included; `skipped` are those. `elsewhere` counts what others do for us."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self.elsewhere = 0
        super().__init__(_SkippingSelector(self))

    def time(self) -> float:
        return time.monotonic() + self.skipped

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        self.elsewhere += 1
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(lambda _: self._back())
        return done

    def _back(self) -> None:
        self.elsewhere -= 1

    def counted(self, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Give a method that does the same, and during which no time is skipped."""

        @functools.wraps(work)
        async def done(*given: Any, **more: Any) -> Any:
            self.elsewhere += 1
            try:
                return await work(*given, **more)
            finally:
                self.elsewhere -= 1

        return done


class _SkippingSelector(selectors.BaseSelector):
    """A selector that skips what it would have to wait for."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self._inside = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= MOMENT or self._loop.elsewhere:
            return self._inside.select(timeout)
        began = time.monotonic()
        found = self._inside.select(MOMENT)
        if not found:
            self._loop.skipped += max(0.0, timeout - (time.monotonic() - began))
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inside.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inside.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inside.modify(fileobj, events, data)

    def close(self) -> None:
        self._inside.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inside.get_map()
