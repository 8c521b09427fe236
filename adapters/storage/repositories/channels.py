"""Repository of channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import chunks, gently, insert
from adapters.storage.tables import channels
from bot.model import ChannelOrigin, ChannelState

VERSIONS: Final = select(func.count(), func.coalesce(func.sum(channels.c.version), 0)).select_from(channels)
"""The query for how many channels there are, and how many changes they have had in all."""


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
            index_elements=[channels.c.name],
            set_={"started_at": now, **_CHANGED},
            where=channels.c.started_at.is_(None),
        )
        await self._connection.execute(begun)
        return await self.started(channel) or now

    async def all(self) -> dict[str, ChannelState]:
        rows = await self._connection.execute(select(channels).order_by(channels.c.name))
        return {row.name: state_of(row) for row in rows}

    async def get(self, channel: str) -> ChannelState | None:
        row = (await self._connection.execute(select(channels).where(channels.c.name == channel))).first()
        return None if row is None else state_of(row)

    async def changed(self, known: Mapping[str, int]) -> dict[str, tuple[int, ChannelState]]:
        # Versions only grow and rows are never removed: where number and sum are as known, every version is. Both come from the index.
        count, total = (await self._connection.execute(VERSIONS)).one()
        if (count, total) == (len(known), sum(known.values())):
            return {}
        versions = await self._connection.execute(select(channels.c.name, channels.c.version))
        found: dict[str, tuple[int, ChannelState]] = {}
        for piece in chunks([row.name for row in versions if known.get(row.name) != row.version]):
            query = select(channels).where(channels.c.name.in_(piece)).order_by(channels.c.name)
            async for row in gently(await self._connection.execute(query)):
                found[row.name] = row.version, state_of(row)
        return found

    async def save(self, state: ChannelState) -> None:
        row = _row(state)
        statement = insert(self._connection, channels).values(**row, started_at=state.started)
        changed = {name: statement.excluded[name] for name in row if name != "name"}
        upsert = statement.on_conflict_do_update(
            index_elements=[channels.c.name],
            set_={
                **changed,
                "started_at": func.coalesce(channels.c.started_at, statement.excluded.started_at),
                **_CHANGED,
            },
        )
        await self._connection.execute(upsert)


_CHANGED: Final[Mapping[str, Any]] = {"version": channels.c.version + 1, "wake_at": None}
"""What each change of a channel does beside: others read it again, and its digest is looked at."""


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


async def served_platforms(connection: AsyncConnection) -> set[str]:
    """The platforms with a channel that was set up in chat and is served."""
    served = (channels.c.origin == ChannelOrigin.CHAT.value, channels.c.stopped_at.is_(None))
    found = await connection.scalars(select(channels.c.platform).where(*served).distinct())
    return {platform for platform in found if platform}


def only_registered(row: Row[Any]) -> bool:
    """Whether nothing is kept of a channel but that the configuration file names it, and where."""
    state = state_of(row)
    return state == ChannelState(name=state.name, platform=state.platform, id=state.id, team=state.team)


def state_of(row: Row[Any]) -> ChannelState:
    """Give what is kept of a channel."""
    return replace(
        decode(ChannelState, row.content),
        platform=row.platform or "",
        id=row.place or "",
        team=row.team,
        origin=ChannelOrigin(row.origin),
        started=row.started_at,
        stopped=row.stopped_at,
    )
