"""
Repository of the full-text index: SQLite's FTS5, PostgreSQL's tsvector, with the same words in both (`bot.search.tokens`).

Neither parser is used: words are stored as we cut them, so that both databases find the same, in any script. What everybody may find
and what channels said of their own have a table each; in the second one the scope of a document is a word, which no text can hold, so
that what a reader may not read is left out by the index itself. A rare word's works are ranked by weight, a common one's by the day: to
weigh 60,000 documents takes SQLite 100 ms and PostgreSQL a second, and would tell nothing.

FTS5 gives what it finds newest first and stops when it is told to. PostgreSQL's index gives all of it, in no order: there a common word's
works are looked for in the newest documents, by number (`_WINDOW`), and the index is asked for what is rare.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import delete, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import content_hash, decode
from adapters.storage.repositories.entries import SqlEntries
from adapters.storage.repositories.triage import SqlSummaries
from adapters.storage.repositories.work import SqlNotes
from adapters.storage.sql import canonical, chunks, execute_many, gently, insert
from adapters.storage.tables import digests, items, picks, search_documents, summaries
from bot.dedupe import Row
from bot.model import Digest, Item, Summary
from bot.ports import SearchQuestion
from bot.search.query import Term, within
from bot.search.tokens import tokens
from bot.search_documents import INDEXED, PUBLIC, VERSION, SearchDocument, documents

_WEIGHED: Final = 1_000
"""How many documents are weighed at most; of a word that more of them hold the newest come first."""

_FEW_WORDS: Final = 3
"""Of a question with more words fewer documents are weighed, in proportion."""

_WEIGHED_POSTGRESQL: Final = 400
"""The same on PostgreSQL, whose `ts_rank` takes 35 microseconds a document. Whether there are more is estimated from `_WINDOW`."""

_WINDOW: Final = 4_096
"""How many numbers of the newest documents PostgreSQL looks through first, 3 microseconds each; each further time four times as many."""

_BREAK: Final = "·"
"""Stands between two texts of a field, so that no phrase reaches from one into the other. No token holds it."""

_AT_ONCE: Final = 400
"""Works that are indexed in one go: their entries are held in memory."""

_MOST_INDEXED: Final = 10_000
"""For so many documents PostgreSQL's index is asked where filters are met besides; more of them are looked through, newest first."""

_LOOKED_AT: Final = 256
"""How many of a list of documents PostgreSQL looks at in one go, 20 microseconds each."""

_FEW: Final = 16
"""Where less than one in so many of them answers, the index is asked."""

_MANY: Final = 4_096
"""The works of a source, or those with code, make a list among which is looked where they are fewer than this."""

_NOTHING: Final[Mapping[str, Any]] = {}

_EVERY: Final = 1_000_000_000

_PAIRS: Final = 65_536
"""
How many numbers there are for two words that follow one another. PostgreSQL's index knows which words a document holds, and not in which
order: of a phrase of common words it would have to look at most documents. With the numbers of its pairs it looks at some hundreds.
"""

_FORM: Final = "pairs"
"""Is in the hash of what PostgreSQL holds, so that documents of before it had pairs are written again."""

_FURTHEST: Final = 10_000
"""How far the results of a question can be leafed through, where they are not weighed."""

_LAST_PLACE: Final = 16_000
"""PostgreSQL counts the places of words up to 16,383."""

_FIELDS: Final = ("title", "words", "people", "said", "abstract")
_IN_TEXT: Final = "{title words people said abstract}"
"""FTS5's name for all fields but the scope."""

_TITLED: Final = "T"
"""Before a title's word PostgreSQL has it once more, without a place: its index knows no weights. Words of texts have no capitals."""

_LETTERS: Final = {"title": "A", "words": "B", "people": "C", "said": "C", "abstract": "D"}


