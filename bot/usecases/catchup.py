"""
Catch up: after a time away only the latest digest is sent, and only while it is of use; every other week is recorded as
skipped, with the reason (docs/platform-facts.md#c4).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from bot.due import WEEK, channel_due_week, channel_window
from bot.keys import is_week, monday_of, week_of
from bot.model import Channel, Posting, PostingState, Skip
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.usecases.compile import covered_by

AWAY: Final = "Paper Round did not run, or could reach too few sources, until it was too late"
OVERTAKEN: Final = "it was not all sent when the next one fell due"
COVERED: Final = "the digest of another week covers its days"
UNSENT: Final = "it could not be posted until it was too late"


async def skip_missed(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> list[Skip]:
    """
    Record the weeks of a channel whose digest will not be sent any more; give those that are recorded now.

    These are the weeks that passed without a digest before the one that is due, the due one itself if it is `catch_up` late, and
    a frozen digest of which by then nothing was posted, or that was not all sent when the next fell due. A channel that was
    never served has none.
    """
    async with unit_of_work() as uow:
        state = await uow.channels.get(channel.name)
        if state is None or state.started is None:
            return []
        known = {week for week in await uow.digests.weeks(channel.name) if is_week(week)}
        skipped = {skip.week for skip in await uow.digests.skipped(channel.name)}
        because = f"the channel was paused: {state.paused_because}" if state.paused_because else AWAY
        reasons = dict.fromkeys(_missed(channel, known | skipped, state.started, now), because)
        due = channel_due_week(channel, now)
        window = channel_window(channel, due)
        if (
            due not in known | skipped
            and state.started < window.end
            and await covered_by(channel.name, due, window, uow, now)
        ):
            reasons[due] = COVERED
        for week in await uow.postings.unfinished(channel.name):
            reasons |= await _over(channel, week, uow, now)
        skips = [Skip(channel=channel.name, week=week, because=why, at=now) for week, why in sorted(reasons.items())]
        if skips:
            await uow.digests.skip(skips)
            await uow.commit()
    return skips


def _missed(channel: Channel, known: Collection[str], started: datetime, now: datetime) -> list[str]:
    due = channel_due_week(channel, now)
    due_at = channel_window(channel, due).end
    missed = list(weeks_between(max(known), due)) if known else []
    if due not in known and started < due_at and now - due_at > channel.catch_up:
        missed.append(due)
    return missed


async def _over(channel: Channel, week: str, uow: UnitOfWork, now: datetime) -> dict[str, str]:
    """Say why a frozen digest is not sent any more; nothing if it is all sent, or still may be."""
    postings = await uow.postings.of(channel.name, week)
    if all(_settled(posting) for posting in postings):
        return {}
    if week < channel_due_week(channel, now):
        return {week: OVERTAKEN}
    digest = await uow.digests.get(channel.name, week)
    begun = any(posting.state is not PostingState.PENDING for posting in postings)
    over = digest is not None and not begun and now - digest.window.end > channel.catch_up
    return {week: UNSENT} if over else {}


def _settled(posting: Posting) -> bool:
    return posting.state in {PostingState.POSTED, PostingState.LEFT_OUT}


def weeks_between(first: str, last: str) -> tuple[str, ...]:
    """
    Give the weeks after `first` and before `last`, oldest first.

    >>> weeks_between("2026-W30", "2026-W33")
    ('2026-W31', '2026-W32')
    """
    day, found = monday_of(first) + WEEK, []
    while (between := week_of(day)) < last:
        found.append(between)
        day += WEEK
    return tuple(found)
