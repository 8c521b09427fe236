"""
Slack's rich text: text and links as elements of their own, in which Slack reads no markup, so that a title keeps its own characters
(https://docs.slack.dev/reference/block-kit/blocks/rich-text-block).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from adapters.slack.mrkdwn import shorten, units
from bot.text import isolated, safe_url

Element = dict[str, Any]
"""Text or a link inside a block, as Slack's API takes it."""

_BREAK: Final[Element] = {"type": "text", "text": "\n"}


def words(text: str, *, bold: bool = False) -> Element:
    """Make an element of plain words; `text` must not be empty."""
    return _styled({"type": "text", "text": text}, bold=bold)


def link(url: str | None, text: str, limit: int, *, bold: bool = False) -> Element:
    """Link a text, cut to `limit` UTF-16 units, on one line; where the address cannot be carried, the words alone are left."""
    line = shorten(" ".join(text.split()), limit, isolated) or "…"
    address = safe_url(url)
    return _styled({"type": "link", "url": address, "text": line}, bold=bold) if address else words(line, bold=bold)


def block(elements: Sequence[Element]) -> dict[str, Any]:
    """Make a block of one paragraph, which takes no button or menu at its side."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def quote(elements: Sequence[Element]) -> dict[str, Any]:
    """Make a block of one quotation."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": list(elements)}]}


def packed(lines: Iterable[Sequence[Element]], limit: int) -> list[dict[str, Any]]:
    """Put lines together into as few blocks as they fit into, each at most `limit` UTF-16 units of JSON where a line is no longer itself."""
    texts: list[list[Element]] = []
    for line in lines:
        if texts and _size([*texts[-1], _BREAK, *line]) <= limit:
            texts[-1] += [_BREAK, *line]
        else:
            texts.append([*line])
    return [block(text) for text in texts]


def _styled(element: Element, *, bold: bool) -> Element:
    return {**element, "style": {"bold": True}} if bold else element


def _size(elements: Sequence[Element]) -> int:
    return units(json.dumps(elements, ensure_ascii=False))
