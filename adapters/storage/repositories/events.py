"""Repository of the inbox of raw events."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import get_args

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import chunks, execute_rows, insert, insert_rows
from adapters.storage.tables import Instant, events
from bot.events import ChatEvent

_KINDS: dict[str, type[ChatEvent]] = {kind.__name__: kind for kind in get_args(ChatEvent)}


class SqlEvents:
    """`bot.ports.Events`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: ChatEvent, received: datetime) -> bool:
        statement = insert(self._connection, events).values(_row(event, received)).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(events.c.event_id))).first() is not None

    async def add_all(
        self, events_: Sequence[ChatEvent], received: datetime, outcomes: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        applied = outcomes or {}
        once = {event.event_id: event for event in events_}
        # In the order of their ids: Slack delivers what was not acknowledged in time again, to another process perhaps.
        rows = [_row(once[event_id], received, applied.get(event_id)) for event_id in sorted(once)]
        if not rows:
            return frozenset()
        statement = insert_rows(self._connection, events, rows).on_conflict_do_nothing().returning(events.c.event_id)
        return frozenset((await execute_rows(self._connection, statement, rows)).scalars())

    async def waiting(self, limit: int = 500, after: str | None = None) -> list[ChatEvent]:
        query = select(events.c.kind, events.c.content).where(events.c.applied_at.is_(None))
        if after is not None:
            behind = select(events.c.received, events.c.number).where(events.c.event_id == after)
            query = query.where(tuple_(events.c.received, events.c.number) > behind.scalar_subquery())
        rows = await self._connection.execute(query.order_by(events.c.received, events.c.number).limit(limit))
        return [decode(_KINDS[row.kind], row.content) for row in rows]

    async def depth(self) -> tuple[int, datetime | None]:
        query = select(func.count(), func.min(events.c.received, type_=Instant)).where(events.c.applied_at.is_(None))
        number, oldest = (await self._connection.execute(query)).one()
        return number, oldest

    async def applied(self, event_ids: Collection[str], now: datetime, outcome: str) -> None:
        # The content goes: what it said is now a reaction or a summary, and a deleted reply must not live on in here.
        values = {"applied_at": now, "outcome": outcome, "content": None}
        for piece in chunks(event_ids):
            await self._connection.execute(update(events).where(events.c.event_id.in_(piece)).values(values))


def _row(event: ChatEvent, received: datetime, outcome: str | None = None) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "kind": type(event).__name__,
        "received": received,
        "content": None if outcome else encode(event),
        "applied_at": received if outcome else None,
        "outcome": outcome,
    }
