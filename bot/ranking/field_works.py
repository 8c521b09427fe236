"""
Works of a field: which works are of the field that a topic names, by arXiv's categories, by what it is called, and by nearness to its works.

A category is an author's or a moderator's word, and the surest there is; but many a work has another one, and many have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Corpus, Floats
from bot.ranking.meanings import Points
from bot.ranking.question import Text
from bot.ranking.taxonomy import NAMES
from bot.ranking.terms import Terms
from bot.ranking.topics import FEEDBACK, Form

Mask = npt.NDArray[np.bool_]

ENOUGH: Final = 8
"""Works of a field from which on they have a middle that says how near others are."""

COHERENT: Final = 1.5
"""
How near to that middle, in standard deviations over the usual work, a work of another category must be at least: what half of the week is on, as artificial
intelligence, has no middle to speak of, and must not take the other half along.
"""

NAME_TELLS: Final = 0.03
"""The part of the works up to which a field is no broad one, whose name stands in what applies it."""

MOST: Final = 0.25
"""The part of a field's works that may be farther from its middle than a work that is called by its name."""

SURELY: Final = 2.5
"""How near to that middle a work that is called by its name is near enough, however near the field's own works are."""

CALLED: Final = 0.1
"""What it counts beside being of a field that a work dwells on the name of it: 'multi-agent systems' asks first for what is called so."""

FAINTLY: Final = 0.01
"""What nearness to the middle of a field counts, by which only works of equal notice are told apart."""

FAR: Final = 5.0
"""Standard deviations beyond which it counts no more."""


class Field(NamedTuple):
    """A field that a topic names: the `terms` of its categories, and which works have one of these."""

    terms: Sequence[Terms]
    works: Mask


class Categories:
    """The categories of works, as their sources give them: where those of each stand among the works, and which works have any."""

    def __init__(self, texts: Iterable[Text]) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        number = 0
        for number, text in enumerate(texts, start=1):
            # A source's keywords are the last line (`Text.said`).
            for category in NAMES.keys() & text.abstract[text.abstract.rfind("\n") + 1 :].split():
                places[category].append(number - 1)
        self._places = dict(places)
        self._number = number
        self.known = self.of(NAMES)
        """Which works have any category."""

    def of(self, categories: Iterable[str]) -> Mask:
        """Say which works have one of these."""
        found = np.zeros(self._number, np.bool_)
        for category in categories:
            found[self._places.get(category, [])] = True
        return found


def works_of_field(
    corpus: Corpus, by_category: Mask, known: Mask, names: Sequence[Form], points: Points, *, several: bool
) -> tuple[Floats, Mask] | None:
    """
    Say how far works are of a field, and which are of it; None where no work has its categories. `by_category` are those that have, `known` those that have
    any category at all, `names` the ways of writing what the field is called, of `several` words or of one, `points` the works' meanings.

    One is of it as much as another, so that the community's notice is their order; how near they are to the middle of the field only tells apart those of
    equal notice. Of works without a category the nearest are of it, as many as are by their categories of the others. Where forty are of it and more, so is
    what lies as near as half of them, whatever its category. What dwells on the field's name, word by word, is of it, too, if it is nearer than the usual
    work, and where the name is one word as near as three quarters of the field's works: 'control' is said of pictures. A broad field's name tells nothing. Of
    a field with hardly a work there is no middle, and its name is enough.
    """
    works, within = np.flatnonzero(by_category), by_category.copy()
    if not len(works):
        return None
    named = np.any([np.all([corpus.dwelling(term[None]) for term in name.core], axis=0) for name in names], axis=0)
    if len(works) < ENOUGH:
        within |= named
        return within.astype(float), within
    near = points.nearness(works, np.ones(len(works)))
    unknown, usual = ~known, np.median(near[works])
    broad = by_category.mean() > NAME_TELLS
    if unknown.any():
        as_many = np.quantile(near[known], 1 - by_category[known].mean())
        within |= unknown & (near > (as_many if broad else max(as_many, usual)))
    if len(works) >= FEEDBACK:
        within |= near >= max(COHERENT, usual)
    if not broad:
        within |= named & (near >= (0 if several else min(SURELY, np.quantile(near[works], MOST))))
    return within + (not broad) * CALLED * (named & within) + FAINTLY * np.clip(near, -FAR, FAR), within
