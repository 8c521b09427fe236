"""
The kind `semanticscholar`: papers that cite a work, and papers of an author, from Semantic Scholar's Academic Graph
(api.semanticscholar.org/api-docs/graph).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from adapters.sources.http.request import Request
from adapters.sources.parse.feed import TITLE, newest_of, rhythm_days
from adapters.sources.parse.latex import readable
from adapters.sources.parse.payload import instant, listed, loaded, number, rows, table, text
from bot.errors import SourceError
from bot.item_keys import address_of, item_key
from bot.model import Entry, FetchResult, ItemKind, Section, SourceSpec
from bot.ports import Clock
from bot.text import clean, cut, names, plain

if TYPE_CHECKING:
    from adapters.sources.http.fetcher import Fetcher
    from adapters.sources.parse.pool import Parser

LANE: Final = "semanticscholar"
"""One question a second, over all sources of the kind: what a key is allowed, and more than those without one may count on."""

_INTERVAL: Final = 1.1
_MOST: Final = 1000
_PAGE: Final = 100
_PAGE_BYTES: Final = 10_000_000
_BACK: Final = timedelta(days=14)
_FIELDS: Final = "title,abstract,authors,externalIds,publicationDate,venue"
_ABSTRACT: Final = 2500
_WANTED: Final = "a list of papers"
_REFUSALS: Final = frozenset({400, 404})
_SHA: Final = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
_ON_SITE: Final = re.compile(r"semanticscholar\.org/(?:paper|reader)/(?:[^/?#]*/)?(?P<id>[0-9a-f]{40})", re.IGNORECASE)
_AUTHOR: Final = re.compile(
    r"(?:^|semanticscholar\.org/author/(?:[^/?#]*/)?)(?P<id>\d{1,12})(?=$|[/?#])", re.IGNORECASE
)
_PREFIXED: Final = re.compile(r"(?:CorpusId|ARXIV|DOI|MAG|ACL|PMID|PMCID|URL):\S+", re.IGNORECASE)


def paper_id(said: str) -> str | None:
    """
    Give the name that the API knows a paper by: of an arXiv or DOI address or number, of its own address or id; else None.

    >>> paper_id("https://arxiv.org/abs/1706.03762v7"), paper_id("10.1145/3292500.3330701")
    ('ARXIV:1706.03762', 'DOI:10.1145/3292500.3330701')
    """
    said = said.strip()
    here = _ON_SITE.search(said)
    if here:
        return here["id"].lower()
    if _SHA.fullmatch(said):
        return said.lower()
    scheme, _, value = (item_key(said) or "").partition(":")
    if scheme in {"arxiv", "doi"}:
        return f"{scheme.upper()}:{value}"
    return said if _PREFIXED.fullmatch(said) else None


def author_id(said: str) -> str | None:
    """
    Give an author's number, of the number itself or of the address of the author's page; else None.

    >>> author_id("https://www.semanticscholar.org/author/Ashish-Vaswani/40348417")
    '40348417'
    """
    found = _AUTHOR.search(said.strip())
    return found["id"] if found else None


class SemanticScholarSource:
    """
    Every paper that cites one of the works `cites`, and every paper of the authors `authors`, of the last two weeks at least.

    Options: `cites`, works by arXiv number, DOI, or address; `authors`, by number or address of the author's page; `most`, papers
    read for each of them at most (default 1000). Papers are dated by their publication, a day. What could not be read of one work or
    author is told, and the others are read. A key (`SEMANTIC_SCHOLAR_API_KEY`) is sent where there is one.
    """

    def __init__(
        self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock, secrets: Mapping[str, str]
    ) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        # The key goes where the operator's own configuration sends it, and nowhere else.
        self._key = secrets.get("semantic_scholar_api_key") if spec.trusted else None
        most = spec.options.get("most", _MOST)
        self._most = most if isinstance(most, int) else _MOST

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - nothing is noted
        now = self._clock()
        found: dict[str, Entry] = {}
        remarks: list[str] = []
        failures: list[SourceError] = []
        asked = list(self._questions(min(since, now - _BACK)))
        for name, path, query in asked:
            try:
                remark = await self._papers(path, query, found)
            except SourceError as error:
                failures.append(error)
                remark = error.reason
            if remark:
                remarks.append(f"{name}: {remark}" if len(asked) > 1 else remark)
        if failures and len(failures) == len(asked):
            raise failures[0]
        oldest = min(since, now - _BACK)
        dates = [entry.published for entry in found.values()]
        return FetchResult(
            entries=tuple(each for each in found.values() if each.published is None or each.published >= oldest),
            note="; ".join(remarks) or None,
            partial=bool(remarks),
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    def _questions(self, oldest: datetime) -> Iterator[tuple[str, str, dict[str, str]]]:
        """For each work and author, its name, where to ask, and what: only for papers that are new enough, where the API heeds that."""
        window = {"publicationDateOrYear": f"{oldest:%Y-%m-%d}:"}
        for said in _strings(self._spec.options.get("cites")):
            number_ = paper_id(said)
            yield said, f"/paper/{quote(number_ or said, safe=':/')}/citations", window
        for said in _strings(self._spec.options.get("authors")):
            yield said, f"/author/{quote(author_id(said) or said, safe='')}/papers", window

    async def _papers(self, path: str, query: Mapping[str, str], found: dict[str, Entry]) -> str | None:
        """Add the papers of one question to `found`; give a remark if it was not read to its end."""
        start = 0
        while start < self._most:
            try:
                page = await self._page(path, query, start)
            except SourceError as error:
                if not start:
                    raise
                return f"{error.reason} after {start} papers"
            found |= {entry.external_id: entry for entry in page.entries if entry.external_id not in found}
            if page.following is None or page.following <= start:
                return None
            start = page.following
        return f"took the first {start} papers"

    async def _page(self, path: str, query: Mapping[str, str], start: int) -> Page:
        spec = self._spec
        asked = urlencode(
            {**query, "fields": _FIELDS, "limit": min(_PAGE, self._most - start), "offset": start}, safe=":,"
        )
        response = await self._fetcher.get(
            Request(
                source_id=spec.id,
                url=f"{spec.url.rstrip('/')}{path}?{asked}",
                headers={"Accept": "application/json", **({"x-api-key": self._key} if self._key else {})},
                trusted=spec.trusted,
                lane=LANE,
                interval=_INTERVAL,
                max_bytes=_PAGE_BYTES,
                accept=_REFUSALS,
                wanted=_WANTED,
            )
        )
        return await self._parser.run(spec.id, parse_papers, response.body, spec.id, spec.section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of papers, and the offset of the next one, None for the last."""

    entries: tuple[Entry, ...]
    following: int | None


