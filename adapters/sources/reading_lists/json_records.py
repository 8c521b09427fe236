"""Records of JSON: CSL-JSON, Zotero's web API and Better BibTeX, Semantic Scholar, Paperpile, Hugging Face."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.sources.parse.latex import readable
from adapters.sources.reading_lists.record import MOST_READ, LeftOut, ReadRecords, Record, as_prose, turned

_LISTS: Final = ("items", "data", "papers", "results", "works", "recommendedPapers", "references")
_WRAPPERS: Final = ("paper", "data", "citedPaper", "citingPaper", "item")
_NO_WORKS: Final = frozenset({"attachment", "note", "annotation"})
_VOLUMES: Final = frozenset({"periodical", "collection", "proceedings"})
_LINE: Final = re.compile(r"^(?:arXiv|DOI)\s*:.*$", re.IGNORECASE | re.MULTILINE)


def read_json(text: str) -> ReadRecords:
    """Read every record; what Zotero keeps beside its works is counted. Raises `ValueError` for what is no list of works."""
    found = _works(json.loads(text))
    records: list[Record] = []
    unreadable: list[str] = []
    left_out = Counter({LeftOut.TOO_MANY: max(0, len(found) - MOST_READ)})
    for number, outer in enumerate(found[:MOST_READ], start=1):
        one = _work(outer)
        if one is None:
            left_out[LeftOut.UNREADABLE] += 1
            unreadable.append(f"number {number}")
        elif _text(one, "itemType", "type") in _NO_WORKS:
            left_out[LeftOut.NO_WORK] += 1
        else:
            records.append(_record(one, outer))
    return ReadRecords(records, left_out, unreadable)


def _works(found: object) -> list[Any]:
    """The list within a document. A single work has a list of its references, which are not what was handed over."""
    if isinstance(found, Mapping):
        lists = (
            found[key]
            for key in _LISTS
            if isinstance(found.get(key), list) and (key != "references" or "title" not in found)
        )
        found = next(lists, [found])
    if not isinstance(found, list):
        raise ValueError("no list of works")  # noqa: TRY004 - it is the file that is wrong, not a call
    return found


def _work(outer: object) -> Mapping[str, Any] | None:
    """The work of an entry: itself, or what it holds, as in a library's answer."""
    if not isinstance(outer, Mapping):
        return None
    held = (outer.get(key) for key in _WRAPPERS)
    return next((one for one in held if isinstance(one, Mapping)), outer)


def _record(one: Mapping[str, Any], outer: Mapping[str, Any]) -> Record:
    ids = one.get("externalIds")
    ids = ids if isinstance(ids, Mapping) else {}
    # Zotero keeps what its form has no field for in lines of 'extra', which is the note of CSL-JSON.
    lines = _LINE.findall(_text(one, "extra", "note")[:10_000])
    return Record(
        title=as_prose(_text(one, "title", "display_name")),
        abstract=as_prose(_text(one, "abstract", "abstractNote", "summary")),
        authors=list(_people(one.get("author") or one.get("authors") or one.get("creators"))),
        arxiv=[str(ids.get("ArXiv") or ""), _text(one, "arxivId", "arxiv_id", "arxivid"), _text(one, "id"), *lines],
        mentions=[_text(one, key) for key in ("number", "archiveID", "archive_location", "reportNumber", "journal", "container-title", "publicationTitle")],
        doi=str(ids.get("DOI") or _text(one, "DOI", "doi") or next((line for line in lines if line[:3].upper() == "DOI"), "")),
        urls=list(_several(one.get("URL") or one.get("url"))),
        volume=_text(one, "type") in _VOLUMES,
        added=[_text(outer, "dateAdded", "date_added", "createdAt"), _text(one, "dateAdded", "accessDate"), _day(one.get("accessed")), _epoch(one.get("created"))],
    )  # fmt: skip


def _text(holder: Mapping[str, Any], *keys: str) -> str:
    return next((holder[key] for key in keys if isinstance(holder.get(key), str) and holder[key]), "")


def _several(found: object) -> Iterator[str]:
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, str):
            yield one


def _people(found: object) -> Iterator[str]:
    for one in found if isinstance(found, list) else ():
        if isinstance(one, str):
            yield turned(one)
        elif isinstance(one, Mapping) and _text(one, "creatorType") in {"", "author"}:
            parts = (_text(one, "given", "firstName", "first"), _text(one, "family", "lastName", "last"))
            yield readable(_text(one, "name", "literal") or " ".join(filter(None, parts)))


def _day(accessed: object) -> str:
    """When it was looked at, as CSL-JSON writes it: {"date-parts": [[2024, 3, 12]]}."""
    try:
        year, month, day = accessed["date-parts"][0]  # type: ignore[index]
        return f"{int(year):04}-{int(month):02}-{int(day):02}"
    except (TypeError, KeyError, IndexError, ValueError, OverflowError):
        return ""


def _epoch(seconds: object) -> str:
    """When it came in, as Paperpile writes it: in seconds."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC).isoformat() if isinstance(seconds, int | float) else ""
    except (OverflowError, OSError, ValueError):
        return ""
