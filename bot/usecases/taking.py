"""
Take: many events at once, in few transactions.

A commit waits for the disk, whoever writes, so one for each event would be the slowest part of all. What arrives while a
transaction is under way goes into the next one: stored, and where it is a reaction on a message of ours recorded, together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from bot.batching import Batcher
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved
from bot.model import Member, MessageRef
from bot.ports import Clock, UnitOfWork, UnitOfWorkFactory
from bot.usecases.record import RECORDED, Changed, Recorder, reaction_of

logger = logging.getLogger(__name__)

_Stored = frozenset[str]
_ReactionEvent = ReactionAdded | ReactionRemoved
_REMEMBERED: Final = 50_000
_AT_ONCE: Final = 500


class Taker:
    """
    An event sink for platforms that tell many things at once. One for the process, beside the recorder.

    `changed` hears of each message on which a reaction was recorded, once for however many at a time.
    """

    def __init__(
        self, recorder: Recorder, unit_of_work: UnitOfWorkFactory, clock: Clock, changed: Changed | None = None
    ) -> None:
        self._recorder = recorder
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._changed = changed
        self._arrivals: Batcher[ChatEvent, None] = Batcher(self._store)
        self._shown: Batcher[MessageRef, None] = Batcher(self._show)
        self._following: set[asyncio.Task[None]] = set()
        # What was sent stays sent, and a name is told with every event: neither needs to be asked or written each time.
        self._ours: set[MessageRef] = set()
        self._named: dict[tuple[str, str], str] = {}

    async def take(self, event: ChatEvent) -> None:
        """
        Store one event for good; what it says is recorded by then, or soon after.

        Raises only if it could not be stored; the adapter must not acknowledge then.
        """
        await self._arrivals.add(event)

    async def take_all(self, events: Sequence[ChatEvent]) -> None:
        """Store many events, some hundreds in a transaction, so that nobody else waits for long; as `take` otherwise."""
        for start in range(0, len(events), _AT_ONCE):
            await asyncio.gather(*(self.take(event) for event in events[start : start + _AT_ONCE]))

    async def settle(self) -> None:
        """Wait until everything that was taken is recorded and shown, or waits in the inbox for a reason of its own."""
        while self._following:
            await asyncio.gather(*self._following, return_exceptions=True)

    async def _store(self, events: Sequence[ChatEvent]) -> list[None]:
        fresh, recorded = await self._store_and_record(events)
        news = {event.event_id: event for event in events if event.event_id in fresh}
        for event_id, event in news.items():
            if event_id not in recorded:
                self._follow(self._recorder.apply_stored(event))
        if self._changed:
            for ref in dict.fromkeys(event.ref for event_id, event in news.items() if event_id in recorded):
                self._follow(self._shown.add(ref))
        return [None] * len(events)

    async def _store_and_record(self, events: Sequence[ChatEvent]) -> tuple[_Stored, _Stored]:
        """Store events, and record the reactions among them, in one transaction; should recording fail, they are stored at least."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with self._unit_of_work() as uow:
                recorded = await self._record(_reactions_among(events), uow)
                outcomes = dict.fromkeys(recorded, RECORDED)
                fresh = await uow.events.add_all(events, self._clock(), outcomes)
                await uow.commit()
            self._remember(_reactions_among(events), recorded)
            if recorded:
                logger.info(
                    "Recorded %s reactions",
                    len(recorded),
                    extra={"action": "events_applied", "number": len(recorded), "seconds": loop.time() - began},
                )
        except Exception as error:  # noqa: BLE001 - whatever it was: if it still is so, storing raises it again
            logger.warning("Could not record at once: %s", error, extra={"action": "event_not_applied"})
            async with self._unit_of_work() as uow:
                fresh, recorded = await uow.events.add_all(events, self._clock()), frozenset()
                await uow.commit()
        return fresh, recorded

    async def _record(self, reactions: Sequence[_ReactionEvent], uow: UnitOfWork) -> _Stored:
        """Record the reactions on messages of ours, old news or not: that changes nothing. Gives the ids of their events."""
        if unseen := {event.ref for event in reactions} - self._ours:
            self._ours |= (await uow.postings.at_all(unseen)).keys()
        known = [event for event in reactions if event.ref in self._ours]
        await self._name(known, uow)
        await uow.reactions.put_all([reaction_of(event) for event in known])
        return frozenset(event.event_id for event in known)

    async def _name(self, events: Sequence[_ReactionEvent], uow: UnitOfWork) -> None:
        """Take over the names of members, as far as they are not those that we took over last."""
        news: dict[str, dict[str, Member]] = {}
        for event in events:
            if self._named.get((event.ref.platform, event.member.id)) != event.member.name:
                news.setdefault(event.ref.platform, {})[event.member.id] = event.member
        for platform, members in news.items():
            await uow.members.put(platform, members.values())

    def _remember(self, events: Sequence[_ReactionEvent], recorded: _Stored) -> None:
        if len(self._ours) + len(self._named) > _REMEMBERED:
            self._ours.clear()
            self._named.clear()
        for event in events:
            if event.event_id in recorded:
                self._named[event.ref.platform, event.member.id] = event.member.name

    async def _show(self, refs: Sequence[MessageRef]) -> list[None]:
        for ref in dict.fromkeys(refs):
            try:
                if self._changed:
                    await self._changed(ref)
            except Exception:
                # What was recorded stands; the next act on the message shows it.
                logger.exception("Could not show what was decided", extra={"action": "redraw_failed"})
        return [None] * len(refs)

    def _follow(self, work: Coroutine[Any, Any, None]) -> None:
        following = asyncio.create_task(work)
        self._following.add(following)
        following.add_done_callback(self._following.discard)


def _reactions_among(events: Sequence[ChatEvent]) -> list[_ReactionEvent]:
    return [event for event in events if isinstance(event, ReactionAdded | ReactionRemoved)]