class SqlSearch:
    """`bot.ports.Search`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"

    async def find(self, question: SearchQuestion, readable: Collection[str], most: int, skip: int = 0) -> list[str]:
        paired = self._postgresql and await self._has_pairs(question.terms)
        terms = _Expressions(question.terms, readable, postgresql=self._postgresql, paired=paired)
        among, question = await self._among(question, readable)
        if among is not None and not among:
            return []
        if not terms.wanted:
            found = self._latest(question, readable, among)
        elif among is None and not question.sources and not question.has_code:
            found = self._ranked(terms)
        else:
            found = self._filtered(terms, question, among)
        shut = await self._unwanted(terms)
        keys: dict[str, None] = {}
        async for key in found:
            if key not in shut:
                keys.setdefault(key)
            if len(keys) == skip + most:
                break
        return list(keys)[skip:]

    async def _has_pairs(self, terms: Sequence[Term]) -> bool:
        """Whether the pairs of these terms can be asked for: while the index is built again, only some documents have theirs."""
        if not any(_pairs(term) for term in terms):
            return False
        return await SqlNotes(self._connection).get(INDEXED) == VERSION

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
        made = (
            document
            for key in keys
            for document in documents(key, spoken.get(key, ()), frozen.get(key, {}), written.get(key, ()))
        )
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
            .order_by(digests.c.week, digests.c.channel)
        )
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

    async def _replace(self, keys: Sequence[str], made: Iterable[SearchDocument]) -> None:
        """Make the index hold these documents of these works and no others; one that is as it was is left alone."""
        table = search_documents.c
        rows = await self._connection.execute(select(search_documents).where(table.item_key.in_(keys)))
        known = {(row.item_key, row.scope): row for row in rows}
        new: list[tuple[SearchDocument, Mapping[str, list[list[str]]], str]] = []
        stale = dict(known)
        # Folding and cutting takes half a millisecond a work: the event loop has its turn between.
        async for one in gently(made):
            words = _words(one)
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
        rows = await self._connection.execute(
            select(table.id, table.item_key, table.scope).where(table.item_key.in_(keys))
        )
        ids = {(row.item_key, row.scope): row.id for row in rows}
        insertion = _INSERT_POSTGRESQL if self._postgresql else _INSERT_SQLITE
        render = _vector if self._postgresql else _columns
        for name, public in (("search_words", True), ("search_team_words", False)):
            piece = [
                {"id": ids[one.item_key, one.scope], **render(one.scope, words)}
                for one, words, _ in new
                if (one.scope == PUBLIC) is public
            ]
            await execute_many(self._connection, text(insertion.format(table=name)), piece)

    async def _ranked(self, terms: _Expressions) -> AsyncIterator[str]:
        """The team's own works by weight, then the others: by weight where they are few, else what says it in its title, newest first."""
        given: set[int] = set()
        async for numbers in self._numbers(terms):
            new = [number for number in numbers if number not in given]
            given.update(new)
            for start in range(0, len(new), _AT_ONCE):
                piece = new[start : start + _AT_ONCE]
                rows = await self._connection.execute(
                    select(search_documents.c.id, search_documents.c.item_key).where(search_documents.c.id.in_(piece))
                )
                keys = {row.id: row.item_key for row in rows}
                for number in piece:
                    yield keys[number]

    async def _numbers(self, terms: _Expressions) -> AsyncIterator[list[int]]:
        ranked, latest = (_INDEXED_RANKED, _INDEXED_NEWEST) if self._postgresql else (_RANKED, _NEWEST)
        yield await self._ids(ranked, "search_team_words", "ours", terms)
        spans: list[tuple[int, int]] = await self._spans() if self._postgresql else []
        if self._postgresql:
            newest = await self._within(spans[0], "match", terms)
            common = _is_common(len(newest), spans, _WEIGHED_POSTGRESQL)
        else:
            newest = await self._ids(latest, "search_words", "match", terms)
            common = len(newest) == self._weighed(terms)
        if not common:
            yield await self._ids(ranked, "search_words", "match", terms)
            # What was said more often once than lately is more than what is weighed.
            yield await self._ids(latest, "search_words", "match", terms, _FURTHEST)
            yield await self._ids(latest, "search_team_words", "ours", terms, _FURTHEST)
            return
        if self._postgresql:
            # Of a word that is in many titles a page is full from these; the index has few of any other.
            yield await self._within(spans[0], "title", terms)
        yield await self._ids(latest, "search_words", "title", terms)
        yield newest
        for span in spans[1:]:
            yield await self._within(span, "match", terms)
        yield await self._ids(latest, "search_team_words", "ours", terms, _FURTHEST)

    async def _spans(self) -> list[tuple[int, int]]:
        """PostgreSQL's numbers of documents, newest first, each as (above this, up to this)."""
        above: int = await self._connection.scalar(text("SELECT max(id) FROM search_words")) or 0
        spans: list[tuple[int, int]] = []
        width = _WINDOW
        while above > 0 or not spans:
            spans.append((max(above - width, 0), above))
            above, width = above - width, 4 * width
        return spans

    async def _within(self, span: tuple[int, int], match: str, terms: _Expressions) -> list[int]:
        """What is found among the documents of these numbers, newest first, on PostgreSQL."""
        statement = f"{self._statement(_SPAN, 'search_words', match, terms)} ORDER BY id DESC"
        values = {match: terms.values[match], "above": span[0], "upto": span[1]}
        return [row.id for row in await self._connection.execute(text(statement), values)]

    async def _filtered(
        self, terms: _Expressions, question: SearchQuestion, among: frozenset[str] | None
    ) -> AsyncIterator[str]:
        """What is found and meets the filters as well: the team's own works first, then the others, newest first."""
        where, values = self._conditions(question, among)
        for table, match in (("search_team_words", "ours"), ("search_words", "match")):
            if self._postgresql and among is not None:
                async for key in self._listed(table, match, terms, where, values):
                    yield key
                continue
            spans = await self._spans() if self._postgresql and match == "match" else []
            common = bool(spans) and _is_common(len(await self._within(spans[0], match, terms)), spans, _MOST_INDEXED)
            found_there = _FILTERED if among is None else _AMONG
            how = (_SPANNED if common else _INDEXED) if self._postgresql else found_there
            statement = f"{self._statement(how, table, match, terms).replace('{where}', where)} ORDER BY d.id DESC"
            for above, upto in spans if common else [(0, 0)]:
                place = {"above": above, "upto": upto} if common else {}
                found = {**self._values(match, terms, indexed=not common), **values, **place}
                async for row in await self._connection.stream(text(statement), found):
                    yield row.item_key

    async def _listed(
        self, table: str, match: str, terms: _Expressions, where: str, values: Mapping[str, Any]
    ) -> AsyncIterator[str]:
        """What is found among the works of a list, on PostgreSQL: the newest are looked at; if hardly any answers, the index is asked."""
        scope = "d.scope <> ''" if table == "search_team_words" else "d.scope = ''"
        statement = f"SELECT d.id, d.item_key FROM search_documents d WHERE {scope}{where} ORDER BY d.id DESC"
        keys = {row.id: row.item_key for row in await self._connection.execute(text(statement), values)}
        numbers = list(keys)
        indexed: set[int] | None = None
        for start in range(0, len(numbers), _LOOKED_AT):
            piece = numbers[start : start + _LOOKED_AT]
            if indexed is None:
                asked = {match: terms.values[match], "numbers": piece}
                rows = await self._connection.execute(text(self._statement(_LISTED, table, match, terms)), asked)
                found = {row.id for row in rows}
                if _FEW * len(found) < len(piece) == _LOOKED_AT:
                    indexed = set(await self._ids(_INDEXED_NEWEST, table, match, terms, _EVERY))
            else:
                found = indexed
            for number in piece:
                if number in found:
                    yield keys[number]

    async def _latest(
        self, question: SearchQuestion, readable: Collection[str], among: frozenset[str] | None
    ) -> AsyncIterator[str]:
        """What meets the filters, newest first."""
        where, values = self._conditions(question, among)
        values["scopes"] = self._list([PUBLIC, *sorted(readable)])
        statement = (
            f"SELECT d.item_key FROM search_documents d WHERE d.scope IN {self._in('scopes')}{where} ORDER BY d.id DESC"
        )
        async for row in await self._connection.stream(text(statement), values):
            yield row.item_key

    async def _ids(
        self, statement: str, table: str, match: str, terms: _Expressions, most: int | None = None
    ) -> list[int]:
        values = self._values(match, terms) | {"most": most or self._weighed(terms)}
        rows = await self._connection.execute(text(self._statement(statement, table, match, terms)), values)
        return [row.id for row in rows]

    def _weighed(self, terms: _Expressions) -> int:
        """How many documents are weighed at most: to weigh one by twenty words takes as long as seven by three."""
        most = _WEIGHED_POSTGRESQL if self._postgresql else _WEIGHED
        return most * _FEW_WORDS // max(_FEW_WORDS, sum(len(term.tokens) for term in terms.wanted))

    def _values(self, match: str, terms: _Expressions, *, indexed: bool = True) -> dict[str, Any]:
        """The values of an expression; `indexed` where the index is asked, which knows pairs of words."""
        return {match: terms.values[match]} | ({"pairs": terms.pairs} if terms.pairs and indexed else {})

    async def _unwanted(self, terms: _Expressions) -> frozenset[str]:
        """Works of which a channel says what must not stand there: the document of everybody does not know."""
        if not terms.unwanted:
            return frozenset()
        statement = self._statement(_AMONG, "search_team_words", "shut", None).replace("{where}", "")
        return await self._keys(statement, {"shut": terms.values["shut"]})

    async def _among(
        self, question: SearchQuestion, readable: Collection[str]
    ) -> tuple[frozenset[str] | None, SearchQuestion]:
        """The works that filters leave, where these are few, and what is still to be asked; None where nothing narrows them down."""
        sets = [question.only] if question.only is not None else []
        here = {"channels": self._list(sorted(readable))}
        channels = self._in("channels")
        if question.weeks:
            rows = await self._connection.execute(text("SELECT DISTINCT week FROM digests"))
            periods = self._list(sorted(row.week for row in rows if within(row.week, question.weeks)))
            inside = f"week IN {self._in('periods')} AND channel IN {channels}"
            statement = (
                f"SELECT item_key FROM picks WHERE {inside} UNION SELECT item_key FROM postings"
                f" WHERE item_key IS NOT NULL AND {inside}"
            )
            sets.append(await self._keys(statement, here | {"periods": periods}))
        if question.has_summary:
            statement = (
                f"SELECT item_key FROM summaries WHERE deleted_at IS NULL AND text <> '' AND channel IN {channels}"
            )
            sets.append(await self._keys(statement, here))
        if question.sources:
            spoken = f"SELECT item_key FROM mentions WHERE source_id IN {self._in('sources')}"
            if (few := await self._few(spoken, {"sources": self._list(question.sources)})) is not None:
                sets.append(few)
                question = replace(question, sources=())
        if (
            question.has_code
            and (few := await self._few("SELECT item_key FROM search_documents WHERE has_code")) is not None
        ):
            sets.append(few)
            question = replace(question, has_code=False)
        return (frozenset.intersection(*sets) if sets else None), question

    async def _few(self, statement: str, values: Mapping[str, Any] = _NOTHING) -> frozenset[str] | None:
        """The keys that a statement gives, as long as they are few."""
        keys = [row.item_key for row in await self._connection.execute(text(f"{statement} LIMIT {_MANY}"), values)]
        return frozenset(keys) if len(keys) < _MANY else None

    async def _keys(self, statement: str, values: Mapping[str, Any]) -> frozenset[str]:
        return frozenset(row.item_key for row in await self._connection.execute(text(statement), values))

    def _conditions(self, question: SearchQuestion, among: frozenset[str] | None) -> tuple[str, dict[str, Any]]:
        """Conditions on a document `d`, each beginning with AND, and their values."""
        conditions, values = "", dict[str, Any]()
        if among is not None:
            conditions += f" AND d.item_key IN {self._in('among')}"
            values["among"] = self._list(sorted(among))
        if question.sources:
            conditions += (
                " AND EXISTS (SELECT 1 FROM mentions m WHERE m.item_key = d.item_key"
                f" AND m.source_id IN {self._in('sources')})"
            )
            values["sources"] = self._list(question.sources)
        if question.has_code:
            conditions += " AND d.has_code"
        return conditions, values

    def _in(self, name: str) -> str:
        """The right side of IN for a list of any length in one parameter."""
        if self._postgresql:
            return f"(SELECT unnest(CAST(:{name} AS text[])))"
        return f"(SELECT value FROM json_each(:{name}))"

    def _list(self, values: Sequence[str]) -> Any:
        return list(values) if self._postgresql else json.dumps(values)

    def _statement(self, statement: str, table: str, match: str, terms: _Expressions | None) -> str:
        """A statement over one of the two tables, in this database's language. `match` names the parameter with the expression."""
        if self._postgresql:
            number, query = f"{table}.id", f"CAST(:{match} AS tsquery)"
            holds, weight = (
                f"{table}.vector @@ {query}{f' AND {table}.pairs @> CAST(:pairs AS int[])' if terms and terms.pairs else ''}",
                f"-ts_rank('{{0.1, 0.3, 0.7, 1.0}}', {table}.vector, {query}, 1)",
            )
        else:
            number, holds, weight = f"{table}.rowid", f"{table} MATCH :{match}", f"bm25({table}, 0, 8, 6, 4, 2, 1)"
        known = {
            "table": table,
            "number": number,
            "holds": holds,
            "weight": weight,
            "query": f"CAST(:{match} AS tsquery)",
        }
        return statement.format(**known, where="{where}")


