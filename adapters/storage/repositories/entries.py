"""Repository of entries and their mentions, written in bulk: four thousand of them are an ordinary collect."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    Unicode,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import content_hash, decode, encode
from adapters.storage.sql import canonical, chunks, execute_many, gently, insert
from adapters.storage.tables import MAY_BE_WITHDRAWN, entries, item_aliases, items, mentions, postings, sources
from bot.model import Entry, Mention, PostingState, StoredEntry, Window
from bot.ports import Batch, Upserted
from bot.ranking.question import Text
from bot.withdrawal import TAG

EntryId = tuple[str, str]
Spoken = tuple[str, StoredEntry, Mention]

_SAME_ENTRY = and_(mentions.c.source_id == entries.c.source_id, mentions.c.external_id == entries.c.external_id)


@dataclass(frozen=True, slots=True)
class _Offer:
    """An entry as it is offered, beside the document and the hash it would be stored with."""

    stored: StoredEntry
    content: str
    hash: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of an entry that is offered again."""

    hash: str
    first_seen: datetime
    backlog: bool
    late: bool


class SqlEntries:
    """`bot.ports.Entries`. The keys of works of which something else is said now go into `touched`, to be indexed again."""

    def __init__(self, connection: AsyncConnection, touched: set[str] | None = None) -> None:
        self._connection = connection
        self._touched = set() if touched is None else touched

    async def store(self, batches: Sequence[Batch]) -> dict[str, Upserted]:
        offers = {_id(stored): _offer(stored) for batch in batches for stored in batch.entries}
        known = await self._known(offers)
        new = offers.keys() - known.keys()
        changed = {key for key in known if known[key].hash != offers[key].hash}
        # Sorted, so that two writers on PostgreSQL lock the rows in one order and cannot wait for each other.
        written = {key: _kept(offers[key], known.get(key)) for key in sorted(new | changed)}
        await self._write_entries(written.values())
        await self._forget_mentions(changed)
        await self._write_mentions(batches, {key: offer.stored for key, offer in written.items()})
        return {batch.source_id: _upserted(batch.source_id, new, changed) for batch in batches}

    async def between(self, window: Window) -> list[Spoken]:
        at = mentions.c.at
        spoken_of = (
            select(mentions.c.item_key)
            .join(entries, _SAME_ENTRY)
            .where(at >= window.start, at < window.end, entries.c.backlog.is_(False))
        )
        return await self._spoken(mentions.c.item_key.in_(spoken_of), at < window.end, entries.c.backlog.is_(False))

    async def speakers(self, asked: Collection[EntryId]) -> dict[EntryId, frozenset[str]]:
        keys = await canonical(self._connection, {key for _, key in asked})
        columns = mentions.c
        found: dict[EntryId, set[str]] = {}
        for piece in chunks(sorted({(source_id, keys[key]) for source_id, key in asked})):
            speak = tuple_(columns.source_id, columns.item_key).in_(piece)
            query = select(columns.source_id, columns.item_key, columns.external_id).where(
                columns.direct.is_(True), speak
            )
            for source_id, key, external_id in await self._connection.execute(query):
                found.setdefault((source_id, key), set()).add(external_id)
        pairs = {pair: found.get((pair[0], keys[pair[1]])) for pair in asked}
        return {pair: frozenset(entries) for pair, entries in pairs.items() if entries}

    async def texts(self, window: Window, most: int) -> list[Text]:
        columns, at = mentions.c, func.min(mentions.c.at).label("first")
        inside = (columns.direct.is_(True), columns.at < window.end, entries.c.backlog.is_(False))
        latest = (
            select(columns.item_key, at)
            .join(entries, _SAME_ENTRY)
            .where(*inside, columns.at >= window.start)
            .group_by(columns.item_key)
            .order_by(at.desc(), columns.item_key)
            .limit(most)
            .subquery()
        )
        query = (
            select(latest.c.item_key, latest.c.first, entries.c.content)
            .join_from(latest, mentions, columns.item_key == latest.c.item_key)
            .join(entries, _SAME_ENTRY)
            .where(*inside, columns.at >= window.start)
            .order_by(latest.c.first.desc(), latest.c.item_key, columns.source_id, columns.external_id)
        )
        rows = [(key, first.date(), content) for key, first, content in (await self._connection.execute(query)).all()]
        # Reading twenty thousand documents takes a second: in a thread, so that whoever reacts meanwhile is heard.
        return await asyncio.to_thread(_texts, rows)

    async def revision(self) -> str:
        # What a source says or takes back changes their number, or what is stored of the source, which is asked for it. When the newest was seen
        # would need the table itself: a year of entries takes 25 ms to pass, and each digest asks.
        told = sorted(map(tuple, await self._connection.execute(_REVISION)))
        return hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()

    async def counts(self) -> dict[str, int]:
        query = select(entries.c.source_id, func.count().label("entries")).group_by(entries.c.source_id)
        rows = await self._connection.execute(query)
        return {row.source_id: row.entries for row in rows}

    async def of_items(self, keys: Collection[str]) -> list[Spoken]:
        wanted = set((await canonical(self._connection, keys)).values())
        found = [await self._spoken(mentions.c.item_key.in_(piece)) for piece in chunks(sorted(wanted))]
        return [one for piece in found for one in piece]

    async def withdrawn(self, since: datetime) -> set[str]:
        rows = await self._connection.execute(WITHDRAWN_SINCE_SENT, {"since": since})
        return {row.item_key for row in rows if TAG in decode(Entry, row.content).tags}

    async def seen_after(self, instant: datetime, window: Window) -> set[str]:
        query = (
            select(mentions.c.item_key)
            .distinct()
            .join(entries, _SAME_ENTRY)
            .where(
                mentions.c.at >= window.start,
                mentions.c.at < window.end,
                entries.c.first_seen > instant,
                entries.c.backlog.is_(False),
            )
        )
        return set(await self._connection.scalars(query))

    async def newest(self, source_ids: Collection[str], most: int) -> dict[str, list[Entry]]:
        columns = entries.c
        found: dict[str, list[Entry]] = {}
        for source_id in sorted(source_ids):
            query = select(columns.content).where(columns.source_id == source_id).limit(most)
            rows = await self._connection.execute(
                query.order_by(columns.published.desc().nulls_last(), columns.external_id)
            )
            if said := [decode(Entry, row.content) for row in rows]:
                found[source_id] = said
        return found

    async def _known(self, offers: Collection[EntryId]) -> dict[EntryId, _Known]:
        columns = entries.c
        query = select(
            columns.source_id, columns.external_id, columns.hash, columns.first_seen, columns.backlog, columns.late
        )
        found: dict[EntryId, _Known] = {}
        for piece in chunks(offers):
            same = tuple_(columns.source_id, columns.external_id).in_(piece)
            for source_id, external_id, *rest in await self._connection.execute(query.where(same)):
                found[source_id, external_id] = _Known(*rest)
        return found

    async def _write_entries(self, offers: Iterable[_Offer]) -> None:
        statement = insert(self._connection, entries)
        upsert = statement.on_conflict_do_update(
            index_elements=list(entries.primary_key.columns),
            set_={column: statement.excluded[column] for column in ("hash", "published", "content")},
        )
        await execute_many(self._connection, upsert, [_entry_row(offer) for offer in offers])

    async def _forget_mentions(self, changed: Collection[EntryId]) -> None:
        """An entry that says something else may speak of something else: its mentions are replaced."""
        forget = delete(mentions).where(
            mentions.c.source_id == bindparam("of_source"), mentions.c.external_id == bindparam("of_entry")
        )
        rows = [{"of_source": source_id, "of_entry": external_id} for source_id, external_id in sorted(changed)]
        for piece in chunks(sorted(changed)):
            spoke = tuple_(mentions.c.source_id, mentions.c.external_id).in_(piece)
            self._touched |= set(await self._connection.scalars(select(mentions.c.item_key).where(spoke)))
        await execute_many(self._connection, forget, rows)

    async def _write_mentions(self, batches: Sequence[Batch], written: Mapping[EntryId, StoredEntry]) -> None:
        made = [one for batch in batches for one in batch.mentions if (one.source_id, one.external_id) in written]
        keys = await canonical(self._connection, {mention.key for mention in made})
        titles = {keys[key]: title for batch in batches for key, title in batch.titles.items() if key in keys}
        rows = _mention_rows(made, keys, written)
        self._touched |= {row["item_key"] for row in rows}
        await self._write_items(rows, titles, written)
        statement = insert(self._connection, mentions)
        upsert = statement.on_conflict_do_update(
            index_elements=list(mentions.primary_key.columns),
            set_={column: statement.excluded[column] for column in ("at", "url", "title", "direct", "quote")},
        )
        await execute_many(self._connection, upsert, rows)

    async def _write_items(
        self, rows: Iterable[Mapping[str, Any]], titles: Mapping[str, str], written: Mapping[EntryId, StoredEntry]
    ) -> None:
        made: dict[str, dict[str, Any]] = {}
        for row in rows:
            key, seen = row["item_key"], written[row["source_id"], row["external_id"]].first_seen
            item = made.setdefault(key, {"key": key, "title": titles.get(key, row["title"]), "first_seen": seen})
            item["first_seen"] = min(item["first_seen"], seen)
        statement = insert(self._connection, items).on_conflict_do_nothing()
        await execute_many(self._connection, statement, list(made.values()))

    async def _spoken(self, *conditions: ColumnElement[bool]) -> list[Spoken]:
        """Each entry is fetched and read once, however many mentions it makes: a newsletter makes dozens."""
        columns = entries.c
        texts = select(
            columns.source_id, columns.external_id, columns.content, columns.first_seen, columns.backlog, columns.late
        )
        # IN, not EXISTS: SQLite then finds the mentions first, and that is forty times quicker.
        speakers = select(mentions.c.source_id, mentions.c.external_id).join(entries, _SAME_ENTRY).where(*conditions)
        spoke = tuple_(columns.source_id, columns.external_id).in_(speakers.correlate(None))
        said = {}
        async for row in gently(await self._connection.execute(texts.where(spoke))):
            entry = decode(Entry, row.content)
            stored = StoredEntry(entry=entry, first_seen=row.first_seen, backlog=row.backlog, late=row.late)
            said[row.source_id, row.external_id] = stored
        query = select(mentions).join(entries, _SAME_ENTRY).where(*conditions)
        order = (mentions.c.item_key, mentions.c.at, mentions.c.source_id, mentions.c.external_id)
        found = [_mention(row) async for row in gently(await self._connection.execute(query.order_by(*order)))]
        return [(mention.key, said[mention.source_id, mention.external_id], mention) for mention in found]


