"""Stems of English words: 'agentic' and 'agents' are both 'agent' (Snowball's English stemmer). Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Final

import regex

_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")

_ONE_AT_A_TIME: Final = Lock()
"""A stemmer is not made for several threads, and digests are compiled in some."""


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Give the stem of a word in lower case. Threads may share it."""
    with _ONE_AT_A_TIME:
        return _stemmer()(word)


@lru_cache(maxsize=1024)  # what one week's channels share; an abstract and its stems take 11 kB
def stems(text: str) -> frozenset[str]:
    """Give the stems of a text's words."""
    return frozenset(stem(word) for word in _WORD.findall(text.casefold()))


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import Stemmer  # noqa: PLC0415 - few commands need it, and all of them start

    stemmed: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return stemmed
