"""
Region matrix: `bot.ranking.regions` with numpy, for works whose words are counted once and kept. Pure.

Regions are put together for each channel, of four hundred works of the same week each time; by the plain rule that took seven to thirteen milliseconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from bot.ranking.entries import places_of
from bot.ranking.regions import ALIKE, REGIONS, Written, words_counted


class RegionMatrix:
    """The words of works, each with what it counts there. A work has the number of those that were added before it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        # One work after the other, so that those of some are taken out at once.
        self._words = array("i")
        self._counts = array("d")
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, texts: Iterable[Written]) -> None:
        """Add works by title and abstract."""
        numbers = self._numbers
        for title, abstract in texts:
            counts = words_counted(title, abstract)
            self._words.extend([numbers.setdefault(word, len(numbers)) for word in counts])
            self._counts.extend(counts.values())
            self._ends.append(len(self._words))

    def regions(self, works: Sequence[int]) -> list[int]:
        """Give the number of the region of each of these works, as `bot.ranking.regions.region_numbers` does."""
        _, at, ends = places_of(np.asarray(self._ends), np.asarray(works, np.intp))
        words, counts = np.asarray(self._words)[at], np.asarray(self._counts)[at]
        times = np.bincount(words, minlength=len(self._numbers))
        rarity = np.log(len(works) / np.maximum(times, 1))
        # Of each word what it adds to the likeness to each region's first work of a work that has it once.
        leading = np.zeros((len(self._numbers), REGIONS))
        found: list[int] = []
        number = 0
        for begin, end in pairwise(ends.tolist()):
            if number == REGIONS:
                break
            mine, often = words[begin:end], counts[begin:end]
            near = often @ leading[mine, :number]
            length = float(np.linalg.norm(often * rarity[mine])) or 1.0
            best = int(near.argmax()) if number else 0
            if number and near[best] / length >= ALIKE:
                found.append(best)
                continue
            leading[mine, number] = often * rarity[mine] ** 2 / length
            found.append(number)
            number += 1
        if rest := len(works) - len(found):
            begin = ends[len(found)]
            matrix = csr_array(
                (counts[begin:], words[begin:], ends[len(found) :] - begin), shape=(rest, len(self._numbers))
            )
            found += (matrix @ leading).argmax(axis=1).tolist()
        return found
