"""
Record: what people do on a digest becomes reactions, presses and summaries.

`Recorder.receive` is what an adapter calls: the raw event is stored for good before it returns, so the adapter may acknowledge it.
Applying it is idempotent and does not depend on order; what cannot be applied yet waits in the inbox.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.batching import Batcher
from bot.emojis import plain_emoji
from bot.errors import ChatError, StorageError
from bot.events import (
    ChatEvent,
    DecisionPressed,
    ReactionAdded,
    ReactionRemoved,
    ReplyDeleted,
    ReplyEdited,
    ReplyPosted,
)
from bot.model import Channel, Member, MessageRef, Posting, Reaction, Summary
from bot.ports import Chat, Clock, UnitOfWork, UnitOfWorkFactory
from bot.rendering import KEYCAPS
from bot.triage import EVERY_REPLY, SummaryRule
from bot.usecases.cards import ask_by_keycap
from bot.usecases.press import apply_press, pressed_item
from bot.usecases.quotes import quoting_messages

logger = logging.getLogger(__name__)

MESSAGE_WAIT: Final = timedelta(minutes=10)
"""How long an event on a message we do not know may wait: it can overtake the commit that tells us the message is ours."""

LEFT_UNDRAWN: Final = timedelta(minutes=1)
"""After how long a message that was not drawn since something was decided on it is drawn by whoever looks: a process died, or the database failed."""

TAKE_OUT_SECONDS: Final = 5.0
"""After how long what was drawn is taken out of the list of what was not, if no further event brings a transaction."""

ACKNOWLEDGE: Final = "summary recorded"
KEPT_OUT: Final = "kept out"
RECORDED: Final = "recorded"
_WAIT: Final = "not ours"
_NO_EVENT: Final = ""
"""Stands for the event, where a message is to be drawn that none has changed."""

_KNOWN: Final = "known already"
_REACTIONS: Final = (ReactionAdded, ReactionRemoved)
_DECIDING: Final = (*_REACTIONS, DecisionPressed)
_KEYCAPS: Final = frozenset({*KEYCAPS, *map(plain_emoji, KEYCAPS)})
_REMEMBERED: Final = 50_000
_AT_ONCE: Final = 500


Changed = Callable[[Sequence[MessageRef]], Awaitable[None]]
"""Hears on which of our messages something was decided."""

CurrentChannels = Callable[[], Awaitable[Sequence[Channel]]]
"""Gives the channels as they are set now."""


class Recorder:
    """
    The event sink of every chat: one recorder for the process, in which a single event is a batch of one.

    A commit waits for the disk, so one for each event would be the slowest part of all: what arrives while a transaction is under
    way goes into the next one, stored and applied together. Acknowledging a reply and redrawing a card follow in the background,
    for a platform that waits for our receipt (Slack: three seconds) must not wait for them. `chats` are by platform, for the
    acknowledgement. `changed` is called once a batch, with the messages on which something was decided. `channels` say what reactions
    mean, beside which a press counts; without it they mean what they do by default. `summaries` says which replies are summaries.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        chats: Mapping[str, Chat],
        changed: Changed | None = None,
        channels: CurrentChannels | None = None,
        summaries: SummaryRule = EVERY_REPLY,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._chats = chats
        self._changed = changed
        self._channels = channels
        self.summaries = summaries
        self._arrivals: Batcher[ChatEvent, None] = Batcher(self._store)
        self._redraws: Batcher[tuple[MessageRef, str], None] = Batcher(self._draw)
        # Drawn since, and in the database's list of what was not: taken out with the next transaction.
        self._drawn: dict[MessageRef, str] = {}
        self._taking_out: asyncio.TimerHandle | None = None
        self._background: set[asyncio.Task[object]] = set()
        # Caches: a sent message stays ours, and a member's name comes with every event; neither is read or written each time.
        self._ours: set[MessageRef] = set()
        self._names: dict[tuple[str, str], str] = {}

    async def receive(self, event: ChatEvent) -> None:
        """
        Store one event for good and apply it, where it can be applied yet.

        Raises only if it could not be stored; the adapter must not acknowledge then.
        """
        await self._arrivals.add(event)

    async def receive_all(self, events: Sequence[ChatEvent]) -> None:
        """Store and apply many events, some hundreds in a transaction, so that nobody else waits for long; as `receive` otherwise."""
        for start in range(0, len(events), _AT_ONCE):
            await asyncio.gather(*(self.receive(event) for event in events[start : start + _AT_ONCE]))

    async def apply_waiting(self) -> int:
        """
        Apply the events that wait in the inbox; give how many could be applied. Called on start and with every tick.

        One that cannot be applied stays there and does not hold up the others, nor the digest of the week behind them.
        """
        applied, last = 0, None
        while True:
            async with self._unit_of_work() as uow:
                waiting = await uow.events.waiting(_AT_ONCE, last)
            applied += await self._apply_stored(await self._worth_trying(waiting))
            if len(waiting) < _AT_ONCE:
                break
            last = waiting[-1].event_id
        await self._draw_what_was_left()
        return applied

    async def settle(self) -> None:
        """Wait until everything that was received is applied, acknowledged and redrawn, or waits in the inbox for a reason of its own."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
        await self._take_out()

    async def _store(self, arrived: Sequence[ChatEvent]) -> list[None]:
        """Store events and apply them, in one transaction; should applying fail, they are stored at least and then tried one by one."""
        events: Sequence[ChatEvent] = arrived
        began = asyncio.get_running_loop().time()
        try:
            channels = await self._channels_for(events)
            async with self._unit_of_work() as uow:
                events = await _of_those_who_take_part(arrived, uow)
                outcomes = await self._outcomes(events, uow, channels)
                fresh = await uow.events.add_all(events, self._clock(), outcomes)
                await self._note_undrawn(_distinct(events, fresh), outcomes, uow)
                await uow.commit()
        except Exception as error:  # noqa: BLE001 - whatever it was: if it still is so, storing raises it again
            logger.warning("Could not record a batch: %s", error, extra={"action": "event_not_applied"})
            async with self._unit_of_work() as uow:
                events = await _of_those_who_take_part(arrived, uow)
                fresh = await uow.events.add_all(events, self._clock())
                await uow.commit()
            self._follow(self._apply_stored(_distinct(events, fresh)))
            return [None] * len(arrived)
        self._after(_distinct(events, fresh), outcomes, began)
        return [None] * len(arrived)

    async def _worth_trying(self, events: Sequence[ChatEvent]) -> list[ChatEvent]:
        """
        Leave out those that would only be found to wait on: what people do on messages of others or on those that we keep no note of may gather by
        the hundred, and each of them is looked at in every tick.
        """
        if not events:
            return []
        channels = await self._channels_for(events)
        async with self._unit_of_work() as uow:
            under_way = await self._under_way(events, uow, channels)
            known = await uow.postings.at_all({_place(event) for event in events})
        return [
            event
            for event in events
            if isinstance(event, ReplyDeleted) or _place(event) in known or not self._may_wait(event, under_way)
        ]

    async def _apply_stored(self, events: Sequence[ChatEvent]) -> int:
        """
        Apply events that are stored already, in one transaction; give how many. Those that cannot be applied yet stay in the inbox.

        Where one of them fails, each half is tried for itself, so that it holds up none of the others.
        """
        if not events:
            return 0
        began = asyncio.get_running_loop().time()
        try:
            channels = await self._channels_for(events)
            async with self._unit_of_work() as uow:
                outcomes = await self._outcomes(events, uow, channels)
                by_outcome: dict[str, list[str]] = {}
                for event_id, outcome in outcomes.items():
                    by_outcome.setdefault(outcome, []).append(event_id)
                for outcome, event_ids in by_outcome.items():
                    await uow.events.applied(event_ids, self._clock(), outcome)
                await self._note_undrawn(events, outcomes, uow)
                await uow.commit()
        except Exception as error:
            if len(events) > 1:
                middle = len(events) // 2
                return await self._apply_stored(events[:middle]) + await self._apply_stored(events[middle:])
            # The event is safe in the inbox; failing the platform's delivery now would only have it sent twice.
            (event,) = events
            known = isinstance(error, StorageError)
            logger.log(
                logging.WARNING if known else logging.ERROR,
                "Could not apply %s yet: %s",
                event.event_id,
                error,
                exc_info=not known,
                extra={"action": "event_not_applied"},
            )
            return 0
        self._after(events, outcomes, began)
        return len(outcomes)

    async def _channels_for(self, events: Sequence[ChatEvent]) -> Sequence[Channel]:
        """The channels as they are set, where an event is read by that; asked before a transaction begins, since it takes one itself."""
        now = self._clock()
        needed = any(isinstance(event, DecisionPressed) or now - event.at >= MESSAGE_WAIT for event in events)
        return await self._channels() if self._channels and needed else ()

    async def _outcomes(
        self, events: Sequence[ChatEvent], uow: UnitOfWork, channels: Sequence[Channel]
    ) -> dict[str, str]:
        """Apply events inside a unit of work; give a word for what came of each by its id. One that must wait yet is missing."""
        # Asked before the messages are looked up: one that is noted as posted in between would be found by neither.
        under_way = await self._under_way(events, uow, channels)
        await self._take_names([event for event in events if isinstance(event, _DECIDING)], uow)
        outcomes = await self._apply_reactions([event for event in events if isinstance(event, _REACTIONS)], uow)
        for event in events:
            if isinstance(event, ReactionAdded) and event.emoji in _KEYCAPS and outcomes[event.event_id] == RECORDED:
                await ask_by_keycap(event, uow)
        # In the order of their instants, since pressing again takes back.
        for press in sorted((one for one in events if isinstance(one, DecisionPressed)), key=lambda one: one.at):
            outcomes[press.event_id] = RECORDED if await apply_press(press, channels, uow) else _WAIT
        for event in events:
            if not isinstance(event, _DECIDING):
                outcomes[event.event_id] = await _apply_reply(event, uow, self.summaries)
        for event in events:
            if outcomes[event.event_id] == _WAIT and self._may_wait(event, under_way):
                outcomes.pop(event.event_id)
        return outcomes

    async def _under_way(
        self, events: Sequence[ChatEvent], uow: UnitOfWork, channels: Sequence[Channel]
    ) -> _UnderWay | None:
        """Where messages of ours are being sent, or were without being noted; not asked where no event is old enough to need it."""
        now = self._clock()
        if all(now - event.at < MESSAGE_WAIT for event in events):
            return None
        names = {posting.channel for posting in await uow.postings.under_way()}
        if channels:
            names &= {channel.name for channel in channels}
        if not names:
            return None
        return _UnderWay({(one.platform, one.id) for one in channels if one.name not in names})

    def _may_wait(self, event: ChatEvent, under_way: _UnderWay | None) -> bool:
        """
        Tell whether an event on a message that we do not know may be on one of ours: it overtook our note, or whoever sent the message did not live
        to note it, which is found when its delivery goes on, after hours if nobody started us again or the platform was away, or after months. So while a
        message of its channel is in doubt no event there is given up for its age.
        """
        if under_way is not None and under_way.may_be_at(_place(event)):
            return True
        return self._clock() - event.at < MESSAGE_WAIT

    async def _take_names(
        self, events: Sequence[ReactionAdded | ReactionRemoved | DecisionPressed], uow: UnitOfWork
    ) -> None:
        """
        Store the names of those who decided on messages of ours, as far as they are not those that were stored last.

        All of them, and before anything else, since the database holds their rows until the commit: two processes that took them one by one, each in
        an order of its own, would wait for each other. Who pressed is among them, whatever their name is (`apply_press`).
        """
        if len(self._ours) + len(self._names) > _REMEMBERED:
            self._ours.clear()
            self._names.clear()
        if unknown := {event.ref for event in events} - self._ours:
            self._ours |= (await uow.postings.at_all(unknown)).keys()
        news: dict[str, dict[str, Member]] = {}
        for event in events:
            named = self._names.get((event.ref.platform, event.member.id)) == event.member.name
            if event.ref in self._ours and (isinstance(event, DecisionPressed) or not named):
                news.setdefault(event.ref.platform, {})[event.member.id] = event.member
        for platform in sorted(news):
            await uow.members.put(platform, news[platform].values())

    async def _apply_reactions(
        self, events: Sequence[ReactionAdded | ReactionRemoved], uow: UnitOfWork
    ) -> dict[str, str]:
        """Store the reactions on messages of ours. Old news or not: the last writer wins, so that it changes nothing."""
        ours = [event for event in events if event.ref in self._ours]
        if ours:
            await uow.reactions.put_all([reaction_of(event) for event in ours])
        return {event.event_id: RECORDED if event.ref in self._ours else _WAIT for event in events}

    def _after(self, events: Sequence[ChatEvent], outcomes: Mapping[str, str], began: float) -> None:
        """Log what was committed, then acknowledge and redraw in the background. `events` are those not heard before."""
        applied = [(event, outcomes[event.event_id]) for event in events if event.event_id in outcomes]
        took = asyncio.get_running_loop().time() - began
        decided = [event for event, outcome in applied if isinstance(event, _DECIDING) and outcome == RECORDED]
        if decided:
            logger.info(
                "Recorded %s reactions and presses",
                len(decided),
                extra={"action": "events_applied", "number": len(decided), "seconds": took},
            )
        for event, outcome in applied:
            if isinstance(event, _DECIDING) and outcome == RECORDED:
                self._names[event.ref.platform, event.member.id] = event.member.name
                continue
            logger.info(
                "Recorded %s: %s",
                type(event).__name__,
                outcome,
                extra={"action": "event_applied", "event_id": event.event_id, "seconds": took},
            )
            if outcome == ACKNOWLEDGE and not isinstance(event, ReplyDeleted):
                self._follow(self._acknowledge(event.ref))
            elif outcome == KEPT_OUT and isinstance(event, ReplyEdited):
                # It may bear our mark from before, which says that its words are stored.
                self._follow(self._acknowledge(event.ref, recorded=False))
        rewritten = [event.ref for event, _ in applied if isinstance(event, ReplyEdited | ReplyDeleted)]
        if rewritten and self._changed:
            self._follow(self._redraw_quotes(rewritten))
        if self._changed:
            for ref, event_id in {event.ref: event.event_id for event in decided}.items():
                self._follow(self._redraws.add((ref, event_id)))

    async def _acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        chat = self._chats.get(ref.platform)
        if chat is None:
            return
        try:
            await chat.acknowledge(ref, recorded=recorded)
        except ChatError as error:
            logger.warning("Could not acknowledge a reply: %s", error, extra={"action": "acknowledge_failed"})

    async def _redraw_quotes(self, replies: Sequence[MessageRef]) -> None:
        """Draw the messages that quote words which their author changed or took back."""
        try:
            async with self._unit_of_work() as uow:
                found = [one for ref in replies if (one := await uow.summaries.get(ref))]
                quoting = await quoting_messages(found, uow)
            await self.redraw(quoting)
        except StorageError as error:
            # The daily upkeep draws them (`redraw_changed_quotes`).
            logger.warning("Quotes are not drawn yet: %s", error, extra={"action": "redraw_failed"})

    async def redraw(self, refs: Sequence[MessageRef]) -> None:
        """
        Draw messages as they stand now, on platforms that can edit them.

        Where the database fails, or the queue of what is to be drawn is full, they are noted and drawn a minute later. Raises `StorageError` where
        that cannot be noted either: then they are to be asked for again.
        """
        if not await self._show(refs):
            async with self._unit_of_work() as uow:
                await uow.undrawn.note(dict.fromkeys(refs, _NO_EVENT), self._clock())
                await uow.commit()

    async def _show(self, refs: Sequence[MessageRef]) -> bool:
        """Draw messages; give whether that is settled, and not to be tried again once the database or the queue can be used."""
        try:
            if self._changed and refs:
                await self._changed(list(dict.fromkeys(refs)))
        except StorageError as error:
            logger.warning("What was decided is shown later: %s", error, extra={"action": "redraw_failed"})
            return False
        except Exception:
            # A fault of ours, which would be met again; of one message `one_by_one` has told already. What was recorded stands; the next act
            # on the messages shows it.
            logger.exception("Could not show what was decided", extra={"action": "redraw_failed"})
        return True

    async def _draw(self, asked: Sequence[tuple[MessageRef, str]]) -> list[None]:
        """Draw messages, each asked for by an event that was applied. What is not settled stays noted as undrawn, for a later tick."""
        if not await self._show([ref for ref, _ in asked]):
            return [None] * len(asked)
        self._drawn |= dict(asked)
        if self._taking_out is None:
            self._taking_out = asyncio.get_running_loop().call_later(
                TAKE_OUT_SECONDS, lambda: self._follow(self._take_out())
            )
        return [None] * len(asked)

    async def _note_undrawn(self, events: Sequence[ChatEvent], outcomes: Mapping[str, str], uow: UnitOfWork) -> None:
        """
        Note, in the transaction that records what was decided, the messages that do not show it yet, and take out those that do by now.

        Whoever dies before they are drawn leaves them noted, for the next process that looks (`apply_waiting`).
        """
        if self._changed is None:
            return
        decided = {
            event.ref: event.event_id
            for event in events
            if isinstance(event, _DECIDING) and outcomes.get(event.event_id) == RECORDED
        }
        if decided:
            await uow.undrawn.note(decided, self._clock())
        if self._drawn:
            drawn, self._drawn = self._drawn, {}
            await uow.undrawn.drawn(drawn)

    async def _take_out(self) -> None:
        if self._taking_out is not None:
            self._taking_out.cancel()
            self._taking_out = None
        if not self._drawn:
            return
        drawn, self._drawn = self._drawn, {}
        try:
            async with self._unit_of_work() as uow:
                await uow.undrawn.drawn(drawn)
                await uow.commit()
        except StorageError as error:
            # They are drawn once more than they need be.
            logger.info("What was drawn is not noted: %s", error, extra={"action": "drawn_not_noted"})

    async def _draw_what_was_left(self) -> None:
        """Draw the messages on which something was decided, but which were not drawn: a process died before that, or the database failed."""
        if self._changed is None:
            return
        await self._take_out()
        async with self._unit_of_work() as uow:
            left = await uow.undrawn.noted_until(self._clock() - LEFT_UNDRAWN, _AT_ONCE)
        if left:
            logger.info("Drawing %s messages that were left as they were", len(left), extra={"action": "left_undrawn"})
            await self._draw(list(left.items()))
            await self._take_out()

    def _follow(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """
    Where a message of ours is being sent, or was without being noted: anywhere but in the `idle` channels (platform, id). A place that is no channel of
    ours may be a thread in one.
    """

    idle: Collection[tuple[str, str]]

    def may_be_at(self, ref: MessageRef) -> bool:
        return (ref.platform, ref.channel_id) not in self.idle


def _place(event: ChatEvent) -> MessageRef:
    """Give the message of ours that an event would be on; of a deleted reply, itself."""
    return event.parent if isinstance(event, ReplyPosted | ReplyEdited) else event.ref


async def _of_those_who_take_part(events: Sequence[ChatEvent], uow: UnitOfWork) -> list[ChatEvent]:
    """Leave out what comes from members who asked to be forgotten: it is not even stored."""
    check = await uow.forgotten.check()
    kept = [
        event for event in events if isinstance(event, ReplyDeleted) or not check(event.ref.platform, event.member.id)
    ]
    if len(kept) < len(events):
        logger.info(
            "Left out %s events of members who are forgotten",
            len(events) - len(kept),
            extra={"action": "events_left_out"},
        )
    return kept


def _distinct(events: Sequence[ChatEvent], fresh: Collection[str]) -> list[ChatEvent]:
    """Those that were not stored before, each once."""
    return list({event.event_id: event for event in events if event.event_id in fresh}.values())


def reaction_of(event: ReactionAdded | ReactionRemoved) -> Reaction:
    """Read an event as the state it leaves behind."""
    present = isinstance(event, ReactionAdded)
    return Reaction(ref=event.ref, member=event.member, emoji=event.emoji, present=present, at=event.at)


async def _apply_reply(event: ReplyPosted | ReplyEdited | ReplyDeleted, uow: UnitOfWork, rule: SummaryRule) -> str:
    """Apply what a reply says; give a word for what came of it. Applying it twice, or after a later one, changes nothing."""
    if isinstance(event, ReplyDeleted):
        if await uow.summaries.delete(event.ref, event.at):
            return "summary removed"
        # A deletion can overtake the reply it deletes: it waits for it as long as any event on an unknown message.
        return _KNOWN if await uow.summaries.get(event.ref) else _WAIT
    posting = await uow.postings.at(event.parent)
    if posting is None:
        return _WAIT
    key = await pressed_item(posting, event.rank, uow)
    if key is None:
        return "not on a pick"
    text = rule.text(event.text)
    await uow.members.put(event.ref.platform, [event.member])
    # What is kept out is stored without its words, so that an edit which takes the // away again finds its place.
    stored = await uow.summaries.put(_summary(event, posting, key, text or ""))
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
