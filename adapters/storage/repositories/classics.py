"""Repository of the classics that channels chose for themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import insert
from adapters.storage.tables import own_classics
from bot.classics import Classic


class SqlOwnClassics:
    """`bot.ports.OwnClassics`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, channel: str, classic: Classic, at: datetime) -> bool:
        row = {"channel": channel, "item_key": classic.key, "added_at": at, "content": encode(classic)}
        statement = insert(self._connection, own_classics).values(row).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(own_classics.c.item_key))).first() is not None

    async def of_channel(self, channel: str) -> list[Classic]:
        columns = own_classics.c
        query = select(columns.content).where(columns.channel == channel).order_by(columns.added_at, columns.item_key)
        return [decode(Classic, content) for content in await self._connection.scalars(query)]

    async def remove(self, channel: str, key: str) -> bool:
        columns = own_classics.c
        gone = delete(own_classics).where(columns.channel == channel, columns.item_key == key)
        return (await self._connection.execute(gone.returning(columns.item_key))).first() is not None
