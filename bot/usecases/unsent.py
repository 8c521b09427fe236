"""Unsent messages of a channel's digest, in a sentence for who pauses the channel amid it, or resumes it."""

from __future__ import annotations

from bot.model import Channel
from bot.periods import in_words
from bot.ports import UnitOfWorkFactory
from bot.text import counted
from bot.usecases.deliver import SETTLED


async def left_line(channel: Channel, unit_of_work: UnitOfWorkFactory) -> str | None:
    """Say of a channel that was just paused how much of its digest is not sent yet, and what becomes of it; None where all is sent."""
    left = await _left(channel, unit_of_work)
    if left is None:
        return None
    number, of_all, week = left
    return (
        f"{number} of the {counted(of_all, 'message')} of the digest of {in_words(week)} {'is' if number == 1 else 'are'} not sent yet. The rest comes once the "
        "channel is resumed, unless the next digest is due by then. A message that is on its way just now may still arrive."
    )


async def coming_line(channel: Channel, unit_of_work: UnitOfWorkFactory) -> str | None:
    """Say of a channel that was just resumed what still comes of its digest; None where all is sent."""
    left = await _left(channel, unit_of_work)
    if left is None:
        return None
    number, _, week = left
    return f"The rest of the digest of {in_words(week)} comes in a moment: {counted(number, 'message')}."


async def _left(channel: Channel, unit_of_work: UnitOfWorkFactory) -> tuple[int, int, str] | None:
    """How many messages of the latest digest that is not all sent are missing, of how many, and its week."""
    async with unit_of_work() as uow:
        weeks = await uow.postings.unfinished(channel.name)
        postings = await uow.postings.of(channel.name, weeks[-1]) if weeks else []
    missing = sum(one.state not in SETTLED for one in postings)
    return (missing, len(postings), weeks[-1]) if missing else None
