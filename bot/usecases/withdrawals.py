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


async def tell_withdrawn(
    unit_of_work: UnitOfWorkFactory,
    now: datetime,
    redraw: Callable[[Sequence[MessageRef]], Awaitable[object]],
) -> int:
    """
    Draw the cards of papers that were withdrawn since they were sent; give how many.

    Each card is drawn once for that; if that fails, the next decision on it draws it. Running it twice is harmless.
    """
    async with unit_of_work() as uow:
        postings = [one for one in await uow.postings.posted_since(now - REACH) if one.item_key and one.ref]
        gone = await withdrawn_of({one.item_key for one in postings if one.item_key}, uow)
        told = [one for one in postings if one.item_key in gone and not await uow.notes.get(_NOTE + one.key)]
    if not told:
        return 0
    await redraw([one.ref for one in told if one.ref])
    async with unit_of_work() as uow:
        for one in told:
            await uow.notes.put(_NOTE + one.key, now.isoformat())
        await uow.commit()
    return len(told)


async def withdrawn_of(keys: set[str], uow: UnitOfWork) -> frozenset[str]:
    """Give those of these item keys whose paper was withdrawn, as far as its sources say now."""
    if not keys:
        return frozenset()
    canonical = await uow.items.canonical(keys)
    rows = await uow.entries.of_items(keys)
    gone = {key for key, stored, mention in rows if mention.direct and TAG in stored.entry.tags}
    return frozenset(key for key in keys if canonical[key] in gone)