_NEWEST: Final = "SELECT {number} AS id FROM {table} WHERE {holds} ORDER BY {number} DESC LIMIT :most"
_RANKED: Final = (
    "SELECT id FROM (SELECT {number} AS id, {weight} AS weight FROM {table} WHERE {holds} ORDER BY {number} DESC LIMIT :most)"
    " newest ORDER BY weight, id DESC"
)
_FILTERED: Final = "SELECT d.item_key FROM {table} JOIN search_documents d ON d.id = {number} WHERE {holds}{where}"
_AMONG: Final = (
    "SELECT d.item_key FROM search_documents d WHERE d.id IN (SELECT {number} FROM {table} WHERE {holds}){where}"
)

# For PostgreSQL alone. OFFSET 0 has each step taken as it is written: the planner thinks that looking at a vector costs next to nothing.
_INDEXED_NEWEST: Final = (
    "SELECT id FROM (SELECT id FROM {table} WHERE {holds} OFFSET 0) found ORDER BY id DESC LIMIT :most"
)
_INDEXED_RANKED: Final = (
    f"SELECT id FROM (SELECT {{number}} AS id, {{weight}} AS weight FROM ({_INDEXED_NEWEST}) newest JOIN {{table}} USING (id)) weighed"
    " ORDER BY weight, id DESC"
)
_SPAN: Final = "SELECT id FROM (SELECT id, vector FROM {table} WHERE id > :above AND id <= :upto OFFSET 0) span WHERE vector @@ {query}"
_FOUND: Final = " found JOIN search_documents d ON d.id = found.id WHERE TRUE{where}"
_SPANNED: Final = f"SELECT d.item_key FROM ({_SPAN} OFFSET 0){_FOUND}"
_INDEXED: Final = f"SELECT d.item_key FROM (SELECT id FROM {{table}} WHERE {{holds}} OFFSET 0){_FOUND}"
_LISTED: Final = (
    "SELECT id FROM (SELECT id, vector FROM {table} WHERE id IN (SELECT unnest(CAST(:numbers AS bigint[]))) OFFSET 0) listed"
    " WHERE vector @@ {query}"
)


