"""
Groups of a channel's members, put together by what they like. Who wants the same is learnt from together; who wants something else is not
averaged away.

Leader clustering (J. A. Hartigan, 'Clustering Algorithms', 1975, ch. 3) of members, each at the middle of what he liked in the space of meanings
(`bot.ranking.meanings`), where works of one subject are close though they share no words. Ten public lists, taken for members: the middles of two halves
of one list are alike by more than 0.25 in nine of ten pairs (four works each; half of them by 0.55), those of two lists by less than 0.22 in as many.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy import sparse

from bot.ranking.corpus import Corpus, Floats
from bot.ranking.question import MemberGroup
from bot.ranking.signals import Opinion

SPEAKS: Final = 2
"""Liked works from which on a member can be in a group by what he likes; one says too little of where the rest of it lies."""

SURELY: Final = 4
"""Liked works from which on the middle of them is where what a member likes lies."""

ALIKE: Final = 0.25
"""Cosine of two members' middles from which on they want alike."""

ALIKE_OF_FEW: Final = 0.1
"""The same where one of them liked fewer than `SURELY`: chance alone moves the middle of two or three as far as that."""

MOST: Final = 6
"""Groups of a channel. A digest has some twelve papers, so that more of them would have one place each."""


def member_groups(corpus: Corpus, rows: sparse.csr_array, opinions: Sequence[Sequence[Opinion]]) -> list[MemberGroup]:
    """
    Put the members into groups by their `opinions` of works, whose `rows` these are; that of who liked most first.

    Members who liked nothing, or too little to have a group of their own, are in all of the groups: what they say counts everywhere. There is one
    group at least.
    """
    liked: dict[int, list[tuple[int, float]]] = defaultdict(list)
    everybody = {one.member for mine in opinions for one in mine}
    for row, mine in enumerate(opinions):
        for one in mine:
            if one.liked > 0 and one.counts > 0:
                liked[one.member].append((row, one.counts))
    speaking = sorted((member for member in liked if len(liked[member]) >= SPEAKS), key=lambda m: (-len(liked[m]), m))
    if len(speaking) < 2:  # noqa: PLR2004 - one member agrees with himself
        return [MemberGroup(0, max(1, len(speaking)), frozenset(everybody))]
    points = corpus.meanings.place(rows) - corpus.meanings.usual()
    groups: list[tuple[int, list[int]]] = []
    centres = {member: _middle(points, liked[member]) for member in speaking}
    for member in speaking:
        alike = [float(centres[member] @ centres[leader]) for leader, _ in groups]
        enough = ALIKE if len(liked[member]) >= SURELY else ALIKE_OF_FEW
        if groups and (max(alike) >= enough or len(groups) == MOST):
            groups[alike.index(max(alike))][1].append(member)
        else:
            groups.append((member, [member]))
    others = everybody - set(speaking)
    return [MemberGroup(number, len(mine), frozenset([*mine, *others])) for number, (_, mine) in enumerate(groups)]


def _middle(points: Floats, liked: Sequence[tuple[int, float]]) -> Floats:
    rows, counts = zip(*liked, strict=True)
    middle = np.asarray(counts, float) @ points[np.asarray(rows, np.intp)]
    return np.asarray(middle / (np.linalg.norm(middle) or 1.0), float)
