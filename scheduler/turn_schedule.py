"""
Turn schedule: when a channel tries again whose workspace has as many being served as it may.

Each try costs a job, whether there is a place by then or not. So whoever waits tries as soon as a place is free, which the process knows that has it, and
beside that seldom: what waiting costs follows from how many digests are served, and not from how many channels wait or how long.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Final

SOONEST: Final = 3.0
"""Seconds before a channel tries again, however few wait."""

LATEST: Final = 1800.0
"""Seconds before a channel tries again, however many wait. Of more than fit in between, several come at once."""

IN_LANE: Final = 5.0
"""
Seconds between two tries of one workspace that no place is known for: another process may have one, or one was free all the time. A
workspace of Slack's takes a digest in three seconds.
"""

IN_ALL: Final = 0.1
"""Seconds between two such tries of any workspaces: more digests than come to their end in one process."""


class TurnSchedule:
    """
    Gives out the instants at which channels of a lane (a workspace of a platform) try again: first come, first served, and evenly spaced, so that some
    channel of each lane tries again soon. One of many lanes waits longer for the next try of the same one.

    It is one process's; several processes that serve a lane space their tries for themselves. `now` counts seconds from anywhere and never goes back.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last: dict[Hashable, float] = {}
        """The last instant that was given out in each lane, of those that are still to come."""

    def wait(self, lane: Hashable) -> timedelta:
        """How long the channel that found no place in a lane just now waits."""
        now = self._now()
        self._last = {one: at for one, at in self._last.items() if at > now}
        at = now + SOONEST
        if lane in self._last:
            at = min(max(at, self._last[lane] + max(IN_LANE, IN_ALL * len(self._last))), now + LATEST)
        self._last[lane] = at
        return timedelta(seconds=at - now)

    def is_waited_for(self, lane: Hashable) -> bool:
        """Whether channels of a lane may be waiting, as far as this process knows."""
        return lane in self._last

    def nobody_waits(self, lane: Hashable) -> None:
        """Note that no channel of a lane waits any more, in any process."""
        self._last.pop(lane, None)