def _is_common(newest: int, spans: Sequence[tuple[int, int]], many: int) -> bool:
    """Estimate from how many of the newest documents hold it whether so many do."""
    above, upto = spans[0]
    return newest * upto >= many * max(upto - above, 1)


class _Expressions:
    """A question in the database's own language, as values: for everybody's works, for titles, for what channels said."""

    def __init__(self, terms: Sequence[Term], readable: Collection[str], *, postgresql: bool, paired: bool) -> None:
        self.pairs = sorted({pair for term in terms if not term.without for pair in _pairs(term)}) if paired else []
        self.wanted = [term for term in terms if not term.without]
        self.unwanted = [term for term in terms if term.without]
        scopes = [_scope(channel) for channel in sorted(readable)] or [_NOBODY]
        if postgresql:
            found = " & ".join([_tsquery(term) for term in self.wanted])
            titles = " & ".join([_title(term) for term in self.wanted])
            shut = " | ".join([_tsquery(term) for term in self.unwanted])
            ours = " | ".join(f"'{scope}'" for scope in scopes)
            but = f" & !({shut})" if shut else ""
            self.values = {
                "match": f"({found}){but}",
                "title": f"({titles}){but}",
                "ours": f"({found}){but} & ({ours})",
                "shut": f"({shut}) & ({ours})",
            }
        else:
            found = " AND ".join([_fts(term) for term in self.wanted])
            shut = " OR ".join([_fts(term) for term in self.unwanted])
            ours = f"scope : ({' OR '.join(scopes)})"
            but = f" NOT ({shut})" if shut else ""
            self.values = {
                "match": f"({found}){but}",
                "title": f"(title : ({found})){but}",
                "ours": f"(({found}) AND {ours}){but}",
                "shut": f"({shut}) AND {ours}",
            }


