"""
Repository of the full-text index: what a question finds, by SQLite's FTS5 or PostgreSQL's tsvector. `search_index` writes it.

What everybody may find and what channels said of their own have a table each; in the second one the scope of a document is a word, which
no text can hold, so that what a reader may not read is left out by the index itself. A rare word's works are ranked by weight, a common
one's by the day: to weigh 60,000 documents takes SQLite 100 ms and PostgreSQL a second, and would tell nothing. Which of the two a
question is, is estimated from the newest documents (`_WINDOW`).

FTS5 gives what it finds newest first and stops when it is told to. PostgreSQL's index gives all of it, in no order: there a common word's
works are looked for in the newest documents, by number, and the index is asked for what is rare.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.repositories.search_expressions import Expressions, pairs_of
from adapters.storage.repositories.search_index import SearchIndex
from adapters.storage.repositories.work import SqlNotes
from adapters.storage.tables import search_documents
from bot.ports import SearchQuestion
from bot.search.query import Term, within
from bot.search_documents import INDEXED, PUBLIC, VERSION

_WEIGHED: Final = 1_000
"""How many documents are weighed at most; of a word that more of them hold the newest come first."""

_FEW_WORDS: Final = 3
"""Of a question with more words fewer documents are weighed, in proportion."""

_IN_A_TITLE: Final = 8
"""Of a common question with more words than this no titles are looked for: hardly any holds them all, and each list of a word is read for it."""

_WEIGHED_POSTGRESQL: Final = 400
"""The same on PostgreSQL, whose `ts_rank` takes 35 microseconds a document."""

_WINDOW: Final = 4_096
"""How many numbers of the newest documents are looked through first, on PostgreSQL 3 microseconds each; each further time four times as many."""

_MOST_INDEXED: Final = 10_000
"""For so many documents PostgreSQL's index is asked where filters are met besides; more of them are looked through, newest first."""

_LOOKED_AT: Final = 256
"""How many of a list of documents PostgreSQL looks at in one go, 20 microseconds each."""

_FEW: Final = 16
"""Where less than one in so many of them answers, the index is asked."""

_MANY: Final = 4_096
"""The works of a source, or those with code, make a list among which is looked where they are fewer than this."""

_READ_AT_ONCE: Final = 400
"""Documents whose works are looked up in one go."""

_NOTHING: Final[Mapping[str, Any]] = {}

_EVERY: Final = 1_000_000_000

_FURTHEST: Final = 10_000
"""How far the results of a question can be leafed through, where they are not weighed."""


