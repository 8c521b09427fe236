"""
Import of reading lists: BibTeX, RIS, JSON (CSL-JSON of Zotero, exports of Semantic Scholar), OPML.

A list is whatever a person hands over, so it is read with bounds, and what cannot be read in it is counted and left out.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

from adapters.sources.parse.latex import readable
from bot.errors import UsageError
from bot.text import clean, cut, names, plain, safe_url
from bot.usecases.taste import Reference

LARGEST: Final = 20_000_000
MOST: Final = 5_000
_TITLE: Final = 300
_ABSTRACT: Final = 2_500
_ARXIV: Final = re.compile(r"(?:arxiv:)?(\d{4}\.\d{4,5}|[a-z\-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_DOI: Final = re.compile(r"10\.\d{4,9}/\S+")


@dataclass(frozen=True, slots=True)
class ReadingList:
    """What was read of a list, and how many of its records say neither an address nor a title, or cannot be read."""

    references: tuple[Reference, ...]
    skipped: int


def read_list(name: str, document: bytes) -> ReadingList:
    """
    Read a list by the ending of its file's name: .bib, .ris, .json or .opml.

    At most 5,000 records are taken. Raises `UsageError` for another ending, for a file over 20 MB, and for what is no such list.
    """
    ending = name.rpartition(".")[2].lower()
    reader = _READERS.get(ending)
    if reader is None:
        raise UsageError(f"{name}: I read .bib, .ris, .json and .opml. Export the list in one of these.")
    if len(document) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST // 1_000_000} MB. Export a part of it.")
    try:
        records, skipped = reader(document.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError, expat.ExpatError) as error:
        raise UsageError(f"{name} is no {ending} file that I can read. Export the list again.") from error
    found = [one for record in records[:MOST] if (one := _reference(record))]
    skipped += max(0, len(records) - len(found))
    if not found:
        raise UsageError(f"{name} holds no work with an address or a title.")
    return ReadingList(tuple(found), skipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """A record in nobody's format: what it says of itself, as written."""

    title: str = ""
    abstract: str = ""
    authors: Sequence[str] = ()
    arxiv: str = ""
    doi: str = ""
    url: str = ""
    added: str = ""


def _reference(record: _Record) -> Reference | None:
    title = cut(clean(readable(plain(record.title))), _TITLE)
    url = _address(record)
    if not url and not title:
        return None
    return Reference(
        url=url,
        title=title,
        abstract=cut(clean(readable(plain(record.abstract))), _ABSTRACT),
        authors=names(cut(clean(readable(author)), 100) for author in record.authors),
        at=_instant(record.added),
    )


def _address(record: _Record) -> str:
    if found := _ARXIV.fullmatch(record.arxiv.strip()):
        return f"https://arxiv.org/abs/{found[1]}"
    if found := _DOI.search(record.doi):
        return safe_url(f"https://doi.org/{found[0]}") or ""
    return safe_url(record.url) or ""


def _instant(text: str) -> datetime | None:
    """Read when a work was added to the list; a day is its beginning."""
    try:
        found = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _bibtex(text: str) -> tuple[list[_Record], int]:
    from bibtexparser.entrypoint import parse_string  # noqa: PLC0415 - for one command alone

    logging.getLogger("bibtexparser").setLevel(logging.ERROR)  # what it skips we count, and say
    library = parse_string(text)
    records = []
    for entry in library.entries:
        fields = {field.key.lower(): str(field.value) for field in entry.fields}
        arxiv = fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).lower() == "arxiv"
        records.append(
            _Record(
                title=fields.get("title", ""),
                abstract=fields.get("abstract", ""),
                authors=[_turned(name) for name in re.split(r"\s+and\s+", fields.get("author", ""))],
                arxiv=fields.get("eprint", "") if arxiv else "",
                doi=fields.get("doi", ""),
                url=fields.get("url", ""),
                added=fields.get("date-added", fields.get("timestamp", ""))[:10],
            )
        )
    return records, len(library.failed_blocks)


def _turned(name: str) -> str:
    """Put a name that is sorted by its family name the usual way round: 'Lovelace, Ada'."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma else name.strip()


def _ris(text: str) -> tuple[list[_Record], int]:
    import rispy  # noqa: PLC0415 - for one command alone

    if not re.search(r"^TY  - ", text, re.MULTILINE):
        raise ValueError("no record begins")
    found: list[Mapping[str, Any]] = rispy.loads(text, skip_unknown_tags=True)
    return [
        _Record(
            title=str(one.get("title") or one.get("primary_title") or ""),
            abstract=str(one.get("abstract") or one.get("notes_abstract") or ""),
            authors=[_turned(str(name)) for name in one.get("authors") or one.get("first_authors") or ()],
            doi=str(one.get("doi") or ""),
            url=str(next(iter(one.get("urls") or ()), "")),
            added=str(one.get("access_date") or ""),
        )
        for one in found
    ], 0


def _json(text: str) -> tuple[list[_Record], int]:
    found = json.loads(text)
    if isinstance(found, Mapping):
        found = next((found[key] for key in ("items", "data", "papers", "references") if key in found), [found])
    if not isinstance(found, list):
        raise ValueError("no list of works")  # noqa: TRY004 - it is the file that is wrong, not a call
    records = [_from_json(one) for one in found if isinstance(one, Mapping)]
    return records, len(found) - len(records)


def _from_json(outer: Mapping[str, Any]) -> _Record:
    """Read a record of CSL-JSON, or of Semantic Scholar, where the work may stand inside an entry of a library."""
    inner = outer.get("paper") or outer.get("data")
    one = inner if isinstance(inner, Mapping) else outer
    ids = one.get("externalIds")
    ids = ids if isinstance(ids, Mapping) else {}
    return _Record(
        title=_text(one, "title"),
        abstract=_text(one, "abstract"),
        authors=list(_people(one.get("author") or one.get("authors") or one.get("creators"))),
        arxiv=str(ids.get("ArXiv") or _text(one, "arxivId", "arxiv_id")),
        doi=str(ids.get("DOI") or _text(one, "DOI", "doi")),
        url=_text(one, "URL", "url"),
        added=_text(outer, "dateAdded", "date_added", "createdAt") or _text(one, "dateAdded"),
    )


def _text(holder: Mapping[str, Any], *keys: str) -> str:
    return next((holder[key] for key in keys if isinstance(holder.get(key), str)), "")


def _people(found: object) -> Iterator[str]:
    for one in found if isinstance(found, list) else ():
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            parts = (_text(one, "given", "firstName"), _text(one, "family", "lastName"))
            yield _text(one, "name", "literal") or " ".join(filter(None, parts))


def _opml(text: str) -> tuple[list[_Record], int]:
    """Read the outlines that are links; those with a feed are sources, and no works."""
    records: list[_Record] = []
    feeds = 0

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal feeds
        given = {key.lower(): value for key, value in attributes.items()}
        if name.lower() != "outline":
            return
        feeds += "xmlurl" in given
        if "xmlurl" not in given and (url := given.get("url") or given.get("htmlurl")):
            records.append(_Record(title=given.get("title") or given.get("text") or "", url=url))

    def refuse(*_: object) -> None:
        raise ValueError("no reading list needs a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(text.encode(), True)
    return records, feeds


_READERS: Final[Mapping[str, Callable[[str], tuple[Sequence[_Record], int]]]] = {
    "bib": _bibtex,
    "ris": _ris,
    "json": _json,
    "opml": _opml,
}
