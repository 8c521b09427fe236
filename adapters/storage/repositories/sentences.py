"""What a language model said of works, and what it cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import chunks, execute_many, insert
from adapters.storage.tables import sentences
from bot.model import MachineSentence


class SqlSentences:
    """
    `bot.ports.Sentences`. A question that waits for its answer is a row with what is reserved for it.

    `tokens` is what the answer cost, `lost` what was reserved for it before and may have been paid for nothing.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_all(self, keys: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for piece in chunks(set(keys)):
            query = select(sentences.c.key, sentences.c.text).where(sentences.c.key.in_(piece), sentences.c.answered)
            found |= {row.key: row.text for row in await self._connection.execute(query)}
        return found

    async def open_since(self, keys: Collection[str] | None, since: datetime) -> set[str]:
        query = select(sentences.c.key).where(sentences.c.reserved > 0, sentences.c.at > since)
        if keys is None:
            return set((await self._connection.execute(query)).scalars())
        found: set[str] = set()
        for piece in chunks(set(keys)):
            found.update((await self._connection.execute(query.where(sentences.c.key.in_(piece)))).scalars())
        return found

    async def reserve(self, tokens: Mapping[str, int], now: datetime) -> None:
        statement = insert(self._connection, sentences)
        again = statement.on_conflict_do_update(
            index_elements=[sentences.c.key],
            set_={
                # What was reserved for an answer that never came may have been paid for: it stays spent.
                "lost": sentences.c.lost + sentences.c.reserved,
                "reserved": statement.excluded.reserved,
                "at": statement.excluded.at,
            },
            where=~sentences.c.answered,
        )
        rows = [
            {"key": key, "text": "", "tokens": 0, "reserved": reserved, "answered": False, "at": now}
            for key, reserved in tokens.items()
        ]
        await execute_many(self._connection, again, rows)

    async def release(self, keys: Collection[str], *, paid: bool) -> None:
        for piece in chunks(set(keys)):
            lost = sentences.c.lost + sentences.c.reserved if paid else sentences.c.lost
            open_ = update(sentences).where(sentences.c.key.in_(piece), ~sentences.c.answered)
            await self._connection.execute(open_.values(lost=lost, reserved=0))

    async def put(self, sentences_: Sequence[MachineSentence]) -> None:
        statement = insert(self._connection, sentences)
        first = statement.on_conflict_do_update(
            index_elements=[sentences.c.key],
            set_={
                "text": statement.excluded.text,
                "tokens": statement.excluded.tokens,
                "at": statement.excluded.at,
                "reserved": 0,
                "answered": True,
            },
            where=~sentences.c.answered,
        )
        rows = [
            {"key": one.key, "text": one.text, "tokens": one.tokens, "at": one.at, "reserved": 0, "answered": True}
            for one in sentences_
        ]
        await execute_many(self._connection, first, rows)

    async def tokens_since(self, since: datetime) -> int:
        spent = func.coalesce(func.sum(sentences.c.tokens + sentences.c.lost + sentences.c.reserved), 0)
        return int(await self._connection.scalar(select(spent).where(sentences.c.at >= since)) or 0)

    async def dearest_since(self, since: datetime) -> int:
        dearest = func.coalesce(func.max(sentences.c.tokens), 0)
        query = select(dearest).where(sentences.c.at >= since, sentences.c.answered)
        return int(await self._connection.scalar(query) or 0)
