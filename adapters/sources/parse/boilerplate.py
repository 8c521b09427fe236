"""What a publisher says every time taken off what he says this time, and one issue recognised at two addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_GAP: Final = 600
"""Characters that the dots of a phrase may stand for."""
# WordPress ends every excerpt so, and every full text. Each after a piece of it in lower case, which is looked for first: to
# look for the ending itself takes longer than all else here.
_ENDINGS: Final = (
    ("[", re.compile(r"\s*\[\s*(?:…|\.\.\.)\s*\]\s*$"), "…"),
    ("the post", re.compile(r"\s*The post .{1,300} (?:first appeared on|appeared first on) .{1,100}\.?\s*$"), ""),
    ("read", re.compile(r"\s*(?:Continue reading|Read more|Read the full (?:post|story|article))\s*(?:→|»|…|\.\.\.)?\s*$", re.IGNORECASE), ""),
)  # fmt: skip
_NUMBERED: Final = re.compile(
    r"^\s*(?:\[(?P<mark>[^\[\]]{2,60}?\d{1,5})\]|(?P<head>[^:–—]{2,60}?#?\s?\d{1,5})\s*[:–—-])"
)
_SIGNS: Final = re.compile(r"[\W_]+")


def stripped(text: str, phrases: Sequence[str] = ()) -> str:
    """
    Take each phrase out of a plain text once, and the marks of an excerpt off its end.

    In a phrase `…` (or `...`) stands for anything between its parts; the kind of quotation marks and spaces makes no difference.

    >>> stripped("Welcome to X, a letter. Subscribe now The news is [...]", ["Welcome to X…Subscribe now"])
    'The news is…'
    """
    for phrase in phrases:
        text = _pattern(phrase).sub(" ", text, count=1)
    said = text.lower()
    for piece, ending, instead in _ENDINGS:
        if piece in said:
            text = ending.sub(instead, text)
    return " ".join(text.split())


@lru_cache(maxsize=256)
def _pattern(phrase: str) -> re.Pattern[str]:
    parts = [part for part in re.split(r"…|\.\.\.", phrase) if part.strip()]
    return re.compile(rf".{{0,{_GAP}}}?".join(map(_loose, parts)) or r"(?!)", re.IGNORECASE)


def _loose(part: str) -> str:
    words = (re.escape(word) for word in part.split())
    return re.sub(r"['’‘]", "['’‘]", r"\s+".join(words))


def issue_name(title: str) -> str:
    """
    Name an issue by its title: by what stands before the colon if that is numbered, else by all its words.

    >>> issue_name("Import AI 468: 23 RSI ideas"), issue_name("A special letter!")
    ('import-ai-468', 'a-special-letter')
    """
    numbered = _NUMBERED.match(title)
    return _SIGNS.sub("-", (numbered["mark"] or numbered["head"] if numbered else title).casefold()).strip("-")
