"""
Reconcile: compare what the platforms show with what we recorded, and apply what was missed.

A platform's own state is the truth. A snapshot of each message of the last weeks is taken, and the difference to what we know
becomes events marked `reconciled`, which are applied as all events are. Both platforms lose events for ever
(docs/platform-facts.md#a13, #b6).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2s
from types import MappingProxyType
from typing import Final

from bot.emojis import emoji_key
from bot.errors import ChatError, ChatRefused, MessageGone, TokenRefused
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


MOST_FAILURES: Final = 3
"""After how many failures in a row, which may pass, the rest of a channel is left for another time: each may be a wait of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileResult:
    """
    Result for one channel: how many messages were looked at, and how many differences there were, by kind of event.

    `unseen` messages could not be looked at, the last that was tried for `because`; they say nothing, and are looked at the next time. `passing`
    says that it may succeed by then, for want of an answer, say; a message that was deleted, or a token that was revoked, stays so.
    """

    channel: str
    platform: str
    looked_at: int = 0
    unseen: int = 0
    because: str | None = None
    passing: bool = False
    differences: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


BatchSink = Callable[[Sequence[ChatEvent]], Awaitable[None]]
"""Sink of a batch of events; returns only after each is stored for good."""

Look = Callable[[], Awaitable[ReconcileResult]]
"""Looks at a channel's messages."""

RunLook = Callable[[str, str, Look], Awaitable[ReconcileResult]]
"""Runs the look at the messages of a channel on a platform, which are named by platform and channel, when it is its turn."""


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
    run: RunLook | None = None,
) -> list[ReconcileResult]:
    """
    Look at every message posted in the last `weeks` weeks, as `reconcile_channel` does; tell for each channel what was found.

    `run` decides which channels are looked at side by side; without it those of a platform are one after the other, and platforms side by side.
    """
    async with unit_of_work() as uow:
        there = await uow.postings.channels_since(clock() - timedelta(weeks=weeks))
    turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def in_turn(platform: str, _: str, look: Look) -> ReconcileResult:
        async with turns[platform]:
            return await look()

    looking = (
        (run or in_turn)(
            platform,
            channel,
            partial(
                reconcile_channel,
                channel,
                platform,
                chats[platform],
                unit_of_work,
                sink,
                clock,
                weeks=weeks,
                summaries=summaries,
            ),
        )
        for platform, channel in there
        if platform in chats
    )
    results = await asyncio.gather(*looking, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result  # the others have come to their end by now
    found = [one for one in results if isinstance(one, ReconcileResult)]
    found.sort(key=lambda one: (one.channel, one.platform))
    return found


async def reconcile_channel(
    channel: str,
    platform: str,
    chat: Chat,
    unit_of_work: UnitOfWorkFactory,
    sink: BatchSink,
    clock: Clock,
    *,
    weeks: int = WEEKS,
    summaries: SummaryRule = EVERY_REPLY,
) -> ReconcileResult:
    """
    Look at a channel's messages of the last `weeks` weeks on a platform and send the differences to `sink`; tell what was found.

    What one message differs in is handed over together. A message that the platform cannot show now is passed over: it says nothing about what
    people did on it. After `MOST_FAILURES` in a row that may pass, so is the rest. `unit_of_work` is only read with; `summaries` is the rule by which the
    sink reads replies.
    """
    async with unit_of_work() as uow:
        postings = await uow.postings.posted_since(channel, clock() - timedelta(weeks=weeks))
    refs = [one.ref for one in postings if one.ref and one.ref.platform == platform]
    differences: Counter[str] = Counter()
    unseen: list[ChatError] = []
    in_a_row = looked_at = 0
    for ref in refs:
        try:
            events = await _missed(ref, chat, unit_of_work, clock, summaries)
        except ChatError as error:
            logger.debug("Could not look at a message: %s", error)
            unseen.append(error)
            in_a_row = in_a_row + 1 if _may_pass(error) else 0
            if in_a_row == MOST_FAILURES:
                break
            continue
        await sink(events)
        in_a_row = 0
        looked_at += 1
        differences.update(type(event).__name__ for event in events)
    if unseen:
        _tell_unseen(channel, platform, len(refs) - looked_at, len(refs), unseen)
    logger.info(
        "Reconciled %s messages of %s, %s differences",
        looked_at,
        channel,
        differences.total(),
        extra={"action": "reconciled", "channel": channel},
    )
    return ReconcileResult(
        channel=channel,
        platform=platform,
        looked_at=looked_at,
        unseen=len(refs) - looked_at,
        because=unseen[-1].reason if unseen else None,
        passing=any(map(_may_pass, unseen)),
        differences=MappingProxyType(dict(differences)),
    )


def _may_pass(error: ChatError) -> bool:
    """Whether a message that could not be looked at may be the next time: nobody has to act, or another process may have a token that is accepted."""
    return isinstance(error, TokenRefused) or not isinstance(error, ChatRefused | MessageGone)


def _tell_unseen(channel: str, platform: str, number: int, of: int, errors: Sequence[ChatError]) -> None:
    # A token that was revoked fails for each of six weeks' messages, and cards that were deleted stay so: it is told once.
    reasons = list(dict.fromkeys(error.reason for error in errors))
    others = f"; and for {len(reasons) - 1} other reasons" if len(reasons) > 1 else ""
    logger.warning(
        "Could not look at %s of %s messages of %s on %s: %s%s",
        number,
        of,
        channel,
        platform,
        reasons[0],
        others,
        extra={"action": "snapshot_failed", "channel": channel},
    )


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
