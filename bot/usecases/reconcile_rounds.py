"""
Rounds of reconciling: whatever may have been missed on a platform is looked for in every channel, and how far that has come is noted.

A round is begun when a platform is listened to again, for what happened before was not told, and once a day, since platforms lose events besides. It is
done with a channel once that was looked at by somebody who began after the round did; rounds are counted, so that no clock is asked. What is
noted of each channel is the round that is done with it: who is killed leaves the others to whoever follows. A round that is begun while
another one is under way takes its place, and begins with the channels that were looked at the longest ago.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.model import ReconciledChannel
from bot.ports import Clock, UnitOfWork, UnitOfWorkFactory

EVERY: Final = timedelta(days=1)
"""How long after the last round another one is begun, though nothing is known to be missed."""

TRIES: Final = 6
"""How often a round looks at a channel that its platform does not show whole, until it leaves it to the next one."""

FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=10)
"""The pause between two of these looks is at first a minute, and each time twice as long, up to this."""

_NOTE: Final = "reconcile round"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A platform's last round: its `number`, when it was begun (UTC), and whether it is `done` with every channel."""

    number: int
    began: datetime
    done: bool = False


async def begin_round(platform: str, unit_of_work: UnitOfWorkFactory, clock: Clock) -> Round:
    """Begin a round: what happened before this instant may have been missed. Call it when what happens from now on is heard."""
    async with unit_of_work() as uow:
        before = await _to_change(platform, uow)
        fresh = Round(number=before.number + 1 if before else 1, began=clock())
        await _put(platform, fresh, uow)
        await uow.commit()
    return fresh


async def open_round(platform: str, unit_of_work: UnitOfWorkFactory, clock: Clock) -> Round | None:
    """The round that is under way, or is begun now since a day has passed; None if there is nothing to do."""
    last, now = await last_round(platform, unit_of_work), clock()
    if last and not last.done:
        return last
    # One that lies ahead was begun by a clock that was put right since.
    if last and last.began <= now < last.began + EVERY:
        return None
    async with unit_of_work() as uow:
        known = await _to_change(platform, uow)
        if known != last:
            return None if known is None or known.done else known
        fresh = Round(number=last.number + 1 if last else 1, began=now)
        await _put(platform, fresh, uow)
        await uow.commit()
    return fresh


async def last_round(platform: str, unit_of_work: UnitOfWorkFactory) -> Round | None:
    """A platform's last round, under way or done."""
    async with unit_of_work() as uow:
        return _read(await uow.notes.get(_name(platform)))


async def missing(
    platform: str, number: int, weeks: int, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> list[ReconciledChannel]:
    """The channels with which a round is not done, the one that was looked at the longest ago first. Where there is none, the round is noted as done."""
    async with unit_of_work() as uow:
        found = await uow.reconciled.missing(platform, number, clock() - timedelta(weeks=weeks))
    if not found:
        async with unit_of_work() as uow:
            last = await _to_change(platform, uow)
            if last and last.number == number and not last.done:
                await _put(platform, replace(last, done=True), uow)
                await uow.commit()
    return found


def ready(missing_: Sequence[ReconciledChannel], number: int, now: datetime) -> list[ReconciledChannel]:
    """Those of the channels that a round may look at now: of one in which it failed the pause is over, or lies so far ahead that a clock was wrong."""
    return [
        one for one in missing_ if not (waits := _waits_until(one, number)) or not now < waits <= now + LONGEST_PAUSE
    ]


def _waits_until(one: ReconciledChannel, number: int) -> datetime | None:
    return one.again if one.trying == number else None


def first_of(
    ready_: Sequence[ReconciledChannel], lane: Callable[[str], Hashable], most: int, of_lane: int
) -> list[ReconciledChannel]:
    """The first of these channels, at most so many, and of each lane (a workspace) at most so many: however many one has, others have their turn."""
    taken: list[ReconciledChannel] = []
    lanes: Counter[Hashable] = Counter()
    for one in ready_:
        if len(taken) == most:
            break
        mine = lane(one.channel)
        if lanes[mine] < of_lane:
            lanes[mine] += 1
            taken.append(one)
    return taken


async def note_look(
    before: ReconciledChannel, number: int, began: datetime, unit_of_work: UnitOfWorkFactory, *, whole: bool
) -> None:
    """
    Note a look at a channel that began after a round did. One that did not show it `whole`, for a reason that may pass, is tried again after
    a pause, and given up until the next round after `TRIES` of them.
    """
    tries = 1 + (before.tries if before.trying == number else 0)
    if whole or tries >= TRIES:
        noted = replace(before, round=number, at=began, trying=number, tries=0, again=None)
    else:
        pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
        noted = replace(before, at=began, trying=number, tries=tries, again=began + pause)
    async with unit_of_work() as uow:
        await uow.reconciled.note(noted)
        await uow.commit()


def _name(platform: str) -> str:
    return f"{_NOTE}/{platform}"


async def _to_change(platform: str, uow: UnitOfWork) -> Round | None:
    """Read a platform's last round; nobody else changes it before the unit of work ends."""
    await uow.leases.lock(_name(platform))
    return _read(await uow.notes.get(_name(platform)))


async def _put(platform: str, given: Round, uow: UnitOfWork) -> None:
    told = {"number": given.number, "began": given.began.isoformat(), "done": given.done}
    await uow.notes.put(_name(platform), json.dumps(told))


def _read(note: str | None) -> Round | None:
    if note is None:
        return None
    told = json.loads(note)
    return Round(number=told["number"], began=datetime.fromisoformat(told["began"]), done=told["done"])
