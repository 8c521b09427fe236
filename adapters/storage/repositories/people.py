"""Repositories of members and of channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import execute_many, insert
from adapters.storage.tables import channels, member_wishes, members
from bot.model import ChannelOrigin, ChannelState, Member, MemberWishes


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
        statement = insert(self._connection, channels).values(**_row(ChannelState(name=channel)), started_at=now)
        begun = statement.on_conflict_do_update(
            index_elements=[channels.c.name], set_={"started_at": func.coalesce(channels.c.started_at, now)}
        )
        await self._connection.execute(begun)
        return await self.started(channel) or now

    async def all(self) -> dict[str, ChannelState]:
        rows = await self._connection.execute(select(channels).order_by(channels.c.name))
        return {row.name: _state(row) for row in rows}

    async def save(self, state: ChannelState) -> None:
        row = _row(state)
        statement = insert(self._connection, channels).values(**row, started_at=state.started)
        changed = {name: statement.excluded[name] for name in row if name != "name"}
        upsert = statement.on_conflict_do_update(
            index_elements=[channels.c.name],
            set_={**changed, "started_at": func.coalesce(channels.c.started_at, statement.excluded.started_at)},
        )
        await self._connection.execute(upsert)


def _row(state: ChannelState) -> dict[str, object]:
    """Give the columns of a channel, all but when it was started; what no query asks for is in `content`."""
    carried = replace(state, platform="", id="", team="", origin=ChannelOrigin.FILE, started=None, stopped=None)
    return {
        "name": state.name,
        "platform": state.platform or None,
        "place": state.id or None,
        "team": state.team,
        "origin": state.origin.value,
        "stopped_at": state.stopped,
        "content": encode(carried),
    }


def _state(row: Row[Any]) -> ChannelState:
    return replace(
        decode(ChannelState, row.content),
        platform=row.platform or "",
        id=row.place or "",
        team=row.team,
        origin=ChannelOrigin(row.origin),
        started=row.started_at,
        stopped=row.stopped_at,
    )
