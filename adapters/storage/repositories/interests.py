"""Repositories of card requests and of works that a channel liked before we knew it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import canonical, chunks, insert
from adapters.storage.tables import card_requests, item_aliases, tastes
from bot.model import CardRequest, Member, TasteWork

# Put together once, for each digest asks these, and to make a statement takes as long as to run it.
_REQUESTS: Final = (
    select(card_requests)
    .where(card_requests.c.channel == bindparam("of"))
    .order_by(card_requests.c.at, card_requests.c.week, card_requests.c.rank, card_requests.c.member_id)
)
_AT_ONCE: Final = 400
"""How many keys one statement names."""

_TASTES: Final = select(tastes.c.content).where(tastes.c.channel == bindparam("of")).order_by(tastes.c.item_key)


class SqlCardRequests:
    """`bot.ports.CardRequests`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, request: CardRequest) -> None:
        keys = await canonical(self._connection, [request.item_key])
        row = {
            "channel": request.channel,
            "week": request.week,
            "rank": request.rank,
            "member_id": request.member.id,
            "member_name": request.member.name,
            "item_key": keys[request.item_key],
            "at": request.at,
        }
        await self._connection.execute(insert(self._connection, card_requests).values(row).on_conflict_do_nothing())

    async def of_channel(self, channel: str) -> list[CardRequest]:
        rows = await self._connection.execute(_REQUESTS, {"of": channel})
        return [
            CardRequest(
                channel=row.channel,
                week=row.week,
                rank=row.rank,
                item_key=row.item_key,
                member=Member(id=row.member_id, name=row.member_name),
                at=row.at,
            )
            for row in rows
        ]


class SqlTastes:
    """`bot.ports.Tastes`. Aliases are followed when the works are read: two of a list may turn out to be one."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, works: Sequence[TasteWork]) -> int:
        added = 0
        for one in works:
            values = {"channel": one.channel, "item_key": one.key, "content": encode(one)}
            statement = insert(self._connection, tastes).values(values).on_conflict_do_nothing()
            row = (await self._connection.execute(statement.returning(tastes.c.item_key))).first()
            added += row is not None
        return added

    async def describe(self, works: Sequence[TasteWork]) -> None:
        for one in works:
            # It may have been noted under a key that is an alias by now.
            aliases = select(item_aliases.c.alias).where(item_aliases.c.item_key == one.key)
            known_as = (tastes.c.item_key == one.key) | tastes.c.item_key.in_(aliases)
            noted = (tastes.c.channel == one.channel) & known_as
            await self._connection.execute(update(tastes).where(noted).values(content=encode(one)))

    async def of_channel(self, channel: str) -> list[TasteWork]:
        works = [decode(TasteWork, one) for one in await self._connection.scalars(_TASTES, {"of": channel})]
        keys = await canonical(self._connection, [one.key for one in works])
        found: dict[str, TasteWork] = {}
        for one in works:
            found.setdefault(keys[one.key], replace(one, key=keys[one.key]))
        return [found[key] for key in sorted(found)]

    async def channels(self, among: Collection[str] | None = None) -> list[str]:
        query = select(tastes.c.channel).distinct()
        if among is None:
            return sorted(await self._connection.scalars(query))
        found: list[str] = []
        for some in chunks(sorted(among)):
            found += await self._connection.scalars(query.where(tastes.c.channel.in_(some)))
        return sorted(found)

    async def forget(self, channel: str, keys: Collection[str] | None = None) -> int:
        here = tastes.c.channel == channel
        if keys is not None:
            noted = list(await self._connection.scalars(select(tastes.c.item_key).where(here)))
            now = await canonical(self._connection, noted)
            gone = [key for key in noted if now[key] in keys]
            for start in range(0, len(gone), _AT_ONCE):
                some = tastes.c.item_key.in_(gone[start : start + _AT_ONCE])
                await self._connection.execute(delete(tastes).where(here & some))
            return len(gone)
        counted = await self._connection.scalar(select(func.count()).select_from(tastes).where(here))
        await self._connection.execute(delete(tastes).where(here))
        return counted or 0
