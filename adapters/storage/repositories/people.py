"""Repository of members."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import execute_rows, insert, insert_rows
from adapters.storage.tables import member_wishes, members
from bot.model import Member, MemberWishes


class SqlMembers:
    """`bot.ports.Members`. An event that bears no name takes none away."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, platform: str, members_: Iterable[Member]) -> None:
        names: dict[str, str] = {}
        for one in members_:
            names[one.id] = one.name or names.get(one.id, "")
        # In the order of their ids: two processes may hear of the same people at once.
        rows = [{"platform": platform, "member_id": one, "name": names[one]} for one in sorted(names)]
        if not rows:
            return
        statement = insert_rows(self._connection, members, rows)
        upsert = statement.on_conflict_do_update(
            index_elements=list(members.primary_key.columns),
            set_={"name": statement.excluded.name},
            where=statement.excluded.name != "",
        )
        await execute_rows(self._connection, upsert, rows)

    async def wishes(self, platform: str, member_id: str) -> MemberWishes:
        columns = member_wishes.c
        query = select(columns.content).where(columns.platform == platform, columns.member_id == member_id)
        content = await self._connection.scalar(query)
        return MemberWishes() if content is None else decode(MemberWishes, content)

    async def put_wishes(self, platform: str, member_id: str, wishes: MemberWishes) -> None:
        row = {"platform": platform, "member_id": member_id, "content": encode(wishes)}
        statement = insert(self._connection, member_wishes).values(row)
        upsert = statement.on_conflict_do_update(
            index_elements=list(member_wishes.primary_key.columns), set_={"content": statement.excluded.content}
        )
        await self._connection.execute(upsert)
