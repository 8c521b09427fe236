"""
Queue of gateway payloads: received in their order, translated, and handed to the event sink.

Receiving is quick and never fails, for it happens inside discord.py's loop, which also keeps the heartbeat; what needs a write to the database waits
in a queue. What needs a request to Discord waits beside it, so that it holds up what comes after it in the same channel alone. What is lost on the way
is found by reconciling.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.discord.access import Access
from adapters.discord.background import Background
from adapters.discord.errors import PLATFORM
from adapters.discord.events import TABLE, GatewayPayload, Translator
from adapters.discord.places import Places
from bot.errors import ChatError
from bot.events import ChatEvent
from bot.ports import Backlog, Clock, EventSink

Missed = Callable[[], None]
"""Called when events were lost, so that reconciling finds them."""

_MOST_WAITING: Final = 10_000
_MOST_ASIDE: Final = 1_000
_ASKED_AT_ONCE: Final = 4
_AT_ONCE: Final = 100
_THREAD_GONE: Final = "THREAD_DELETE"
_EMOJI_CLEARED: Final = "MESSAGE_REACTION_REMOVE_EMOJI"
_TAKEN: Final = frozenset({*TABLE, _THREAD_GONE})

logger = logging.getLogger(__name__)


class Intake:
    """Queues payloads of the gateway (`take`) and hands their events to the sink. `missed` is called where some may be lost."""

    def __init__(
        self, translator: Translator, places: Places, access: Access, clock: Clock, *, missed: Missed | None = None
    ) -> None:
        self._translator = translator
        self._places = places
        self._access = access
        self._clock = clock
        self._missed = missed
        self._queue: asyncio.Queue[GatewayPayload] = asyncio.Queue(_MOST_WAITING)
        self._batch = asyncio.Lock()
        self._aside: dict[str, list[GatewayPayload]] = {}
        self._asking = Background(self._ask, _ASKED_AT_ONCE, "discord places")
        self._sink: EventSink | None = None
        self._worker: asyncio.Task[None] | None = None
        self._count = 0

    @property
    def sink(self) -> EventSink | None:
        """The event sink; None before `start` and after `stop`."""
        return self._sink

    def backlogs(self) -> Mapping[str, Backlog]:
        """`bot.ports.QueuesEvents`: payloads that wait for their turn, and those that wait for an answer of Discord's."""
        aside = sum(map(len, self._aside.values()))
        return {
            "queued": Backlog(waiting=self._queue.qsize(), bound=_MOST_WAITING),
            "asked_about": Backlog(waiting=aside, bound=_MOST_ASIDE),
        }

    def start(self, sink: EventSink) -> None:
        """Hand events to `sink` from now on."""
        self._sink = sink
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="discord intake")

    async def stop(self) -> None:
        """Hand on what was received already, within a moment, and stop."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._told(), timeout=5)
        self._sink = None
        worker.cancel()
        await asyncio.gather(worker, self._asking.close(), self._access.close(), return_exceptions=True)
        self._aside.clear()

    async def tell(self, event: ChatEvent) -> None:
        """Store what a member did by a button, which does not wait its turn: Discord grants three seconds. Raises whatever kept it from being stored."""
        if self._sink is None:
            raise ChatError(PLATFORM, "nobody listens to Discord's events yet")
        await self._sink(event)

    async def settled(self) -> None:
        """Wait until everything received so far is handed on, and what it says of channels is told."""
        if self._worker is not None:
            await self._told()
            await self._access.settled()

    async def _told(self) -> None:
        await self._queue.join()
        await self._asking.settled()

    def take(self, name: str, data: Mapping[str, Any], mark: str = "") -> None:
        """Queue one payload. `mark` tells a repetition from a new one."""
        if self._worker is None or not isinstance(data, Mapping):
            return
        self._places.hear(name, data)
        self._access.hear(name, data)
        if name not in _TAKEN or (name in TABLE and self._places.is_elsewhere(data)):
            return
        self._count += 1
        now = self._clock()
        # discord.py goes on to take the payload apart; ours must stay whole until its turn.
        payload = GatewayPayload(name, copy.deepcopy(dict(data)), now, mark or f"{now.isoformat()}/{self._count}")
        try:
            self._queue.put_nowait(payload)
        except asyncio.QueueFull:
            logger.warning("Events come faster than they are recorded", extra={"action": "events_lost"})
            self._lost()

    async def _work(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _AT_ONCE and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                async with self._batch:
                    await self._tell([event for payload in batch for event in await self._understood_or_aside(payload)])
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _understood_or_aside(self, payload: GatewayPayload) -> list[ChatEvent]:
        """Events in a payload; none yet of one for which Discord has to be asked, nor of those that come after it in its channel meanwhile."""
        channel_id = str(payload.data.get("channel_id"))
        waiting = self._aside.get(channel_id)
        if waiting is None and not self._translator.asks(payload):
            return await self._understood(payload)
        if sum(map(len, self._aside.values())) >= _MOST_ASIDE:
            logger.warning("More events wait for Discord's answers than can be kept", extra={"action": "events_lost"})
            self._lost()
        elif waiting is None:
            self._aside[channel_id] = [payload]
            self._asking.put(channel_id)
        else:
            waiting.append(payload)
        return []

    async def _ask(self, channel_id: str) -> None:
        """Tell the events of a channel for which Discord has to be asked, and those that came after them meanwhile, in their order."""
        async with self._batch:
            pass  # what came before them is told
        while waiting := self._aside[channel_id]:
            self._aside[channel_id] = []
            await self._tell([event for payload in waiting for event in await self._understood(payload)])
        del self._aside[channel_id]

    async def _understood(self, payload: GatewayPayload) -> list[ChatEvent]:
        """Events in a payload; one that cannot be translated is logged, and found by reconciling."""
        try:
            if payload.name == _THREAD_GONE and str(payload.data.get("parent_id")) in self._places.watched:
                self._lost()  # with all replies that were in it, of which nothing is said one by one
            events = await self._translator.events_of(payload)
        except ChatError as error:
            logger.warning("An event was not understood: %s", error, extra={"action": "event_not_recorded"})
        except Exception:
            # The edge: a payload of a shape that we do not know must not keep the next one from us.
            logger.exception("An event was not understood: %s", payload.name, extra={"action": "event_not_recorded"})
        else:
            if events and payload.name == _EMOJI_CLEARED:
                self._lost()  # 👎 was cleared, and 👎🏽, which we know as the same, may stand
            return events
        self._lost()
        return []

    async def _tell(self, events: list[ChatEvent]) -> None:
        """Hand events to the sink concurrently, begun in their order: a sink that batches writes them in one transaction."""
        sink = self._sink
        if sink is None:
            return
        for outcome in await asyncio.gather(*(sink(event) for event in events), return_exceptions=True):
            if isinstance(outcome, BaseException):
                # The edge: whatever fails behind the sink, the next event still comes. Discord keeps what people did.
                logger.error("An event was not recorded", exc_info=outcome, extra={"action": "event_not_recorded"})
                self._lost()

    def _lost(self) -> None:
        if self._missed:
            self._missed()
