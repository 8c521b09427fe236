"""What a PostgreSQL database has to be for this program: of a version that is looked after, kept as UTF-8, and reached by connections that stay its own."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.storage.failures import name, pooled
from bot.errors import UsageError

ENCODING: Final = "UTF8"

OLDEST: Final = 15
"""The oldest version of PostgreSQL that is supported; its makers look after none before it since November 2026 (https://www.postgresql.org/support/versioning/)."""

LOOK_SECONDS: Final = 5.0
"""How long a pooler is looked at: one in session mode whose pool is exhausted lets the second connection wait."""

_ROUNDS: Final = 4
"""How often a connection is asked which server process serves it: a pooler in transaction mode may give it the same one by chance."""


_ASKED: Final = "SELECT current_setting('server_encoding'), current_setting('server_version_num')"


async def check_server(engine: AsyncEngine, given: str = "DATABASE_URL") -> None:
    """
    Raise `UsageError` for a PostgreSQL database of an older version than `OLDEST`, one in which text of every script cannot be kept, and one behind a pooler in
    transaction mode; `given` is where its address was given. Raises `StorageError` where the database does not answer.
    """
    if engine.url.get_backend_name() != "postgresql":
        return
    async with engine.connect() as connection:
        encoding, version = (await connection.execute(text(_ASKED))).one()
        direct = await _process(connection) == (await _driver(connection)).info.backend_pid
    if int(version) // 10_000 < OLDEST:
        raise UsageError(
            f"{name(engine.url)} is on PostgreSQL {int(version) // 10_000}, and Paper Round needs {OLDEST} or newer. Upgrade its server (pg_upgrade, or "
            f"pg_dump there and pg_restore on a newer one), or name another one in {given}."
        )
    if encoding != ENCODING:
        raise UsageError(
            f"{name(engine.url)} keeps text as {encoding}, which not every text can be kept in; it has to be {ENCODING}. Make one that is, and name that one in "
            f"{given}: CREATE DATABASE paperround ENCODING '{ENCODING}' LOCALE 'C' TEMPLATE template0"
        )
    if not direct and await _shares_connections(engine):
        raise UsageError(f"{name(engine.url)} {pooled(given)}.")


async def _shares_connections(engine: AsyncEngine) -> bool:
    """
    Whether whoever answers in the server's place gives a transaction another of its connections than the one before it had: then one server process serves
    two connections of ours that are open at once, or one of ours is served by several.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS), engine.connect() as first, engine.connect() as second:
            seen = {await _released(first)}
            # Its transaction stays open, so that no other one can have what serves it.
            seen_beside = await _process(second)
            for _ in range(_ROUNDS):
                if seen_beside in seen or len(seen) > 1:
                    return True
                seen.add(await _released(first))
            await second.rollback()
            for _ in range(_ROUNDS):
                seen.add(await _released(first))
            return len(seen) > 1 or seen_beside in seen
    except TimeoutError:
        return False


async def _released(connection: AsyncConnection) -> int:
    """The server process that serves a transaction of a connection, which ends."""
    process = await _process(connection)
    await connection.rollback()
    return process


async def _process(connection: AsyncConnection) -> int:
    found: int = await connection.scalar(text("SELECT pg_backend_pid()"))
    return found


async def _driver(connection: AsyncConnection) -> Any:
    """The driver's connection. By PostgreSQL's protocol it was told the number of its server process; poolers tell numbers of their own."""
    return (await connection.get_raw_connection()).driver_connection
