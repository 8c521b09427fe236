"""
Region matrix: `bot.ranking.regions` with numpy, for works whose words are counted once and kept. Pure.

Regions are put together for each channel, of four hundred works of the same week each time; by the plain rule that took seven to thirteen milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bot.ranking.regions import ALIKE, REGIONS, Written, words_counted

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class RegionMatrix:
    """The words of works, each with what it counts there. A work has the number of those that were added before it."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._words: list[Places] = []
        self._counts: list[Floats] = []

    def __len__(self) -> int:
        return len(self._words)

    def add(self, texts: Iterable[Written]) -> None:
        """Add works by title and abstract."""
        numbers = self._numbers
        for title, abstract in texts:
            counts = words_counted(title, abstract)
            self._words.append(np.array([numbers.setdefault(word, len(numbers)) for word in counts], np.intp))
            self._counts.append(np.array(list(counts.values()), np.float64))

    def regions(self, works: Sequence[int]) -> list[int]:
        """Give the number of the region of each of these works, as `bot.ranking.regions.region_numbers` does."""
        words, counts = [self._words[work] for work in works], [self._counts[work] for work in works]
        everything = np.concatenate([np.empty(0, np.intp), *words])
        times = np.bincount(everything, minlength=len(self._numbers))
        rarity = np.log(len(works) / np.maximum(times, 1))
        # Of each word what it adds to the likeness to each region's first work of a work that has it once.
        leading = np.zeros((len(self._numbers), REGIONS))
        found: list[int] = []
        number = 0
        for mine, often in zip(words, counts, strict=True):
            if number == REGIONS:
                break
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
            ends = np.cumsum([0, *(len(mine) for mine in words[-rest:])])
            matrix = csr_array(
                (np.concatenate(counts[-rest:]), everything[len(everything) - ends[-1] :], ends),
                shape=(rest, len(self._numbers)),
            )
            found += (matrix @ leading).argmax(axis=1).tolist()
        return found
