"""
Spaced text: the words of a text in one piece, each with a space before and after it, so that words which stand together are looked for as one string.

A text in one piece is kept in a tenth of a list's memory: that of a week's works is kept for every channel. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import regex

from bot.ranking.letter_compounds import letter_compounds_joined
from bot.ranking.word_forms import joined, root, without_versions

WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
"""A word: letters and digits of any script."""

_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
"""The same in a text of ASCII, case folded, in half the time."""

_SHORTEST_PLURAL: Final = 4


def tokens(text: str) -> list[str]:
    """Cut a text into lower-case words without plural s: 'World-Models' is `world model`."""
    # Looked at here, for most words end with another letter, and a week has half a million.
    folded = text.casefold()
    words = (_ASCII_WORD if folded.isascii() else WORD).findall(folded)
    return [singular(word) if word[-1] == "s" else word for word in words]


def singular(word: str) -> str:
    """Give a word in lower case without its plural s."""
    return word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=8192)
def spaced(text: str) -> str:
    """Give a text's words (`tokens`) with one space before, between and after them."""
    return f" {' '.join(tokens(text))} "


@lru_cache(maxsize=8192)
def spaced_roots(text: str) -> str:
    """Give `spaced` of a text, of each word what its family has in common."""
    return f" {' '.join(map(root, spaced(text).split()))} "


@lru_cache(maxsize=8192)
def spaced_joined(text: str) -> str:
    """Give `spaced` of a text whose words with a hyphen are written as one, and whose names are without the number of a version: AlphaFold3."""
    written = without_versions(joined(text))
    return spaced(text) if written == text else f" {' '.join(tokens(written))} "


@lru_cache(maxsize=8192)
def spaced_compounds(text: str) -> str:
    """Give `spaced` of a text whose letter compounds are written as one word: 'k-NN' as 'kNN', 'GPT-5' as 'GPT5'."""
    written = letter_compounds_joined(text)
    return spaced(text) if written == text.casefold() else f" {' '.join(tokens(written))} "
