"""
Recovery of a truncated document: its whole entries. Pure.

A reader that forgives everything makes an entry of the half of one that came last, with half a title or half an address.
"""

from __future__ import annotations

import re
from typing import Final

_ROOT: Final = re.compile(rb"<(?P<name>(?:\w+:)?(?:rss|feed|rdf))[\s>/]", re.IGNORECASE)
_CHANNEL: Final = re.compile(rb"<channel[\s>]", re.IGNORECASE)
_END: Final = {
    b"rss": re.compile(rb"</(?:\w+:)?(?:rss|channel)\s*>", re.IGNORECASE),
    b"feed": re.compile(rb"</(?:\w+:)?feed\s*>", re.IGNORECASE),
    b"rdf": re.compile(rb"</(?:\w+:)?rdf\s*>", re.IGNORECASE),  # its channel ends before its entries
}
_ENTRY_END: Final = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>", re.IGNORECASE)
_TAIL: Final = 4096


def whole_part(body: bytes) -> tuple[bytes, bool]:
    """
    Give the whole entries of a feed that breaks off, closed, and True; anything else as it is, and False.

    >>> whole_part(b"<rss><channel><item><title>a</title></item><item><title>b")
    (b'<rss><channel><item><title>a</title></item></channel></rss>', True)
    """
    root = _ROOT.search(body[:_TAIL])
    if root is None:
        return body, False
    end = _END[root["name"].rpartition(b":")[2].lower()]
    # At the very end, as nearly always; else before a long comment, which some servers add.
    if end.search(body[-_TAIL:]) or end.search(body):
        return body, False
    ends = [found.end() for found in _ENTRY_END.finditer(body)]
    if not ends:
        return body, False
    # In RSS 1.0 the entries stand beside the channel, which is closed before them.
    opened = _CHANNEL.search(body) and b"</channel" not in body[: ends[-1]].lower()
    closing = (b"</channel>" if opened else b"") + b"</" + root["name"] + b">"
    return body[: ends[-1]] + closing, True