_INSERT_SQLITE: Final = (
    "INSERT INTO {table} (rowid, scope, title, words, people, said, abstract)"
    " VALUES (:id, :scope, :title, :words, :people, :said, :abstract)"
)
_INSERT_POSTGRESQL: Final = (
    "INSERT INTO {table} (id, vector, pairs) VALUES (:id, CAST(:vector AS tsvector), CAST(:pairs AS int[]))"
)


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


def _vector(scope: str, words: Mapping[str, list[list[str]]]) -> dict[str, Any]:
    """A tsvector as text: each word with its places and their weights; and the pairs. Between two texts a place stays free."""
    pairs: set[int] = set()
    places: dict[str, list[str]] = defaultdict(list)
    at = 0
    for field in _FIELDS:
        for part in words[field]:
            pairs.update(map(_pair, part, part[1:]))
            for word in part:
                at += 1
                if at < _LAST_PLACE:
                    places[word].append(f"{at}{_LETTERS[field]}")
            at += 1
    titled = dict.fromkeys(f"'{_TITLED}{word}'" for part in words["title"] for word in part)
    placed = (f"'{word}':{','.join(where)}" for word, where in places.items())
    return {"vector": " ".join([f"'{_scope(scope)}'", *titled, *placed]), "pairs": sorted(pairs)}


