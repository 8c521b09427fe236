"""Repository of the weekly messages that members asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import insert
from adapters.storage.tables import reminders
from bot.model import Reminder


class SqlReminders:
    """`bot.ports.Reminders`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, reminder: Reminder) -> None:
        statement = insert(self._connection, reminders).values(_row(reminder))
        new = statement.excluded
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=list(reminders.primary_key.columns),
                set_={"next_at": new.next_at, "content": new.content},
            )
        )

    async def get(self, platform: str, member_id: str) -> Reminder | None:
        columns = reminders.c
        query = select(columns.content).where(columns.platform == platform, columns.member_id == member_id)
        content = await self._connection.scalar(query)
        return None if content is None else decode(Reminder, content)

    async def remove(self, platform: str, member_id: str) -> bool:
        columns = reminders.c
        gone = delete(reminders).where(columns.platform == platform, columns.member_id == member_id)
        return (await self._connection.execute(gone.returning(columns.member_id))).first() is not None

    async def due(self, platform: str, now: datetime, limit: int) -> list[Reminder]:
        columns = reminders.c
        query = select(columns.content).where(columns.platform == platform, columns.next_at <= now)
        rows = await self._connection.scalars(query.order_by(columns.next_at, columns.member_id).limit(limit))
        return [decode(Reminder, content) for content in rows]

    async def put_off(self, before: Reminder, after: Reminder) -> bool:
        columns = reminders.c
        here = (columns.platform == before.platform, columns.member_id == before.member_id)
        changed = update(reminders).where(*here, columns.next_at == before.next_at).values(_row(after))
        return (await self._connection.execute(changed.returning(columns.member_id))).first() is not None


def _row(reminder: Reminder) -> dict[str, Any]:
    return {
        "platform": reminder.platform,
        "member_id": reminder.member_id,
        "next_at": reminder.next_at,
        "content": encode(reminder),
    }
