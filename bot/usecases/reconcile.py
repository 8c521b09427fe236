"""
Reconcile: what people did while we were not listening is made whole.

A platform's own state is the truth. Each message of the last weeks is looked at, and the difference to what we know becomes
events marked `reconciled`, which go the way of all events. Both platforms lose events for ever (platform_facts A13, B6).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import ChatError
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import MessageRef, Reaction, Reply, Snapshot, Summary
from bot.ports import Chat, Clock, EventSink, UnitOfWorkFactory
from bot.triage import plain_emoji, summary_text

logger = logging.getLogger(__name__)

WEEKS: Final = 6
"""How many weeks of digests are looked at, unless asked for more."""


async def reconcile(
    chats: Mapping[str, Chat], unit_of_work: UnitOfWorkFactory, sink: EventSink, clock: Clock, *, weeks: int = WEEKS
) -> int:
    """
    Look at every message posted in the last `weeks` weeks and send the differences to `sink`; give their number.

    A message that the platform cannot show now is passed over: it says nothing about what people did on it.
    """
    now = clock()
    async with unit_of_work() as uow:
        postings = await uow.postings.posted_since(now - timedelta(weeks=weeks))
    found = 0
    for posting in postings:
        ref = posting.ref
        chat = chats.get(ref.platform) if ref else None
        if ref is None or chat is None:
            continue
        for event in await _missed(ref, chat, unit_of_work, now):
            await sink(event)
            found += 1
    logger.info("Reconciled %s messages, %s differences", len(postings), found, extra={"action": "reconciled"})
    return found


async def _missed(ref: MessageRef, chat: Chat, unit_of_work: UnitOfWorkFactory, now: datetime) -> list[ChatEvent]:
    try:
        snapshot = await chat.snapshot(ref)
    except ChatError as error:
        logger.warning("Could not look at a message: %s", error, extra={"action": "snapshot_failed"})
        return []
    async with unit_of_work() as uow:
        reactions = await uow.reactions.on(ref)
        summaries = await uow.summaries.on(ref)
    return [*differing_reactions(snapshot, reactions, now), *differing_replies(snapshot, summaries, now)]


def differing_reactions(snapshot: Snapshot, known: Sequence[Reaction], now: datetime) -> list[ChatEvent]:
    """Give the events that lead from the reactions we know on a message to those the platform shows."""
    shown = {(member.id, plain_emoji(emoji)): (member, emoji) for member, emoji in snapshot.reactions}
    present = [r for r in known if r.present]
    missing = shown.keys() - {_sense(r) for r in present}
    # One sense may be known in two ways, 👎 and 👎🏽: both are gone if neither is shown.
    gone = {(r.member.id, r.emoji): r for r in present if _sense(r) not in shown}
    events: list[ChatEvent] = []
    for key in sorted(missing):
        member, emoji = shown[key]
        events.append(
            ReactionAdded(
                event_id=_event_id(snapshot.ref, "added", *key, now),
                ref=snapshot.ref,
                member=member,
                emoji=emoji,
                at=now,
                reconciled=True,
            )
        )
    events.extend(
        ReactionRemoved(
            event_id=_event_id(snapshot.ref, "removed", *key, now),
            ref=snapshot.ref,
            member=gone[key].member,
            emoji=gone[key].emoji,
            at=now,
            reconciled=True,
        )
        for key in sorted(gone)
    )
    return events


def _sense(reaction: Reaction) -> tuple[str, str]:
    return reaction.member.id, plain_emoji(reaction.emoji)


def differing_replies(snapshot: Snapshot, known: Sequence[Summary], now: datetime) -> list[ChatEvent]:
    """Give the events that lead from the summaries we know on a message to the replies the platform shows; none if it hides words."""
    if snapshot.hidden:
        return []
    kept = {summary.ref: summary for summary in known if summary.deleted_at is None}
    deleted = {summary.ref for summary in known} - kept.keys()
    events: list[ChatEvent] = []
    for reply in snapshot.replies:
        if reply.ref in deleted:
            continue
        summary = kept.pop(reply.ref, None)
        if summary is None and summary_text(reply.text):
            events.append(_posted(snapshot.ref, reply))
        elif summary is not None and summary.text != (summary_text(reply.text) or ""):
            events.append(_edited(snapshot.ref, reply, summary, now))
    events.extend(
        ReplyDeleted(event_id=_event_id(ref, "deleted", "", "", now), ref=ref, at=now, reconciled=True)
        for ref in sorted(kept, key=str)
    )
    return events


def _posted(parent: MessageRef, reply: Reply) -> ReplyPosted:
    at = reply.edited_at or reply.at
    return ReplyPosted(
        event_id=_event_id(reply.ref, "posted", reply.member.id, "", at),
        parent=parent, ref=reply.ref, member=reply.member, text=reply.text, at=reply.at, reconciled=True,
    )  # fmt: skip


def _edited(parent: MessageRef, reply: Reply, known: Summary, now: datetime) -> ReplyEdited:
    # A platform may tell the time of an edit in whole seconds, so that it seems no later than what it replaces.
    told = reply.edited_at
    at = told if told and told > (known.edited_at or known.at) else now
    return ReplyEdited(
        event_id=_event_id(reply.ref, "edited", reply.member.id, "", at),
        parent=parent, ref=reply.ref, member=reply.member, text=reply.text, at=at, reconciled=True,
    )  # fmt: skip


def _event_id(ref: MessageRef, what: str, member: str, emoji: str, at: datetime) -> str:
    """Name a difference, so that finding it twice records it once."""
    return f"reconciled/{ref.platform}/{ref.channel_id}/{ref.message_id}/{what}/{member}/{emoji}/{at.isoformat()}"
