"""Withdrawals: a card that was sent says so when its paper is withdrawn later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.model import MessageRef
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.withdrawal import TAG

REACH: Final = timedelta(days=60)
"""How far back cards are looked at. arXiv itself is asked for two weeks; other sources name older papers, too."""

_NOTE: Final = "withdrawn/"

_AT_ONCE: Final = 200
"""Cards drawn between two transactions."""


async def tell_withdrawn(
    unit_of_work: UnitOfWorkFactory,
    now: datetime,
    redraw: Callable[[Sequence[MessageRef]], Awaitable[object]],
    *,
    reading: UnitOfWorkFactory | None = None,
) -> int:
    """
    Draw the cards of papers that were withdrawn since they were sent; give how many.

    Each card is drawn once for that; if that fails, the next decision on it draws it. Which were drawn is noted after some hundreds of them, so
    that whoever goes on after a crash draws these again at most. Where no work that was sent was withdrawn, it is one query, with `reading` one
    for which nobody who writes waits.
    """
    since = now - REACH
    async with (reading or unit_of_work)() as uow:
        gone = await uow.entries.withdrawn(since)
    told = 0
    while gone:
        async with (reading or unit_of_work)() as uow:
            cards = await uow.postings.not_noted(gone, _NOTE, since, _AT_ONCE)
        if not cards:
            break
        await redraw([one.ref for one in cards if one.ref])
        async with unit_of_work() as uow:
            for one in cards:
                await uow.notes.put(_NOTE + one.key, now.isoformat())
            await uow.commit()
        told += len(cards)
    return told


async def withdrawn_of(keys: set[str], uow: UnitOfWork) -> frozenset[str]:
    """Give those of these item keys whose paper was withdrawn, as far as its sources say now."""
    if not keys:
        return frozenset()
    canonical = await uow.items.canonical(keys)
    rows = await uow.entries.of_items(keys)
    gone = {key for key, stored, mention in rows if mention.direct and TAG in stored.entry.tags}
    return frozenset(key for key in keys if canonical[key] in gone)