def _pair(word: str, following: str) -> int:
    """Two words that follow one another as a number. Others may have the same: whoever finds by it looks at the words as well."""
    return zlib.crc32(f"{word} {following}".encode()) % _PAIRS


def _pairs(term: Term) -> list[int]:
    """The pairs of whole words in a term; a last word that is a beginning is in none."""
    whole = term.tokens[:-1] if term.prefix else term.tokens
    return list(map(_pair, whole, whole[1:]))


def _fts(term: Term) -> str:
    phrase = f'"{" ".join(term.tokens)}"' + (" *" if term.prefix else "")
    return f"({' OR '.join([phrase, *(f'{chr(34)}{other}{chr(34)}' for other in term.others)])})"


def _tsquery(term: Term, weight: str = "") -> str:
    last = len(term.tokens) - 1
    phrase = " <-> ".join(
        _lexeme(word, ("*" if term.prefix and number == last else "") + weight)
        for number, word in enumerate(term.tokens)
    )
    return f"({' | '.join([phrase, *(_lexeme(other, weight) for other in term.others)])})"


def _title(term: Term) -> str:
    """The term in a title. The index knows its words; whether they follow one another is seen in what it finds."""
    last = len(term.tokens) - 1
    words = " & ".join(
        _lexeme(f"{_TITLED}{word}", "*" if term.prefix and number == last else "")
        for number, word in enumerate(term.tokens)
    )
    phrase = f" & {_tsquery(term, 'A')}" if last else ""
    return f"({' | '.join([words + phrase, *(_lexeme(_TITLED + other, '') for other in term.others)])})"


def _lexeme(word: str, how: str) -> str:
    return f"'{word}'" + (f":{how}" if how else "")


_NOBODY: Final = "Snobody"
"""The scope of no document."""
