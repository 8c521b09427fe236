"""Lists as people type them, in chat, in a form, in the settings file and on the command line: one way of parting them everywhere. Pure."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

import regex

from bot.text import clean

_BETWEEN: Final = regex.compile(r"[,，、،;；؛\n\r]")
_BULLET: Final = regex.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")
_QUOTES: Final = (('"', '"'), ("'", "'"), ("“", "”"), ("„", "“"), ("‘", "’"), ("«", "»"), ("「", "」"), ("`", "`"))


def typed_list(text: str) -> list[str]:
    """
    Part a list as people write it: by the comma or semicolon of whatever script they write in, and by lines. Brackets around the list, bullets and
    quotation marks around an entry are taken off, white space is collapsed, and what is empty is left out.

    >>> typed_list('ロボット、agent safety，強化学習; "world models"')
    ['ロボット', 'agent safety', '強化学習', 'world models']
    >>> typed_list('["LLM agents", "safety"]')
    ['LLM agents', 'safety']
    """
    whole = text.strip()
    if whole.startswith("[") and whole.endswith("]") and _is_balanced(whole[1:-1]):
        whole = whole[1:-1]
    return [part for piece in _BETWEEN.split(whole) if (part := _bare(piece))]


def typed_ids(text: str) -> list[str]:
    """
    Part a list of ids, in which white space parts, too.

    >>> typed_ids("arxiv, huggingface reddit")
    ['arxiv', 'huggingface', 'reddit']
    """
    return [one for part in typed_list(text) for one in part.split()]


def _is_balanced(inside: str) -> bool:
    """Tell whether every bracket that closes here was opened here: not in 'RL], [NLP', which two pairs enclose."""
    return min(accumulate((one == "[") - (one == "]") for one in inside), default=0) >= 0


def _bare(piece: str) -> str:
    text: str = _BULLET.sub("", clean(piece))
    for opening, closing in _QUOTES:
        inside: str = text[1:-1]
        if len(text) > 1 and text.startswith(opening) and text.endswith(closing) and not {opening, closing} & {*inside}:
            return inside.strip()
    return text
