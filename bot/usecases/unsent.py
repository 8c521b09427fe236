"""Unsent messages of a channel's digest, in a sentence for who pauses the channel amid it, or resumes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import Channel, PostingState
from bot.periods import in_words
from bot.ports import UnitOfWorkFactory
from bot.text import counted
from bot.usecases.catchup import OVERTAKEN, why_over
from bot.usecases.deliver import SETTLED


async def left_line(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> str | None:
    """Say of a channel that was just paused how much of its digest is not sent yet, and what becomes of it; None where nothing more was to come."""
    left = await _left(channel, unit_of_work, now)
    if left is None or left.over:
        return None
    hours = counted(round(channel.catch_up / timedelta(hours=1)), "hour")
    too_late = "" if left.begun else f", or this one is more than {hours} late"
    return (
        f"{left.missing} of the {counted(left.of_all, 'message')} of the digest of {in_words(left.week)} {'is' if left.missing == 1 else 'are'} not sent yet. "
        f"The rest comes once the channel is resumed, unless the next digest is due by then{too_late}. A message that is on its way just now may still arrive."
    )


async def resumed_line(
    channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime, next_line: Callable[[], Awaitable[str]]
) -> str:
    """
    Say of a channel that was just resumed what comes there: the rest of its digest, or, where all is sent, what `next_line` says. Where it is too late for
    the rest (`bot.usecases.catchup`) it says so before that.
    """
    left = await _left(channel, unit_of_work, now)
    if left is None:
        return await next_line()
    digest = f"the digest of {in_words(left.week)}"
    if left.over:
        because = "the next one is due" if left.over == OVERTAKEN else "it is too late for it"
        return f"The rest of {digest} is not sent any more: {because}. {await next_line()}"
    return f"The rest of {digest} comes in a moment: {counted(left.missing, 'message')}."


@dataclass(frozen=True, slots=True)
class _Left:
    """How many messages of a week's digest are missing, of how many; whether any was begun, and why the rest is not sent any more, if so."""

    week: str
    missing: int
    of_all: int
    begun: bool
    over: str | None


async def _left(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> _Left | None:
    """What is left of the latest digest that is not all sent; None where all are, or their rest was skipped."""
    async with unit_of_work() as uow:
        skipped = {skip.week for skip in await uow.digests.skipped(channel.name)}
        weeks = [week for week in await uow.postings.unfinished(channel.name) if week not in skipped]
        if not weeks:
            return None
        postings = await uow.postings.of(channel.name, weeks[-1])
        state = await uow.channels.get(channel.name)
        over = await why_over(channel, weeks[-1], uow, now) if state and state.served_since else None
    return _Left(
        week=weeks[-1],
        missing=sum(one.state not in SETTLED for one in postings),
        of_all=len(postings),
        begun=any(one.state is not PostingState.PENDING for one in postings),
        over=over,
    )
