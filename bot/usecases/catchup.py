"""
Catch up: after a time away only the latest digest is sent, and only while it is of use; every other week is recorded as
skipped, with the reason (docs/platform-facts.md#c4).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from bot.credit import PAUSED_BEFORE
from bot.due import channel_due_period, channel_window, first_instant, periods_between
from bot.model import Channel, Posting, PostingState, Skip
from bot.periods import EXTRA, due_day, in_order, is_period
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
        since = state.served_since if state else None
        if state is None or since is None:
            return []
        known = {week for week in await uow.digests.weeks(channel.name) if is_period(week)}
        skipped = {skip.week for skip in await uow.digests.skipped(channel.name)}
        because = f"{PAUSED_BEFORE}{state.paused_because}" if state.paused_because else AWAY
        reasons = dict.fromkeys(_missed(channel, known | skipped, since, now), because)
        due = channel_due_period(channel, now)
        window = channel_window(channel, due)
        if due not in known | skipped and since < window.end and await covered_by(channel.name, due, window, uow, now):
            reasons[due] = COVERED
        for week in await uow.postings.unfinished(channel.name):
            if over := await why_over(channel, week, uow, now):
                reasons[week] = over
        skips = [Skip(channel=channel.name, week=week, because=why, at=now) for week, why in sorted(reasons.items())]
        if skips:
            await uow.digests.skip(skips)
            await uow.commit()
    return skips


def _missed(channel: Channel, known: Collection[str], started: datetime, now: datetime) -> list[str]:
    due = channel_due_period(channel, now)
    due_at = channel_window(channel, due).end
    missed = [one for one in _between(channel, known, started, due) if one not in known]
    if due not in known and started < due_at and now - due_at > channel.catch_up:
        missed.append(due)
    return missed


def _between(channel: Channel, known: Collection[str], started: datetime, due: str) -> tuple[str, ...]:
    """Give the periods after the last known one and before the due one; none of before the channel was first served."""
    if not known:
        return ()
    last = max(known, key=in_order)
    extra = first_instant(due_day(last, channel.weekday), time.min, ZoneInfo(channel.zone))
    after = extra if last.endswith(EXTRA) else channel_window(channel, last).end
    return periods_between(channel, max(after, started), due)


async def why_over(channel: Channel, week: str, uow: UnitOfWork, now: datetime) -> str | None:
    """Say why a frozen digest of a channel that was served before is not sent any more; None if it is all sent, or still may be."""
    postings = await uow.postings.of(channel.name, week)
    if all(_settled(posting) for posting in postings):
        return None
    digest = await uow.digests.get(channel.name, week)
    due = channel_due_period(channel, now)
    if week != due and (digest is None or digest.window.end < channel_window(channel, due).end):
        return OVERTAKEN
    begun = any(posting.state is not PostingState.PENDING for posting in postings)
    over = digest is not None and not begun and now - digest.window.end > channel.catch_up
    return UNSENT if over else None


def _settled(posting: Posting) -> bool:
    return posting.state in {PostingState.POSTED, PostingState.LEFT_OUT}
