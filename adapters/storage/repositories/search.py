"""
Repository of the full-text index: SQLite's FTS5, PostgreSQL's tsvector, with the same words in both (`bot.search.tokens`).

Neither parser is used: words are stored as we cut them, so that both databases find the same, in any script. The scope of a document
is a word of its own, which no text can hold: what a reader may not read is left out by the index itself. What a common word finds is
ranked among the newest of each kind only, since to weigh 60,000 documents takes SQLite 100 ms and PostgreSQL a second.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import delete, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import content_hash, decode
from adapters.storage.repositories.entries import SqlEntries
from adapters.storage.repositories.triage import SqlSummaries
from adapters.storage.sql import canonical, chunks, insert
from adapters.storage.tables import digests, items, picks, search_documents, summaries
from bot.dedupe import Row
from bot.model import Digest, Item, Summary
from bot.ports import SearchQuestion
from bot.search.query import Term
from bot.search.tokens import tokens
from bot.search_documents import PUBLIC, SearchDocument, documents

_LOOKED_AT: Final = 2_000
"""How many of the newest documents that match are weighed."""

_BREAK: Final = "·"
"""Stands between two texts of a field, so that no phrase reaches from one into the other. No token holds it."""

_AT_ONCE: Final = 400
"""Works that are indexed in one go: their entries are held in memory."""

_FURTHEST: Final = 16_000
"""PostgreSQL counts the places of words up to 16,383."""

_FIELDS: Final = ("title", "words", "people", "said", "abstract")
_IN_TEXT: Final = "{title words people said abstract}"
"""FTS5's name for all fields but the scope."""

_LETTERS: Final = {"title": "A", "words": "B", "people": "C", "said": "C", "abstract": "D"}


