"""
Jobs that no worker takes, where several processes share a database: of another version of Paper Round, or in a queue that nobody with these settings
serves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.ports import UntakenJobs
from bot.text import counted
from scheduler.jobs.requests import places
from scheduler.services import Services

REMEDY: Final = (
    "They are of another version of Paper Round, or of a platform that is not set up here. Start a `paperround worker` of that version and with that "
    "platform's settings, which does them at once (`paperround --version` says which one this is); or let them be: after a day they are given up, which "
    "the log says, and what is due is asked for again."
)


async def untaken_jobs(services: Services) -> Sequence[UntakenJobs]:
    """Find them, as this process knows the queues; none on a database that one process serves. Raises `StorageError` where that does not answer."""
    return await services.untaken_jobs(places(services, 1).keys())


def untaken_line(found: Sequence[UntakenJobs]) -> str:
    """Say of the jobs how many there are, which and since when, without a full stop; empty where there are none."""
    if not found:
        return ""
    number = sum(one.number for one in found)
    which = ", ".join(f"{one.number} {one.name} in the queue {one.queue}" for one in found)
    oldest = min(one.since for one in found)
    waits = "wait that no worker takes" if number > 1 else "waits that no worker takes"
    return f"{counted(number, 'job')} {waits}: {which}; put in since {oldest:%Y-%m-%d %H:%M} UTC"