class SqlSearch:
    """`bot.ports.Search`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"
        self._index = SearchIndex(connection)

    async def refresh(self, keys: Collection[str]) -> None:
        await self._index.refresh(keys)

    async def keys_after(self, key: str, most: int) -> list[str]:
        return await self._index.keys_after(key, most)

    async def find(self, question: SearchQuestion, readable: Collection[str], most: int, skip: int = 0) -> list[str]:
        paired = self._postgresql and await self._has_pairs(question.terms)
        terms = Expressions(question.terms, readable, postgresql=self._postgresql, paired=paired)
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
        if not any(pairs_of(term) for term in terms):
            return False
        return await SqlNotes(self._connection).get(INDEXED) == VERSION

    async def _ranked(self, terms: Expressions) -> AsyncIterator[str]:
        """The team's own works by weight, then the others: by weight where they are few, else what says it in its title, newest first."""
        given: set[int] = set()
        async for numbers in self._numbers(terms):
            new = [number for number in numbers if number not in given]
            given.update(new)
            for start in range(0, len(new), _READ_AT_ONCE):
                piece = new[start : start + _READ_AT_ONCE]
                rows = await self._connection.execute(
                    select(search_documents.c.id, search_documents.c.item_key).where(search_documents.c.id.in_(piece))
                )
                keys = {row.id: row.item_key for row in rows}
                for number in piece:
                    yield keys[number]

    async def _numbers(self, terms: Expressions) -> AsyncIterator[list[int]]:
        ranked, latest = (_INDEXED_RANKED, _INDEXED_NEWEST) if self._postgresql else (_RANKED, _NEWEST)
        most = self._weighed(terms)
        ours = await self._ids(ranked, "search_team_words", "ours", terms)
        yield ours
        first, *others = await self._spans()
        newest, titled = await self._newest(first, terms)
        if not _is_common(len(newest), first, most):
            weighed = await self._ids(ranked, "search_words", "match", terms)
            yield weighed
            if len(weighed) == most:
                # It was said more often once than lately: more than what is weighed.
                yield await self._ids(latest, "search_words", "match", terms, _FURTHEST)
        else:
            # Of a word that is in many titles a page is full from the newest; the index has few of any other.
            yield titled
            if terms.size <= _IN_A_TITLE:
                yield await self._ids(latest, "search_words", "title", terms)
            yield newest
            for span in others:
                yield await self._within(span, "match", terms)
        if len(ours) == most:
            yield await self._ids(latest, "search_team_words", "ours", terms, _FURTHEST)

    async def _spans(self) -> list[tuple[int, int]]:
        """The numbers of documents, newest first, each as (above this, up to this)."""
        table = "search_words" if self._postgresql else "search_documents"
        above: int = await self._connection.scalar(text(f"SELECT max(id) FROM {table}")) or 0
        spans: list[tuple[int, int]] = []
        width = _WINDOW
        while above > 0 or not spans:
            spans.append((max(above - width, 0), above))
            above, width = above - width, 4 * width
        return spans

    async def _newest(self, span: tuple[int, int], terms: Expressions) -> tuple[list[int], list[int]]:
        """What is found among the newest documents, and which of it in titles, as far as that costs nothing: FTS5 knows titles by itself."""
        if not self._postgresql:
            return await self._within(span, "match", terms), []
        statement = self._statement(_TITLED_SPAN, "search_words", "match", terms)
        values = {name: terms.values[name] for name in ("match", "title")} | {"above": span[0], "upto": span[1]}
        rows = (await self._connection.execute(text(f"{statement} ORDER BY id DESC"), values)).all()
        return [row.id for row in rows], [row.id for row in rows if row.titled]

    async def _within(self, span: tuple[int, int], match: str, terms: Expressions) -> list[int]:
        """What is found among the documents of these numbers, newest first."""
        statement = self._statement(_SPAN if self._postgresql else _RANGE, "search_words", match, terms)
        values = {match: terms.values[match], "above": span[0], "upto": span[1]}
        return [row.id for row in await self._connection.execute(text(f"{statement} ORDER BY id DESC"), values)]

    async def _filtered(
        self, terms: Expressions, question: SearchQuestion, among: frozenset[str] | None
    ) -> AsyncIterator[str]:
        """What is found and meets the filters as well: the team's own works first, then the others, newest first."""
        where, values = self._conditions(question, among)
        if self._postgresql and among is not None:
            async for key in self._listed(terms, where, values):
                yield key
            return
        for table, match in _TABLES:
            spans = await self._spans() if self._postgresql and match == "match" else []
            common = bool(spans) and _is_common(
                len(await self._within(spans[0], match, terms)), spans[0], _MOST_INDEXED
            )
            found_there = _FILTERED if among is None else _AMONG
            how = (_SPANNED if common else _INDEXED) if self._postgresql else found_there
            statement = f"{self._statement(how, table, match, terms).replace('{where}', where)} ORDER BY d.id DESC"
            for above, upto in spans if common else [(0, 0)]:
                place = {"above": above, "upto": upto} if common else {}
                found = {**self._values(match, terms, indexed=not common), **values, **place}
                async for row in await self._connection.stream(text(statement), found):
                    yield row.item_key

    async def _listed(self, terms: Expressions, where: str, values: Mapping[str, Any]) -> AsyncIterator[str]:
        """What is found among the works of a list, on PostgreSQL: the team's own works first."""
        statement = f"SELECT d.id, d.item_key, d.scope FROM search_documents d WHERE TRUE{where} ORDER BY d.id DESC"
        listed = (await self._connection.execute(text(statement), values)).all()
        for table, match in _TABLES:
            public = match == "match"
            keys = {row.id: row.item_key for row in listed if (row.scope == PUBLIC) is public}
            async for key in self._listed_in(table, match, terms, keys):
                yield key

    async def _listed_in(
        self, table: str, match: str, terms: Expressions, keys: Mapping[int, str]
    ) -> AsyncIterator[str]:
        """What is found among these documents of a table: the newest are looked at; if hardly any answers, the index is asked."""
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
        self, statement: str, table: str, match: str, terms: Expressions, most: int | None = None
    ) -> list[int]:
        values = self._values(match, terms) | {"most": most or self._weighed(terms)}
        rows = await self._connection.execute(text(self._statement(statement, table, match, terms)), values)
        return [row.id for row in rows]

    def _weighed(self, terms: Expressions) -> int:
        """How many documents are weighed at most: to weigh one by twenty words takes as long as seven by three."""
        most = _WEIGHED_POSTGRESQL if self._postgresql else _WEIGHED
        return most * _FEW_WORDS // max(_FEW_WORDS, terms.size)

    def _values(self, match: str, terms: Expressions, *, indexed: bool = True) -> dict[str, Any]:
        """The values of an expression; `indexed` where the index is asked, which knows pairs of words."""
        return {match: terms.values[match]} | ({"pairs": terms.pairs} if terms.pairs and indexed else {})

    async def _unwanted(self, terms: Expressions) -> frozenset[str]:
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

    def _statement(self, statement: str, table: str, match: str, terms: Expressions | None) -> str:
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


_TABLES: Final = (("search_team_words", "ours"), ("search_words", "match"))
"""The two tables, the team's own words first, each with the expression that is asked of it."""

_NEWEST: Final = "SELECT {number} AS id FROM {table} WHERE {holds} ORDER BY {number} DESC LIMIT :most"
_RANKED: Final = (
    "SELECT id FROM (SELECT {number} AS id, {weight} AS weight FROM {table} WHERE {holds} ORDER BY {number} DESC LIMIT :most)"
    " newest ORDER BY weight, id DESC"
)
_RANGE: Final = "SELECT {number} AS id FROM {table} WHERE {holds} AND {number} > :above AND {number} <= :upto"
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
_TITLED_SPAN: Final = _SPAN.replace("SELECT id FROM", "SELECT id, vector @@ CAST(:title AS tsquery) AS titled FROM", 1)
_FOUND: Final = " found JOIN search_documents d ON d.id = found.id WHERE TRUE{where}"
_SPANNED: Final = f"SELECT d.item_key FROM ({_SPAN} OFFSET 0){_FOUND}"
_INDEXED: Final = f"SELECT d.item_key FROM (SELECT id FROM {{table}} WHERE {{holds}} OFFSET 0){_FOUND}"
_LISTED: Final = (
    "SELECT id FROM (SELECT id, vector FROM {table} WHERE id IN (SELECT unnest(CAST(:numbers AS bigint[]))) OFFSET 0) listed"
    " WHERE vector @@ {query}"
)


def _is_common(newest: int, span: tuple[int, int], many: int) -> bool:
    """Estimate from how many of the newest documents, those of the span, hold it whether so many do."""
    above, upto = span
    return newest * upto >= many * max(upto - above, 1)
