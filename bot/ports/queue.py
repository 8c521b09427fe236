"""The port of the job queue: work to be done soon, in this process or in any of several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

AT_ONCE: Final = timedelta(0)

MAIN: Final = "main"
"""The queue of a job that is told none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """
    A job to be done: its name, and the subject that it is about (a channel, a platform), which may be empty.

    Name and subject are its key. `queue` is the line it stands in: each is served by places of its own, so that a full one delays no
    other. `arguments` are whatever else who does it is to know, as JSON has it; they are no part of the key.
    """

    name: str
    subject: str = ""
    queue: str = MAIN
    arguments: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes it the same job as another one."""
        return f"{self.name}/{self.subject}" if self.subject else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """
    How many jobs wait in a queue and are being done, and how many may wait at most. `delayed` are those of the waiting whose time has not come,
    as after a platform has failed: more workers do nothing about them. `unknown` are none of these: they wait for a worker of another version.
    """

    waiting: int = 0
    delayed: int = 0
    running: int = 0
    unknown: int = 0
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UntakenJobs:
    """
    Jobs of one name in one queue that no worker takes, since they are of another version or nobody serves that queue: how many, and when the first of
    them was put in (UTC).
    """

    name: str
    queue: str
    number: int
    since: datetime


JobHandler = Callable[[JobRequest], Awaitable[None]]
"""Does a job. What it raises is logged, and takes nothing else with it. On `StorageError` the job is done again some seconds later."""

JobCheck = Callable[[JobRequest], bool]
"""Tells whether this version knows a job, and what it is told with it."""


def every_job(_: JobRequest) -> bool:
    """The `JobCheck` of whoever does all jobs."""
    return True


class JobQueue(Protocol):
    """
    Work to be done soon, outside the caller's turn.

    Of jobs with the same key one waits at most, and one is done at a time; one that is being done hides no other, which is done after it. A
    job may be done twice where a process dies, and is forgotten once it was done, or met a fault of ours: a job asks the database what is to
    do, and whoever wakes it wakes it again. One for which the database failed (`StorageError`) waits, and is done again until it is done.
    """

    @property
    def bound(self) -> int:
        """How many jobs may wait in each queue."""
        ...

    async def defer(self, *jobs: JobRequest, wait: timedelta = AT_ONCE) -> int:
        """
        Have jobs done soon, or as soon as `wait` is over; give how many were taken.

        Not taken, and nothing happens, is one whose key waits already. Raises `QueueFull` where one's queue is full, which is logged; the others
        are taken then.
        """
        ...

    async def bring_forward(self, queue: str, told: Mapping[str, object]) -> bool:
        """Have the first job of a queue done at once, of those that wait for their time and are told this among other things; tell whether there was one."""
        ...

    async def depths(self) -> Mapping[str, QueueDepth]:
        """The queues in which anything waits or is done, by name."""
        ...

    async def work(self, handle: JobHandler, places: Mapping[str, int], knows: JobCheck = every_job) -> None:
        """
        Do the jobs of these queues alone, so many at once of each, until this is cancelled; then those that are being done get some seconds.

        Call it once. Jobs of another queue wait for whoever serves that: what this process cannot do, as on a platform whose token it has not, it does not take. What does not end in time is cancelled, and done by somebody else where the queue is shared. What this version does not
        know (`knows`) is left for a worker of the version that does, for a day; meanwhile it keeps no job of its key from being put in and done.
        """
        ...

    def unserved(self) -> Collection[str]:
        """The queues, of those that `work` is to serve, that are not served now, since the database is away."""
        ...

    async def close(self) -> None:
        """Give up what it holds. Doing it twice is harmless."""
        ...
