"""Review schedule: in which channels it is to be asked whether editors are to be shown the digest, without looking at all of them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.model import Channel


class ReviewSchedule:
    """
    The instants at which channels with a review are looked at next. `opens` gives the first one after an instant, by the clock alone.

    It is one process's, and each works it out for itself: who was told is in the database, and a look too early finds nothing to do. What a question costs follows
    from how many channels have changed and how many are due.
    """

    def __init__(self, opens: Callable[[Channel, datetime], datetime]) -> None:
        self._opens = opens
        self._all: Sequence[Channel] = ()
        self._channels: dict[str, Channel] = {}
        self._at: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        self._asked: datetime | None = None

    def due(self, channels: Sequence[Channel], now: datetime, most: int) -> list[Channel]:
        """
        Give the channels that are to be looked at now, the longest due first, at most so many; each is due until it is known when to `look` again.
        `channels` are all there are, the same object while none has changed; one that has changed is looked at by its new settings.
        """
        if self._asked and now < self._asked:
            self._all, self._channels = (), {}  # the clock was put right
        self._asked = now
        if channels is not self._all:
            self._take_in(channels, now)
        found, kept = list[str](), list[tuple[datetime, str]]()
        while self._heap and self._heap[0][0] <= now and len(found) < most:
            at, name = heapq.heappop(self._heap)
            if self._at.get(name) == at and name not in found:
                found.append(name)
                kept.append((at, name))
        for one in kept:
            heapq.heappush(self._heap, one)
        return [self._channels[name] for name in found]

    def look(self, channel: Channel, at: datetime) -> None:
        """Look at a channel again at an instant; nothing is noted of one that has changed meanwhile."""
        if self._channels.get(channel.name) is channel:
            self._put(channel.name, at)

    def _take_in(self, channels: Sequence[Channel], now: datetime) -> None:
        known, self._channels = self._channels, {one.name: one for one in channels if one.review}
        same = {name for name, one in self._channels.items() if known.get(name) is one}
        self._at = {name: at for name, at in self._at.items() if name in same}
        self._heap = [(at, name) for name, at in self._at.items()]
        heapq.heapify(self._heap)
        for name, channel in self._channels.items():
            if name not in self._at:
                self._put(name, self._opens(channel, now))
        self._all = channels

    def _put(self, name: str, at: datetime) -> None:
        self._at[name] = at
        heapq.heappush(self._heap, (at, name))
