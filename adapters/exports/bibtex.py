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
# BibTeX counts braces without regard to a backslash before them: one without its fellow would end the field, or the file. So each brings
# a fellow that is not printed, as Zotero writes and reads it (tex.stackexchange.com/questions/230750).
_LONELY: Final = _SPECIAL | {"{": r"\{\vphantom{\}}", "}": r"\vphantom{\{}\}"}
_IN_AN_ADDRESS: Final = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})
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
        "doi": _address(doi or ""),
        "url": _address(item.url),
        "abstract": _text(item.abstract),
        "note": _text(f"Code: {_address(item.code_url)}") if item.code_url else "",
        "keywords": ", ".join(map(_text, keywords(work))),
        "annote": _text("\n\n".join(summaries(work))),
    }
    return Entry(kind, work.citation_key, [Field(name, value) for name, value in fields.items() if value])


def _text(text: str) -> str:
    """Escape what TeX takes for a command; everything else stays as it is, in UTF-8."""
    signs = _SPECIAL if _in_pairs(text) else _LONELY
    return _TO_ESCAPE.sub(lambda found: signs[found[0]], text)


def _in_pairs(text: str) -> bool:
    """Whether every brace has its fellow, the opening one first."""
    depth = 0
    for sign in re.findall("[{}]", text):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _address(address: str) -> str:
    """An address is not escaped as text is: what would end the field is percent-encoded."""
    return address.translate(_IN_AN_ADDRESS)


def _name(author: str) -> str:
    given, family = name_parts(author)
    if not given or _IN_A_LIST.search(given) or _IN_A_LIST.search(family):
        # In braces it is one name, whatever words are in it.
        return f"{{{_text(author)}}}"
    return f"{_text(family)}, {_text(given)}"
