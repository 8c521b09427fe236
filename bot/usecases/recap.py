"""Recap: what the team wrote since its last digest and which must-reads nobody has written about, for the opening of the next one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.model import Channel, Decision, Digest, Meaning, NamedWork, Recap, Summary
from bot.periods import in_order, is_period
from bot.ports import UnitOfWork
from bot.usecases.cards import asked_for
from bot.usecases.channel_past import ChannelPast

MOST_TOLD: Final = 3
MOST_OWED: Final = 5

LOOKS_BACK: Final = 8
"""How many digests back a work may have been sent: what was marked before that is in the reading lists."""


async def recap_of(channel: Channel, week: str, now: datetime, past: ChannelPast, uow: UnitOfWork) -> Recap:
    """
    Give what a channel's next digest opens with; nothing before the second digest.

    Told are the works that somebody wrote about since the last digest was compiled, the best received first (members who marked it
    or wrote about it); owed are must-reads without a word, each in one digest only. The words themselves are looked up when the
    digest is drawn.
    """
    if not past.summaries and all(one.meaning is not Meaning.MUST_READ for one in past.decisions):
        return Recap()  # nothing to tell and nothing owed; the digests of two months need not be read for that
    before = await _digests_before(channel, week, past, uow)
    if not before:
        return Recap()
    since = max(digest.compiled_at for digest in before)
    works = await _works(channel, before, uow)
    written = [one for one in past.summaries if one.item_key in works]
    taken = past.decisions
    canonical = await uow.items.canonical([one.item_key for one in taken])
    liked: dict[str, set[str]] = defaultdict(set)
    for one in taken:
        if one.meaning is not Meaning.SKIP:
            liked[canonical[one.item_key]].add(one.member.id)
    return Recap(
        told=_told([one for one in written if since <= one.at <= now], liked, works),
        owed=_owed(taken, canonical, {one.item_key for one in written}, before, works),
    )


async def _digests_before(channel: Channel, week: str, past: ChannelPast, uow: UnitOfWork) -> list[Digest]:
    skipped = {skip.week for skip in past.skipped}
    weeks = [one for one in past.weeks if is_period(one) and in_order(one) < in_order(week) and one not in skipped]
    found = [await uow.digests.get(channel.name, one) for one in weeks[-LOOKS_BACK:]]
    return [digest for digest in found if digest is not None]


async def _works(channel: Channel, digests: Sequence[Digest], uow: UnitOfWork) -> dict[str, NamedWork]:
    """Give the works that were sent, by canonical key."""
    sent = [
        pick.item
        for digest in digests
        for pick in (*digest.picks, *asked_for(digest, await uow.postings.of(channel.name, digest.week)))
    ]
    canonical = await uow.items.canonical([item.key for item in sent])
    return {canonical[item.key]: NamedWork(key=canonical[item.key], title=item.title, url=item.url) for item in sent}


def _told(
    written: Sequence[Summary], liked: Mapping[str, set[str]], works: Mapping[str, NamedWork]
) -> tuple[NamedWork, ...]:
    newest: dict[str, datetime] = {}
    received = {key: set(members) for key, members in liked.items()}
    for one in written:
        newest[one.item_key] = max(one.at, newest.get(one.item_key, one.at))
        received.setdefault(one.item_key, set()).add(one.member.id)
    ordered = sorted(newest, key=lambda key: (-len(received[key]), -newest[key].timestamp(), key))
    return tuple(works[key] for key in ordered[:MOST_TOLD])


def _owed(
    taken: Sequence[Decision],
    canonical: Mapping[str, str],
    written: set[str],
    before: Sequence[Digest],
    works: Mapping[str, NamedWork],
) -> tuple[NamedWork, ...]:
    named = {work.key for digest in before for work in digest.recap.owed}
    wanted = [canonical[one.item_key] for one in taken if one.meaning is Meaning.MUST_READ]
    open_ones = [key for key in dict.fromkeys(wanted) if key in works and key not in written and key not in named]
    return tuple(works[key] for key in open_ones[:MOST_OWED])
