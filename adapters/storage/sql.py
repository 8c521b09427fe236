"""SQL helpers of the repositories: upserts, chunked IN lists, the columns of an address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, CursorResult, Executable, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.tables import item_aliases
from bot.model import MessageRef

CHUNK = 8_000
"""Values in one IN list. SQLite takes 32,766 variables in a statement, and a value may be a tuple of three."""

ROWS = 500
"""Rows that are written at once: of the index of words, in which a row costs the most, some seconds' work."""

Value = TypeVar("Value")
AnyInsert = sqlite.Insert | postgresql.Insert


def insert(connection: AsyncConnection | Connection, table: Table) -> AnyInsert:
    """An INSERT that may say ON CONFLICT, in this connection's dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> AnyInsert:
    """
    An INSERT of rows with the same columns, to be run by `execute_rows`. It may say ON CONFLICT, and then no two rows may have one key.

    PostgreSQL gets an array a column, so that the statement is the same for any number of rows, and its plan is kept: 150 rows with a parameter
    for each value took it ten times as long. It takes the locks of rows in their order: where two transactions may write the same rows, give
    them in the order of their keys, or the two wait for each other.
    """
    if connection.dialect.name != "postgresql":
        return sqlite.insert(table)
    columns = [table.c[name] for name in rows[0]]
    arrays = [bindparam(None, [row[one.name] for row in rows], postgresql.ARRAY(one.type)) for one in columns]
    values = func.unnest(*arrays).table_valued(*(one.name for one in columns)).render_derived()
    return postgresql.insert(table).from_select(columns, select(*values.columns))


async def execute_rows(
    connection: AsyncConnection, statement: Executable, rows: Sequence[Mapping[str, Any]]
) -> CursorResult[Any]:
    """Run an `insert_rows`, with the rows it was made of; not without any."""
    return await connection.execute(statement, None if connection.dialect.name == "postgresql" else list(rows))


def chunks(values: Collection[Value], most: int = CHUNK) -> Iterator[list[Value]]:
    """The values in pieces of so many, if not said as many as fit into one statement."""
    rest = iter(values)
    while piece := list(islice(rest, most)):
        yield piece


async def execute_many(connection: AsyncConnection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    """
    Run a write once for each row. Without rows nothing is run: SQLAlchemy would take it for a row of defaults. The driver sends all rows of a piece before it
    reads an answer, so that the bound on a statement (`BoundedConnection`) is one on the piece.
    """
    for piece in chunks(rows, ROWS):
        await connection.execute(statement, piece)


async def canonical(connection: AsyncConnection, keys: Collection[str]) -> dict[str, str]:
    """
    Follow each key through the aliases; a key that is nobody's alias stands for itself.

    One step is enough: `SqlItems.merge` never leaves an alias of an alias behind.
    """
    found = {key: key for key in keys}
    for piece in chunks(found):
        rows = await connection.execute(select(item_aliases).where(item_aliases.c.alias.in_(piece)))
        found.update((row.alias, row.item_key) for row in rows)
    return found


AT_A_TIME = 50
"""Rows that are read without a pause: some three milliseconds' work."""


async def gently(rows: Iterable[Value]) -> AsyncIterator[Value]:
    """Give rows one by one, and the event loop its turn between: reading two thousand entries takes a tenth of a second."""
    for number, row in enumerate(rows, start=1):
        yield row
        if number % AT_A_TIME == 0:
            await asyncio.sleep(0)


def is_at(table: Table, ref: MessageRef) -> tuple[ColumnElement[bool], ...]:
    """The condition that a row of this table bears this address."""
    columns = table.c
    return (
        columns.platform == ref.platform,
        columns.channel_id == ref.channel_id,
        columns.message_id == ref.message_id,
    )


def address(ref: MessageRef) -> dict[str, str]:
    """The address as columns."""
    return {"platform": ref.platform, "channel_id": ref.channel_id, "message_id": ref.message_id}
