"""The kind `arxiv`: everything submitted to some categories since an instant, from arXiv's query API."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import urlencode

from adapters.sources.http.caching import Condition, condition, noted
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.redirects import other_address
from adapters.sources.http.request import Request, Response
from adapters.sources.kinds.arxiv_api import ArxivPage, announced, parse_arxiv_page
from adapters.sources.kinds.arxiv_rss import parse_arxiv_rss
from adapters.sources.parse.feed import newest_of, rhythm_days
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.model import Entry, FetchResult, SourceSpec
from bot.ports import Clock

CATEGORIES: Final = ("cs.LG", "cs.CL", "cs.AI", "cs.CV", "stat.ML")
SITE: Final = "arxiv.org"
RSS: Final = "https://rss.arxiv.org/rss/"
LANE: Final = "arxiv"
"""API, RSS and OAI count together: one request every three seconds, a single connection (info.arxiv.org/help/api/tou.html)."""

MODERATION: Final = timedelta(days=14)
"""How far back arXiv is asked at least: moderation holds papers for more than a week, and then they bear their old dates."""

_PAGE_BYTES: Final = 20_000_000
_DEADLINE: Final = 30.0
"""A page of 1,000 records is made while we wait, so arXiv gets longer than others."""
# 406 comes from arXiv's edge during its windows of throttling (seen by several clients in September 2026).
_THROTTLED: Final = frozenset({406})
_TRIES: Final = 3
_UNASKED: Final = "answered that nothing has changed, which it was not asked"


@dataclass(frozen=True, slots=True)
class ArxivOptions:
    """
    What a spec may say of how arXiv is asked.

    `categories`: their papers and what is cross-listed to them, which gets the tag `cross-list`; at most `most` records, `page`
    at a time; `interval` seconds between requests; `patience` seconds before an empty answer is doubted a second time, twice
    that before a third.

    With `authors` (names, or arXiv's own like 'hinton_g') only papers of one of them are asked for; with a `query`, in the API's own
    words, only what it finds; of any category then, unless some are named.
    """

    categories: tuple[str, ...] = CATEGORIES
    most: int = 10_000
    page: int = 1000
    interval: float = 3.0
    patience: float = 5.0
    authors: tuple[str, ...] = ()
    query: str = ""

    @classmethod
    def of(cls, options: Mapping[str, object]) -> Self:
        """Take the options of a spec; its catalogue has checked their types."""
        known = {name: options[name] for name in cls.__slots__ if name in options}
        for name in ("categories", "authors"):
            if isinstance(listed := known.get(name), Sequence):
                known[name] = tuple(str(each) for each in listed)
        if known.get("authors") or known.get("query"):
            known.setdefault("categories", ())
        return cls(**known)  # type: ignore[arg-type]  # checked where the configuration is read

    @property
    def narrow(self) -> bool:
        """Whether so little is asked for that there may be nothing."""
        return bool(self.authors or self.query)


@dataclass(frozen=True, slots=True)
class _Read:
    """
    What a route gave, and what to remember of it. `partial`, and `note` says why: not everything of the window is there.
    `unchanged`: it said that nothing has changed since it was last read.
    """

    entries: Sequence[Entry] = ()
    note: str | None = None
    partial: bool = False
    kept: Mapping[str, object] = field(default_factory=dict)
    unchanged: bool = False


class ArxivSource:
    """
    One question to arXiv, in pages. Cross-lists are among the answers; replacements are not, for what counts is the
    date of submission.

    An empty answer is asked for again, and is an error in the end: no category is silent for two weeks, and arXiv does answer
    200 with nothing under load. If a later page fails, what came before is given, with a note. If the first one does, the second
    route is the daily announcement by RSS (`rss_url` of the options): one day only, but better than none.

    The window is asked for in whole days, so that all questions of a day are the same one, and only the first of them is
    answered in full where the server knows how. An answer is remembered only if all its pages were read.
    """

    def __init__(self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        self._options = ArxivOptions.of(spec.options)

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        now = self._clock()
        since = min(since, now - MODERATION)
        try:
            read, route = await self._papers(since, now, state.get("api")), "api"
        except SourceError as error:
            read, route = await self._announced(error, state.get("rss")), "rss"
        found = {entry.external_id: entry for entry in read.entries}
        dates = [entry.published for entry in found.values()]
        routes = {**{name: state[name] for name in ("api", "rss") if name in state}, route: read.kept}
        return FetchResult(
            entries=tuple(announced(found.values())),
            state={name: kept for name, kept in routes.items() if kept},
            not_modified=read.unchanged,
            note=read.note,
            partial=read.partial,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    async def _papers(self, since: datetime, now: datetime, before: object) -> _Read:
        """Everything the window holds, with a remark if something is missing."""
        url = self._address(since, now, 0)
        response, first = await self._page(since, now, 0, condition(before, url))
        if first is None:
            return _Read(kept=_as_it_was(before), unchanged=True)
        entries, start = list(first.entries), first.count
        try:
            while start < min(first.total, self._options.most):
                page = await self._later_page(since, now, start)
                entries += page.entries
                start += page.count
        except SourceError as error:
            return _Read(entries, f"{error.reason} after {start} of {first.total} papers", partial=True)
        if first.total > start:
            return _Read(entries, f"took the newest {start} of {first.total} papers", partial=True)
        return _Read(entries, kept=noted(url, response))

    async def _announced(self, error: SourceError, before: object) -> _Read:
        """What the day's RSS announces, where there is one to ask; `error` is why, and is raised if it is of no help."""
        address = other_address(self._spec.options, "rss_url", self._spec.url, SITE, RSS)
        if address is None or self._options.narrow:
            raise error
        url = f"{address.rstrip('/')}/{'+'.join(self._options.categories)}"
        note = f"{error.reason}, so only the daily announcement was read"
        asked = condition(before, url)
        try:
            response = await self._ask(url, asked)
            if response.not_modified and asked:
                return _Read(note=note, partial=True, kept=_as_it_was(before), unchanged=True)
            entries = await self._parser.run(
                self._spec.id, parse_arxiv_rss, response.body, self._spec.id, self._spec.section
            )
        except SourceError:
            raise error from None
        if not entries:
            raise error  # nothing on weekends and holidays: that is no help either
        return _Read(entries, note, partial=True, kept=noted(url, response))

    async def _page(
        self, since: datetime, now: datetime, start: int, asked: Condition | None = None
    ) -> tuple[Response, ArxivPage | None]:
        """A page that can be believed, None if it has not changed since the answer that the condition is from."""
        # Not stamina: what is repeated is no error but an answer that cannot be believed, and the pause is the configured one.
        for attempt in range(_TRIES):
            response = await self._ask(self._address(since, now, start), asked, frozenset({HTTPStatus.BAD_REQUEST}))
            if response.not_modified and asked:
                return response, None
            page = await self._parsed(response)
            if page.count or (self._options.narrow and not page.total):  # an author may be silent for weeks
                return response, page
            if attempt + 1 < _TRIES:
                await asyncio.sleep(self._options.patience * (attempt + 1))
        raise SourceError(self._spec.id, "gave no papers where there must be some, three times")

    async def _later_page(self, since: datetime, now: datetime, start: int) -> ArxivPage:
        _, page = await self._page(since, now, start)
        if page is None:
            raise SourceError(self._spec.id, _UNASKED)
        return page

    def _address(self, since: datetime, now: datetime, start: int) -> str:
        options = self._options
        query = {
            "search_query": question(
                options.categories, *whole_days(since, now), authors=options.authors, query=options.query
            ),
            "sortBy": "submittedDate",
            "sortOrder": "descending",
            "start": start,
            "max_results": min(options.page, options.most - start),
        }
        return f"{self._spec.url}?{urlencode(query)}"

    async def _parsed(self, response: Response) -> ArxivPage:
        spec = self._spec
        if response.not_modified:
            raise SourceError(spec.id, _UNASKED)
        page = await self._parser.run(
            spec.id, parse_arxiv_page, response.body, spec.id, spec.section, self._options.categories
        )
        if response.status == HTTPStatus.BAD_REQUEST:
            raise SourceError(spec.id, "answered 400 without saying why")
        return page

    async def _ask(self, url: str, asked: Condition | None = None, accept: frozenset[int] = frozenset()) -> Response:
        return await self._fetcher.get(
            Request(
                source_id=self._spec.id,
                url=url,
                trusted=self._spec.trusted,
                lane=LANE,
                interval=self._options.interval,
                deadline=_DEADLINE,
                max_bytes=_PAGE_BYTES,
                accept=accept,
                throttled=_THROTTLED,
                **(asked or {}),
            )
        )


def whole_days(since: datetime, now: datetime) -> tuple[datetime, datetime]:
    """
    Widen a window to whole days of UTC.

    ArXiv adds papers once a day and asks not to be asked the same more often (API user's manual, 3.1.1); a window that ends at
    this very minute would make another question of each. What it holds too much is known already, or counts as the past.

    >>> [f"{each:%d %H:%M}" for each in whole_days(datetime(2026, 8, 10, 9, tzinfo=UTC), datetime(2026, 8, 17, 9, tzinfo=UTC))]
    ['10 00:00', '18 00:00']
    """
    first, last = (each.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) for each in (since, now))
    return first, last + timedelta(days=1)


