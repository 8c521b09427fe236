"""Works of which the ranking process puts regions together: what was sent is kept, so that a week's texts are sent once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ranking.region_matrix import RegionMatrix
from bot.ranking.regions import Written

_KNOWN: dict[int, RegionMatrix] = {}


def regions(generation: int, before: int, texts: Sequence[Written], works: Sequence[int]) -> list[int] | None:
    """
    Give the regions of works, by their numbers, of a generation of works, of which so many were sent `before` and these texts come now.

    None where they were not: this process began since. A new generation takes the place of the one before.
    """
    if not before:
        _KNOWN.clear()
        _KNOWN[generation] = RegionMatrix()
    known = _KNOWN.get(generation)
    if known is None or len(known) != before:
        return None
    known.add(texts)
    return known.regions(works)
