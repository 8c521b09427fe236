"""Terms of titles: words and pairs of words that stand in many of them, to be offered as topics. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS

_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{N}\-]+")
_LEAST: Final = 3
"""Titles in which a term stands, at least."""
_MOSTLY: Final = 0.8
_COMMON: Final = FUNCTION_WORDS | frozenset(
    "paper propose proposed present introduce show method methods approach approaches model models results learning large language data task "
    "tasks performance training training-free framework existing however work study".split()
)
"""As topics they would find everything; as parts of a pair they are welcome ('world models')."""


def frequent(titles: Sequence[str], number: int) -> dict[str, int]:
    """
    Give the words and pairs of words that stand in three titles or more, with in how many, the most frequent first.

    A word that nearly always stands in one pair is left to the pair.

    >>> frequent(["Reward models", "On reward models", "Reward models again", "Agents"], 9)
    {'reward models': 3}
    """
    counts = _counts(titles)
    often = {term: count for term, count in counts.items() if count >= _LEAST}
    paired: Counter[str] = Counter()
    for term, count in often.items():
        if " " in term:
            for word in term.split():
                paired[word] = max(paired[word], count)
    kept = [(term, count) for term, count in often.items() if " " in term or paired[term] < _MOSTLY * count]
    return dict(sorted(kept, key=lambda one: (-one[1], one[0]))[:number])


def _counts(texts: Iterable[str]) -> Counter[str]:
    """Count in how many texts each word and pair of words stands; neither word of a pair is a function word."""
    counts: Counter[str] = Counter()
    for text in texts:
        words = [word.casefold() for word in _WORD.findall(text)]
        pairs = {f"{a} {b}" for a, b in itertools.pairwise(words) if not {a, b} & FUNCTION_WORDS}
        counts.update({word for word in words if word not in _COMMON} | pairs)
    return counts
