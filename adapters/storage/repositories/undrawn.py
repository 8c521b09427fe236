"""Repository of the messages that may not show yet what was decided on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import address, chunks, execute_many, insert
from adapters.storage.tables import undrawn
from bot.model import MessageRef


class SqlUndrawn:
    """`bot.ports.Undrawn`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def note(self, changed: Mapping[MessageRef, str], now: datetime) -> None:
        statement = insert(self._connection, undrawn)
        upsert = statement.on_conflict_do_update(
            index_elements=list(undrawn.primary_key.columns),
            set_={"event_id": statement.excluded.event_id, "at": statement.excluded.at},
        )
        # In one order, whoever notes them: two processes must not wait for each other.
        rows = [address(ref) | {"event_id": changed[ref], "at": now} for ref in sorted(changed, key=_order)]
        await execute_many(self._connection, upsert, rows)

    async def drawn(self, shown: Mapping[MessageRef, str]) -> None:
        for piece in chunks(sorted(shown, key=_order)):
            these = [(ref.platform, ref.channel_id, ref.message_id, shown[ref]) for ref in piece]
            row = tuple_(undrawn.c.platform, undrawn.c.channel_id, undrawn.c.message_id, undrawn.c.event_id)
            await self._connection.execute(delete(undrawn).where(row.in_(these)))

    async def noted_until(self, latest: datetime, limit: int) -> dict[MessageRef, str]:
        query = select(undrawn).where(undrawn.c.at <= latest).order_by(undrawn.c.at).limit(limit)
        rows = await self._connection.execute(query)
        return {
            MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id): row.event_id
            for row in rows
        }


def _order(ref: MessageRef) -> tuple[str, str, str]:
    return ref.platform, ref.channel_id, ref.message_id
