"""
Rate limiter that processes share through PostgreSQL: one row a bucket.

A reservation is one statement that ends by itself: no process ever holds a row while it waits, so that one which dies or is stopped leaves
nothing locked. All instants are the server's, whatever the clocks of those who ask; where its clock was set back, none counts that is further ahead than
it can be. What one process asks for at one moment is reserved together, for a row that all workers want is written once for all of them.

`pyrate-limiter`, whose buckets can be in PostgreSQL too, was weighed: it makes a table for each bucket, keeps a row for each request, locks
the table against everybody else, and knows nothing of what a platform asked one process to wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Double, Integer, Row, Text, TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.batching import Batcher
from bot.ports.rate_limits import HORIZON, RateLimit
from bot.rate_limits import DAY


def _statement(sql: str) -> TextClause:
    """SQL in which `{now}` is the server's own time, in seconds since 1970."""
    return text(sql.replace("{now}", "extract(epoch FROM statement_timestamp())::double precision"))


_RESERVE: Final = _statement(
    """
    INSERT INTO rate_limits AS held (bucket, turn_interval, burst, granted, idle_at, open_at, blocked_for)
    SELECT bucket, turn_interval, burst, granted, {now} + granted * turn_interval, 0, 0
    FROM unnest(:buckets, :intervals, :bursts, :numbers) AS asked (bucket, turn_interval, burst, number),
        LATERAL (
            SELECT least(number, coalesce(floor(:horizon / nullif(turn_interval, 0))::integer + burst, number)) AS granted
        ) AS most
    ORDER BY bucket
    ON CONFLICT (bucket) DO UPDATE SET
        turn_interval = excluded.turn_interval,
        burst = excluded.burst,
        open_at = least(held.open_at, {now} + held.blocked_for),
        (granted, idle_at) = (
            SELECT granted, idle + granted * excluded.turn_interval
            FROM (
                SELECT
                    idle,
                    CASE
                        WHEN opens - {now} > :horizon THEN 0
                        WHEN excluded.turn_interval = 0 THEN excluded.granted
                        ELSE greatest(0, least(
                            excluded.granted,
                            floor((:horizon + {now} - idle) / excluded.turn_interval)::integer + excluded.burst
                        ))
                    END AS granted
                FROM (
                    SELECT
                        opens,
                        -- Further ahead than turns are given out: the server's clock was set back since.
                        CASE
                            WHEN held.idle_at > {now} + :horizon + (excluded.burst + 1) * excluded.turn_interval THEN opens
                            ELSE greatest(opens, held.idle_at)
                        END AS idle
                    FROM (SELECT greatest({now}, least(held.open_at, {now} + held.blocked_for)) AS opens) AS gate
                ) AS state
            ) AS turn
        )
    RETURNING bucket, granted, idle_at, open_at, {now} AS now
    """
).bindparams(
    bindparam("buckets", type_=ARRAY(Text)),
    bindparam("intervals", type_=ARRAY(Double)),
    bindparam("bursts", type_=ARRAY(Integer)),
    bindparam("numbers", type_=ARRAY(Integer)),
    bindparam("horizon", type_=Double),
)  # fmt: skip

_BLOCK: Final = _statement(
    """
    INSERT INTO rate_limits AS held (bucket, turn_interval, burst, granted, idle_at, open_at, blocked_for)
    VALUES (:bucket, 0, 1, 0, 0, {now} + :seconds, :seconds)
    ON CONFLICT (bucket) DO UPDATE SET (open_at, blocked_for) = (
        SELECT {now} + seconds, seconds
        FROM (SELECT greatest(least(held.open_at - {now}, held.blocked_for), excluded.blocked_for) AS seconds) AS longer
    )
    """
)

_BLOCKED: Final = _statement(
    "SELECT bucket, least(open_at - {now}, blocked_for) AS wait FROM rate_limits WHERE bucket = ANY(:buckets)"
).bindparams(bindparam("buckets", type_=ARRAY(Text)))

_TIDY: Final = _statement("DELETE FROM rate_limits WHERE greatest(idle_at, open_at) < {now} - :day")


class PostgresRateLimiter:
    """`bot.ports.RateLimiter` on the table `rate_limits`, by the generic cell rate algorithm as `bot.rate_limits` has it."""

    shared = True

    def __init__(self, engine: AsyncEngine) -> None:
        # One statement is a transaction of its own: two messages less to the server than with BEGIN and COMMIT around it.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reservations: Batcher[RateLimit, float] = Batcher(self._reserve)
        self._questions: Batcher[str, float] = Batcher(self._blocked)

    async def reserve(self, limit: RateLimit) -> float:
        return await self._reservations.add(limit)

    async def block(self, bucket: str, seconds: float) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(_BLOCK, {"bucket": bucket, "seconds": seconds})

    async def blocked(self, bucket: str) -> float:
        return await self._questions.add(bucket)

    async def tidy(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(_TIDY, {"day": DAY})

    async def _reserve(self, limits: Sequence[RateLimit]) -> list[float]:
        """Reserve a turn for each of these limits; those of one bucket get turns in their order."""
        numbers = Counter(one.bucket for one in limits)
        last = {one.bucket: one for one in limits}
        asked = {
            "buckets": list(last),
            "intervals": [one.interval for one in last.values()],
            "bursts": [one.burst for one in last.values()],
            "numbers": [numbers[bucket] for bucket in last],
            "horizon": HORIZON,
        }
        async with self._engine.connect() as connection:
            rows = {row.bucket: row for row in await connection.execute(_RESERVE, asked)}
        given = Counter[str]()
        waits = []
        for one in limits:
            waits.append(_wait(rows[one.bucket], last[one.bucket], given[one.bucket]))
            given[one.bucket] += 1
        return waits

    async def _blocked(self, buckets: Sequence[str]) -> list[float]:
        async with self._engine.connect() as connection:
            rows = await _blocks(connection, list(set(buckets)))
        return [max(0.0, rows.get(bucket, 0.0)) for bucket in buckets]


async def _blocks(connection: AsyncConnection, buckets: list[str]) -> dict[str, float]:
    return {row.bucket: row.wait for row in await connection.execute(_BLOCKED, {"buckets": buckets})}


def _wait(row: Row[Any], limit: RateLimit, number: int) -> float:
    """Give the seconds until the turn of this number among those that one statement asked for; more than the horizon where it got none."""
    opens: float = max(0.0, row.open_at - row.now)
    idle: float = row.idle_at - row.granted * limit.interval - row.now
    turn = max(opens, idle + (number - limit.burst + 1) * limit.interval if limit.interval else 0.0)
    return turn if number < row.granted else max(turn, HORIZON + 1)
