"""
Writer of the full-text index: makes the documents of works from what is stored of them, and keeps both tables of words to it.

Words are stored as we cut them, and not as FTS5 or PostgreSQL would, so that both databases find the same (`search_expressions`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import content_hash, decode
from adapters.storage.repositories.entries import SqlEntries
from adapters.storage.repositories.search_expressions import columns, vector, words_of
from adapters.storage.repositories.sources import SqlSourceSettings
from adapters.storage.repositories.triage import SqlSummaries
from adapters.storage.repositories.work import SqlNotes
from adapters.storage.sql import canonical, chunks, execute_many, gently, insert
from adapters.storage.tables import digests, items, picks, search_documents, summaries
from bot.channel_sources import OWN_BEFORE, own_sources
from bot.dedupe import Row
from bot.model import Digest, Item, Summary
from bot.search_documents import PUBLIC, SearchDocument, documents

_AT_ONCE: Final = 400
"""Works that are indexed in one go: their entries are held in memory."""

_FORM: Final = "pairs"
"""Is in the hash of what PostgreSQL holds, so that documents of before it had pairs are written again."""

_LOCK: Final = 7_234_018
_LOCKS: Final = 64
_HOLD: Final = """
SELECT pg_advisory_xact_lock(:lock, number) FROM (
    SELECT DISTINCT mod(hashtext(key) & 2147483647, :locks) AS number FROM unnest(CAST(:keys AS text[])) AS wanted (key) ORDER BY number
) AS numbers
"""
"""Takes the locks of these works, in the order of their numbers."""

_INSERT_SQLITE: Final = (
    "INSERT INTO {table} (rowid, scope, title, words, people, said, abstract)"
    " VALUES (:id, :scope, :title, :words, :people, :said, :abstract)"
)
_INSERT_POSTGRESQL: Final = (
    "INSERT INTO {table} (id, vector, pairs) VALUES (:id, CAST(:vector AS tsvector), CAST(:pairs AS int[]))"
)


class SearchIndex:
    """The index as it is written: `refresh` and `keys_after` of `bot.ports.Search`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"

    async def refresh(self, keys: Collection[str]) -> None:
        canon = await canonical(self._connection, keys)
        # What is an alias by now leaves the index; what it became is looked at instead.
        wanted = sorted({*canon.values(), *keys})
        await self._hold(wanted)
        for start in range(0, len(wanted), _AT_ONCE):
            await self._refresh(wanted[start : start + _AT_ONCE])

    async def picked(self, channel: str, keys: Collection[str]) -> None:
        """
        Index works for a channel whose digest has just picked them, as far as no source speaks of them to everybody.

        Nothing else follows from a digest. To look at how other channels' digests froze a work, as `refresh` does, would cost each of ten
        thousand channels that pick one classic in a week the more, the more of them did before.
        """
        rows, own = await self._spoken(keys)
        alone = [key for key in sorted(keys) if not _is_public(rows.get(key, ()), own)]
        if not alone:
            return
        await self._hold(alone)
        await self._refresh_in({(channel, key) for key in alone}, rows, own)

    async def written(self, places: Collection[tuple[str, str]]) -> None:
        """
        Index works for channels in which words on them were added or taken away; `places` are pairs of a channel and a key.

        Those words are in no other document: where thousands of channels wrote of a work, `refresh` would look at all of theirs.
        """
        canon = await canonical(self._connection, {key for _, key in places})
        wanted = {(channel, canon[key]) for channel, key in places}
        keys = sorted({key for _, key in wanted})
        await self._hold(keys)
        for piece in chunks(keys):
            rows, own = await self._spoken(piece)
            await self._refresh_in({one for one in wanted if one[1] in set(piece)}, rows, own)

    async def _refresh_in(
        self, places: Collection[tuple[str, str]], rows: Mapping[str, Sequence[Row]], own: Collection[str]
    ) -> None:
        """Write the documents of works in channels again, of which `rows` tell what sources said."""
        keys = sorted({key for _, key in places})
        channels = sorted({channel for channel, _ in places})
        frozen = await self._frozen([key for key in keys if not _is_public(rows.get(key, ()), own)], channels)
        written: dict[str, list[Summary]] = defaultdict(list)
        for summary in await SqlSummaries(self._connection).of_items(keys, channels):
            written[summary.item_key].append(summary)
        made = (
            document
            for key in keys
            for document in documents(key, rows.get(key, ()), frozen.get(key, {}), written.get(key, ()), own)
            if (document.scope, key) in places
        )
        await self._replace(keys, made, places)

    async def _spoken(self, keys: Collection[str]) -> tuple[dict[str, list[Row]], frozenset[str]]:
        """What sources said of these works, by key, and which of the sources are channels' own."""
        spoken: dict[str, list[Row]] = defaultdict(list)
        for row in await SqlEntries(self._connection).of_items(keys):
            spoken[row[0]].append(row)
        notes = SqlNotes(self._connection)
        own = own_sources((await SqlSourceSettings(self._connection).all()).values(), await notes.get(OWN_BEFORE))
        return spoken, frozenset(own)

    async def _hold(self, keys: Sequence[str]) -> None:
        """
        Let nobody else write the documents of these works before our commit; on SQLite nobody does.

        On PostgreSQL two digests that were frozen at once with one work would both find its document missing and write it, and what one of them
        brought would be missing from the other's. Works share a few locks, taken in one order, since each lock takes room in the server.
        """
        if self._postgresql and keys:
            await self._connection.execute(text(_HOLD), {"keys": list(keys), "lock": _LOCK, "locks": _LOCKS})

    async def keys_after(self, key: str, most: int) -> list[str]:
        columns = (items.c.key, picks.c.item_key, summaries.c.item_key)
        known = union(*(select(column.label("key")).where(column > key) for column in columns)).subquery()
        return list(await self._connection.scalars(select(known.c.key).order_by(known.c.key).limit(most)))

    async def _refresh(self, keys: Sequence[str]) -> None:
        spoken, own = await self._spoken(keys)
        written: dict[str, list[Summary]] = defaultdict(list)
        for summary in await SqlSummaries(self._connection).of_items(keys):
            written[summary.item_key].append(summary)
        frozen = await self._frozen([key for key in keys if not _is_public(spoken.get(key, ()), own)])
        made = (
            document
            for key in keys
            for document in documents(key, spoken.get(key, ()), frozen.get(key, {}), written.get(key, ()), own)
        )
        await self._replace(keys, made)

    async def _frozen(
        self, keys: Collection[str], channels: Collection[str] | None = None
    ) -> dict[str, dict[str, Item]]:
        """How digests froze these works, by key and channel: the latest of each channel, or of these alone."""
        if not keys:
            return {}
        known = await canonical(self._connection, keys)
        query = (
            select(picks.c.item_key, picks.c.rank, digests.c.channel, digests.c.week, digests.c.content)
            .join(digests, (digests.c.channel == picks.c.channel) & (digests.c.week == picks.c.week))
            .where(picks.c.item_key.in_(set(known.values())))
            .order_by(digests.c.week, digests.c.channel)
        )
        if channels is not None:
            query = query.where(picks.c.channel.in_(channels))
        found: dict[str, dict[str, Item]] = defaultdict(dict)
        read: dict[tuple[str, str], Digest] = {}
        for row in await self._connection.execute(query):
            place = row.channel, row.week
            if place not in read:
                read = {place: decode(Digest, row.content)}  # rows of one digest follow one another
            pick = next((one for one in read[place].picks if one.rank == row.rank), None)
            if pick:
                found[row.item_key][row.channel] = pick.item
        return found

    async def _replace(
        self, keys: Sequence[str], made: Iterable[SearchDocument], places: Collection[tuple[str, str]] | None = None
    ) -> None:
        """Make the index hold these documents of these works, in all scopes or in `places` (scope, key), and no others; one that is as it was is left alone."""
        table = search_documents.c
        scopes = [] if places is None else [table.scope.in_({scope for scope, _ in places})]
        here = [table.item_key.in_(keys), *scopes]
        rows = await self._connection.execute(select(search_documents).where(*here))
        known = {
            (row.item_key, row.scope): row for row in rows if places is None or (row.scope, row.item_key) in places
        }
        new: list[tuple[SearchDocument, Mapping[str, list[list[str]]], str]] = []
        stale = dict(known)
        # Folding and cutting takes half a millisecond a work: the event loop has its turn between.
        async for one in gently(made):
            words = words_of(one)
            hashed = content_hash(json.dumps([words, one.has_code, *([_FORM] if self._postgresql else [])]))
            if (there := known.get((one.item_key, one.scope))) and there.hash == hashed:
                del stale[one.item_key, one.scope]
            else:
                new.append((one, words, hashed))
        gone = [row.id for row in stale.values()]
        if gone:
            # On PostgreSQL the words go with their document.
            for name in () if self._postgresql else ("search_words", "search_team_words"):
                await self._connection.execute(text(f"DELETE FROM {name} WHERE rowid = :id"), [{"id": n} for n in gone])
            for piece in chunks(gone):
                await self._connection.execute(delete(search_documents).where(table.id.in_(piece)))
        if not new:
            return
        # One that changes keeps its number, which tells what is new.
        values = [
            {"item_key": one.item_key, "scope": one.scope, "has_code": one.has_code, "hash": hashed}
            | ({"id": stale[one.item_key, one.scope].id} if (one.item_key, one.scope) in stale else {})
            for one, _, hashed in new
        ]
        for numbered in (True, False):
            if piece := [row for row in values if ("id" in row) is numbered]:
                await self._connection.execute(insert(self._connection, search_documents), piece)
        rows = await self._connection.execute(select(table.id, table.item_key, table.scope).where(*here))
        ids = {(row.item_key, row.scope): row.id for row in rows}
        insertion = _INSERT_POSTGRESQL if self._postgresql else _INSERT_SQLITE
        render = vector if self._postgresql else columns
        for name, public in (("search_words", True), ("search_team_words", False)):
            piece = [
                {"id": ids[one.item_key, one.scope], **render(one.scope, words)}
                for one, words, _ in new
                if (one.scope == PUBLIC) is public
            ]
            await execute_many(self._connection, text(insertion.format(table=name)), piece)


def _is_public(rows: Iterable[Row], own: Collection[str]) -> bool:
    """Whether a source that is no channel's own speaks of a work."""
    return any(row[2].direct and row[1].entry.source_id not in own for row in rows)
