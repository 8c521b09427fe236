"""
The kind `openreview`: the papers of a venue, from OpenReview's public notes API (docs.openreview.net, 'API V2').

Only what everybody may read is asked for, without an account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from adapters.sources.http.request import Request
from adapters.sources.parse.feed import TITLE, newest_of, rhythm_days
from adapters.sources.parse.latex import readable
from adapters.sources.parse.payload import epoch, listed, loaded, number, table, text
from bot.errors import SourceError
from bot.model import Entry, FetchResult, ItemKind, Section, SourceSpec
from bot.ports import Clock
from bot.text import clean, cut, names, safe_url

if TYPE_CHECKING:
    from adapters.sources.http.fetcher import Fetcher
    from adapters.sources.parse.pool import Parser

ACCEPTED: Final = "accepted"
SUBMITTED: Final = "submitted"
BACK: Final = timedelta(days=14)
"""How far back papers are kept at least: decisions are made public some days after the date that they bear."""

_PAGE: Final = 1000
"""The most that the API gives at once ('limit', default 1000)."""
_MOST: Final = 5000
_PAGE_BYTES: Final = 20_000_000
_DEADLINE: Final = 40.0
_ABSTRACT: Final = 2500
_TAGS: Final = 12
_WANTED: Final = "a list of papers"


class OpenReviewSource:
    """
    One venue, page by page, newest first. If a later page fails, what came before is given, with a note.

    Options: `venue`, its id ('ICLR.cc/2026/Conference'); `stage`, `accepted` (default) for the papers of its programme, dated when
    they were published there, or `submitted` for those under review; `most`, papers read at most (default 5000).
    """

    def __init__(self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        most = spec.options.get("most", _MOST)
        self._most = most if isinstance(most, int) else _MOST

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - nothing is noted
        now = self._clock()
        notes: dict[str, Entry] = {}
        read, total, remark = 0, None, None
        while read < self._most and (total is None or read < total):
            try:
                page = await self._page(read, min(_PAGE, self._most - read))
            except SourceError as error:
                if not read:
                    raise
                remark = f"{error.reason} after {read} papers"
                break
            notes |= {entry.external_id: entry for entry in page.entries if entry.external_id not in notes}
            read, total = read + page.count, page.total
            if page.count < _PAGE:
                break
        if remark is None and total is not None and total > read >= self._most:
            remark = f"took the newest {read} of {total} papers"
        dates = [entry.published for entry in notes.values()]
        oldest = min(since, now - BACK)
        return FetchResult(
            entries=tuple(each for each in notes.values() if each.published is None or each.published >= oldest),
            note=remark,
            partial=remark is not None,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    async def _page(self, start: int, size: int) -> Page:
        spec = self._spec
        venue, stage = str(spec.options.get("venue", "")), spec.options.get("stage", ACCEPTED)
        query = {
            "content.venueid": f"{venue}/Submission" if stage == SUBMITTED else venue,
            "sort": "cdate:desc",
            "limit": size,
            "offset": start,
        }
        response = await self._fetcher.get(
            Request(
                source_id=spec.id,
                url=f"{spec.url}{'&' if '?' in spec.url else '?'}{urlencode(query)}",
                headers={"Accept": "application/json"},
                trusted=spec.trusted,
                deadline=_DEADLINE,
                max_bytes=_PAGE_BYTES,
                wanted=_WANTED,
            )
        )
        return await self._parser.run(spec.id, parse_notes, response.body, spec.id, spec.section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of notes: its papers, how many notes it held, and how many there are in all, None where it does not say."""

    entries: tuple[Entry, ...]
    count: int
    total: int | None


def parse_notes(body: bytes, source_id: str, section: Section) -> Page:
    """Read a page of notes. Raises `Unreadable` if it is none. Withdrawn, desk-rejected and deleted papers are left out."""
    found = loaded(body, _WANTED)
    notes = listed(found, "notes", _WANTED)
    entries = [entry for note in notes if (entry := _entry(note, source_id, section))]
    return Page(entries=tuple(entries), count=len(notes), total=number(found, "count"))


_LEFT_OUT: Final = ("withdrawn", "desk_rejected", "desk rejected", "desk reject")


def _entry(note: Mapping[str, Any], source_id: str, section: Section) -> Entry | None:
    content = table(note, "content")
    forum = text(note, "forum") or text(note, "id")
    title = cut(clean(readable(_said(content, "title"))), TITLE)  # text and LaTeX: what looks like a tag is meant
    venue = f"{_said(content, 'venueid')} {_said(content, 'venue')}".casefold()
    gone = note.get("ddate") is not None or any(word in venue for word in _LEFT_OUT)
    if not forum.replace("-", "").replace("_", "").isalnum() or not title or gone:
        return None
    abstract = _said(content, "abstract") or _said(content, "TL;DR") or _said(content, "TLDR")
    return Entry(
        source_id=source_id,
        external_id=forum,
        kind=ItemKind.PAPER,
        section=section,
        title=title,
        url=f"https://openreview.net/forum?id={forum}",
        authors=names(cut(clean(each), 100) for each in _list(content, "authors") if each.casefold() != "anonymous"),
        abstract=cut(clean(readable(abstract)), _ABSTRACT),
        published=_published(note),
        code_url=safe_url(_said(content, "code") or _said(content, "code_url")),
        tags=_tags(content),
    )


def _published(note: Mapping[str, Any]) -> datetime | None:
    """When it was published, made public, or written down, whatever is known first; OpenReview counts milliseconds."""
    return next(
        (at for name in ("pdate", "odate", "cdate", "tcdate") if (at := epoch(note.get(name), milliseconds=True))), None
    )


def _tags(content: Mapping[str, Any]) -> tuple[str, ...]:
    """How the paper was accepted ('ICLR 2026 Oral'), then its keywords."""
    named = (cut(clean(each), 60) for each in (_said(content, "venue"), *_list(content, "keywords")))
    return tuple(dict.fromkeys(tag for tag in named if tag))[:_TAGS]


def _value(content: Mapping[str, Any], name: str) -> object:
    """A field; of the second version of the API it is wrapped, of the first it is not."""
    value = content.get(name)
    return value.get("value") if isinstance(value, Mapping) else value


def _said(content: Mapping[str, Any], name: str) -> str:
    value = _value(content, name)
    return value if isinstance(value, str) else ""


def _list(content: Mapping[str, Any], name: str) -> Sequence[str]:
    value = _value(content, name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
