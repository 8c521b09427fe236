"""Repository of the works that channels were told of at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import insert
from adapters.storage.tables import UNFINISHED, alerts, item_aliases
from bot.errors import StorageError
from bot.model import Alert

# Written out and not bound: SQLite uses a partial index where it can see that its condition holds.
UNSENT: Final = (
    select(alerts.c.channel)
    .distinct()
    .where(alerts.c.state.in_([literal_column(f"'{state}'") for state in UNFINISHED]))
)
"""The query for the channels that have alerts which are not sent yet."""


class SqlAlerts:
    """`bot.ports.Alerts`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def plan(self, alert: Alert) -> bool:
        row = {
            "channel": alert.channel,
            "item_key": alert.item_key,
            "day": alert.day.isoformat(),
            "state": alert.state.value,
            "content": encode(alert),
        }
        statement = insert(self._connection, alerts).values(row).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(alerts.c.item_key))).first() is not None

    async def save(self, alert: Alert) -> None:
        here = (alerts.c.channel == alert.channel, alerts.c.item_key == alert.item_key)
        changed = update(alerts).where(*here).values(state=alert.state.value, content=encode(alert))
        if (await self._connection.execute(changed.returning(alerts.c.item_key))).first() is None:
            raise StorageError(
                f"The alert on {alert.item_key} in {alert.channel} was never planned, so its state cannot be kept."
            )

    async def on_day(self, channel: str, day: date) -> int:
        query = select(func.count()).where(alerts.c.channel == channel, alerts.c.day == day.isoformat())
        return int(await self._connection.scalar(query) or 0)

    async def told(self, channel: str) -> frozenset[str]:
        present = func.coalesce(item_aliases.c.item_key, alerts.c.item_key)
        query = select(present).outerjoin(item_aliases, item_aliases.c.alias == alerts.c.item_key)
        return frozenset(await self._connection.scalars(query.where(alerts.c.channel == channel)))

    async def under_way(self, channels: Collection[str]) -> list[Alert]:
        query = select(alerts.c.content).where(alerts.c.channel.in_(channels), alerts.c.state.in_(UNFINISHED))
        found = [decode(Alert, content) for content in await self._connection.scalars(query)]
        return sorted(found, key=lambda one: (one.channel, one.at, one.item_key))

    async def unsent(self) -> frozenset[str]:
        return frozenset(await self._connection.scalars(UNSENT))