def question(
    categories: Sequence[str], since: datetime, now: datetime, *, authors: Sequence[str] = (), query: str = ""
) -> str:
    """
    The search query for a window of submission, in arXiv's own time format (UTC, to the minute), of papers that are in one of the
    categories, by one of the authors, and found by the query, as far as there are any.

    >>> question(["cs.LG"], datetime(2026, 8, 10, tzinfo=UTC), datetime(2026, 8, 17, tzinfo=UTC))
    'cat:cs.LG AND submittedDate:[202608100000 TO 202608170000]'
    """
    window = f"submittedDate:[{since.astimezone(UTC):%Y%m%d%H%M} TO {now.astimezone(UTC):%Y%m%d%H%M}]"
    clauses = [_any(f"cat:{category}" for category in categories), _any(_author(name) for name in authors)]
    return " AND ".join(filter(None, [*clauses, f"({query})" if query else "", window]))


def _any(terms: Iterable[str]) -> str:
    wanted = list(terms)
    return f"({' OR '.join(wanted)})" if len(wanted) > 1 else "".join(wanted)


def _author(name: str) -> str:
    """
    The term for an author: arXiv's own form as it is, a name with its words in order ('Hinton, Geoffrey' is turned round).

    >>> _author("hinton_g"), _author("Hinton, Geoffrey")
    ('au:hinton_g', 'au:"Geoffrey Hinton"')
    """
    family, comma, given = name.replace('"', " ").partition(",")
    words = " ".join((f"{given} {family}" if comma else family).split())
    return f'au:"{words}"' if " " in words else f"au:{words}"


def _as_it_was(note: object) -> Mapping[str, object]:
    return note if isinstance(note, Mapping) else {}
