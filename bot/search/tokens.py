"""
Tokens of a text, the same for what is indexed and what is asked, on every database. Pure.

A token is a word without case and accents. Scripts that put no space between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese), and
Korean, whose words bear their particles, are indexed as pairs of neighbouring characters: neither FTS5 nor tsvector segments them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

LONGEST: Final = 60
"""Longest token in characters: what is longer is cut, in the index and in the question alike."""

_PAIRED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30FC\uFF70\uFF9E\uFF9F"
_RUN: Final = regex.compile(rf"([{_PAIRED}][{_PAIRED}\p{{M}}]*)|[[\p{{L}}\p{{N}}\p{{M}}]--[{_PAIRED}]]+", regex.V1)
_PLAIN: Final = re.compile(r"[a-z0-9]+")
_HALF_WIDTH: Final = regex.compile(r"[\uFF61-\uFF9F]+")
# The accents of Latin, Greek and Cyrillic; the points of Hebrew and Arabic, which hardly anybody types, with the hamza on a letter and
# the stroke that only lengthens a word. Vowel signs of other scripts are letters of theirs, and stay.
_ACCENT: Final = regex.compile(
    r"[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0640\u064B-\u065F\u0670]+"
)
# Letters that Unicode does not take apart, and that people elsewhere type without their stroke: Paweł, Søren.
_STROKES: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where in the text (as `normal` gives it) its word stands; pairs of characters overlap."""

    text: str
    start: int
    end: int


def normal(text: str) -> str:
    """Give a text in the one spelling that `located` counts in: composed, with whole-width kana."""
    if text.isascii():
        return text
    wide = _HALF_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return unicodedata.normalize("NFC", wide)


def tokens(text: str, *, asked: bool = False) -> list[str]:
    """
    Give the tokens of a text in their order. `asked`: of a question, in which the last character of a run of pairs stands for none.

    >>> tokens("Self-Attention für GPT-4")
    ['self', 'attention', 'fur', 'gpt', '4']
    >>> tokens("強化学習")
    ['強化', '化学', '学習', '習']
    >>> tokens("Paweł Sørensen, أَحْمَد")
    ['pawel', 'sorensen', 'احمد']
    """
    if text.isascii():
        return [word[:LONGEST] for word in _PLAIN.findall(text.lower())]
    return [token.text for token in located(normal(text), asked=asked)]


def located(text: str, *, asked: bool = False) -> Iterator[Token]:
    """Give the tokens of a `normal` text with their places. See `tokens`."""
    for run in _RUN.finditer(text):
        word, start = _folded(run[0]), run.start()
        if not word:
            continue
        if run[1] is None:
            yield Token(word[:LONGEST], start, run.end())
            continue
        exact = len(word) == len(run[0])
        for at in range(len(word) - 1):
            place = (start + at, start + at + 2) if exact else (start, run.end())
            yield Token(word[at : at + 2], *place)
        if not asked or len(word) == 1:
            yield Token(word[-1], *((run.end() - 1, run.end()) if exact else (start, run.end())))


def is_one_character(word: str) -> bool:
    """Tell whether this token is a single character of a script that is indexed in pairs: it is to be found at the start of any pair."""
    found = _RUN.fullmatch(word)
    return len(word) == 1 and found is not None and found[1] is not None


@lru_cache(maxsize=20_000)
def _folded(word: str) -> str:
    """A word without case, accents and compatibility forms."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold())
    return unicodedata.normalize("NFC", _ACCENT.sub("", apart)).casefold().translate(_STROKES)
