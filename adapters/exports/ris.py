"""RIS, written by rispy."""

from __future__ import annotations

from typing import Any, Final

import rispy

from adapters.exports.notes import keywords, summaries
from bot.citation import name_parts
from bot.exporting import Export, Work, doi_of, venue_of
from bot.model import ItemKind

_TYPES: Final = {
    ItemKind.POST: "BLOG",
    ItemKind.NEWSLETTER: "BLOG",
    ItemKind.DISCUSSION: "ELEC",
    ItemKind.CODE: "COMP",
    ItemKind.TALK: "VIDEO",
}


def render(export: Export) -> str:
    """Give every work as a record."""
    text: str = rispy.dumps([_record(work) for work in export.works])
    return text


def _record(work: Work) -> dict[str, Any]:
    item = work.item
    venue = venue_of(item)
    paper = "CONF" if venue and not item.key.startswith("arxiv:") else "UNPB"
    fields = {
        "type_of_reference": _TYPES.get(item.kind, paper),
        "id": work.citation_key,
        "title": _line(item.title),
        "authors": [_name(author) for author in item.authors],
        "year": f"{work.dated:%Y}",
        "date": f"{work.dated:%Y/%m/%d}",
        "secondary_title": venue,
        "doi": doi_of(item),
        "urls": list(dict.fromkeys(filter(None, [item.url, item.code_url]))),
        "abstract": _line(item.abstract),
        "keywords": [_line(word) for word in keywords(work)],
        "notes": [_line(text) for text in summaries(work)],
        "accession_number": work.key,
    }
    return {name: value for name, value in fields.items() if value}


def _line(text: str) -> str:
    """A field is a line: another one would be read as a field of its own."""
    return " ".join(text.split())


def _name(author: str) -> str:
    given, family = name_parts(_line(author))
    return f"{family}, {given}" if given else family
