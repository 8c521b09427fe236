"""Repository of retention: what is dropped after a time, where an operator says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import and_, column, delete, exists, func, or_, select, table, tuple_, update
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

_BOARD: Final = tuple(table(name, column("at", Instant)) for name in ("board_reactions", "board_replies"))
"""Where the local channel, which is its own platform, keeps what people did: `adapters.web.channel.board` makes these tables."""


class SqlRetention:
    """
    `bot.ports.Retention`. The keys of works of which less is known now go into `touched`, and of those on which words of a channel are gone into
    `written` with the channel, to be indexed again.
    """

    def __init__(
        self,
        connection: AsyncConnection,
        touched: set[str] | None = None,
        written: set[tuple[str, str]] | None = None,
    ) -> None:
        self._connection = connection
        self._touched = set() if touched is None else touched
        self._written = set() if written is None else written

    async def trim_entries(self, before: datetime, most: int) -> int:
        # Asked of each entry's own works, by their index: read whole, the picks and postings of thousands of channels are millions.
        key = mentions.c.item_key
        kept = or_(
            exists().where(picks.c.item_key == key),
            exists().where(postings.c.item_key == key),
            exists().where(summaries.c.item_key == key),
            key.in_(
                select(func.coalesce(item_aliases.c.item_key, tastes.c.item_key)).select_from(
                    tastes.outerjoin(item_aliases, item_aliases.c.alias == tastes.c.item_key)
                )
            ),
        )
        spoke_of_it = exists().where(
            mentions.c.source_id == entries.c.source_id, mentions.c.external_id == entries.c.external_id, kept
        )
        # What is trimmed already has no text of its own left.
        full = or_(
            entries.c.content.not_like('%"abstract":"",%'),
            entries.c.content.not_like('%"links":[],%'),
            entries.c.content.not_like('%"brief":"",%'),
        )
        query = select(entries).where(entries.c.first_seen < before, full, ~spoke_of_it)
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

    async def drop_acts(self, before: datetime, most: int) -> int:
        old = select(*summaries.primary_key, summaries.c.channel, summaries.c.item_key).where(summaries.c.at < before)
        gone = (await self._connection.execute(old.order_by(summaries.c.at).limit(most))).all()
        self._written |= {(row.channel, row.item_key) for row in gone}
        for row in gone:
            for theirs in (summary_history, summaries):
                address = (theirs.c.platform, theirs.c.channel_id, theirs.c.message_id)
                here = [column == value for column, value in zip(address, row[:3], strict=True)]
                await self._connection.execute(delete(theirs).where(*here))
        rows = len(gone)
        for ours in (reactions, presses, card_requests):
            key = tuple_(*ours.primary_key)
            few = select(*ours.primary_key).where(ours.c.at < before).order_by(ours.c.at).limit(most)
            rows += (await self._connection.execute(delete(ours).where(key.in_(few)))).rowcount
        for kept in _BOARD:
            await self._connection.execute(delete(kept).where(kept.c.at < before))
        return rows
