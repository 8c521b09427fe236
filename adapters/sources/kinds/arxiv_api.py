"""One page of arXiv's query API → entries. Pure; run in the reading process, where 2,000 records take a quarter of a second."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final
from xml.etree import ElementTree as ET

from adapters.sources.parse.dates import read_date
from adapters.sources.parse.document import Unreadable, what_else
from adapters.sources.parse.feed import CROSS_LIST, TITLE
from adapters.sources.parse.latex import accents, readable
from bot.model import Entry, ItemKind, Section
from bot.text import clean, cut, names, safe_url
from bot.withdrawal import TAG as WITHDRAWN
from bot.withdrawal import is_withdrawn

ABSTRACT: Final = 2500
REVISED: Final = "revised"
"""Tags: the paper's own category is not among those asked for; it has a second version already."""

_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_SEARCH: Final = "{http://a9.com/-/spec/opensearch/1.1/}"
_ID: Final = re.compile(r"arxiv\.org/abs/(?P<id>.+?)(?:v(?P<version>\d{1,4}))?$")
_CODE: Final = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|huggingface\.co)/[\w.\-]+/[\w.\-/]*[\w\-]", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArxivPage:
    """`total` is how many records the whole question has, `count` how many this page held."""

    entries: tuple[Entry, ...]
    total: int
    count: int


def parse_arxiv_page(body: bytes, source_id: str, section: Section, categories: Collection[str] = ()) -> ArxivPage:
    """
    Read a page of what was asked for by `categories`.

    Raises `Unreadable` for what is none, and for arXiv's way of reporting an error: a feed of one entry called 'Error' (API
    user's manual, 3.4).
    """
    try:
        feed = ET.fromstring(body)  # noqa: S314 - the expat of `documents.py` knows the bombs, and ElementTree fetches nothing
    except (ET.ParseError, ValueError, LookupError):
        raise Unreadable(what_else(body) if body.strip() else "gave an empty answer") from None
    if feed.tag != f"{_ATOM}feed":
        raise Unreadable(what_else(body))
    records = feed.findall(f"{_ATOM}entry")
    for record in records:
        if "/api/errors" in _text(record, "id"):
            raise Unreadable(f"did not understand the question: {cut(clean(_text(record, 'summary')), 200)}")
    entries = [entry for record in records if (entry := _entry(record, source_id, section, categories))]
    total = feed.findtext(f"{_SEARCH}totalResults") or ""
    return ArxivPage(
        entries=tuple(entries),
        total=int(total) if total.strip().isdigit() else len(records),
        count=len(records),
    )


def _entry(record: ET.Element, source_id: str, section: Section, asked: Collection[str]) -> Entry | None:
    found = _ID.search(_text(record, "id").strip())
    title = cut(clean(readable(_text(record, "title"))), TITLE)
    if not found or not title:
        return None
    terms = _categories(record)
    abstract = clean(readable(_text(record, "summary")))
    comment = clean(record.findtext(f"{_ARXIV}comment") or "")
    submitted = instant(_text(record, "published"))
    return Entry(
        source_id=source_id,
        external_id=found["id"],
        kind=ItemKind.PAPER,
        section=section,
        title=title,
        url=f"https://arxiv.org/abs/{found['id']}",
        authors=_authors(record),
        abstract=cut(abstract, ABSTRACT),
        published=submitted,
        work_date=submitted,
        tags=(
            *terms,
            *_remarks(terms, asked, found["version"]),
            *((WITHDRAWN,) if is_withdrawn(title, abstract, comment) else ()),
        ),
        code_url=code_in(f"{abstract} {comment}"),
    )


HELD: Final = timedelta(days=3)
"""A weekend lies between submission and announcement at most (info.arxiv.org/help/availability.html); moderation takes longer."""

_NUMBER: Final = re.compile(r"(\d{4})\.(\d{4,5})")


def announced(entries: Iterable[Entry]) -> list[Entry]:
    """
    Give the papers, and to those that moderation held back the earliest instant at which arXiv can have announced them.

    arXiv numbers papers when it announces them: one whose number follows that of papers submitted more than `HELD` after it
    was announced after these. In the captured week 2,581 of 2,684 papers are in the order of their submission, and none is off
    by more than two and a half days.
    """
    ordered = sorted(entries, key=_number)
    latest: datetime | None = None
    found = []
    for entry in ordered:
        submitted = entry.work_date
        if submitted and latest and latest - submitted > HELD:
            found.append(replace(entry, published=latest))
        else:
            found.append(entry)
            latest = max(filter(None, (latest, submitted)), default=None)
    return found


def _number(entry: Entry) -> tuple[int, int]:
    """Place a paper among the others; the numbers of before 2007 are not among what was submitted lately."""
    found = _NUMBER.match(entry.external_id)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _text(record: ET.Element, name: str) -> str:
    return record.findtext(f"{_ATOM}{name}") or ""


def _authors(record: ET.Element) -> tuple[str, ...]:
    return names(clean(accents(name.text or "")) for name in record.iterfind(f"{_ATOM}author/{_ATOM}name"))


def _categories(record: ET.Element) -> tuple[str, ...]:
    """The primary category first; what follows it are cross-lists."""
    primary = record.find(f"{_ARXIV}primary_category")
    terms = [
        each.get("term", "") for each in ([] if primary is None else [primary]) + record.findall(f"{_ATOM}category")
    ]
    return tuple(dict.fromkeys(term for term in terms if term))


def _remarks(terms: Sequence[str], asked: Collection[str], version: str | None) -> Iterator[str]:
    if asked and terms and not any(fnmatchcase(terms[0], category) for category in asked):
        yield CROSS_LIST
    if version and int(version) > 1:
        yield REVISED


def code_in(text: str) -> str | None:
    """Give the first address of a repository in a text."""
    found = _CODE.search(text)
    return safe_url(found.group().removesuffix(".git")) if found else None


def instant(text: str) -> datetime | None:
    """Read a date, in UTC; None if it is none. One without a zone is taken as UTC."""
    found = read_date(text)
    return found.instant if found else None
