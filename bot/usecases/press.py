"""Press: a button of a card or line, pressed by a member, chooses a decision or takes it back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.events import DecisionPressed
from bot.model import DEFAULT_MEANINGS, Channel, Posting, Press
from bot.ports import UnitOfWork
from bot.triage import takes_back


async def apply_press(event: DecisionPressed, channels: Sequence[Channel], uow: UnitOfWork) -> bool:
    """
    Store what a press means; False, and nothing is stored, where its message is none of ours as far as we know. The caller commits.

    Applied twice, it is one press: what it meant the first time stands.
    """
    posting = await uow.postings.at(event.ref)
    if posting is None:
        return False
    key = await pressed_item(posting, event.rank, uow)
    if key is None:
        return True  # a button of ours on a message without that work: there is nothing to decide on
    meanings = next((one.meanings for one in channels if one.name == posting.channel), DEFAULT_MEANINGS)
    # Before anything is read: the database holds the member's row until the commit, so that of two presses at one instant, in two processes
    # on PostgreSQL, the second sees what the first one chose.
    await uow.members.put(event.ref.platform, [event.member])
    reactions = await uow.reactions.of_item(posting.channel, key, event.member.id)
    presses = await uow.presses.of_item(posting.channel, key, event.member.id)
    await uow.presses.add(
        Press(
            event_id=event.event_id,
            channel=posting.channel,
            item_key=key,
            ref=event.ref,
            member=event.member,
            meaning=event.meaning,
            present=not takes_back(event.meaning, meanings, reactions, presses),
            at=event.at,
        )
    )
    return True


async def pressed_item(posting: Posting, rank: int | None, uow: UnitOfWork) -> str | None:
    """Give the key of the item that a message is about, or of its line with the number `rank`; None where there is none."""
    if rank is None or posting.item_key is not None:
        return posting.item_key
    digest = await uow.digests.get(posting.channel, posting.week)
    works = (*digest.picks, *digest.also) if digest else ()
    return next((work.item.key for work in works if work.rank == rank), None)
