"""
Diversity: likeness of two works' words, for a choice without near-doubles. Pure.

Maximal marginal relevance (J. Carbonell and J. Goldstein, 'The Use of MMR, Diversity-Based Reranking', SIGIR 1998): each
further pick is worth its own value less a part of its likeness to what is picked already.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from sys import intern
from threading import Lock
from typing import Final

import regex

from bot.compounds import parts_of_names
from bot.model import Item

_WORD: Final = regex.compile(r"[\p{L}\p{N}]{3,}")
_TITLE: Final = 3
"""How often a title's word counts: two papers on one subject share their titles' words, two of one field only the abstracts'."""


KEPT: Final = 4096
"""Works of which it is kept which words they have: a week's, and half as many again. Where they would be more, all are forgotten."""


class _Words:
    """
    The words of works: how often each has one, and which works have it, each a bit of a whole number. How many of some works have a word is so told without
    a look at any of them. A week's 2,300 works take some ten megabytes.
    """

    def __init__(self) -> None:
        self.having: dict[str, int] = {}
        self._known: dict[tuple[str, str, str], tuple[int, Mapping[str, float]]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, item: Item) -> tuple[int, Mapping[str, float]]:
        """Give the bit of a work, and its words."""
        asked = (item.key, item.title, item.abstract)
        found = self._known.get(asked)
        if found is None:
            found = 1 << len(self._known), _frequencies(item.title, item.abstract)
            self._known[asked] = found
            bit, words = found
            for word in words:
                self.having[word] = self.having.get(word, 0) | bit
        return found


_words = _Words()
_turn: Final = Lock()


def _words_of(items: Iterable[Item]) -> tuple[_Words, dict[str, tuple[int, Mapping[str, float]]]]:
    """Give what is known of works' words, and those of some works by their keys. Threads may share it."""
    global _words  # noqa: PLW0603 - a cache, as `lru_cache` is one
    with _turn:
        found = {item.key: _words.of(item) for item in items}
        words = _words
        if len(words) > KEPT:
            _words = _Words()
        return words, found


class Likeness:
    """
    The cosine of two works' TF-IDF vectors over title and abstract, among the works given: 0 for nothing shared, 1 for the same.

    A work's vector is made when it is first compared.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        words, found = _words_of(items)
        self._having = words.having
        self._frequencies = {key: frequencies for key, (_, frequencies) in found.items()}
        self._among = sum(bit for bit, _ in found.values())
        self._of_times = [0.0, *(math.log(1 + len(found) / times) for times in range(1, len(found) + 1))]
        self._vectors: dict[str, Mapping[str, float]] = {}

    def between(self, one: str, other: str) -> float:
        """Compare two works by their keys; one that was not given is like nothing."""
        mine, theirs = self._vector(one), self._vector(other)
        # An exact sum, for the order of a set is not the same twice.
        return math.fsum([mine[word] * theirs[word] for word in mine.keys() & theirs.keys()])

    def _vector(self, key: str) -> Mapping[str, float]:
        found = self._vectors.get(key)
        if found is None:
            words, having, among, of_times = self._frequencies.get(key, {}), self._having, self._among, self._of_times
            weights = [each * of_times[(having[word] & among).bit_count()] for word, each in words.items()]
            length = math.sqrt(sum([weight * weight for weight in weights])) or math.inf
            found = {word: weight / length for word, weight in zip(words, weights, strict=True)}
            self._vectors[key] = found
        return found


def _frequencies(title: str, abstract: str) -> Mapping[str, float]:
    counts = Counter(_WORD.findall(abstract.casefold()))
    for word in [*_WORD.findall(title.casefold()), *(part.casefold() for part in parts_of_names(title))]:
        counts[word] += _TITLE
    # Interned, for the works share their words: each once in memory, and quickly told from another.
    return {intern(word): 1 + math.log(number) for word, number in counts.items()}
