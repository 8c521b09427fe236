"""'Did you mean': the nearest known word to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(value: str, known: Iterable[str]) -> str:
    """
    Give the remedy for an unknown word: the nearest known one, else all of them.

    >>> nearest("fed", ["feed", "arxiv"])
    'Did you mean feed?'
    """
    names = sorted(known)
    near = get_close_matches(value, names, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    return f"It must be one of {', '.join(names)}." if names else "There are none."
