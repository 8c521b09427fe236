"""What Crossref says of a DOI (api.crossref.org/swagger-ui, `/works/{doi}`) → a work. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.payload import loaded, rows, table, text
from bot.model import FoundWork, ItemKind
from bot.text import clean, cut, names, plain, plain_title, safe_url
from bot.volumes import is_volume

WANTED: Final = "a work of Crossref"
TITLE: Final = 300
ABSTRACT: Final = 2500
_NAME: Final = 100
_DATES: Final = ("published", "published-online", "published-print", "issued", "posted")
_PAPERS: Final = frozenset(
    {"journal-article", "proceedings-article", "posted-content", "book-chapter", "report", "dissertation", "monograph"}
)
_VOLUMES: Final = frozenset(
    {
        "proceedings",
        "proceedings-series",
        "journal",
        "journal-issue",
        "journal-volume",
        "book-series",
        "book-set",
        "report-series",
    }
)
"""What papers stand in (api.crossref.org/types)."""


def read_crossref(body: bytes, doi: str) -> FoundWork:
    """Read the work that Crossref gives for a DOI. Raises `Unreadable` where it is none, or has no title."""
    work = table(loaded(body, WANTED), "message")
    title = cut(plain_title(" ".join(_texts(work, "title"))), TITLE)
    if not title:
        raise Unreadable("knows no title of it")
    url = safe_url(text(work, "URL")) or f"https://doi.org/{doi}"
    return FoundWork(
        url=url,
        title=title,
        authors=names(cut(clean(_name(author)), _NAME) for author in rows(work, "author")),
        abstract=plain(text(work, "abstract"), ABSTRACT),
        published=next((at for name in _DATES if (at := _day(table(work, name)))), None),
        kind=_kind(text(work, "type"), title),
    )


def _kind(said: str, title: str) -> ItemKind | None:
    if said in _VOLUMES or is_volume(title):
        return ItemKind.POST
    return ItemKind.PAPER if said in _PAPERS else None


def _name(author: Mapping[str, Any]) -> str:
    return f"{text(author, 'given')} {text(author, 'family')}".strip() or text(author, "name")


def _texts(work: Mapping[str, Any], name: str) -> Iterator[str]:
    found = work.get(name)
    yield from (one for one in found[:1] if isinstance(one, str)) if isinstance(found, list) else ()


def _day(date: Mapping[str, Any]) -> datetime | None:
    """The first day of what is given: a year, a month or a day (`date-parts`)."""
    try:
        year, month, day = (*date["date-parts"][0], 1, 1)[:3]
        return datetime(year, month, day, tzinfo=UTC)
    except (KeyError, IndexError, TypeError, ValueError):
        return None