def parse_papers(body: bytes, source_id: str, section: Section) -> Page:
    """Read a page of citations, or of an author's papers. Raises `Unreadable` if it is none, with what the API says instead."""
    found = loaded(body, _WANTED)
    papers = [table(each, "citingPaper") if "citingPaper" in each else each for each in listed(found, "data", _WANTED)]
    entries = [entry for paper in papers if (entry := _entry(paper, source_id, section))]
    return Page(entries=tuple(entries), following=number(found, "next"))


def _entry(paper: Mapping[str, Any], source_id: str, section: Section) -> Entry | None:
    number_, title = text(paper, "paperId"), cut(clean(readable(plain(text(paper, "title")))), TITLE)
    if not _SHA.fullmatch(number_) or not title:
        return None
    ids = table(paper, "externalIds")
    keys = (item_key(each) for each in (f"arXiv:{text(ids, 'ArXiv')}", f"doi:{text(ids, 'DOI')}"))
    own = next((key for key in keys if key), None)
    return Entry(
        source_id=source_id,
        external_id=number_.lower(),
        kind=ItemKind.PAPER,
        section=section,
        title=title,
        url=f"https://www.semanticscholar.org/paper/{number_.lower()}",
        about=address_of(own) if own else None,
        authors=names(plain(text(each, "name"), 100) for each in rows(paper, "authors")),
        abstract=cut(clean(readable(plain(text(paper, "abstract")))), _ABSTRACT),
        published=instant(text(paper, "publicationDate")),
        tags=tuple(tag for tag in (plain(text(paper, "venue"), 60),) if tag),
    )


def _strings(value: object) -> Sequence[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
