"""
Whether anybody does what is due, where several processes share a database: web processes answer, and take what people do, though no worker lives.

Told by the last tick, which a worker notes, and `up` too. On SQLite there is one process, which is there or is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.text import counted
from scheduler.jobs.ticks import last_tick, note_tick
from scheduler.services import Services

AFTER: Final = timedelta(minutes=10)
"""After how long without a tick somebody is told. It is due twice a minute; in `up` it waits for sources that take long to answer."""

REMEDY: Final = (
    "See that `paperround clock` and a `paperround worker` run, on whatever machine, and look into their logs; "
    "`paperround up` does the work of both."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """When what is due was last asked for, in UTC; None for never. `fault` is what to tell of that, without a remedy; empty where somebody works."""

    last: datetime | None
    fault: str


async def work_of(services: Services) -> Work | None:
    """Tell whether anybody works; None on a database that one process serves."""
    if not is_shared(services):
        return None
    last = await last_tick(services)
    if last is None:
        return Work(last=None, fault="No worker or clock has worked yet")
    idle = services.clock() - last
    return Work(last=last, fault=f"No worker or clock has worked for {_spelled(idle)}" if idle > AFTER else "")


async def idle_line(services: Services) -> str:
    """What to tell people in chat and on the page, who wait for a digest: that nobody makes one, and what becomes of their own; empty while somebody works."""
    work = await work_of(services)
    if work is None or not work.fault:
        return ""
    return (
        f"Nothing is collected or sent for now: {work.fault[0].lower()}{work.fault[1:]}. What you decide and write is kept, and what is due comes once "
        "they run again. Whoever runs Paper Round: start paperround clock and paperround worker, or paperround up."
    )


async def note_work(services: Services) -> None:
    """Note that this process asks what is due, where that is of interest to others."""
    if is_shared(services):
        await note_tick(services, services.clock())


def is_shared(services: Services) -> bool:
    """Whether several processes may work on this database."""
    return services.engine.dialect.name == "postgresql"


def _spelled(span: timedelta) -> str:
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if span >= 2 * size:
            return counted(span // size, unit)
    return counted(span // timedelta(minutes=1), "minute")