class SqlSearch:
    """`bot.ports.Search`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"

    async def find(self, question: SearchQuestion, readable: Collection[str], most: int, skip: int = 0) -> list[str]:
        limits = {"most": most, "skip": skip}
        scopes = [PUBLIC, *sorted(readable)]
        where, values = self._filters(question, scopes)
        wanted = [term for term in question.terms if not term.without]
        if not wanted:
            statement = _LATEST.replace("{where}", where)
        elif where:
            statement = self._filtered().replace("{where}", where)
        else:
            statement = self._ranked()
        if wanted:
            values |= self._expressions(wanted, scopes)
        rows = await self._connection.execute(text(statement), {**values, **limits})
        return [row.item_key for row in rows]

    async def refresh(self, keys: Collection[str]) -> None:
        canon = await canonical(self._connection, keys)
        # What is an alias by now leaves the index; what it became is looked at instead.
        wanted = sorted({*canon.values(), *keys})
        for start in range(0, len(wanted), _AT_ONCE):
            await self._refresh(wanted[start : start + _AT_ONCE])

    async def keys_after(self, key: str, most: int) -> list[str]:
        columns = (items.c.key, picks.c.item_key, summaries.c.item_key)
        known = union(*(select(column.label("key")).where(column > key) for column in columns)).subquery()
        return list(await self._connection.scalars(select(known.c.key).order_by(known.c.key).limit(most)))

    async def _refresh(self, keys: Sequence[str]) -> None:
        spoken: dict[str, list[Row]] = defaultdict(list)
        for row in await SqlEntries(self._connection).of_items(keys):
            spoken[row[0]].append(row)
        written: dict[str, list[Summary]] = defaultdict(list)
        for summary in await SqlSummaries(self._connection).of_items(keys):
            written[summary.item_key].append(summary)
        frozen = await self._frozen([key for key in keys if not any(row[2].direct for row in spoken.get(key, ()))])
        made = [
            document
            for key in keys
            for document in documents(key, spoken.get(key, ()), frozen.get(key, {}), written.get(key, ()))
        ]
        await self._replace(keys, made)

    async def _frozen(self, keys: Collection[str]) -> dict[str, dict[str, Item]]:
        """How digests froze these works, by key and channel: the latest of each channel."""
        if not keys:
            return {}
        known = await canonical(self._connection, keys)
        query = (
            select(picks.c.item_key, picks.c.rank, digests.c.channel, digests.c.week, digests.c.content)
            .join(digests, (digests.c.channel == picks.c.channel) & (digests.c.week == picks.c.week))
            .where(picks.c.item_key.in_(set(known.values())))
            .order_by(digests.c.week)
        )
        found: dict[str, dict[str, Item]] = defaultdict(dict)
        for row in await self._connection.execute(query):
            pick = next((one for one in decode(Digest, row.content).picks if one.rank == row.rank), None)
            if pick:
                found[row.item_key][row.channel] = pick.item
        return found

    async def _replace(self, keys: Sequence[str], made: Iterable[SearchDocument]) -> None:
        """Make the index hold these documents of these works and no others; one that is as it was is left alone."""
        table = search_documents.c
        rows = await self._connection.execute(select(search_documents).where(table.item_key.in_(keys)))
        known = {(row.item_key, row.scope): row for row in rows}
        new: list[tuple[SearchDocument, Mapping[str, list[list[str]]], str]] = []
        stale = dict(known)
        for one in made:
            words = _words(one)
            hashed = content_hash(json.dumps([words, one.has_code]))
            if (there := known.get((one.item_key, one.scope))) and there.hash == hashed:
                del stale[one.item_key, one.scope]
            else:
                new.append((one, words, hashed))
        gone = [row.id for row in stale.values()]
        if gone:
            # On PostgreSQL the words go with their document.
            if not self._postgresql:
                await self._connection.execute(
                    text("DELETE FROM search_words WHERE rowid = :id"), [{"id": n} for n in gone]
                )
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
        rows = await self._connection.execute(
            select(table.id, table.item_key, table.scope).where(table.item_key.in_(keys))
        )
        ids = {(row.item_key, row.scope): row.id for row in rows}
        statement = text(_INSERT_POSTGRESQL if self._postgresql else _INSERT_SQLITE)
        render = _vector if self._postgresql else _columns
        await self._connection.execute(
            statement,
            [{"id": ids[one.item_key, one.scope], **render(one.scope, words)} for one, words, _ in new],
        )

    def _expressions(self, wanted: Sequence[Term], scopes: Sequence[str]) -> dict[str, Any]:
        """The question in the database's own language: over everything readable, in channels' documents alone, in titles alone."""
        channels = [_scope(scope) for scope in scopes if scope != PUBLIC]
        if self._postgresql:
            found = " & ".join(_tsquery(term) for term in wanted)
            titles = " & ".join(_tsquery(term, "A") for term in wanted)
            within = {
                name: _any_tsquery(names) for name, names in (("any", [_scope(PUBLIC), *channels]), ("ours", channels))
            }
            return {
                "match": f"({found}) & {within['any']}",
                "ours": f"({found}) & {within['ours']}",
                "title": f"({titles}) & {within['any']}",
            }
        found = " AND ".join(_fts(term) for term in wanted)
        within = {name: _any_fts(names) for name, names in (("any", [_scope(PUBLIC), *channels]), ("ours", channels))}
        return {
            "match": f"{_IN_TEXT} : ({found}) AND {within['any']}",
            "ours": f"{_IN_TEXT} : ({found}) AND {within['ours']}",
            "title": f"title : ({found}) AND {within['any']}",
        }

    def _filters(self, question: SearchQuestion, scopes: Sequence[str]) -> tuple[str, dict[str, Any]]:
        """Conditions on a document `d`, each beginning with AND, and their values."""
        conditions, values = "", {"scopes": self._list(scopes), "channels": self._list(scopes[1:])}
        if question.only is not None:
            conditions += f" AND d.item_key IN {self._in('only')}"
            values["only"] = self._list(sorted(question.only))
        if question.sources:
            conditions += (
                " AND EXISTS (SELECT 1 FROM mentions m WHERE m.item_key = d.item_key"
                f" AND m.source_id IN {self._in('sources')})"
            )
            values["sources"] = self._list(question.sources)
        if question.weeks:
            conditions += (
                " AND d.item_key IN (SELECT p.item_key FROM picks p WHERE p.week BETWEEN :first AND :last"
                f" AND p.channel IN {self._in('channels')} UNION SELECT q.item_key FROM postings q"
                f" WHERE q.item_key IS NOT NULL AND q.week BETWEEN :first AND :last AND q.channel IN {self._in('channels')})"
            )
            values["first"], values["last"] = question.weeks
        if question.has_code:
            conditions += " AND d.has_code"
        if question.has_summary:
            conditions += (
                " AND EXISTS (SELECT 1 FROM summaries s WHERE s.item_key = d.item_key AND s.deleted_at IS NULL"
                f" AND s.text <> '' AND s.channel IN {self._in('channels')})"
            )
        unwanted = [term for term in question.terms if term.without]
        if unwanted:
            match = (
                f"({' | '.join(map(_tsquery, unwanted))}) & {_any_tsquery(map(_scope, scopes))}"
                if self._postgresql
                else f"{_IN_TEXT} : ({' OR '.join(map(_fts, unwanted))}) AND {_any_fts(map(_scope, scopes))}"
            )
            conditions += " AND d.item_key NOT IN (SELECT e.item_key FROM search_documents e WHERE e.id IN" + (
                " (SELECT w.id FROM search_words w WHERE w.vector @@ CAST(:unwanted AS tsquery)))"
                if self._postgresql
                else " (SELECT rowid FROM search_words WHERE search_words MATCH :unwanted))"
            )
            values["unwanted"] = match
        needed = {name for name in values if f":{name}" in conditions}
        values = {name: value for name, value in values.items() if name in needed}
        if not any(not term.without for term in question.terms):
            conditions = f" AND d.scope IN {self._in('scopes')}{conditions}"
            values["scopes"] = self._list(scopes)
        return conditions, values

    def _in(self, name: str) -> str:
        """The right side of IN for a list of any length in one parameter."""
        return (
            f"(SELECT unnest(CAST(:{name} AS text[])))"
            if self._postgresql
            else f"(SELECT value FROM json_each(:{name}))"
        )

    def _list(self, values: Sequence[str]) -> Any:
        return list(values) if self._postgresql else json.dumps(values)

    def _ranked(self) -> str:
        return _RANKED_POSTGRESQL if self._postgresql else _RANKED_SQLITE

    def _filtered(self) -> str:
        return _FILTERED_POSTGRESQL if self._postgresql else _FILTERED_SQLITE


_BM25: Final = "bm25(search_words, 0, 8, 6, 4, 2, 1)"

_RANKED_SQLITE: Final = f"""
WITH hit AS (
    SELECT * FROM (SELECT rowid AS id, {_BM25} AS score FROM search_words WHERE search_words MATCH :match ORDER BY rowid DESC LIMIT {_LOOKED_AT})
    UNION SELECT * FROM (SELECT rowid, {_BM25} * 1.5 FROM search_words WHERE search_words MATCH :ours ORDER BY rowid DESC LIMIT {_LOOKED_AT})
    UNION SELECT * FROM (SELECT rowid, {_BM25} FROM search_words WHERE search_words MATCH :title ORDER BY rowid DESC LIMIT {_LOOKED_AT})
)
SELECT d.item_key FROM hit JOIN search_documents d ON d.id = hit.id
GROUP BY d.item_key ORDER BY min(hit.score), max(d.id) DESC, d.item_key LIMIT :most OFFSET :skip
"""

_FILTERED_SQLITE: Final = """
SELECT d.item_key FROM search_documents d WHERE d.id IN (SELECT rowid FROM search_words WHERE search_words MATCH :match){where}
GROUP BY d.item_key ORDER BY max(d.id) DESC, d.item_key LIMIT :most OFFSET :skip
"""

_LATEST: Final = """
SELECT d.item_key FROM search_documents d WHERE 1 = 1{where}
GROUP BY d.item_key ORDER BY max(d.id) DESC, d.item_key LIMIT :most OFFSET :skip
"""

_RANK: Final = "ts_rank('{0.1, 0.3, 0.7, 1.0}', w.vector, CAST(:match AS tsquery), 1)"

_RANKED_POSTGRESQL: Final = f"""
WITH hit AS (
    SELECT * FROM (SELECT w.id, w.vector, 1.0 AS more FROM search_words w WHERE w.vector @@ CAST(:match AS tsquery) ORDER BY w.id DESC LIMIT 300) one
    UNION ALL SELECT * FROM (SELECT w.id, w.vector, 1.5 FROM search_words w WHERE w.vector @@ CAST(:ours AS tsquery) ORDER BY w.id DESC LIMIT 300) two
    UNION ALL SELECT * FROM (SELECT w.id, w.vector, 1.0 FROM search_words w WHERE w.vector @@ CAST(:title AS tsquery) ORDER BY w.id DESC LIMIT 300) three
)
SELECT d.item_key FROM (SELECT w.id, {_RANK} * w.more AS score FROM hit w) scored JOIN search_documents d ON d.id = scored.id
GROUP BY d.item_key ORDER BY max(scored.score) DESC, max(d.id) DESC, d.item_key LIMIT :most OFFSET :skip
"""

_FILTERED_POSTGRESQL: Final = """
SELECT d.item_key FROM search_documents d JOIN search_words w ON w.id = d.id WHERE w.vector @@ CAST(:match AS tsquery){where}
GROUP BY d.item_key ORDER BY max(d.id) DESC, d.item_key LIMIT :most OFFSET :skip
"""

_INSERT_SQLITE: Final = (
    "INSERT INTO search_words (rowid, scope, title, words, people, said, abstract)"
    " VALUES (:id, :scope, :title, :words, :people, :said, :abstract)"
)
_INSERT_POSTGRESQL: Final = "INSERT INTO search_words (id, vector) VALUES (:id, CAST(:vector AS tsvector))"


def _words(one: SearchDocument) -> dict[str, list[list[str]]]:
    """The tokens of each field, text by text."""
    texts = {
        "title": (one.title,),
        "words": one.words,
        "people": one.people,
        "said": one.said,
        "abstract": (one.abstract,),
    }
    return {field: [found for part in texts[field] if (found := tokens(part))] for field in _FIELDS}


def _scope(scope: str) -> str:
    """A scope as a word: letters and digits, whatever the channel is called, and never the word of a text (those have no capitals)."""
    return f"S{scope.encode().hex()}"


def _columns(scope: str, words: Mapping[str, list[list[str]]]) -> dict[str, str]:
    return {
        "scope": _scope(scope),
        **{field: f" {_BREAK} ".join(" ".join(part) for part in words[field]) for field in _FIELDS},
    }


def _vector(scope: str, words: Mapping[str, list[list[str]]]) -> dict[str, str]:
    """A tsvector as text: each word with its places and their weights. Between two texts a place stays free."""
    places: dict[str, list[str]] = defaultdict(list)
    at = 0
    for field in _FIELDS:
        for part in words[field]:
            for word in part:
                at += 1
                if at < _FURTHEST:
                    places[word].append(f"{at}{_LETTERS[field]}")
            at += 1
    return {
        "vector": " ".join([f"'{_scope(scope)}'", *(f"'{word}':{','.join(where)}" for word, where in places.items())])
    }


def _fts(term: Term) -> str:
    phrase = f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")
    return f"({' OR '.join([phrase, *(f'{chr(34)}{other}{chr(34)}' for other in term.others)])})"


def _any_fts(scopes: Iterable[str]) -> str:
    return f"scope : ({' OR '.join(scopes) or _NOBODY})"


def _tsquery(term: Term, weight: str = "") -> str:
    last = len(term.tokens) - 1
    phrase = " <-> ".join(
        _lexeme(word, ("*" if term.prefix and number == last else "") + weight)
        for number, word in enumerate(term.tokens)
    )
    return f"({' | '.join([phrase, *(_lexeme(other, weight) for other in term.others)])})"


def _lexeme(word: str, how: str) -> str:
    return f"'{word}'" + (f":{how}" if how else "")


def _any_tsquery(scopes: Iterable[str]) -> str:
    return f"({' | '.join(f'{chr(39)}{scope}{chr(39)}' for scope in scopes) or _NOBODY})"


_NOBODY: Final = "Snobody"
"""The scope of no document."""
