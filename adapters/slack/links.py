"""Web addresses in a message that somebody proposes: in its text, in its blocks and attachments, and on our own cards those of the works alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any, Final

from adapters.slack.mrkdwn import addresses
from bot.text import safe_url

_WORK: Final = re.compile(r"^(?:\S+ )?(?:\*\d+\*  )?\*?<(https?://[^|>]+)\|")
"""How the line of a work begins in a message of ours: a keycap, its number where the keycap says another one, its title as a link."""

_DEEPEST: Final = 12
_TEXTS: Final = ("text", "pretext", "value", "footer")
_ADDRESSES: Final = ("url", "title_link", "from_url", "original_url")
_NO_LINK: Final = frozenset({"image", "user", "usergroup", "emoji", "channel"})
"""Types whose address is a picture, or no address of a work."""


def links_in(message: Mapping[str, Any], *, ours: bool = False) -> list[str]:
    """
    Give the web addresses in a message, each once, in the order in which they are read.

    Other bots write in blocks and attachments, and their text is a summary of it for notifications. Of a message of `ours` it is the
    works that are meant, not who spoke of them.
    """
    if ours:
        found = [*_own_works(message)]
    else:
        found = [*addresses(str(message.get("text") or "")), *_within(message.get("blocks"))]
        found += _within(message.get("attachments"))
    return list(dict.fromkeys(safe for one in found if (safe := safe_url(one))))


def _own_works(message: Mapping[str, Any]) -> Iterator[str]:
    """The address of the work of each line, in the order in which they stand."""
    blocks = message.get("blocks")
    for block in blocks if isinstance(blocks, list) else ():
        if block.get("type") == "section":
            for line in str((block.get("text") or {}).get("text") or "").splitlines():
                if work := _WORK.match(line):
                    yield unescape(work[1])
        elif block.get("type") == "rich_text":
            yield from _first_links(block)


def _first_links(block: Mapping[str, Any]) -> Iterator[str]:
    """The first link of each line of rich text: a title; what follows on its line speaks of it."""
    for part in block.get("elements") or ():
        begins = True
        for element in part.get("elements") or ():
            if element.get("type") == "link" and begins:
                yield str(element.get("url") or "")
                begins = False
            elif "\n" in str(element.get("text") or ""):
                begins = True


def _within(value: object, depth: int = 0) -> Iterator[str]:
    """The addresses in blocks, attachments and what they hold, however deep; of pictures none."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _within(one, depth + 1)
    elif isinstance(value, Mapping) and value.get("type") not in _NO_LINK:
        yield from _said(value)
        for one in value.values():
            if isinstance(one, list | Mapping):
                yield from _within(one, depth + 1)


def _said(block: Mapping[str, Any]) -> Iterator[str]:
    """The addresses that one block or attachment has in fields of its own."""
    yield from (found for name in _ADDRESSES if isinstance(found := block.get(name), str))
    for name in _TEXTS:
        if isinstance(found := block.get(name), str):
            yield from addresses(found)
