"""
Reconcile: compare what the platforms show with what we recorded, and apply what was missed.

A platform's own state is the truth. A snapshot of each message of the last weeks is taken, and the difference to what we know
becomes events marked `reconciled`, which are applied as all events are. Both platforms lose events for ever
(docs/platform-facts.md#a13, #b6).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2s
from types import MappingProxyType
from typing import Final

from bot.emojis import emoji_key
from bot.errors import ChatError
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import MessageRef, Reaction, Reply, Snapshot, Summary
from bot.ports import Chat, Clock, UnitOfWorkFactory
from bot.triage import EVERY_REPLY, SummaryRule, summary_text
from bot.usecases.deliver import CLOCK_SKEW

logger = logging.getLogger(__name__)

MANY: Final = 500
"""From how many reactions on they are compared in a thread, not on the event loop: below that a thread costs more."""

WEEKS: Final = 6
"""How many weeks of digests are looked at, unless asked for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileResult:
    """
    Result for one channel: how many messages were looked at, and how many differences there were, by kind of event.

    `unseen` messages could not be looked at, the last of them for `because`; they say nothing, and are looked at the next time.
    """

    channel: str
    platform: str
    looked_at: int = 0
    unseen: int = 0
    because: str | None = None
    differences: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


BatchSink = Callable[[Sequence[ChatEvent]], Awaitable[None]]
"""Sink of a batch of events; returns only after each is stored for good."""


async def reconcile(
    chats: Mapping[str, Chat], unit_of_work: UnitOfWorkFactory, sink: BatchSink, clock: Clock, *, weeks: int = WEEKS
) -> int:
    """Compare every channel, as `look_over` does; give the number of differences."""
    found = await look_over(chats, unit_of_work, sink, clock, weeks=weeks)
    return sum(sum(one.differences.values()) for one in found)


