"""BibTeX in UTF-8, written by bibtexparser."""

from __future__ import annotations

import re
from typing import Final

from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field

from adapters.exports.notes import keywords, summaries
from bot.citation import name_parts
from bot.exporting import Export, Work, doi_of, venue_of
from bot.model import ItemKind

_TYPES: Final = {ItemKind.CODE: "software"}
_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
_TO_ESCAPE: Final = re.compile(r"[\\{}~^&%$#_]")
_IN_A_LIST: Final = re.compile(r"\band\b|,", re.IGNORECASE)


def render(export: Export) -> str:
    """Give every work as an entry."""
    library = Library()
    for work in export.works:
        library.add(_entry(work))
    text: str = write_string(library)
    return text


def _entry(work: Work) -> Entry:
    item = work.item
    doi, venue = doi_of(item), venue_of(item)
    preprint = item.key.startswith("arxiv:")
    paper = item.kind is ItemKind.PAPER
    kind = "inproceedings" if paper and venue and not preprint else _TYPES.get(item.kind, "misc")
    fields = {
        "title": _text(item.title),
        "author": " and ".join(map(_name, item.authors)),
        "year": f"{work.dated:%Y}",
        "month": f"{work.dated:%m}".lstrip("0"),
        "booktitle": _text(venue) if kind == "inproceedings" and venue else "",
        "eprint": item.key.removeprefix("arxiv:") if preprint else "",
        "archiveprefix": "arXiv" if preprint else "",
        "doi": doi or "",
        "url": item.url,
        "abstract": _text(item.abstract),
        "note": f"Code: {item.code_url}" if item.code_url else "",
        "keywords": ", ".join(map(_text, keywords(work))),
        "annote": _text("\n\n".join(summaries(work))),
    }
    return Entry(kind, work.citation_key, [Field(name, value) for name, value in fields.items() if value])


def _text(text: str) -> str:
    """Escape what TeX takes for a command; everything else stays as it is, in UTF-8."""
    return _TO_ESCAPE.sub(lambda found: _SPECIAL[found[0]], text)


def _name(author: str) -> str:
    given, family = name_parts(author)
    if not given or _IN_A_LIST.search(given) or _IN_A_LIST.search(family):
        # In braces it is one name, whatever words are in it.
        return f"{{{_text(author)}}}"
    return f"{_text(family)}, {_text(given)}"
