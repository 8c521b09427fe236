"""The kind `huggingface`: the papers that people put forward on Hugging Face, with their votes, week by week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request
from adapters.sources.kinds.huggingface_api import DailyPage, parse_daily_page
from adapters.sources.parse.feed import newest_of, rhythm_days
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.model import FetchResult, SourceSpec
from bot.ports import Clock

_PAGE: Final = 100
"""The largest page the API gives; a week of 2026 held 63 to 224 papers."""
_MOST_PAGES: Final = 10
_PAGE_BYTES: Final = 15_000_000


@dataclass(slots=True)
class _Week:
    """What was read of a week: the pages that have changed, the tags of all, and what went wrong, if anything did."""

    week: str
    pages: list[DailyPage] = field(default_factory=list)
    tags: list[str | None] = field(default_factory=list)
    failure: SourceError | None = None
    remark: str | None = None

    @property
    def answered(self) -> bool:
        return bool(self.tags)


class HuggingFaceSource:
    """
    Every ISO week that the window touches, whole: votes go on coming in, so older entries are read again on purpose.

    Options: `most_pages`, how many pages of a week are read at most (default 10); `organisations`, of which one must stand behind a
    paper, by its name in addresses.
    """

    def __init__(self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        most = spec.options.get("most_pages", _MOST_PAGES)
        self._most_pages = most if isinstance(most, int) else _MOST_PAGES
        wanted = spec.options.get("organisations")
        self._organisations = tuple(map(str, wanted)) if isinstance(wanted, list | tuple) else ()

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        """
        Ask week by week, page by page; what was read is kept if a later page or another week fails.

        Raises `SourceError` where nothing at all was answered.
        """
        known = state.get("weeks")
        before = known if isinstance(known, Mapping) else {}
        now = self._clock()
        read = [await self._week(week, list(before.get(week, ()))) for week in weeks(since, now)]
        failures = [week.failure for week in read if week.failure]
        if failures and not any(week.answered for week in read):
            raise failures[0]
        pages = [page for week in read for page in week.pages]
        found = {entry.external_id: entry for page in pages for entry in page.entries}
        remarks = [week.remark for week in read if week.remark]
        if skipped := sum(page.skipped for page in pages):
            remarks.append(f"left out {skipped} that could not be understood")
        return FetchResult(
            entries=tuple(found.values()),
            state={"weeks": {week.week: week.tags for week in read if week.tags}},
            not_modified=not pages,
            note="; ".join(remarks) or None,
            partial=bool(remarks),
            newest=newest_of((entry.published for entry in found.values()), now),
            rhythm_days=rhythm_days((entry.published for entry in found.values()), now),
        )

    async def _week(self, week: str, before: Sequence[str | None]) -> _Week:
        """Read what has changed in a week; the tags are those of all its pages, the last of which is a short one."""
        read = _Week(week)
        for number in range(self._most_pages):
            try:
                page, tag = await self._page(week, number, before[number] if number < len(before) else None)
            except SourceError as error:
                read.failure = error
                if read.tags:
                    read.tags.append(None)  # so that this page is asked for the next time, and all that follow
                where = f"after {number * _PAGE} papers of {week}" if number else f"for {week}"
                read.remark = f"{error.reason} {where}"
                return read
            read.tags.append(tag)
            if page is not None:
                read.pages.append(page)
            if page.count < _PAGE if page is not None else number == len(before) - 1:
                return read
        if read.pages and read.pages[-1].count == _PAGE:
            read.remark = f"took the first {self._most_pages * _PAGE} papers of {week}"
        return read

    async def _page(self, week: str, number: int, etag: str | None) -> tuple[DailyPage | None, str | None]:
        query = urlencode({"week": week, "p": number, "limit": _PAGE})
        response = await self._fetcher.get(
            Request(
                source_id=self._spec.id,
                url=f"{self._spec.url}?{query}",
                headers={"Accept": "application/json"},
                etag=etag,
                trusted=self._spec.trusted,
                max_bytes=_PAGE_BYTES,
            )
        )
        if response.not_modified:
            return None, etag
        spec = self._spec
        page = await self._parser.run(
            spec.id, parse_daily_page, response.body, spec.id, spec.section, self._organisations
        )
        return page, response.headers.get("etag")


def weeks(since: datetime, now: datetime) -> list[str]:
    """
    The ISO weeks that a window touches, oldest first.

    >>> weeks(datetime(2026, 8, 10, 9, tzinfo=UTC), datetime(2026, 8, 17, 9, tzinfo=UTC))
    ['2026-W33', '2026-W34']
    """
    day, last = since.astimezone(UTC).date(), now.astimezone(UTC).date()
    found: dict[str, None] = {}
    while day < last:
        found[_week(day.isocalendar())] = None
        day += timedelta(days=1)
    found[_week(last.isocalendar())] = None
    return list(found)


def _week(parts: tuple[int, int, int]) -> str:
    return f"{parts[0]:04d}-W{parts[1]:02d}"
