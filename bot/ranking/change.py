"""
Change of interest: since when a team marks so much less of what its taste chose for it that it must want something else. Pure.

A cumulative sum of log likelihood ratios over digests, each that of a rate of marking fallen to a sixth against the usual one (CUSUM; Page
1954, doi:10.1093/biomet/41.1-2.100). Picks that were drawn to explore do not count, for they were not chosen by taste; nor does a digest that
nobody answered at all, for people are away, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

FALLEN: Final = 6.0
"""The rate of marking that is looked for is the usual one divided by this: a team that hardly marks anything any more."""

ALARM: Final = math.log(520)
"""
From which sum on the interest has changed: no more than one false alarm in 520 digests, ten years of them, is expected (the mean time between
false alarms is at least e to this; Lorden 1971, doi:10.1214/aoms/1177693055).
"""

MOST_EVIDENCE: Final = ALARM / 2
"""
What one digest says at most: a week may be dull, so it takes two. Weeks differ by more than chance, which the bound above knows nothing of.
"""

LEARNT_FROM: Final = 20
"""Picks from which the usual rate is learnt before it can fall."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came of a digest: when it was made, how many `picks` taste chose, how many of them were `marked`, and whether anybody decided on
    anything in it.
    """

    at: datetime
    picks: int
    marked: int
    answered: bool


def changed_since(answers: Iterable[Answer]) -> datetime | None:
    """
    Give when the first digest was made that the team's new interest passed over, of the latest change; None if there was none.

    `answers` are of all digests that are remembered, oldest first. After a change the usual rate is learnt again.
    """
    found: datetime | None = None
    suspected: datetime | None = None
    usual_marked = usual_picks = marked = picks = 0
    total = 0.0
    for one in answers:
        if not one.answered or not one.picks:
            continue
        marked, picks = marked + one.marked, picks + one.picks
        if usual_picks >= LEARNT_FROM:
            suspected = suspected if total > 0 else one.at
            total = max(0.0, total + _evidence(one, (usual_marked + 1) / (usual_picks + 2)))
            if total >= ALARM:
                found, total = suspected, 0.0
                usual_marked = usual_picks = marked = picks = 0
        if total == 0:  # nothing is suspected: what was read since then is usual
            usual_marked, usual_picks = usual_marked + marked, usual_picks + picks
            marked = picks = 0
    return found


def _evidence(one: Answer, usual: float) -> float:
    fallen = usual / FALLEN
    passed_over = one.picks - one.marked
    evidence = one.marked * math.log(fallen / usual) + passed_over * math.log((1 - fallen) / (1 - usual))
    return min(MOST_EVIDENCE, evidence)
