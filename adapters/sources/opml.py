"""OPML, the format in which feed readers hand over what they follow (opml.org/spec2.opml)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from bot.errors import UsageError
from bot.model import ListedFeed, Section, SourceSpec
from bot.text import MAX_URL, clean, cut

_LARGEST: Final = 5_000_000
_DEEPEST: Final = 50
_MOST_FEEDS: Final = 5_000
_TITLE: Final = 200
_SECTIONS: Final = {section.value: section for section in Section}


class _Refused(Exception):
    """The document holds what no list of feeds needs."""


def read_opml(document: bytes) -> list[ListedFeed]:
    """
    Give every feed in an OPML document, in its order, each address once. Each is listed in the section whose name the
    innermost group around it has, if any has one, in whatever case.

    Raises `UsageError` for what is no OPML. Entities and document types are refused: they can name files and grow without
    bounds, and no reader writes them.
    """
    if len(document) > _LARGEST:
        raise UsageError(f"The file is larger than {_LARGEST // 1_000_000} MB; a list of feeds is not.")
    outline = _Outline()
    parser = expat.ParserCreate()
    parser.StartElementHandler = outline.begin
    parser.EndElementHandler = outline.end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, _Refused, ValueError, LookupError) as error:
        raise UsageError("The file is no OPML: export the list of feeds from your reader again.") from error
    if not outline.is_opml:
        raise UsageError("The file is XML, but no OPML: it must begin with <opml>.")
    return list(outline.feeds.values())


def _refuse(*_: object) -> None:
    raise _Refused


class _Outline:
    """What was read so far."""

    def __init__(self) -> None:
        self.feeds: dict[str, ListedFeed] = {}
        self.is_opml = False
        self._within: list[Section | None] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        section = self._within[-1] if self._within else None
        if not self._within:
            self.is_opml = name.lower() == "opml"
        if len(self._within) >= _DEEPEST:
            raise _Refused
        given = {key.lower(): value for key, value in attributes.items()}
        title = cut(clean(given.get("title") or given.get("text") or ""), _TITLE)
        url = given.get("xmlurl", "").strip()
        if self.is_opml and name.lower() == "outline" and url and len(self.feeds) < _MOST_FEEDS and len(url) <= MAX_URL:
            self.feeds.setdefault(url, ListedFeed(url=url, title=title, section=section))
        self._within.append(section if url else _SECTIONS.get(title.casefold(), section))

    def end(self, _name: str) -> None:
        self._within.pop()


def write_opml(specs: Iterable[SourceSpec]) -> str:
    """Write sources as OPML 2.0, grouped by section. What is no feed is written all the same; a reader will skip it."""
    sections: dict[str, list[SourceSpec]] = defaultdict(list)
    for spec in specs:
        sections[spec.section.value].append(spec)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head><title>Paper Round</title></head>",
        "  <body>",
    ]
    for section, members in sections.items():
        lines.append(f"    <outline text={quoteattr(section)}>")
        lines += [f"      {_written(spec)}" for spec in members]
        lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _written(spec: SourceSpec) -> str:
    name = quoteattr(clean(spec.name))
    return f'<outline type="rss" text={name} title={name} xmlUrl={quoteattr(clean(spec.url))}/>'
