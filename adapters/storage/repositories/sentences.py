"""What a language model said of works, and what it cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import chunks, execute_many, insert
from adapters.storage.tables import sentences
from bot.model import MachineSentence


class SqlSentences:
    """`bot.ports.Sentences`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_all(self, keys: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for piece in chunks(set(keys)):
            query = select(sentences.c.key, sentences.c.text).where(sentences.c.key.in_(piece))
            found |= {row.key: row.text for row in await self._connection.execute(query)}
        return found

    async def put(self, sentences_: Sequence[MachineSentence]) -> None:
        rows = [{"key": one.key, "text": one.text, "tokens": one.tokens, "at": one.at} for one in sentences_]
        await execute_many(self._connection, insert(self._connection, sentences).on_conflict_do_nothing(), rows)

    async def tokens_since(self, since: datetime) -> int:
        query = select(func.coalesce(func.sum(sentences.c.tokens), 0)).where(sentences.c.at >= since)
        return int(await self._connection.scalar(query) or 0)
