"""Repository of citation keys."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import canonical, execute_many, insert
from adapters.storage.tables import citation_keys


class SqlCitationKeys:
    """`bot.ports.CitationKeys`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def all(self) -> dict[str, str]:
        rows = await self._connection.execute(select(citation_keys).order_by(citation_keys.c.citation_key))
        found = {row.citation_key: row.item_key for row in rows}
        works = await canonical(self._connection, set(found.values()))
        return {key: works[work] for key, work in found.items()}

    async def give(self, keys: Mapping[str, str]) -> None:
        rows = [{"citation_key": key, "item_key": work} for work, key in sorted(keys.items())]
        await execute_many(self._connection, insert(self._connection, citation_keys).on_conflict_do_nothing(), rows)
