"""
Record: what people do on a digest becomes reactions and summaries.

`receive` is what an adapter calls (one that is told many things at once: `taking.Taker`): the raw event is stored for good before it returns, so the adapter may acknowledge it.
Applying it comes after, is idempotent and does not depend on order; what cannot be applied yet waits in the inbox.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.errors import ChatError
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import MessageRef, Posting, Reaction, Summary
from bot.ports import Chat, Clock, UnitOfWork, UnitOfWorkFactory
from bot.triage import summary_text

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(minutes=10)
"""How long an event on a message we do not know may wait: it can overtake the commit that tells us the message is ours."""

LONGEST_PATIENCE: Final = timedelta(weeks=6)
"""How long it may wait while a message of ours may have been sent, and we do not know yet: as long as reconcile looks back."""

ACKNOWLEDGE: Final = "summary recorded"
KEPT_OUT: Final = "kept out"
RECORDED: Final = "recorded"
_WAIT: Final = "not ours"
_KNOWN: Final = "known already"


Changed = Callable[[MessageRef], Awaitable[None]]
"""Hears that something was decided on one of our messages."""


class Recorder:
    """
    The event sink of every chat. One for the process; `chats` are by platform, for the acknowledgement.

    `changed` hears of each message on which a reaction was recorded.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, clock: Clock, chats: Mapping[str, Chat], changed: Changed | None = None
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._chats = chats
        self._changed = changed

    async def receive(self, event: ChatEvent) -> None:
        """Store one event for good, then apply it. Raises only if it could not be stored; the adapter must not acknowledge then."""
        async with self._unit_of_work() as uow:
            fresh = await uow.events.add(event, self._clock())
            await uow.commit()
        if fresh:
            await self._try(event)

    async def apply_waiting(self) -> int:
        """
        Apply the events that wait in the inbox; give how many could be applied. Called on start and every minute.

        One that cannot be applied stays there and does not hold up the others, nor the digest of the week behind them.
        """
        async with self._unit_of_work() as uow:
            waiting = await uow.events.waiting()
        applied = 0
        for event in waiting:
            applied += await self._try(event)
        return applied

    async def apply_stored(self, event: ChatEvent) -> None:
        """Apply an event that is stored already; what cannot be applied waits in the inbox."""
        await self._try(event)

    async def _try(self, event: ChatEvent) -> bool:
        try:
            return await self._apply(event)
        except Exception:
            # The event is safe in the inbox; failing the platform's delivery now would only have it sent twice.
            logger.exception("Could not apply %s yet", event.event_id, extra={"action": "event_not_applied"})
            return False

    async def _apply(self, event: ChatEvent) -> bool:
        now, loop = self._clock(), asyncio.get_running_loop()
        began = loop.time()
        async with self._unit_of_work() as uow:
            outcome = await apply(event, uow)
            if outcome == _WAIT and (now - event.at < PATIENCE or await _may_be_ours(event, now, uow)):
                return False
            await uow.events.applied([event.event_id], now, outcome)
            await uow.commit()
        logger.info(
            "Recorded %s: %s",
            type(event).__name__,
            outcome,
            extra={"action": "event_applied", "event_id": event.event_id, "seconds": loop.time() - began},
        )
        if outcome == ACKNOWLEDGE and not isinstance(event, ReplyDeleted):
            await self._acknowledge(event.ref)
        elif outcome == KEPT_OUT and isinstance(event, ReplyEdited):
            # It may bear our mark from before, which says that its words are kept.
            await self._acknowledge(event.ref, recorded=False)
        if self._changed and outcome == RECORDED and isinstance(event, ReactionAdded | ReactionRemoved):
            await self._changed(event.ref)
        return True

    async def _acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        chat = self._chats.get(ref.platform)
        if chat is None:
            return
        try:
            await chat.acknowledge(ref, recorded=recorded)
        except ChatError as error:
            logger.warning("Could not acknowledge a reply: %s", error, extra={"action": "acknowledge_failed"})


async def _may_be_ours(event: ChatEvent, now: datetime, uow: UnitOfWork) -> bool:
    """
    Tell whether the message of an event may be one that we sent and did not live to note.

    It is found when its delivery goes on: after hours, if nobody started us again or the platform was away.
    """
    return now - event.at < LONGEST_PATIENCE and bool(await uow.postings.under_way())


async def apply(event: ChatEvent, uow: UnitOfWork) -> str:
    """
    Apply one event inside a unit of work; give a word for what came of it. The caller commits.

    Applying it twice, or after a later one, changes nothing.
    """
    match event:
        case ReactionAdded() | ReactionRemoved():
            return await _apply_reaction(event, uow)
        case ReplyPosted() | ReplyEdited():
            return await _apply_reply(event, uow)
        case ReplyDeleted():
            if await uow.summaries.delete(event.ref, event.at):
                return "summary removed"
            # A deletion can overtake the reply it deletes: it waits for it as long as any event on an unknown message.
            return _KNOWN if await uow.summaries.get(event.ref) else _WAIT


async def _apply_reaction(event: ReactionAdded | ReactionRemoved, uow: UnitOfWork) -> str:
    if await uow.postings.at(event.ref) is None:
        return _WAIT
    await uow.members.put(event.ref.platform, [event.member])
    stored = await uow.reactions.put(reaction_of(event))
    return RECORDED if stored else "older than what is known"


def reaction_of(event: ReactionAdded | ReactionRemoved) -> Reaction:
    """Read an event as the state it leaves behind."""
    present = isinstance(event, ReactionAdded)
    return Reaction(ref=event.ref, member=event.member, emoji=event.emoji, present=present, at=event.at)


async def _apply_reply(event: ReplyPosted | ReplyEdited, uow: UnitOfWork) -> str:
    posting = await uow.postings.at(event.parent)
    if posting is None:
        return _WAIT
    if posting.item_key is None:
        return "not on a pick"
    text = summary_text(event.text)
    await uow.members.put(event.ref.platform, [event.member])
    # What is kept out is stored without its words, so that an edit which takes the // away again finds its place.
    stored = await uow.summaries.put(_summary(event, posting, posting.item_key, text or ""))
    if not stored:
        return _KNOWN
    return ACKNOWLEDGE if text else KEPT_OUT


def _summary(event: ReplyPosted | ReplyEdited, posting: Posting, item_key: str, text: str) -> Summary:
    return Summary(
        ref=event.ref,
        parent=event.parent,
        channel=posting.channel,
        item_key=item_key,
        member=event.member,
        text=text,
        at=event.at,
        edited_at=event.at if isinstance(event, ReplyEdited) else None,
    )
