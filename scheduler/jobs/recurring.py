"""
What is done again and again, and how often: one table for the process that does everything (`scheduler.jobs.periodic`) and for those that share
the work, where the clock puts it into the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.ports import JobRequest
from scheduler.jobs.requests import SCHEDULE, UPKEEP, schedule, upkeep

OFTEN: Final = timedelta(seconds=30)
MINUTELY: Final = timedelta(minutes=1)
SELDOM: Final = timedelta(minutes=10)
HOURLY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recurring:
    """
    A piece of work that recurs: its name, how often, and the queue that it waits in where several processes share it. One `on_platforms` is a
    job for each of them, by the queue's name for it, so that one that hangs keeps no other waiting. One that is `part_of_tick` is done by
    the tick in the process that does everything.
    """

    name: str
    every: timedelta
    queue: Callable[[str], str]
    on_platforms: bool = False
    part_of_tick: bool = False

    def requests(self, platforms: Collection[str]) -> Sequence[JobRequest]:
        """What to put into the queue, where these platforms are in use."""
        subjects = platforms if self.on_platforms else [""]
        return [JobRequest(name=self.name, subject=subject, queue=self.queue(subject)) for subject in subjects]


def _short(_: str) -> str:
    return SCHEDULE


def _long(_: str) -> str:
    return UPKEEP


RECURRING: Final = (
    Recurring("tick", OFTEN, _short),
    Recurring("inbox", OFTEN, _short, part_of_tick=True),
    Recurring("alerts", OFTEN, _short, part_of_tick=True),
    Recurring("reviews", OFTEN, _short, part_of_tick=True),
    Recurring("histories", OFTEN, _short),
    Recurring("reminders", OFTEN, schedule, on_platforms=True),
    Recurring("taste", MINUTELY, _long),
    Recurring("quality", HOURLY, _long),
    Recurring("pauses", MINUTELY, upkeep, on_platforms=True),
    Recurring("tokens", SELDOM, upkeep, on_platforms=True),
    Recurring("reconcile", SELDOM, upkeep, on_platforms=True),
)
