"""What we remember of sources."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import execute_many, insert
from adapters.storage.tables import sources
from bot.model import SourceRecord


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
