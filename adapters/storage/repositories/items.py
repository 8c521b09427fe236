"""Repository of item identity: aliases, and the merging of two items that turn out to be one."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import canonical, insert
from adapters.storage.tables import card_requests, item_aliases, items, mentions, picks, postings, presses, summaries

_twin = mentions.alias("twin")
"""The other item's mention by the same entry."""


class SqlItems:
    """`bot.ports.Items`. The keys of works that are merged go into `touched`, to be indexed again."""

    def __init__(self, connection: AsyncConnection, touched: set[str] | None = None) -> None:
        self._connection = connection
        self._touched = set() if touched is None else touched

    async def canonical(self, keys: Collection[str]) -> dict[str, str]:
        return await canonical(self._connection, keys)

    async def merge(self, loser: str, winner: str) -> None:
        followed = await self.canonical([loser, winner])
        lost, kept = followed[loser], followed[winner]
        if lost == kept:
            return
        await self._keep_an_item(lost, kept)
        await self._move_mentions(lost, kept)
        for table in (item_aliases, picks, postings, presses, summaries, card_requests):
            await self._connection.execute(update(table).where(table.c.item_key == lost).values(item_key=kept))
        await self._connection.execute(insert(self._connection, item_aliases).values(alias=lost, item_key=kept))
        await self._connection.execute(delete(items).where(items.c.key == lost))
        self._touched |= {lost, kept}

    async def _keep_an_item(self, lost: str, kept: str) -> None:
        """The winner may be new to us; then it begins as what the loser was."""
        was = select(literal(kept), items.c.title, items.c.first_seen).where(items.c.key == lost)
        statement = insert(self._connection, items).from_select(["key", "title", "first_seen"], was)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def _move_mentions(self, lost: str, kept: str) -> None:
        """An entry speaks of an item once: where it spoke of both, its direct mention stays, else the winner's."""
        direct = _twin.c.direct.is_(True)
        at_lost, at_kept = mentions.c.item_key == lost, mentions.c.item_key == kept
        run = self._connection.execute
        await run(delete(mentions).where(at_kept, mentions.c.direct.is_(False), _also(lost, direct)))
        await run(delete(mentions).where(at_lost, _also(kept)))
        await run(update(mentions).where(at_lost).values(item_key=kept))


def _also(key: str, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The entry of this mention speaks of the item `key` as well."""
    same_entry = _twin.c.source_id == mentions.c.source_id, _twin.c.external_id == mentions.c.external_id
    return exists().where(_twin.c.item_key == key, *same_entry, *conditions)
