"""Repository of the classics that channels chose for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import insert
from adapters.storage.tables import own_classics
from bot.classics import Classic

# Put together once, for each digest asks it, and to make a statement takes as long as to run it.
_OF_CHANNEL: Final = (
    select(own_classics.c.content)
    .where(own_classics.c.channel == bindparam("of"))
    .order_by(own_classics.c.added_at, own_classics.c.item_key)
)


class SqlOwnClassics:
    """`bot.ports.OwnClassics`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, channel: str, classic: Classic, at: datetime) -> bool:
        row = {"channel": channel, "item_key": classic.key, "added_at": at, "content": encode(classic)}
        statement = insert(self._connection, own_classics).values(row).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(own_classics.c.item_key))).first() is not None

    async def of_channel(self, channel: str) -> list[Classic]:
        return [decode(Classic, one) for one in await self._connection.scalars(_OF_CHANNEL, {"of": channel})]

    async def remove(self, channel: str, key: str) -> bool:
        columns = own_classics.c
        gone = delete(own_classics).where(columns.channel == channel, columns.item_key == key)
        return (await self._connection.execute(gone.returning(columns.item_key))).first() is not None
