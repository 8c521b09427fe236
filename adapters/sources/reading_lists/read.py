"""
Reading of a list that a person hands over: in which encoding, in which format, which works, and what of it is left out.

A list is whatever somebody has, so it is read with bounds, and what is no work in it, or cannot be read, is counted by its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from adapters.sources.decoding import decode
from adapters.sources.reading_lists import bibtex, outlines, ris
from adapters.sources.reading_lists.json_records import read_json
from adapters.sources.reading_lists.record import LeftOut, ReadRecords, Record, named, reference_of
from bot.errors import UsageError
from bot.named_works import named_works
from bot.text import counted
from bot.usecases.taste import Reference
from bot.volumes import is_volume

LARGEST: Final = 20_000_000
MOST: Final = 5_000
_SINGLE_BYTE: Final = {"cp1252": "Windows-1252 (Latin-1)", "mac-roman": "Mac Roman"}
_UTF8: Final = "Export the list as UTF-8"
_NOT_WESTERN: Final = re.compile(rb"[\x80-\xff]{6}")
"""Six letters in a row that are not ASCII: no Western language writes so, and as Windows-1252 it would be words that are none."""
_OPML: Final = re.compile(r"<opml\b", re.IGNORECASE)
_BEGINS: Final = {"ris": ris.BEGINS, "bib": re.compile(r"@\w+\s*[{(]"), "json": re.compile(r"[\[{]\s*(?:[\[{\"]|$)")}
"""How a file begins whose ending does not tell its format."""
_LIKE: Final = {
    "bib": "@article{key, title = {Attention}, url = {https://arxiv.org/abs/1706.03762}}",
    "ris": "TY  - JOUR, TI  - Attention, UR  - https://arxiv.org/abs/1706.03762 and ER  -, each on its own line",
    "json": '[{"title": "Attention", "url": "https://arxiv.org/abs/1706.03762"}]',
    "opml": '<outline text="Attention" url="https://arxiv.org/abs/1706.03762"/>',
    "txt": "https://arxiv.org/abs/1706.03762, one a line",
}
"""A work as each format has it, for who gives a file without one."""


@dataclass(frozen=True, slots=True)
class ReadingList:
    """The works of a list; what of it was left out, in words ('2 feeds'); and in which encoding it was read, in words, where that was a guess."""

    references: tuple[Reference, ...]
    left_out: tuple[str, ...] = ()
    guessed: str = ""


def read_list(name: str, document: bytes) -> ReadingList:
    """
    Read a list by the ending of its file's name, or in a .txt file by what it holds: BibTeX, RIS, JSON, OPML, else links and numbers.

    At most 5,000 works are taken. Raises `UsageError`, with what to do, for another ending, for a file over 20 MB, and for what is no such list.
    """
    ending = name.rpartition(".")[2].lower() if "." in name else "txt"
    if ending not in _READERS and ending not in _BY_CONTENT:
        raise UsageError(f"{name}: {_INSTEAD.get(ending, _OTHER)}")
    if len(document) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST // 1_000_000} MB. Export a part of it.")
    if not document.strip():
        raise UsageError(f"{name} is empty. Export the list again.")
    text, encoding = _text(name, document)
    form = _form(text) if ending in _BY_CONTENT else ending
    if ending == "xml" and form != "opml":
        raise UsageError(f"{name}: {_FROM_ENDNOTE}")
    try:
        records, left_out, unreadable = _READERS[form](text)
    except (ValueError, RecursionError, expat.ExpatError) as error:
        line = getattr(error, "lineno", None)
        where = f": line {line} is wrong" if line else ""
        raise UsageError(f"{name} is no {form} file that I can read{where}. Export the list again.") from error
    single = [record for record in records if not record.volume and not is_volume(record.title)]
    left_out[LeftOut.VOLUME] += len(records) - len(single)
    found = [reference_of(record) for record in single]
    works = [one for one in found if one]
    left_out[LeftOut.NAMELESS] += len(found) - len(works)
    left_out[LeftOut.TOO_MANY] += max(0, len(works) - MOST)
    if not works and (feeds := left_out[LeftOut.FEED]):
        held = counted(feeds, "feed")
        raise UsageError(f"{name} holds {held}, and no work. A feed is a source: paperround sources import {name}")
    if not works:
        broken = f" Of it I cannot read: {named(unreadable)}." if unreadable else ""
        remedy = f"Write a work like {_LIKE[form]}, or export the list again"
        raise UsageError(f"{name} holds no work with an address or a title.{broken} {remedy}.")
    which = {LeftOut.UNREADABLE: f" ({named(unreadable)})"} if unreadable else {}
    said = tuple(f"{reason.counted(left_out[reason])}{which.get(reason, '')}" for reason in LeftOut if left_out[reason])
    return ReadingList(tuple(works[:MOST]), said, _SINGLE_BYTE.get(encoding, ""))


def _text(name: str, document: bytes) -> tuple[str, str]:
    """The document's text, its lines ended by a line feed, and its encoding. Raises `UsageError` where none can be told."""
    beginning = document[:1000].decode("latin-1")
    declared = bibtex.DECLARED.match(beginning) or outlines.DECLARED.match(beginning)
    try:
        text, encoding = decode(document, declared[1] if declared else None)
    except LookupError:
        text, encoding = decode(document)
    if encoding in _SINGLE_BYTE and ("\ufffd" in text or _NOT_WESTERN.search(document)):
        raise UsageError(f"{name} is in an encoding that I cannot tell. {_UTF8}.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _form(text: str) -> str:
    """What a file holds whose ending does not tell, by how it begins: EndNote, for one, saves RIS as .txt."""
    lines = (line.strip() for line in text[:100_000].splitlines())
    first = next((line for line in lines if line and not line.startswith("%")), "")
    if first.startswith("<"):
        return "opml" if _OPML.search(text[:10_000]) else "txt"
    return next((form for form, begins in _BEGINS.items() if begins.match(first)), "txt")


def _links(text: str) -> ReadRecords:
    return ReadRecords([Record(urls=[url]) for url in named_works(text)], Counter())


Reader = Callable[[str], ReadRecords]
"""Reads a text in one format. Raises `ValueError`, or what expat raises, where it is none in that format."""

_READERS: Final[Mapping[str, Reader]] = {
    "bib": bibtex.read_bibtex,
    "ris": ris.read_ris,
    "json": read_json,
    "opml": outlines.read_outlines,
    "txt": _links,
}
_BY_CONTENT: Final = frozenset({"bibtex", "txt", "text", "md", "markdown", "xml"})
_OTHER: Final = (
    "I read .bib, .ris, .json and .opml, and .txt with links, arXiv numbers or DOIs. Export the list in one of these."
)
_FROM_ENDNOTE: Final = "In EndNote choose File, Export, and the style 'RefMan (RIS) Export' or 'BibTeX Export': I read what it saves, as .txt, too."
_INSTEAD: Final = {
    **dict.fromkeys(("enw", "enl", "enlx", "ens"), _FROM_ENDNOTE),
    **dict.fromkeys(("rdf", "csv", "sqlite"), "In Zotero choose Export Library, and the format BibTeX, RIS or CSL JSON, which have the abstracts."),
    "nbib": "That is PubMed's. Import it into your reference manager, and export it from there as .ris.",
}  # fmt: skip
