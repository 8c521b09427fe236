"""Works that a text names, as people paste them: links, arXiv numbers and DOIs, each in a line or among words. Pure."""

from __future__ import annotations

import re
from typing import Final

from bot.item_keys import address_of, item_key

_END: Final = ".,;:!?'*_`"
_NAMED: Final = re.compile(
    r"https?://[^\s<>|\"']{1,2000}"
    r"|(?:\bdoi\s*:\s*|(?<![\w./\-]))10\.\d{4,9}/[^\s<>|\"']{1,500}"
    r"|\barxiv\s*:\s*(?P<arxiv>\d{4}\.\d{4,5})(?![\w/\-]|\.\d)"
    r"|(?:\barxiv\s*:\s*|(?<![\w./\-]))(?:\d\d(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?|[a-z\-]{2,10}(?:\.[a-z]{2})?/\d{7}(?:v\d+)?)(?![\w/\-]|\.\d)",
    re.IGNORECASE,
)


def named_works(text: str) -> list[str]:
    """
    Give the addresses of the works that a text names, each once, in order.

    >>> named_works("See arXiv:2309.12307v2, (https://a.example/x). And 10.1145/3, 2309.12307; 12.5 of 2024.")
    ['https://arxiv.org/abs/2309.12307', 'https://a.example/x', 'https://doi.org/10.1145/3']
    """
    found: dict[str, None] = {}
    for match in _NAMED.finditer(text):
        named = _trimmed(match[0])
        link = named.lower().startswith(("http://", "https://"))
        key = item_key(named)
        if (
            not key and match["arxiv"]
        ):  # a number that arXiv cannot have given is named all the same, for whoever tells what is not taken
            found[f"https://arxiv.org/abs/{match['arxiv']}"] = None
        elif key or link:
            found[named if link or not key else address_of(key)] = None
    return list(found)


def _trimmed(named: str) -> str:
    """Without what belongs to the sentence: punctuation, and a bracket that is closed and not opened in it."""
    while named and (
        named[-1] in _END or (named[-1] in ")]}" and named.count(named[-1]) > named.count(_OPENING[named[-1]]))
    ):
        named = named[:-1]
    return named


_OPENING: Final = {")": "(", "]": "[", "}": "{"}
