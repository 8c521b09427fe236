"""Repository of the works that channels were told of at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import product
from typing import Final

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import chunks, insert
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


_AT_A_TIME: Final = 200
"""How many are written in one statement, each of which has five values; and of how many channels is asked in one."""


class SqlAlerts:
    """`bot.ports.Alerts`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def plan(self, *alerts_: Alert) -> int:
        kept = 0
        for start in range(0, len(alerts_), _AT_A_TIME):
            statement = insert(self._connection, alerts).values(
                [_row(one) for one in alerts_[start : start + _AT_A_TIME]]
            )
            fresh = statement.on_conflict_do_nothing().returning(alerts.c.item_key)
            kept += len((await self._connection.execute(fresh)).all())
        return kept

    async def save(self, alert: Alert) -> None:
        here = (alerts.c.channel == alert.channel, alerts.c.item_key == alert.item_key)
        changed = update(alerts).where(*here).values(state=alert.state.value, content=encode(alert))
        if (await self._connection.execute(changed.returning(alerts.c.item_key))).first() is None:
            raise StorageError(
                f"The alert on {alert.item_key} in {alert.channel} was never planned, so its state cannot be kept."
            )

    async def on_days(self, channels: Mapping[str, date]) -> dict[str, int]:
        found: dict[str, int] = {}
        for day in set(channels.values()):
            for piece in chunks([name for name, its in channels.items() if its == day]):
                query = select(alerts.c.channel, func.count()).where(
                    alerts.c.channel.in_(piece), alerts.c.day == day.isoformat()
                )
                rows = await self._connection.execute(query.group_by(alerts.c.channel))
                found |= {row[0]: row[1] for row in rows}
        return found

    async def told(self, channels: Collection[str], keys: Collection[str]) -> frozenset[tuple[str, str]]:
        present = func.coalesce(item_aliases.c.item_key, alerts.c.item_key)
        query = select(alerts.c.channel, present).outerjoin(item_aliases, item_aliases.c.alias == alerts.c.item_key)
        found: set[tuple[str, str]] = set()
        for names, works in product(chunks(channels, _AT_A_TIME), chunks(keys)):
            rows = await self._connection.execute(query.where(alerts.c.channel.in_(names), present.in_(works)))
            found.update((channel, key) for channel, key in rows)
        return frozenset(found)

    async def under_way(self, channels: Collection[str]) -> list[Alert]:
        query = select(alerts.c.content).where(alerts.c.channel.in_(channels), alerts.c.state.in_(UNFINISHED))
        found = [decode(Alert, content) for content in await self._connection.scalars(query)]
        return sorted(found, key=lambda one: (one.channel, one.at, one.item_key))

    async def unsent(self) -> frozenset[str]:
        return frozenset(await self._connection.scalars(UNSENT))


def _row(alert: Alert) -> dict[str, str]:
    return {
        "channel": alert.channel,
        "item_key": alert.item_key,
        "day": alert.day.isoformat(),
        "state": alert.state.value,
        "content": encode(alert),
    }
