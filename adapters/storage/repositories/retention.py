"""Repository of retention: what is dropped after a time, where an operator says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import and_, column, delete, or_, select, table, tuple_, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import decode, encode
from adapters.storage.sql import canonical
from adapters.storage.tables import (
    Instant,
    card_requests,
    entries,
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

_BOARD: Final = tuple(table(name, column("at", Instant)) for name in ("board_reactions", "board_replies"))
"""Where the local channel, which is its own platform, keeps what people did: `adapters.web.channel.board` makes these tables."""


class SqlRetention:
    """`bot.ports.Retention`. The keys of works of which less is known now go into `touched`, to be indexed again."""

    def __init__(self, connection: AsyncConnection, touched: set[str] | None = None) -> None:
        self._connection = connection
        self._touched = set() if touched is None else touched

    async def trim_entries(self, before: datetime, most: int) -> int:
        liked = await canonical(self._connection, set(await self._connection.scalars(select(tastes.c.item_key))))
        kept = union(
            select(picks.c.item_key),
            select(postings.c.item_key).where(postings.c.item_key.is_not(None)),
            select(summaries.c.item_key),
        ).subquery()
        spoke_of_it = select(mentions.c.source_id, mentions.c.external_id).where(
            or_(mentions.c.item_key.in_(select(kept.c[0])), mentions.c.item_key.in_(sorted(liked.values())))
        )
        place = tuple_(entries.c.source_id, entries.c.external_id)
        # What is trimmed already has no text of its own left.
        full = or_(
            entries.c.content.not_like('%"abstract":"",%'),
            entries.c.content.not_like('%"links":[],%'),
            entries.c.content.not_like('%"brief":"",%'),
        )
        query = select(entries).where(entries.c.first_seen < before, full, place.not_in(spoke_of_it))
        rows = (await self._connection.execute(query.order_by(entries.c.first_seen).limit(most))).all()
        for row in rows:
            entry = replace(decode(Entry, row.content), abstract="", links=(), brief="")
            here = and_(entries.c.source_id == row.source_id, entries.c.external_id == row.external_id)
            # Its hash stays: an entry that is offered again as it was is no news.
            await self._connection.execute(update(entries).where(here).values(content=encode(entry)))
            spoken = and_(mentions.c.source_id == row.source_id, mentions.c.external_id == row.external_id)
            self._touched |= set(await self._connection.scalars(select(mentions.c.item_key).where(spoken)))
            await self._connection.execute(update(mentions).where(spoken).values(quote=""))
        return len(rows)

    async def drop_acts(self, before: datetime) -> int:
        old = summaries.c.at < before
        self._touched |= set(await self._connection.scalars(select(summaries.c.item_key).where(old)))
        address = (summaries.c.platform, summaries.c.channel_id, summaries.c.message_id)
        theirs = tuple_(summary_history.c.platform, summary_history.c.channel_id, summary_history.c.message_id)
        await self._connection.execute(delete(summary_history).where(theirs.in_(select(*address).where(old))))
        rows = 0
        for ours in (summaries, reactions, presses, card_requests):
            rows += (await self._connection.execute(delete(ours).where(ours.c.at < before))).rowcount
        for kept in _BOARD:
            await self._connection.execute(delete(kept).where(kept.c.at < before))
        return rows
