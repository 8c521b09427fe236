"""Who is looking at the page right now, and what has changed since each of them was last told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

MAX_WATCHERS = 500
_MAX_WAITING = 200


@dataclass(frozen=True, slots=True)
class Change:
    """Something on a message is different now. `posted` is true where the message itself is new."""

    channel_id: str
    message_id: str
    posted: bool = False


EVERYTHING = Change("", "", posted=True)
"""Said to a window that has fallen too far behind to be told one by one."""


class _Watcher:
    """One open window: the changes it has not been told of, each only once."""

    def __init__(self) -> None:
        self.waiting: dict[Change, None] = {}
        self.news = asyncio.Event()

    def tell(self, change: Change) -> None:
        if len(self.waiting) >= _MAX_WAITING:
            self.waiting.clear()
            change = EVERYTHING
        self.waiting[change] = None
        self.news.set()


class Hub:
    """Passes changes to every open window. Nothing is kept: a window that comes back reads the page again."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._closed = asyncio.Event()
        self._start = secrets.token_hex(4)
        self._count = 0

    @property
    def version(self) -> str:
        """Another text after every change: a page made at the same version has missed nothing."""
        return f"{self._start}.{self._count}"

    @property
    def full(self) -> bool:
        """Whether no more windows are let in."""
        return len(self._watchers) >= MAX_WATCHERS

    def publish(self, change: Change) -> None:
        """Tell every window. Never waits: a slow window holds nobody up."""
        self._count += 1
        for watcher in self._watchers:
            watcher.tell(change)

    async def watch(self) -> AsyncIterator[Change | str]:
        """Give the version at which the watching begins, then each change; ends when the hub is closed."""
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            yield self.version
            while not self._closed.is_set():
                await watcher.news.wait()
                watcher.news.clear()
                waiting, watcher.waiting = watcher.waiting, {}
                for change in waiting:
                    yield change
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """Let every window go. Doing it twice is harmless."""
        self._closed.set()
        for watcher in self._watchers:
            watcher.news.set()
