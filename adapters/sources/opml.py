"""OPML, the format in which feed readers hand over what they follow (opml.org/spec2.opml)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from html import entities
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from adapters.sources.decoding import decode
from bot.errors import UsageError
from bot.model import ListedFeed, Section, SourceSpec
from bot.text import MAX_URL, clean, cut

_LARGEST: Final = 5_000_000
_DEEPEST: Final = 50
_MOST_FEEDS: Final = 5_000
_TITLE: Final = 200
_SECTIONS: Final = {section.value: section for section in Section}


_DECLARED: Final = re.compile(r"^\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.:\-]{1,40})[\"'][^>]*>", re.ASCII)
_DECLARATION: Final = re.compile(r"^\s*<\?xml\b[^>]*\?>")
_AMPERSAND: Final = re.compile(
    r"&(?!(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);)(?:(\w{2,32});)?", re.ASCII
)
_VALUE: Final = re.compile(r"""(\s[\w:.\-]{1,60}\s*=\s*)("[^"]*"|'[^']*')""")
_HTML: Final = re.compile(r"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AGAIN: Final = "Export the list of feeds from your reader again, or mend that line"


class _Refused(Exception):
    """The document holds what no list of feeds needs. The text says what."""


def read_opml(document: bytes) -> list[ListedFeed]:
    """
    Give every feed in an OPML document, in its order, each address once. Each is listed in the section whose name the
    innermost group around it has, if any has one, in whatever case.

    Read as readers write it: with a document type, in any encoding that Python knows, with bare ampersands and entities of HTML.
    A row that is no feed (a page that FreshRSS takes apart) has a `problem`. Raises `UsageError`, with the line, for what is no
    OPML, and for entities of its own: they grow without bounds, and no reader writes them. Nothing is fetched, whatever is named.
    """
    if len(document) > _LARGEST:
        raise UsageError(f"The file is larger than {_LARGEST // 1_000_000} MB; a list of feeds is not.")
    outline = _Outline()
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = outline.begin
    parser.EndElementHandler = outline.end
    parser.StartDoctypeDeclHandler = _document_type
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(_text(document).encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        raise UsageError(f"The file is no OPML: line {error.lineno} cannot be read ({said}). {_AGAIN}.") from error
    except _Refused as error:
        raise UsageError(f"The file is no OPML: line {parser.CurrentLineNumber} {error}. {_AGAIN}.") from error
    if not outline.is_opml:
        raise UsageError("The file is XML, but no OPML: it must begin with <opml>.")
    return list(outline.feeds.values())


def _text(document: bytes) -> str:
    """The document as text that an XML parser takes, line by line as it was."""
    text = _decoded(document)
    text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
    if not text.strip():
        raise UsageError("The file is empty: it is no OPML. Export the list of feeds from your reader again.")
    if _HTML.match(text):
        raise UsageError("The file is an HTML page, no OPML. Export the list of feeds from your reader again.")
    text = _AMPERSAND.sub(_reference, _NOT_IN_XML.sub(" ", text))
    return _VALUE.sub(lambda found: found[1] + found[2].replace("<", "&lt;"), text)


def _decoded(document: bytes) -> str:
    declared = _DECLARED.match(document[:500].decode("latin-1"))
    try:
        return decode(document, declared[1] if declared else None)[0]
    except LookupError:
        named = declared[1] if declared else ""
        raise UsageError(f"The file is no OPML: line 1 names an encoding that is none ({named}). {_AGAIN}.") from None


def _reference(found: re.Match[str]) -> str:
    """An ampersand as XML wants it; a name of HTML as the character it stands for."""
    character = entities.html5.get(f"{found[1]};") if found[1] else None
    return escape(character) if character else f"&amp;{found[0][1:]}"


def _document_type(_name: str, system_id: str | None, *_: object) -> None:
    # It is never fetched; but who names a file means no good.
    if system_id and not system_id.strip().lower().startswith(("http://", "https://")) and ":" in system_id:
        raise _Refused("names a document type that is no address of the web")


def _refuse(*_: object) -> None:
    raise _Refused("defines an entity, which a list of feeds does not need")


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
            raise _Refused(f"is nested more than {_DEEPEST} deep")
        given = {key.lower(): value for key, value in attributes.items()}
        title = cut(clean(given.get("title") or given.get("text") or ""), _TITLE)
        kind = given.get("type", "").strip()
        url = (given.get("xmlurl") or (given.get("url", "") if kind.lower() in _WITH_URL else "")).strip()
        if self.is_opml and name.lower() == "outline" and url and len(self.feeds) < _MOST_FEEDS and len(url) <= MAX_URL:
            self.feeds.setdefault(url, ListedFeed(url=url, title=title, section=section, problem=no_feed(kind)))
        self._within.append(section if url else _SECTIONS.get(title.casefold(), section))

    def end(self, _name: str) -> None:
        self._within.pop()


_WITH_URL: Final = frozenset({"rss", "atom", "include"})


def no_feed(kind: str) -> str | None:
    """
    Say what a row of this `type` is, if it is no feed; None for a feed.

    FreshRSS's types are in its documentation of OPML (freshrss.github.io/FreshRSS/en/developers/OPML.html).

    >>> no_feed("HTML+XPath")
    'is no feed, but a web page that FreshRSS takes apart (HTML+XPath)'
    """
    folded = kind.casefold()
    if "xpath" in folded or "dotnotation" in folded or "dotpath" in folded:
        what = "a web page" if folded.startswith("html") else "a document"
        return f"is no feed, but {what} that FreshRSS takes apart ({cut(clean(kind), 40)})"
    if folded == "include":
        return "is no feed, but another list: import that one by itself"
    return None


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
