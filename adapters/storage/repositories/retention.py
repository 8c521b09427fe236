"""Repository of retention: what is dropped after a time, where an operator says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    TableClause,
    and_,
    column,
    delete,
    exists,
    literal,
    literal_column,
    or_,
    select,
    table,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.tables import (
    Instant,
    card_requests,
    entries,
    item_aliases,
    mentions,
    picks,
    postings,
    presses,
    reactions,
    summaries,
    summary_history,
    tastes,
)
from bot.model import Entry
from bot.ports.people import EntryId

_BOARD: Final = tuple(table(name, column("at", Instant)) for name in ("board_reactions", "board_replies"))
"""Where the local channel, which is its own platform, keeps what people did: `adapters.web.channel.board` makes these tables."""


LOOKED_AT: Final = 2_000
"""Entries that are looked at in one statement, so that nobody waits for long where hardly any is to be trimmed."""

_PLACE_COLUMNS: Final = (entries.c.source_id, entries.c.external_id)
_PLACE: Final = tuple_(*_PLACE_COLUMNS)


class SqlRetention:
    """`bot.ports.Retention`. The keys of works of which less is known now go into `touched`, to be indexed again."""

    def __init__(self, connection: AsyncConnection, touched: set[str] | None = None) -> None:
        self._connection = connection
        self._touched = set() if touched is None else touched

    async def trim_entries(self, before: datetime, after: EntryId, most: int) -> tuple[int, EntryId | None]:
        behind = tuple_(literal(after[0]), literal(after[1])) < _PLACE
        last = select(entries.c.source_id, entries.c.external_id).where(behind).order_by(*_PLACE_COLUMNS)
        end = (await self._connection.execute(last.offset(LOOKED_AT - 1).limit(1))).first()
        query = select(entries).where(behind, entries.c.first_seen < before, _FULL, ~_KEPT)
        if end is not None:
            query = query.where(tuple_(literal(end.source_id), literal(end.external_id)) >= _PLACE)
        rows = (await self._connection.execute(query.order_by(*_PLACE_COLUMNS).limit(most))).all()
        for row in rows:
            entry = replace(decode(Entry, row.content), abstract="", links=(), brief="")
            here = and_(entries.c.source_id == row.source_id, entries.c.external_id == row.external_id)
            # Its hash stays: an entry that is offered again as it was is no news.
            await self._connection.execute(update(entries).where(here).values(content=encode(entry)))
            spoken = and_(mentions.c.source_id == row.source_id, mentions.c.external_id == row.external_id)
            self._touched |= set(await self._connection.scalars(select(mentions.c.item_key).where(spoken)))
            await self._connection.execute(update(mentions).where(spoken).values(quote=""))
        if len(rows) == most:
            return most, (rows[-1].source_id, rows[-1].external_id)
        return len(rows), None if end is None else (end.source_id, end.external_id)

    async def drop_acts(self, before: datetime, most: int) -> int:
        rows = await self._drop_summaries(before, most)
        for table_ in (reactions, presses, card_requests, *_BOARD):
            rows += await self._drop(table_, before, most - rows)
        return rows

    async def _drop_summaries(self, before: datetime, most: int) -> int:
        address = (summaries.c.platform, summaries.c.channel_id, summaries.c.message_id)
        query = select(*address, summaries.c.item_key).where(summaries.c.at < before).limit(most)
        found = (await self._connection.execute(query)).all()
        if not found:
            return 0
        gone = [tuple(row[:3]) for row in found]
        theirs = tuple_(summary_history.c.platform, summary_history.c.channel_id, summary_history.c.message_id)
        await self._connection.execute(delete(summary_history).where(theirs.in_(gone)))
        await self._connection.execute(delete(summaries).where(tuple_(*address).in_(gone)))
        self._touched |= {row.item_key for row in found}
        return len(found)

    async def _drop(self, ours: TableClause, before: datetime, most: int) -> int:
        """Delete at most so many old rows of a table; give how many. No index has their instants: those that are found first are as good as others."""
        if most <= 0:
            return 0
        row: ColumnElement[str] = literal_column("ctid" if self._connection.dialect.name == "postgresql" else "rowid")
        old = select(row).select_from(ours).where(ours.c.at < before).limit(most)
        return (await self._connection.execute(delete(ours).where(row.in_(old)))).rowcount


def _is_kept() -> ColumnElement[bool]:
    """An entry speaks of a work that was sent, written about or marked: asked work by work, by the index of each, and not of all that was ever sent."""
    work = mentions.c.item_key
    # A taste is kept under the key that its work had then.
    marked_before = item_aliases.join(tastes, tastes.c.item_key == item_aliases.c.alias)
    speaks_of = or_(
        exists().where(picks.c.item_key == work),
        exists().where(postings.c.item_key == work),
        exists().where(summaries.c.item_key == work),
        exists().where(tastes.c.item_key == work),
        exists().select_from(marked_before).where(item_aliases.c.item_key == work),
    )
    same = and_(mentions.c.source_id == entries.c.source_id, mentions.c.external_id == entries.c.external_id)
    return exists().where(same, speaks_of)


_KEPT: Final = _is_kept()

_FULL: Final = or_(
    entries.c.content.not_like('%"abstract":"",%'),
    entries.c.content.not_like('%"links":[],%'),
    entries.c.content.not_like('%"brief":"",%'),
)
"""What is trimmed already has no text of its own left."""
