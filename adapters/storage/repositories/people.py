"""Repositories of members and of channel states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import execute_many, insert
from adapters.storage.tables import channel_states, channels, member_wishes, members
from bot.model import ChannelState, Member, MemberWishes


class SqlMembers:
    """`bot.ports.Members`. An event that bears no name takes none away."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, platform: str, members_: Iterable[Member]) -> None:
        statement = insert(self._connection, members)
        upsert = statement.on_conflict_do_update(
            index_elements=list(members.primary_key.columns),
            set_={"name": statement.excluded.name},
            where=statement.excluded.name != "",
        )
        rows = [{"platform": platform, "member_id": one.id, "name": one.name} for one in members_]
        await execute_many(self._connection, upsert, rows)

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


class SqlChannels:
    """`bot.ports.Channels`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def started(self, channel: str) -> datetime | None:
        started: datetime | None = await self._connection.scalar(
            select(channels.c.started_at).where(channels.c.name == channel)
        )
        return started

    async def start(self, channel: str, now: datetime) -> datetime:
        statement = insert(self._connection, channels).values(name=channel, started_at=now)
        await self._connection.execute(statement.on_conflict_do_nothing())
        return await self.started(channel) or now

    async def all(self) -> dict[str, ChannelState]:
        started = {row.name: row.started_at for row in await self._connection.execute(select(channels))}
        rows = await self._connection.execute(select(channel_states))
        states = {row.name: decode(ChannelState, row.content) for row in rows}
        return {
            name: replace(states.get(name) or ChannelState(name=name), started=started.get(name))
            for name in sorted(started.keys() | states.keys())
        }

    async def save(self, state: ChannelState) -> None:
        if state.started:
            await self.start(state.name, state.started)
        content = encode(replace(state, started=None))
        statement = insert(self._connection, channel_states).values(name=state.name, content=content)
        upsert = statement.on_conflict_do_update(
            index_elements=[channel_states.c.name], set_={"content": statement.excluded.content}
        )
        await self._connection.execute(upsert)
