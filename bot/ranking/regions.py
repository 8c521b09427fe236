"""
Regions: works put into a few groups of like ones (leader clustering, Hartigan 1975, ch. 3), for an even draw among all that is outside. Pure.

This is the plain rule. A process with numpy does the same in a tenth of the time (`bot.ranking.region_matrix`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, TypeVar

import regex

from bot.model import Item

REGIONS: Final = 12
"""Regions into which the works are put at most."""

ALIKE: Final = 0.12
"""The cosine of two titles and abstracts from which on works are of one region."""

_WORD: Final = regex.compile(r"\p{L}{4,}")

Work = TypeVar("Work")

Written = tuple[str, str]
"""Title and abstract of a work."""

Regions = Callable[[Sequence[Item]], list[list[Item]]]
"""Puts works into regions, as `regions` does."""


def regions(items: Sequence[Item]) -> list[list[Item]]:
    """Put works into regions of like ones. The order within a region is that of the works."""
    return together(items, region_numbers([(item.title, item.abstract) for item in items]))


def region_numbers(texts: Sequence[Written]) -> list[int]:
    """
    Put works into at most `REGIONS` regions of like ones, in one pass: each joins the nearest region's first work, or begins its own. Give the number of
    each one's region, which is how many regions began before it.

    What is like no region once there are enough of them joins the nearest all the same.
    """
    works = [words_counted(title, abstract) for title, abstract in texts]
    times = Counter(chain.from_iterable(works))
    rarity = {word: math.log(len(works) / often) for word, often in times.items()}
    # Of each word the regions whose first work has it, each with what it adds to the likeness of a work that has it once.
    leading: dict[str, list[tuple[int, float]]] = {}
    numbers: list[int] = []
    number = 0
    for mine in works:
        near = [0.0] * number
        for word, often in mine.items():
            for region, each in leading.get(word, ()):
                near[region] += often * each
        best = near.index(max(near)) if near else None
        # Which region is the nearest does not depend on the work's own length; only whether it is near enough does.
        if best is not None and number == REGIONS:
            numbers.append(best)
            continue
        length = math.sqrt(math.fsum([(often * rarity[word]) ** 2 for word, often in mine.items()])) or 1.0
        if best is not None and near[best] / length >= ALIKE:
            numbers.append(best)
            continue
        for word, often in mine.items():
            leading.setdefault(word, []).append((number, often * rarity[word] ** 2 / length))
        numbers.append(number)
        number += 1
    return numbers


def together(items: Sequence[Work], numbers: Iterable[int]) -> list[list[Work]]:
    """Put together works of the same region, by the number of each one's (`region_numbers`)."""
    found: list[list[Work]] = []
    for item, number in zip(items, numbers, strict=True):
        if number == len(found):
            found.append([])
        found[number].append(item)
    return found


def words_counted(title: str, abstract: str) -> Mapping[str, float]:
    """Give the words of a work, each with what it counts there."""
    counts = Counter(_WORD.findall(f"{title} {title} {abstract}".casefold()))
    return {word: _weight(often) for word, often in counts.items()}


@lru_cache(maxsize=256)
def _weight(often: int) -> float:
    """Give what a word counts in a text that has it so often."""
    return 1 + math.log(often)
