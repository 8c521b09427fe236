"""Repositories of source records, and of what people set for sources."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.repositories.wake_ups import wake_waiting
from adapters.storage.sql import execute_many, insert
from adapters.storage.tables import source_settings, sources
from bot.model import SourceRecord, SourceSetting


class SqlSourceRecords:
    """`bot.ports.SourceRecords`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> dict[str, SourceRecord]:
        rows = await self._connection.execute(select(sources))
        return {row.id: decode(SourceRecord, row.content) for row in rows}

    async def save(self, records: Collection[SourceRecord]) -> None:
        statement = insert(self._connection, sources)
        upsert = statement.on_conflict_do_update(
            index_elements=[sources.c.id], set_={"content": statement.excluded.content}
        )
        await execute_many(self._connection, upsert, [{"id": one.id, "content": encode(one)} for one in records])


class SqlSourceSettings:
    """`bot.ports.SourceSettings`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> dict[str, SourceSetting]:
        rows = await self._connection.execute(select(source_settings))
        return {row.id: decode(SourceSetting, row.content) for row in rows}

    async def save(self, setting: SourceSetting) -> None:
        statement = insert(self._connection, source_settings).values(id=setting.id, content=encode(setting))
        upsert = statement.on_conflict_do_update(
            index_elements=[source_settings.c.id], set_={"content": statement.excluded.content}
        )
        await self._connection.execute(upsert)
        await wake_waiting(self._connection)

    async def forget(self, source_id: str) -> bool:
        await wake_waiting(self._connection)
        gone = await self._connection.execute(delete(source_settings).where(source_settings.c.id == source_id))
        return gone.rowcount == 1
