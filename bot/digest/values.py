"""Values of candidates: what their place in the order of their section, and of their topics, is worth. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from bot.digest.sections import by_section
from bot.model import Section
from bot.ranking import Ranked

HALVED: Final = 10
"""So many places below another one, a work of the same section is worth half as much."""


def values_of(candidates: Iterable[Ranked], topics: int = 0) -> dict[str, float]:
    """
    Bring each section's order, whatever its scores are made of, to values: 1 for the best, half of that ten places below.

    Scores may be sums, probabilities or ranks; what they say alike is the order. Equal scores share a place. With several `topics` a paper's
    value is the geometric mean of that in its section and the best that it has among the papers of a topic, for the best of one topic may
    stand below thirty of another.
    """
    values: dict[str, float] = {}
    sections = by_section(candidates)
    for section in sections.values():
        values |= _by_place(section)
    if topics > 1:
        of_topics: dict[str, list[Ranked]] = defaultdict(list)
        for one in sections[Section.PAPERS]:
            for topic in one.topics:
                of_topics[topic].append(one)
        best: dict[str, float] = {}
        for mine in of_topics.values():
            for key, value in _by_place(mine).items():
                best[key] = max(value, best.get(key, 0.0))
        values |= {key: math.sqrt(values[key] * value) for key, value in best.items()}
    return values


def _by_place(section: Sequence[Ranked]) -> dict[str, float]:
    scores = sorted({r.value for r in section}, reverse=True)
    of_scores = {score: math.pow(0.5, place / HALVED) for place, score in enumerate(scores)}
    return {r.item.key: of_scores[r.value] for r in section}
