"""Stemmer for English: the forms of a word have one stem ('agents', 'agentic'). Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Final

_ONE_AT_A_TIME: Final = Lock()
"""A stemmer is not made for several threads, and digests are compiled in some."""


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """
    Give the stem of a lower-case word by Snowball's rules for English.

    >>> stem("agentic") == stem("agents"), stem("investment") == stem("investigate")
    (True, False)
    """
    with _ONE_AT_A_TIME:
        return _stemmer()(word)


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import Stemmer  # noqa: PLC0415 - an extension module: only for who meets words

    found: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return found