WITHDRAWN_SINCE_SENT: Final = (
    select(mentions.c.item_key, entries.c.content)
    .join_from(entries, mentions, _SAME_ENTRY)
    .where(
        # IN, so that SQLite, which has no statistics here, begins with the index of these few and not with all mentions.
        tuple_(mentions.c.source_id, mentions.c.external_id).in_(
            select(entries.c.source_id, entries.c.external_id).where(MAY_BE_WITHDRAWN).correlate(None)
        ),
        mentions.c.direct.is_(True),
        exists().where(
            postings.c.item_key == mentions.c.item_key,
            postings.c.state == PostingState.POSTED.value,
            postings.c.attempted_at >= bindparam("since"),
        ),
    )
)
"""The query for what may say that a work was withdrawn that was sent since: it goes from the few entries that say so to their works, and to the messages."""


def _unasked() -> Select[tuple[str]]:
    """
    Select the sources that entries are of and nobody asks. From each to the next by the index (a loose index scan), for neither database looks
    for the distinct ones of a hundred thousand rows in that way by itself.
    """
    found = select(func.min(entries.c.source_id).label("id")).cte("of_entries", recursive=True)
    following = (
        select(func.min(entries.c.source_id)).where(entries.c.source_id > found.c.id).correlate(found).scalar_subquery()
    )
    found = found.union_all(select(following).where(found.c.id.is_not(None)))
    return select(found.c.id).where(found.c.id.is_not(None), found.c.id.not_in(select(sources.c.id)))


