"""
Change of interest: since when a team marks so much less of what its taste chose for it that it must want something else. Pure.

A cumulative sum of log likelihood ratios over digests, each that of a rate of marking fallen to a sixth against the usual one (CUSUM; Page
1954, doi:10.1093/biomet/41.1-2.100). Picks that were drawn to explore do not count, for they were not chosen by taste. A digest that nobody
answered at all says little, for people are away, too: how little follows from how often the team has been.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FALLEN: Final = 6.0
"""The rate of marking that is looked for is the usual one divided by this: a team that hardly marks anything any more."""

ALARM: Final = math.log(520)
"""
From which sum on the interest has changed: no more than one false alarm in 520 digests, ten years of them, is expected (the mean time between
false alarms is at least e to this; Lorden 1971, doi:10.1214/aoms/1177693055).
"""

MOST_EVIDENCE: Final = 0.65 * ALARM
"""
What one digest says at most: a week may be dull, so it takes two. Weeks differ by more than chance, which the bound above knows nothing of.
"""

LEARNT_FROM: Final = 20
"""Picks from which the usual rate is learnt before it can fall."""

SETTLED: Final = timedelta(days=5)
"""How old a digest must be before what nobody marked in it says anything."""

REMEMBERED: Final = 52
"""The digests in which a change of interest is looked for. After a year the half-life has done its part."""

LOOKING_AROUND: Final = 0.5
"""
The share of the papers that is drawn to explore while a change is suspected, where exploration is on and has less: if the interest is another
one, nothing else can find it, and if not, one digest was spent.
"""


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


def answer_to(
    at: datetime, chosen: Collection[str], explored: Collection[str], liked: AbstractSet[str], decided: AbstractSet[str]
) -> Answer:
    """Say what came of a digest: of the works that taste chose, and of those drawn to explore, by what was liked and what was decided on at all."""
    marked = sum(key in liked for key in chosen)
    return Answer(at, len(chosen), marked, answered=any(key in decided for key in (*chosen, *explored)))


@dataclass(frozen=True, slots=True)
class Change:
    """
    The latest change of interest: `since` when the first digest was made that the new interest passed over, None if there was none.

    `suspected` says that the last digest that was answered would make another one, were one digest enough.
    """

    since: datetime | None = None
    suspected: bool = False


def latest_change(answers: Iterable[Answer]) -> Change:
    """
    Look for a change of interest in the digests that are remembered, oldest first. After a change the usual rate is learnt again.

    Silence alone is no change, and of several silent digests in a row the first one counts: who is away stays away.
    """
    watch = _Watch()
    for one in answers:
        if one.picks:
            watch.see(one)
    return Change(watch.found, watch.suspected)


class _Watch:
    """The sum so far, and what it is made of."""

    def __init__(self) -> None:
        self.found: datetime | None = None
        self.suspected = False
        self._since: datetime | None = None
        """When the first digest was made that was answered and speaks for a change which is not certain yet."""
        self._total = 0.0
        self._marked = self._picks = 0
        self._usual_marked = self._usual_picks = 0
        self._digests = self._silent = 0
        self._was_silent = False

    def see(self, one: Answer) -> None:
        """Take the next digest into account."""
        self._digests += 1
        if one.answered:
            self._answered(one)
        else:
            self._silent += 1
            if self._knows_usual() and not self._was_silent:
                self._add(self._of_silence(one))
        self._was_silent = not one.answered

    def _answered(self, one: Answer) -> None:
        self._marked, self._picks = self._marked + one.marked, self._picks + one.picks
        self.suspected = False
        if self._knows_usual():
            evidence = self._of_marks(one)
            self.suspected = self._total + evidence >= ALARM
            self._since = self._since or one.at
            self._add(evidence)
        if self._total == 0:  # nothing is suspected: what was read since then is usual
            self._usual_marked, self._usual_picks = self._usual_marked + self._marked, self._usual_picks + self._picks
            self._marked = self._picks = 0

    def _add(self, evidence: float) -> None:
        self._total = max(0.0, self._total + min(MOST_EVIDENCE, evidence))
        if self._total == 0:
            self._since = None
        elif self._total >= ALARM and self._since:
            self.found, self._since, self._total, self.suspected = self._since, None, 0.0, False
            self._usual_marked = self._usual_picks = self._marked = self._picks = 0

    def _knows_usual(self) -> bool:
        return self._usual_picks >= LEARNT_FROM

    def _usual(self) -> float:
        return (self._usual_marked + 1) / (self._usual_picks + 2)

    def _of_marks(self, one: Answer) -> float:
        usual = self._usual()
        passed_over = one.picks - one.marked
        return -one.marked * math.log(FALLEN) + passed_over * math.log((1 - usual / FALLEN) / (1 - usual))

    def _of_silence(self, one: Answer) -> float:
        """What nobody answered was seen by nobody, as often as has happened before, or was seen and nothing of it marked."""
        usual, away = self._usual(), self._silent / (self._digests + 1)
        seen = 1 - away
        return math.log((away + seen * (1 - usual / FALLEN) ** one.picks) / (away + seen * (1 - usual) ** one.picks))
