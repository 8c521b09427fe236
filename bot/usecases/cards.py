"""
Cards: a work that was a line gets its message and thread, because somebody asked for it.

Asking only plans: the posting, under a natural key, and the request itself, in one transaction. Sending is delivery's, which goes on with
what a crash left over; asked for twice, it is one card.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

from bot.card import NOTHING, DecidedElsewhere, Earlier, Words
from bot.events import ReactionAdded
from bot.model import CARD_PARTS, CardRequest, Channel, Digest, Layout, Member, Pick, Posting
from bot.ports import UnitOfWork
from bot.rendering import posting_key, rank_of_keycap
from bot.usecases.decided import decisions_on

ShownIn = Callable[[Channel], Awaitable[Collection[Channel]]]
"""Gives the channels whose words may be shown to everybody in a channel (`usecases.audience`)."""


async def own_words(channel: Channel) -> Collection[Channel]:
    """`ShownIn` where nothing is known of who may read what: a channel shows its own words alone."""
    return (channel,)


def line_of_rank(digest: Digest, rank: int) -> Pick | None:
    """Give the work of this number that can have a card on demand; None where there is none, or it has its card already."""
    lines = (*digest.picks, *digest.also) if digest.layout is Layout.COMPACT else digest.also
    return next((pick for pick in lines if pick.rank == rank), None)


async def ask_for_card(digest: Digest, pick: Pick, member: Member, now: datetime, uow: UnitOfWork) -> None:
    """Plan a line's card and note who asked. The caller commits, and has the digest delivered."""
    part = CARD_PARTS + pick.rank
    posting = Posting(
        channel=digest.channel,
        week=digest.week,
        part=part,
        key=posting_key(digest.channel, digest.week, part),
        item_key=pick.item.key,
    )
    request = CardRequest(
        channel=digest.channel, week=digest.week, rank=pick.rank, item_key=pick.item.key, member=member, at=now
    )
    await uow.postings.plan([posting])
    await uow.card_requests.put(request)


async def ask_by_keycap(event: ReactionAdded, uow: UnitOfWork) -> bool:
    """Plan the card that a keycap on a list asks for; False where it asks for none. The caller commits."""
    posting = await uow.postings.at(event.ref)
    if posting is None or posting.item_key is not None:
        return False
    digest = await uow.digests.get(posting.channel, posting.week)
    rank = rank_of_keycap(digest, posting.part, event.emoji) if digest else None
    pick = line_of_rank(digest, rank) if digest and rank else None
    if digest is None or pick is None:
        return False
    await ask_for_card(digest, pick, event.member, event.at, uow)
    return True


async def earlier_words(digest: Digest, readable: Collection[Channel], uow: UnitOfWork) -> Words:
    """
    Give what was written in these channels about a digest's works, those of its recap among them, before it was compiled, by item key;
    with it what was decided on them in other channels than the digest's own.

    Looked up each time and frozen nowhere, so that words which their author takes back are gone from the next drawing.
    """
    keys = [pick.item.key for pick in (*digest.picks, *digest.also)] + [work.key for work in digest.recap.told]
    canonical = await uow.items.canonical(keys)
    written = [
        one
        for one in await uow.summaries.of_items(keys, [channel.name for channel in readable])
        if one.text and one.at < digest.compiled_at
    ]
    elsewhere = await _decided_elsewhere(digest, keys, [one for one in readable if one.name != digest.channel], uow)
    found = {
        key: Earlier(
            summaries=tuple(one for one in written if one.item_key == canonical[key]),
            elsewhere=elsewhere.get(canonical[key], ()),
        )
        for key in keys
    }
    return {key: one for key, one in found.items() if one != NOTHING}


async def _decided_elsewhere(
    digest: Digest, keys: Collection[str], channels: Collection[Channel], uow: UnitOfWork
) -> dict[str, tuple[DecidedElsewhere, ...]]:
    """Give what was decided in these channels before a digest, by canonical key; the channels of a work in the order of their names."""
    named = {channel.name: channel.names_shown for channel in channels}
    found: dict[str, tuple[DecidedElsewhere, ...]] = {}
    for (key, name), decided in (await decisions_on(keys, channels, uow)).items():
        if taken := tuple(one for one in decided if one.at < digest.compiled_at):
            there = DecidedElsewhere(channel=name, decisions=taken, named=named[name])
            found[key] = (*found.get(key, ()), there)
    return found


def asked_for(digest: Digest, postings: Collection[Posting]) -> list[Pick]:
    """Give the lines whose card somebody asked for."""
    parts = {posting.part for posting in postings}
    return [pick for pick in digest.also if CARD_PARTS + pick.rank in parts]