def _revision() -> CompoundSelect[tuple[str, str, str]]:
    """Select what is another row, or has one more, as soon as anything is said or taken back."""
    counted = [
        select(literal(name), literal(""), cast(select(func.count()).select_from(table).scalar_subquery(), Unicode))
        for name, table in (("entries", entries), ("aliases", item_aliases))
    ]
    asked = select(literal("asked"), sources.c.id, sources.c.content)
    # What nobody asks for (a proposal) tells by itself.
    unasked = select(literal("unasked"), entries.c.external_id, entries.c.hash).where(
        entries.c.source_id.in_(_unasked())
    )
    return union_all(*counted, asked, unasked)


_REVISION: Final = _revision()


def _texts(rows: Iterable[tuple[str, date, str]]) -> list[Text]:
    """Read documents as texts; of those of one key the longest abstract counts."""
    found: dict[str, Text] = {}
    for key, day, content in rows:
        said = json.loads(content)
        text = Text.said(key, said["title"], said["abstract"], said["authors"], said["tags"], day)
        if key not in found or len(text.abstract) > len(found[key].abstract):
            found[key] = text
    return list(found.values())


def _id(stored: StoredEntry) -> EntryId:
    return stored.entry.source_id, stored.entry.external_id


def _offer(stored: StoredEntry) -> _Offer:
    content = encode(stored.entry)
    return _Offer(stored, content, content_hash(content))


