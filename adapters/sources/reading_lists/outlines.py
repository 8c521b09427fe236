"""Records of an OPML outline: its links. Its feeds are sources, and no works."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from adapters.sources.reading_lists.record import LeftOut, ReadRecords, Record, as_prose

DECLARED: Final = re.compile(r"^\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([\w.:\-]{1,40})[\"']", re.ASCII)
"""How an XML document names its encoding."""


def read_outlines(text: str) -> ReadRecords:
    """Read the outlines that are links; those with a feed are counted. Raises `ValueError`, or what expat raises, for what is no OPML."""
    records: list[Record] = []
    feeds = 0

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal feeds
        given = {key.lower(): value for key, value in attributes.items()}
        if name.lower() != "outline":
            return
        feeds += "xmlurl" in given
        if "xmlurl" not in given and (url := given.get("url") or given.get("htmlurl")):
            records.append(Record(title=as_prose(given.get("title") or given.get("text") or ""), urls=[url]))

    def refuse(*_: object) -> None:
        raise ValueError("no reading list needs a document type")

    # The text is decoded already, whatever encoding it declares.
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = begin
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.Parse(text.lstrip().encode("utf-8", "replace"), True)
    return ReadRecords(records, Counter({LeftOut.FEED: feeds}))
