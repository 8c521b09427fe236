"""
Look-ups of works of taste: what their list said too little of is asked for at their addresses, so that they teach.

At once while somebody waits, for some of a list; all others by and by, at the pace of the registries. What came of each is noted
as it comes, so that a crash costs nothing, and what did not answer is asked for again with growing pauses.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import SourceError, UsageError
from bot.item_keys import address_of, item_key
from bot.model import Channel, FoundWork, TasteWork
from bot.ports import Clock, UnitOfWorkFactory, WorkFinder
from bot.usecases.command_context import WorkFinders
from bot.usecases.taste import LOOK_UPS, Reference, look_ups, put_look_ups, says_too_little, taste_of

logger = logging.getLogger(__name__)

MOST_LOOKED_UP: Final = 100
"""Works that are looked up at once for one list, while somebody waits."""

LOOKING_UP: Final = timedelta(seconds=100)
"""How long looking up may take in all while somebody waits."""

BY_AND_BY: Final = 100
"""Works that are looked up in one go when nobody waits."""

_CHANNELS: Final = 200
"""Channels of which works are looked for in one go: meanwhile nobody else writes."""

_GO: Final = timedelta(seconds=60)
"""How long one go may take when nobody waits."""

AGAIN: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=4))
"""When a work that did not answer is asked for again, counted from the last time; then not any more, unless it is told again."""

TOGETHER: Final = 4
"""Look-ups at a time; a registry's own pace is kept by the fetcher."""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """How many works of a list were read, and of how many nothing is known yet but their address."""

    read: int
    bare: int


def next_look_up(one: TasteWork) -> datetime | None:
    """When a work is to be looked up (UTC), the past for at once; None for never: it says enough, or was asked for often enough."""
    if not says_too_little(one) or one.key.startswith(("entry:", "title:")):
        return None
    if one.looked_up is None:
        return one.at
    if one.look_ups > len(AGAIN):
        return None
    return one.looked_up + AGAIN[one.look_ups - 1]


async def look_up(
    references: Sequence[Reference],
    channel: Channel,
    unit_of_work: UnitOfWorkFactory,
    finders: WorkFinders,
    clock: Clock,
) -> LookedUp:
    """
    Look up at once the works of a list that are noted (`tell`) and say too little, those of which nothing is known first.

    At most `MOST_LOOKED_UP` are asked for, within `LOOKING_UP`. The others are left for `look_up_by_and_by`. Raises `StorageError`.
    """
    keys = [key for one in references if one.url and (key := item_key(one.url))]
    async with unit_of_work() as uow:
        named = set((await uow.items.canonical(keys)).values())
        works = [one for one in await taste_of(channel.name, uow) if one.key in named and says_too_little(one)]
    works.sort(key=lambda one: bool(one.title))
    read = await _look_up(works[:MOST_LOOKED_UP], LOOKING_UP, unit_of_work, finders, clock)
    await _plan([channel.name], unit_of_work, clock)
    return LookedUp(len(read), sum(1 for one in works if not one.title and one.key not in read))


async def look_up_by_and_by(unit_of_work: UnitOfWorkFactory, finders: WorkFinders, clock: Clock) -> int:
    """Look up some of the works that are due, of whichever channel; give how many answered."""
    async with unit_of_work() as uow:
        plan = await look_ups(uow, clock())
        waiting = sorted((at, name) for name, at in plan.items() if at <= clock())
        looked_at, works = [], list[TasteWork]()
        for _, name in waiting[:_CHANNELS]:
            if len(works) >= BY_AND_BY:
                break
            works += _due(await taste_of(name, uow), clock())
            looked_at.append(name)
    if not looked_at:
        return 0
    read = await _look_up(works[:BY_AND_BY], _GO, unit_of_work, finders, clock)
    await _plan(looked_at, unit_of_work, clock)
    return len(read)


def _due(works: Iterable[TasteWork], now: datetime) -> list[TasteWork]:
    """What may be looked up now, that which waits longest for its first time before that which did not answer."""
    due = [one for one in works if (at := next_look_up(one)) and at <= now]
    return sorted(due, key=lambda one: (one.look_ups, bool(one.title)))


async def _look_up(
    works: Sequence[TasteWork], within: timedelta, unit_of_work: UnitOfWorkFactory, finders: WorkFinders, clock: Clock
) -> set[str]:
    """Look works up, and note of each at once what came of it; give the keys of those that were read."""
    read: set[str] = set()
    turns = asyncio.Semaphore(TOGETHER)

    async def note(one: TasteWork, work: FoundWork | None) -> None:
        if work and work.title:
            read.add(one.key)
        async with unit_of_work() as uow:
            await uow.tastes.describe([_told_by(work, one, clock())])
            await uow.commit()

    async def alone(one: TasteWork, finder: WorkFinder) -> None:
        work = None
        async with turns:
            try:
                work = await finder.find(address_of(one.key))
            except (SourceError, UsageError) as error:
                logger.info("A work was not looked up: %s", error, extra={"action": "taste_not_looked_up"})
        await note(one, work)

    if works:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()), finders() as finder:
                together = await finder.find_together([address_of(one.key) for one in works])
                for one in works:
                    if address_of(one.key) in together:
                        await note(one, together[address_of(one.key)])
                with _ungrouped():
                    async with asyncio.TaskGroup() as group:
                        for one in works:
                            if address_of(one.key) not in together:
                                group.create_task(alone(one, finder))
    return read


def _told_by(work: FoundWork | None, one: TasteWork, now: datetime) -> TasteWork:
    """A work of taste with what a look-up told of it, if it answered."""
    known = replace(one, look_ups=one.look_ups + 1, looked_up=now)
    if not work or not work.title:
        return known
    known = replace(
        known,
        title=one.title or work.title,
        abstract=work.abstract or one.abstract,
        authors=one.authors or work.authors,
    )
    # A registry that has no abstract of a work has none tomorrow.
    return replace(known, look_ups=len(AGAIN) + 1) if says_too_little(known) else known


@contextlib.contextmanager
def _ungrouped() -> Iterator[None]:
    """Raise the first error of a group by itself, and log the others: callers know what to do with each of ours, and not with a group."""
    try:
        yield
    except ExceptionGroup as several:
        first, *others = several.exceptions
        for error in others:
            logger.exception(
                "A look-up failed beside another one", exc_info=error, extra={"action": "taste_lookup_failed"}
            )
        raise first from None


async def _plan(names: Iterable[str], unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
    """Note when these channels' works are to be looked up next."""
    async with unit_of_work() as uow:
        await uow.leases.lock(LOOK_UPS)
        plan = await look_ups(uow, clock())
        for name in names:
            times = [at for one in await taste_of(name, uow) if (at := next_look_up(one))]
            plan.pop(name, None)
            if times:
                plan[name] = min(times)
        await put_look_ups(plan, uow)
        await uow.commit()
