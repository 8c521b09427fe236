"""The kind `huggingface`: the papers that people put forward on Hugging Face, with their votes, week by week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request
from adapters.sources.kinds.huggingface_api import DailyPage, parse_daily_page
from adapters.sources.parse.feed import newest_of, rhythm_days
from adapters.sources.parse.pool import Parser
from bot.model import FetchResult, SourceSpec
from bot.ports import Clock

_PAGE: Final = 100
"""The largest page the API gives; a week of 2026 held 63 to 224 papers."""
_MOST_PAGES: Final = 10
_PAGE_BYTES: Final = 15_000_000


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
        known = state.get("weeks")
        before = known if isinstance(known, Mapping) else {}
        tags: dict[str, list[str | None]] = {}
        pages: list[DailyPage] = []
        now = self._clock()
        remarks = []
        for week in weeks(since, now):
            already = len(pages)
            tags[week] = await self._week(week, list(before.get(week, ())), pages)
            if len(pages) - already == self._most_pages and pages[-1].count == _PAGE:
                remarks.append(f"took the first {self._most_pages * _PAGE} papers of {week}")
        found = {entry.external_id: entry for page in pages for entry in page.entries}
        if skipped := sum(page.skipped for page in pages):
            remarks.append(f"left out {skipped} that could not be understood")
        return FetchResult(
            entries=tuple(found.values()),
            state={"weeks": tags},
            not_modified=not pages,
            note="; ".join(remarks) or None,
            partial=bool(remarks),
            newest=newest_of((entry.published for entry in found.values()), now),
            rhythm_days=rhythm_days((entry.published for entry in found.values()), now),
        )

    async def _week(self, week: str, before: list[str | None], pages: list[DailyPage]) -> list[str | None]:
        """Add to `pages` what has changed in a week; give the tags of all its pages, the last of which is a short one."""
        tags: list[str | None] = []
        for number in range(self._most_pages):
            page, tag = await self._page(week, number, before[number] if number < len(before) else None)
            tags.append(tag)
            if page is not None:
                pages.append(page)
            if page.count < _PAGE if page is not None else number == len(before) - 1:
                break
        return tags

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
