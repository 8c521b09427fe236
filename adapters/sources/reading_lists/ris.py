"""Records of a RIS file, as Zotero, EndNote, Mendeley, Paperpile and publishers' pages write it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.sources.reading_lists.record import LeftOut, ReadRecords, Record, as_prose, first_records, turned

BEGINS: Final = re.compile(r"^TY {1,2}- ?", re.MULTILINE)
_CONTINUED: Final = 1_000
"""Lines that one field may go on for: rispy copies what it has with each."""

_VOLUMES: Final = frozenset({"JFULL", "SER"})
"""A journal as a whole, and a series. `CONF` is what most programs write for a paper of a conference."""

_TAG: Final = re.compile(r"([A-Z][A-Z0-9]) {1,3}-(?: |$)(.*)")


def read_ris(text: str) -> ReadRecords:
    """Read every record, the last one, too, where its end is missing. Raises `ValueError` where none begins."""
    import rispy  # noqa: PLC0415 - for one command alone

    if not BEGINS.search(text):
        raise ValueError("no record begins")
    text, more = first_records(text, BEGINS)
    lines = "\n".join(_mended(text))
    found: list[Mapping[str, Any]] = rispy.loads(lines, skip_unknown_tags=True, enforce_list_tags=False)
    return ReadRecords([_record(one) for one in found], Counter({LeftOut.TOO_MANY: more}))


def _mended(text: str) -> Iterator[str]:
    """The lines as the format has them: two blanks behind a tag, and each record ended before the next one begins."""
    within = False
    continued = 0
    for line in text.splitlines():
        found = _TAG.fullmatch(line)
        if found is None:
            continued += 1
            if continued <= _CONTINUED:
                yield line
            continue
        continued = 0
        if found[1] == "TY" and within:
            yield "ER  - "
        within = found[1] != "ER" and (within or found[1] == "TY")
        yield f"{found[1]}  - {found[2]}"
    if within:
        yield "ER  - "


def _record(one: Mapping[str, Any]) -> Record:
    return Record(
        title=as_prose(_first(one, "title", "primary_title", "translated_title")),
        abstract=as_prose(" ".join(_all(one, "abstract") or _all(one, "notes_abstract"))),
        authors=[turned(name) for name in _all(one, "authors", "first_authors")],
        arxiv=_all(one, "notes", "accession_number"),
        mentions=_all(one, "journal_name", "secondary_title", "alternate_title1", "alternate_title3", "number", "volume"),
        doi=_first(one, "doi"),
        urls=_all(one, "urls", "file_attachments1"),
        added=_all(one, "access_date"),
        volume=_first(one, "type_of_reference") in _VOLUMES,
    )  # fmt: skip


def _first(one: Mapping[str, Any], *keys: str) -> str:
    return next(iter(_all(one, *keys)), "")


def _all(one: Mapping[str, Any], *keys: str) -> list[str]:
    """What stands under these tags: some may come several times, and then stand in a list."""
    found = (one.get(key) for key in keys)
    return [str(each) for value in found if value for each in (value if isinstance(value, list) else [value]) if each]
