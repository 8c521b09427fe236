r"""
Records of a BibTeX or biblatex file, as Zotero, Better BibTeX, Mendeley, JabRef, Paperpile, Google Scholar, DBLP and Semantic Scholar write it.

Braces hold together what BibTeX shall not change (`{BERT}`, and Zotero's `{{Attention} is {All} you {Need}}`), so all of them go. It is
done by our own reader of LaTeX and not by pylatexenc, which bibtexparser brings along: in a .bib file, too, a bare `%` is a per cent sign
(`parse/latex.py` says what was measured).
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from adapters.sources.parse.latex import readable_bibtex
from adapters.sources.reading_lists.record import LONGEST, LeftOut, ReadRecords, Record, first_records
from bot.text import plain_title

if TYPE_CHECKING:
    from bibtexparser.model import Block, Entry

DECLARED: Final = re.compile(r"^\s*%\s*Encoding:\s*([\w.:\-]{1,40})", re.IGNORECASE | re.ASCII)
"""How JabRef says in which encoding it wrote a file (docs.jabref.org, before version 6)."""

_BEGINS: Final = re.compile(r"@\w+\s*[{(]")
_KEY: Final = re.compile(r"@\w+\s*[{(]\s*([^\s,{}=]{1,80})\s*,")
_BARE: Final = re.compile(r"\\?[{}]|\\(?=[_%&#~$])")
_PART: Final = re.compile(r"(?:^|,)\s*(given|prefix|family|suffix)\s*=\s*([^,]*)", re.IGNORECASE)
_MENTIONING: Final = ("journal", "journaltitle", "number", "volume", "howpublished", "publisher")
_ADDRESSES: Final = ("url", "ee", "bdsk-url-1", "howpublished")
_VOLUMES: Final = frozenset({"proceedings", "mvproceedings", "periodical"})
_MAY_HOLD: Final = frozenset({"book", "mvbook", "collection", "mvcollection", "reference", "misc"})
"""Kinds of entries that are no work where another one names them as what it stands in (`crossref`)."""
_ADDED: Final = ("date-added", "creationdate", "timestamp", "urldate")


def read_bibtex(text: str) -> ReadRecords:
    """Read every entry that can be read; a key or a field that stands twice makes none unreadable."""
    from bibtexparser.entrypoint import parse_string  # noqa: PLC0415 - for one command alone
    from bibtexparser.model import ParsingFailedBlock  # noqa: PLC0415

    logging.getLogger("bibtexparser").setLevel(logging.ERROR)  # what it skips we count, and say
    text, more = first_records(text, _BEGINS)
    entries, unreadable = [], list[str]()
    for block in parse_string(text).blocks:
        entry = _entry(block)
        if entry:
            fields = {field.key.lower(): str(field.value) for field in reversed(entry.fields)}
            entries.append((entry.key.casefold(), entry.entry_type.lower(), fields))
        if entry is None and isinstance(block, ParsingFailedBlock):
            unreadable.append(_place(block))
    within = {_bare(fields["crossref"]).strip().casefold() for _, _, fields in entries if "crossref" in fields}
    records = [
        replace(_record(fields), volume=kind in _VOLUMES or (key in within and kind in _MAY_HOLD))
        for key, kind, fields in entries
    ]
    return ReadRecords(records, Counter({LeftOut.UNREADABLE: len(unreadable), LeftOut.TOO_MANY: more}), unreadable)


def _place(block: Block) -> str:
    """Say where a block stands in the file: its key, if it has one, and its first line."""
    line = f"line {(block.start_line or 0) + 1}"
    key = _KEY.match((block.raw or "").lstrip())
    return f"{key[1]} ({line})" if key else line


def _entry(block: Block) -> Entry | None:
    """The entry of a block; also one whose key another has (files that were merged), or that has a field twice."""
    from bibtexparser.model import Entry, ParsingFailedBlock  # noqa: PLC0415

    if isinstance(block, ParsingFailedBlock):
        block = block.ignore_error_block  # type: ignore[assignment]
    return block if isinstance(block, Entry) else None


def _record(fields: Mapping[str, str]) -> Record:
    register = fields.get("archiveprefix", fields.get("eprinttype", "arxiv"))
    eprint = fields.get("eprint", "") if _bare(register).strip().lower() == "arxiv" else ""
    return Record(
        title=_prose(fields.get("title", "")),
        abstract=_prose(fields.get("abstract", "")),
        authors=list(_authors(fields.get("author", ""))),
        arxiv=[_bare(each) for each in (eprint, fields.get("arxivid", ""), fields.get("note", ""))],
        mentions=[_bare(fields[key]) for key in _MENTIONING if key in fields],
        doi=_bare(fields.get("doi", "")),
        urls=[_bare(fields[key]) for key in _ADDRESSES if key in fields],
        added=[_bare(fields[key]) for key in _ADDED if key in fields],
    )


def _prose(text: str) -> str:
    return readable_bibtex(plain_title(text[:LONGEST]))


def _bare(text: str) -> str:
    r"""A field that is no prose: Mendeley writes the underscores of a DOI as {\_}."""
    return _BARE.sub("", text)


def _authors(text: str) -> Iterator[str]:
    """Names, each the usual way round: by the library's own rules for commas, particles and names in braces."""
    from bibtexparser.middlewares.names import (  # noqa: PLC0415
        parse_single_name_into_parts,
        split_multiple_persons_names,
    )

    for name in split_multiple_persons_names(text[:LONGEST]):
        if "family" in (
            parts := dict(_PART.findall(name))
        ):  # biblatex's extended format, as Better BibTeX writes particles
            yield readable_bibtex(
                " ".join(parts[key] for key in ("given", "prefix", "family", "suffix") if key in parts)
            )
            continue
        try:
            said = parse_single_name_into_parts(name, strict=False).merge_first_name_first
        except ValueError:
            said = name
        if said != "others":  # 'and others' stands for those who are not named
            yield readable_bibtex(said)
