"""Stems of English words: 'agentic' and 'agents' are both 'agent' (Snowball's English stemmer). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from threading import Lock
from typing import Final

import regex

from bot.phrasal_nouns import phrasal_nouns_joined

_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")

_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
"""The same in a text of ASCII, case folded, in half the time."""

_ONE_AT_A_TIME: Final = Lock()
"""A stemmer is not made for several threads, and digests are compiled in some."""


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Give the stem of a word in lower case. Threads may share it."""
    with _ONE_AT_A_TIME:
        return _stemmer()(word)


@lru_cache(maxsize=1024)
def stems(text: str) -> frozenset[str]:
    """Give the stems of the words of a topic; of works, which are thousands and longer, `has_any` and `has_all` tell."""
    return frozenset(map(stem, _WORD.findall(phrasal_nouns_joined(text.casefold()))))


def has_any(text: str, wanted: Iterable[str]) -> bool:
    """Tell whether any of these stems is that of a word of a text."""
    spaced = _spaced(text)
    return any(f" {one} " in spaced for one in wanted)


def has_all(text: str, wanted: Iterable[str]) -> bool:
    """Tell whether each of these stems is that of a word of a text."""
    spaced = _spaced(text)
    return all(f" {one} " in spaced for one in wanted)


@lru_cache(maxsize=4096)  # a week's works, for every channel
def _spaced(text: str) -> str:
    """Give the stems of a text's words with a space before and after each: in one piece they take a tenth of a set's 11 kB, so that all works of a week fit."""
    folded = phrasal_nouns_joined(text.casefold())
    words = (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)
    return f" {' '.join(dict.fromkeys(map(stem, words)))} "


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    import Stemmer  # noqa: PLC0415 - few commands need it, and all of them start

    stemmed: Callable[[str], str] = Stemmer.Stemmer("english").stemWord
    return stemmed
