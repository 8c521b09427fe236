"""ArXiv's daily announcement, as RSS or Atom → entries. Pure; run in the reading process."""

from __future__ import annotations

import re
from typing import Final
from xml.etree import ElementTree as ET

from adapters.sources.kinds.arxiv_api import ABSTRACT, code_in
from adapters.sources.parse.dates import read_date
from adapters.sources.parse.document import Unreadable, what_else
from adapters.sources.parse.feed import CROSS_LIST, TITLE
from adapters.sources.parse.latex import accents, readable
from bot.model import Entry, ItemKind, Section
from bot.text import clean, cut, names
from bot.withdrawal import TAG as WITHDRAWN
from bot.withdrawal import is_withdrawn

_ID: Final = re.compile(r"(?:oai:arXiv\.org:|arxiv\.org/abs/)(?P<id>[\w.\-/]+?)(?:v\d+)?$", re.IGNORECASE)
_HEAD: Final = re.compile(r"^\s*arXiv:\S+\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE)


def parse_arxiv_rss(body: bytes, source_id: str, section: Section) -> tuple[Entry, ...]:
    """
    Read an announcement: new papers, and cross-lists with the tag `cross-list`. Replacements of older papers are left out.

    Nothing on Saturdays, Sundays and holidays: that is a document without entries. Raises `Unreadable` for what is none.
    """
    try:
        feed = ET.fromstring(body)  # noqa: S314 - the expat of `documents.py` knows the bombs, and ElementTree fetches nothing
    except (ET.ParseError, ValueError, LookupError):
        raise Unreadable(what_else(body) if body.strip() else "gave an empty answer") from None
    if _name(feed) not in {"rss", "feed", "RDF"}:
        raise Unreadable(what_else(body))
    records = (each for each in feed.iter() if _name(each) in {"item", "entry"})
    found = (_entry(_fields(record), source_id, section) for record in records)
    return tuple({entry.external_id: entry for entry in found if entry}.values())


def _name(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _fields(record: ET.Element) -> dict[str, list[str]]:
    """The texts of a record by the bare names of their elements; a category of Atom has its text in `term`, a link in `href`."""
    fields: dict[str, list[str]] = {}
    for each in record:
        text = each.text or each.get("term") or each.get("href") or ""
        fields.setdefault(_name(each), []).append(text.strip())
    return fields


def _first(fields: dict[str, list[str]], *names: str) -> str:
    return next((text for name in names for text in fields.get(name, ()) if text), "")


def _entry(fields: dict[str, list[str]], source_id: str, section: Section) -> Entry | None:
    said = _first(fields, "description", "summary")
    head = _HEAD.match(said)
    announced = (_first(fields, "announce_type") or (head["type"] if head else "new")).lower()
    named = next(
        (found for name in ("guid", "id", "link") for text in fields.get(name, ()) if (found := _ID.search(text))), None
    )
    title = cut(clean(readable(_first(fields, "title"))), TITLE)
    if announced.startswith("replace") or named is None or not title:
        return None
    abstract = clean(readable(said[head.end() :] if head else said))
    crossed = (CROSS_LIST,) if announced.startswith("cross") else ()
    gone = (WITHDRAWN,) if is_withdrawn(title, abstract) else ()
    listed = read_date(_first(fields, "pubDate", "published", "date"))
    return Entry(
        source_id=source_id,
        external_id=named["id"],
        kind=ItemKind.PAPER,
        section=section,
        title=title,
        url=f"https://arxiv.org/abs/{named['id']}",
        authors=_authors(_first(fields, "creator")),
        abstract=cut(abstract, ABSTRACT),
        published=listed.instant if listed else None,
        whole_day=listed is not None and listed.whole_day,
        tags=tuple(dict.fromkeys([*(clean(each) for each in fields.get("category", ()) if each), *crossed, *gone])),
        code_url=code_in(abstract),
    )


def _authors(creators: str) -> tuple[str, ...]:
    return names(clean(accents(name)) for name in creators.split(","))
