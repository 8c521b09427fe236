"""
Typical works: those that together stand for a week, where nobody said what is wanted and nobody took notice.

Greedy facility location (G. Cornuéjols, M. L. Fisher and G. L. Nemhauser 1977, doi:10.1287/mnsc.23.8.789; for choosing what stands for a collection H. Lin
and J. Bilmes, 'A Class of Submodular Functions for Document Summarization', ACL 2011): each further work is the one that brings the week nearest to
the works taken so far. So the middle of each large subject comes early, and no subject comes twice before the next one came.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

import numpy as np

from bot.ranking.corpus import Floats, Indices

MOST: Final = 80
"""Works that are taken, several times what a digest shows and lists; the others follow by how near the week is to each."""

STANDS_FOR_WEEK: Final = 400
"""Works that stand for the whole week, spread evenly over it."""

OF_SUBJECT: Final = 0.5
"""From which cosine on another work is of a taken work's subject: in a week of arXiv's, those of one fashion are alike by 0.5 to 0.8."""

TOP: Final = 3.0
"""The score of the first work, in standard deviations; that of the last one taken is 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Typical:
    """How typical works are, in standard deviations, and how many of all of them are of the subject of each, itself counted."""

    scores: Floats
    subjects: Indices


def typical(points: Floats) -> Typical:
    """Say how typical works are, which are given as points of length 1 (`bot.ranking.meanings`), a row each."""
    number = len(points)
    if not number:
        return Typical(np.zeros(0), np.zeros(0, np.intp))
    week = points[np.unique(np.linspace(0, number - 1, min(number, STANDS_FOR_WEEK)).astype(np.intp))]
    near = np.maximum(points @ week.T, 0)
    alone = near.sum(axis=1)
    scores = alone / (alone.max() or 1.0) - 2
    reached = np.zeros(len(week))
    # What a work adds only shrinks as others are taken, so that it is looked at again only where it may be the best (Minoux 1978).
    adds = [(-each, row) for row, each in enumerate(alone.tolist())]
    heapq.heapify(adds)
    taken = 0
    while adds and taken < MOST:
        _, row = heapq.heappop(adds)
        now = -float(np.maximum(near[row] - reached, 0).sum())
        if adds and (now, row) > adds[0]:
            heapq.heappush(adds, (now, row))
            continue
        scores[row] = TOP * (1 - taken / MOST)
        reached = np.maximum(reached, near[row])
        taken += 1
    first = np.flatnonzero(scores > 0)
    subjects = np.zeros(number, np.intp)
    subjects[first] = (points[first] @ points.T >= OF_SUBJECT).sum(axis=1)
    return Typical(scores, subjects)
