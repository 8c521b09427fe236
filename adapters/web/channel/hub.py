"""Publish-subscribe for live updates: open windows, and what changed since each was last notified."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

MAX_WATCHERS = 500
_MAX_WAITING = 200


@dataclass(frozen=True, slots=True)
class Change:
    """A message changed. `posted` is true where the message itself is new."""

    channel_id: str
    message_id: str
    posted: bool = False


EVERYTHING = Change("", "", posted=True)
"""Sent to a window that has fallen too far behind to be told of each change."""


class _Watcher:
    """One open window: its pending changes, each only once."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.ended = False
        self.waiting: dict[Change, None] = {}
        self.news = asyncio.Event()

    def tell(self, change: Change) -> None:
        if len(self.waiting) >= _MAX_WAITING:
            self.waiting.clear()
            change = EVERYTHING
        self.waiting[change] = None
        self.news.set()


class Hub:
    """
    Publishes changes to every open window. Nothing is stored: a window that reconnects reads the page again.

    `outlet` takes what is to be told to other processes that serve the page, if there are any.
    """

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self.outlet: Callable[[Change], None] | None = None
        self._closed = asyncio.Event()
        self._start = secrets.token_hex(4)
        self._count = 0

    @property
    def version(self) -> str:
        """Changes with every published change: a page rendered at the same version has missed nothing."""
        return f"{self._start}.{self._count}"

    @property
    def full(self) -> bool:
        """Whether the limit of open windows is reached."""
        return len(self._watchers) >= MAX_WATCHERS

    def publish(self, change: Change) -> None:
        """Notify every window, also those that other processes serve. Never waits: a slow window delays nobody."""
        self.publish_here(change)
        if self.outlet is not None:
            self.outlet(change)

    def publish_here(self, change: Change) -> None:
        """Notify the windows that this process serves."""
        self._count += 1
        for watcher in self._watchers:
            watcher.tell(change)

    async def watch(self, session: str = "") -> AsyncIterator[Change | str]:
        """Give the version at which watching begins, then each change; ends when the hub is closed, or the session under which it is watched."""
        watcher = _Watcher(session)
        self._watchers.add(watcher)
        try:
            yield self.version
            while not self._closed.is_set():
                await watcher.news.wait()
                watcher.news.clear()
                if watcher.ended:
                    return
                waiting, watcher.waiting = watcher.waiting, {}
                for change in waiting:
                    yield change
        finally:
            self._watchers.discard(watcher)

    def end(self, session: str) -> None:
        """End the streams of a session's windows, without another word. Those of another process end when it looks for the session."""
        for watcher in self._watchers:
            if session and watcher.session == session:
                watcher.ended = True
                watcher.news.set()

    def close(self) -> None:
        """End every window's stream. Doing it twice is harmless."""
        self._closed.set()
        for watcher in self._watchers:
            watcher.news.set()