async def look_over(
    chats: Mapping[str, Chat],
    unit_of_work: UnitOfWorkFactory,
    sink: BatchSink,
    clock: Clock,
    *,
    weeks: int = WEEKS,
    summaries: SummaryRule = EVERY_REPLY,
) -> list[ReconcileResult]:
    """
    Look at every message posted in the last `weeks` weeks and send the differences to `sink`; tell for each channel what was found.

    What one message differs in is handed over together. Platforms are looked over side by side. A message that one cannot show now is
    passed over: it says nothing about what people did on it. `summaries` is the rule by which the sink reads replies.
    """
    async with unit_of_work() as uow:
        postings = await uow.postings.posted_since(clock() - timedelta(weeks=weeks))
    by_platform: dict[str, list[tuple[str, MessageRef]]] = {}
    for posting in postings:
        if posting.ref and posting.ref.platform in chats:
            by_platform.setdefault(posting.ref.platform, []).append((posting.channel, posting.ref))
    looking = (
        _look_over(platform, there, chats[platform], unit_of_work, sink, clock, summaries)
        for platform, there in by_platform.items()
    )
    results = await asyncio.gather(*looking, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result  # the others have come to their end by now
    found = [one for result in results if isinstance(result, list) for one in result]
    found.sort(key=lambda one: (one.channel, one.platform))
    logger.info(
        "Reconciled %s messages, %s differences",
        sum(one.looked_at for one in found),
        sum(sum(one.differences.values()) for one in found),
        extra={"action": "reconciled"},
    )
    return found


async def _look_over(
    platform: str,
    there: Sequence[tuple[str, MessageRef]],
    chat: Chat,
    unit_of_work: UnitOfWorkFactory,
    sink: BatchSink,
    clock: Clock,
    summaries: SummaryRule,
) -> list[ReconcileResult]:
    found = {channel: ReconcileResult(channel=channel, platform=platform) for channel, _ in there}
    unseen: list[ChatError] = []
    for channel, ref in there:
        one = found[channel]
        try:
            events = await _missed(ref, chat, unit_of_work, clock, summaries)
        except ChatError as error:
            logger.debug("Could not look at a message: %s", error)
            unseen.append(error)
            found[channel] = replace(one, unseen=one.unseen + 1, because=error.reason)
            continue
        await sink(events)
        kinds = Counter(one.differences) + Counter(type(event).__name__ for event in events)
        found[channel] = replace(one, looked_at=one.looked_at + 1, differences=MappingProxyType(dict(kinds)))
    if unseen:
        # A token that was revoked fails for each of six weeks' messages, and cards that were deleted stay so: it is told once.
        reasons = list(dict.fromkeys(error.reason for error in unseen))
        others = f"; and for {len(reasons) - 1} other reasons" if len(reasons) > 1 else ""
        logger.warning(
            "Could not look at %s of %s messages on %s: %s%s",
            len(unseen),
            len(there),
            platform,
            reasons[0],
            others,
            extra={"action": "snapshot_failed"},
        )
    return list(found.values())


async def _missed(
    ref: MessageRef, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock, rule: SummaryRule
) -> list[ChatEvent]:
    # In this order: what is told while the platform shows the message is in neither, and later than the instant; asked the other way
    # round, a reply that came in between would be known and not shown, and be taken for deleted, for good.
    now = clock()
    async with unit_of_work() as uow:
        reactions = await uow.reactions.on(ref)
        summaries = await uow.summaries.on(ref)
    snapshot = await chat.snapshot(ref)
    many = len(snapshot.reactions) + len(reactions) > MANY
    # Ten thousand reactions take a tenth of a second: in a thread, so that whoever reacts meanwhile is heard.
    differing = asyncio.to_thread(differing_reactions, snapshot, reactions, now) if many else None
    told = await differing if differing else differing_reactions(snapshot, reactions, now)
    return [*told, *differing_replies(snapshot, summaries, now, rule)]


def differing_reactions(snapshot: Snapshot, known: Sequence[Reaction], now: datetime) -> list[ChatEvent]:
    """Events that lead from the reactions we know on a message to those the platform shows."""
    shown = {(member.id, emoji_key(emoji)): (member, emoji) for member, emoji in snapshot.reactions}
    present = [r for r in known if r.present]
    missing = shown.keys() - {_sense(r) for r in present}
    # One sense may be known in two ways, 👎 and 👎🏽, or an emoji under two names: both are gone if neither is shown.
    gone = {(r.member.id, r.emoji): r for r in present if _sense(r) not in shown}
    taken_back: dict[tuple[str, str], datetime] = {}
    for one in known:
        taken_back[_sense(one)] = max(one.at, taken_back.get(_sense(one), one.at))
    events: list[ChatEvent] = []
    for key in sorted(missing):
        member, emoji = shown[key]
        at = _as_of(now, taken_back.get(key))
        event_id = _event_id(snapshot.ref, "added", *key, at)
        events.append(
            ReactionAdded(event_id=event_id, ref=snapshot.ref, member=member, emoji=emoji, at=at, reconciled=True)
        )
    for key in sorted(gone):
        at = _as_of(now, gone[key].at)
        event_id = _event_id(snapshot.ref, "removed", *key, at)
        member, emoji = gone[key].member, gone[key].emoji
        events.append(
            ReactionRemoved(event_id=event_id, ref=snapshot.ref, member=member, emoji=emoji, at=at, reconciled=True)
        )
    return events


def _as_of(now: datetime, known: datetime | None) -> datetime:
    """
    Give the instant for what a platform shows `now`, by our clock: after what we know, and before anything it may tell next.

    What it tells bears its own clock's time, and the later one wins: were our clock ahead, what somebody does next would
    seem older than this, and be lost; were it behind, this would seem older than what it mends.
    """
    early = now - CLOCK_SKEW
    return early if known is None else max(early, known + timedelta.resolution)


def _sense(reaction: Reaction) -> tuple[str, str]:
    return reaction.member.id, emoji_key(reaction.emoji)


def differing_replies(
    snapshot: Snapshot, known: Sequence[Summary], now: datetime, rule: SummaryRule = EVERY_REPLY
) -> list[ChatEvent]:
    """
    Events that lead from the summaries we know on a message to the replies the platform shows; none if it hides text.

    Words that are recorded as they stand are left alone, also where another `rule` would not record them today.
    """
    if snapshot.hidden:
        return []
    kept = {summary.ref: summary for summary in known if summary.deleted_at is None}
    deleted = {summary.ref for summary in known} - kept.keys()
    events: list[ChatEvent] = []
    for reply in snapshot.replies:
        if reply.ref in deleted:
            continue
        summary = kept.pop(reply.ref, None)
        if summary is None and rule.text(reply.text):
            events.append(_posted(snapshot.ref, reply))
        elif summary is not None and summary.text not in {rule.text(reply.text) or "", summary_text(reply.text) or ""}:
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
        parent=parent, ref=reply.ref, member=reply.member, text=reply.text, at=reply.at, reconciled=True, rank=reply.rank,
    )  # fmt: skip


def _edited(parent: MessageRef, reply: Reply, known: Summary, now: datetime) -> ReplyEdited:
    # A platform may tell the time of an edit in whole seconds, so that it seems no later than what it replaces.
    told, latest = reply.edited_at, known.edited_at or known.at
    at = told if told and told > latest else _as_of(now, latest)
    return ReplyEdited(
        event_id=_event_id(reply.ref, "edited", reply.member.id, "", at),
        parent=parent, ref=reply.ref, member=reply.member, text=reply.text, at=at, reconciled=True, rank=reply.rank,
    )  # fmt: skip


def _event_id(ref: MessageRef, what: str, member: str, emoji: str, at: datetime) -> str:
    """Id of a difference, so that finding it twice records it once."""
    # A log may name the event, and shall not name the member.
    member = blake2s(member.encode(), digest_size=8).hexdigest() if member else ""
    return f"reconciled/{ref.platform}/{ref.channel_id}/{ref.message_id}/{what}/{member}/{emoji}/{at.isoformat()}"
