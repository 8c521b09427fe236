"""Terms of titles: words and pairs of words that stand in many of them, to be offered as topics. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import regex

from bot.boilerplate import is_general
from bot.function_words import FUNCTION_WORDS
from bot.stems import stem

_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{N}\-]+")
_LEAST: Final = 3
"""Titles in which a term stands, at least."""
_MOSTLY: Final = 0.8


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
    """
    Count in how many texts each word and pair of words stands. What every work of the field is about is left out, for as a topic it would find
    everything; as part of a pair a word of it is welcome.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        words = [word.casefold() for word in _WORD.findall(text)]
        single = {word for word in words if word not in FUNCTION_WORDS and not is_general((stem(word),))}
        counts.update(single | {f"{a} {b}" for a, b in itertools.pairwise(words) if _tells(a, b)})
    return counts


def _tells(one: str, other: str) -> bool:
    """Tell whether two words side by side are no more general than a topic may be: 'world models' are not, 'language models' are."""
    return not {one, other} & FUNCTION_WORDS and not is_general((stem(one), stem(other)))


@lru_cache(maxsize=8192)  # a week's works, for every channel with decisions
def pairs_of_title(title: str) -> frozenset[tuple[str, str]]:
    """
    Give the pairs of neighbouring words of a title that may be a subject, as stems. Two titles that share one are near each other.

    >>> sorted(pairs_of_title("MASS: Multiplayer World Models with Large Language Models"))
    [('mass', 'multiplay'), ('multiplay', 'world'), ('world', 'model')]
    """
    words = [word.casefold() for word in _WORD.findall(title)]
    return frozenset(
        pair
        for one, other in itertools.pairwise(words)
        if one not in FUNCTION_WORDS
        and other not in FUNCTION_WORDS
        and not is_general(pair := (stem(one), stem(other)))
        and one != other
    )


@lru_cache(maxsize=8192)  # as above
def subject_stems(title: str) -> frozenset[str]:
    """
    Give the stems of the words of a title that may be a subject by themselves, each part of a word with a hyphen for itself.

    >>> sorted(subject_stems("Multi-Agent Robots with a New Model"))
    ['agent', 'multi', 'robot']
    """
    words = [part for word in _WORD.findall(title.casefold()) for part in word.split("-")]
    return frozenset(
        one for word in words if len(word) > 1 and word not in FUNCTION_WORDS and not is_general((one := stem(word),))
    )
