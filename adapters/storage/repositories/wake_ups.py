"""Repository of wake-ups: which channels have to be looked at, as one indexed query."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.repositories.channels import state_of
from adapters.storage.sql import chunks, execute_many
from adapters.storage.tables import channels
from bot.model import ChannelState


class SqlWakeUps:
    """`bot.ports.WakeUps`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def due(self, now: datetime) -> list[str]:
        return sorted(await self._connection.scalars(due_at(now)))

    async def hold(self, channels_: Collection[str]) -> dict[str, ChannelState]:
        found: dict[str, ChannelState] = {}
        for piece in chunks(channels_):
            # On SQLite the transaction itself is the lock. Skipping what is locked, we wait for nobody, and so for none who waits for us.
            query = select(channels).where(channels.c.name.in_(piece)).with_for_update(skip_locked=True)
            found |= {row.name: state_of(row) for row in await self._connection.execute(query)}
        return found

    async def note(
        self, wakes: Mapping[str, datetime], now: datetime, waiting: Mapping[str, str] | None = None
    ) -> None:
        seen = waiting or {}
        statement = (
            update(channels)
            .where(channels.c.name == bindparam("of_channel"))
            .values(
                wake_at=bindparam("at"), wake_noted_at=now, waits=bindparam("for_sources"), waits_seen=bindparam("seen")
            )
        )
        await execute_many(
            self._connection,
            statement,
            [
                {"of_channel": name, "at": at, "for_sources": name in seen, "seen": seen.get(name)}
                for name, at in sorted(wakes.items())
            ],
        )

    async def waiting(self) -> dict[str, str]:
        query = select(channels.c.name, channels.c.waits_seen).where(channels.c.waits, channels.c.wake_at.is_not(None))
        rows = await self._connection.execute(query)
        return {name: seen or "" for name, seen in sorted(tuple(row) for row in rows)}

    async def forget(self) -> None:
        await self._connection.execute(update(channels).values(wake_at=None))


def due_at(now: datetime) -> Select[tuple[str]]:
    """The query for channels that have to be looked at: each of its three conditions has an index."""
    columns = channels.c
    come = columns.wake_at.is_(None) | (columns.wake_at <= now) | (columns.wake_noted_at > now)
    return select(columns.name).where(come, columns.stopped_at.is_(None))


async def wake_waiting(connection: AsyncConnection) -> None:
    """Let the channels be looked at whose digest waits for sources, since one of these was set otherwise."""
    await connection.execute(update(channels).where(channels.c.waits).values(wake_at=None, waits=False))


async def forget_wake_ups(connection: AsyncConnection, names: Collection[str]) -> None:
    """
    Let these channels be looked at, since what their wake-ups follow from has changed.

    Also where none is noted: whoever works one out at the same time holds the row, and is waited for.
    """
    for piece in chunks(sorted(set(names))):
        await connection.execute(update(channels).where(channels.c.name.in_(piece)).values(wake_at=None))
