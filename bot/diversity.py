"""
Diversity: likeness of two works' words, for a choice without near-doubles. Pure.

Maximal marginal relevance (J. Carbonell and J. Goldstein, 'The Use of MMR, Diversity-Based Reranking', SIGIR 1998): each
further pick is worth its own value less a part of its likeness to what is picked already.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from sys import intern
from typing import Final

import regex

from bot.compounds import parts_of_names
from bot.model import Item

_WORD: Final = regex.compile(r"[\p{L}\p{N}]{3,}")
_TITLE: Final = 3
"""How often a title's word counts: two papers on one subject share their titles' words, two of one field only the abstracts'."""


class Likeness:
    """
    The cosine of two works' TF-IDF vectors over title and abstract, among the works given: 0 for nothing shared, 1 for the same.

    A work's vector is made when it is first compared.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        self._frequencies = {item.key: _frequencies(item.title, item.abstract) for item in items}
        number = len(self._frequencies)
        found_in = Counter(chain.from_iterable(self._frequencies.values()))
        of_times = {times: math.log(1 + number / times) for times in set(found_in.values())}
        self._rarity = {word: of_times[times] for word, times in found_in.items()}
        self._vectors: dict[str, Mapping[str, float]] = {}

    def between(self, one: str, other: str) -> float:
        """Compare two works by their keys; one that was not given is like nothing."""
        mine, theirs = self._vector(one), self._vector(other)
        # An exact sum, for the order of a set is not the same twice.
        return math.fsum([mine[word] * theirs[word] for word in mine.keys() & theirs.keys()])

    def _vector(self, key: str) -> Mapping[str, float]:
        found = self._vectors.get(key)
        if found is None:
            words, rarity = self._frequencies.get(key, {}), self._rarity
            found = self._vectors[key] = _unit({word: frequency * rarity[word] for word, frequency in words.items()})
        return found


@lru_cache(maxsize=4096)  # a week's works, for every channel that they are among the best for
def _frequencies(title: str, abstract: str) -> Mapping[str, float]:
    counts = Counter(_WORD.findall(abstract.casefold()))
    for word in [*_WORD.findall(title.casefold()), *(part.casefold() for part in parts_of_names(title))]:
        counts[word] += _TITLE
    # Interned, for the works share their words: each once in memory, and quickly told from another.
    return {intern(word): 1 + math.log(number) for word, number in counts.items()}


def _unit(vector: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {word: weight / length for word, weight in vector.items()} if length else {}
