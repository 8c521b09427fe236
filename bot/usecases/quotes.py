"""Quotes: the messages that show what somebody wrote about a work before, found again when its author changes it or takes it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.model import MessageRef, Posting, Summary
from bot.periods import in_order, is_period
from bot.ports import UnitOfWork, UnitOfWorkFactory

AGAIN: Final = timedelta(days=2)
"""How long after a change its quotes are drawn once more, daily: a platform may have been away when it happened."""


async def quoting_messages(changed: Sequence[Summary], uow: UnitOfWork) -> list[MessageRef]:
    """Give the messages that may quote one of these: cards of the same works that were sent later, and heads whose recap tells of them."""
    found: list[Posting] = []
    for one in changed:
        cards = await uow.postings.of_items([one.item_key])
        found += [card for card in cards if card.attempted_at and card.attempted_at >= one.at]
        found += await _heads(one, uow)
    return list(dict.fromkeys(posting.ref for posting in found if posting.ref))


async def _heads(written: Summary, uow: UnitOfWork) -> list[Posting]:
    heads: list[Posting] = []
    canonical = await uow.items.canonical([written.item_key])
    weeks = sorted(filter(is_period, await uow.digests.weeks(written.channel)), key=in_order)
    for week in reversed(weeks):
        digest = await uow.digests.get(written.channel, week)
        if digest is None or digest.compiled_at < written.at:
            break
        told = await uow.items.canonical([work.key for work in digest.recap.told])
        if set(canonical.values()) & set(told.values()):
            heads += [one for one in await uow.postings.of(written.channel, week) if one.part == 0]
    return heads


async def redraw_changed_quotes(
    unit_of_work: UnitOfWorkFactory,
    now: datetime,
    redraw: Callable[[Sequence[MessageRef]], Awaitable[object]],
) -> int:
    """Draw once more whatever may quote words that were changed in the last two days; give how many messages. Doing it twice is harmless."""
    async with unit_of_work() as uow:
        refs = await quoting_messages(await uow.summaries.changed_since(now - AGAIN), uow)
    if refs:
        await redraw(refs)
    return len(refs)