def _kept(offer: _Offer, known: _Known | None) -> _Offer:
    """The offer with the `first_seen`, `backlog` and `late` that count: those of the first time."""
    if known is None:
        return offer
    first = replace(offer.stored, first_seen=known.first_seen, backlog=known.backlog, late=known.late)
    return replace(offer, stored=first)


def _upserted(source_id: str, new: Iterable[EntryId], changed: Iterable[EntryId]) -> Upserted:
    return Upserted(new=frozenset(_of(source_id, new)), changed=frozenset(_of(source_id, changed)))


def _of(source_id: str, keys: Iterable[EntryId]) -> Iterator[str]:
    return (external_id for owner, external_id in keys if owner == source_id)


def _entry_row(offer: _Offer) -> dict[str, Any]:
    stored = offer.stored
    return {
        "source_id": stored.entry.source_id,
        "external_id": stored.entry.external_id,
        "hash": offer.hash,
        "published": stored.entry.published,
        "first_seen": stored.first_seen,
        "backlog": stored.backlog,
        "late": stored.late,
        "content": offer.content,
    }


def _mention_rows(
    made: Iterable[Mention], keys: Mapping[str, str], written: Mapping[EntryId, StoredEntry]
) -> list[dict[str, Any]]:
    """One row for each item an entry speaks of. Where two of its mentions fold into one, the direct one stays."""
    folded: dict[tuple[str, EntryId], Mention] = {}
    for mention in made:
        place = keys[mention.key], (mention.source_id, mention.external_id)
        if place not in folded or (mention.direct and not folded[place].direct):
            folded[place] = mention
    return [_mention_row(key, folded[key, entry], written[entry]) for key, entry in sorted(folded)]


def _mention_row(key: str, mention: Mention, stored: StoredEntry) -> dict[str, Any]:
    return {
        "item_key": key,
        "source_id": mention.source_id,
        "external_id": mention.external_id,
        "at": stored.at,
        "url": mention.url,
        "title": mention.title,
        "direct": mention.direct,
        "quote": mention.quote,
    }


def _mention(row: Row[Any]) -> Mention:
    return Mention(
        key=row.item_key,
        source_id=row.source_id,
        external_id=row.external_id,
        at=row.at,
        url=row.url,
        title=row.title,
        direct=row.direct,
        quote=row.quote,
    )
