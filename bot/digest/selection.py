"""Selection: the picks so far, what is left of the budget, and which candidate adds the most next. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from typing import Final, NamedTuple

from bot.budget import MOST_CARDS
from bot.coverage import Coverage
from bot.digest.values import Values
from bot.diversity import Likeness
from bot.model import Section
from bot.ranking.ranked import Ranked

SAME_SOURCE: Final = 0.6
"""What a further pick of the same source in a section is worth, outside the papers: four labs beat four posts of one lab."""

LIKE: Final = 0.25
"""What a full likeness to an earlier pick costs: a double of the best work falls some four places, a mere relative hardly one."""

CROWDED: Final = 0.7
"""
What a paper is worth for each place that its subject has beyond its share: of forty papers on agents eight may be on one fashion, and then two of
ten picks, but not six.
"""

UNREACHED: Final = 0.25
"""What a paper is worth that neither a topic nor a decision reaches, where others are about a topic: a topic of few works is no reason for popular ones."""

UNLIKE: Final = 0.5
"""
What a paper is worth that is like nothing that was liked, in a channel without topics where others are: ten places less. Who likes one subject gets
what there is of it, before a fashion's rule lets something else in.
"""

COSTLY: Final = 0.5
"""
The power of its cost by which a pick's value is divided: at 0 a long piece is as good as a short one, at 1 the digest is made of what is
short. The greedy rule for a budget of H. Lin and J. Bilmes, 'Multi-document Summarization via Budgeted Maximization' (2010).
"""


class _Standing(NamedTuple):
    """What a candidate is worth among all of its section, among the works of each topic (None where topics share nothing out), its subject, and what it is worth at most."""

    value: float
    of_topics: Mapping[str, float] | None
    subject: int | None
    at_most: float


@dataclass(slots=True)
class Selection:
    """
    The picks so far, in the order in which they were taken, and the minutes that are left.

    `most` is how many cards there may be; `values` are the candidates' values within their section and their topics; `costs` what their cards cost, in
    minutes. While there is something of `follow_left`, what is followed comes first; after that it competes with the rest, or one broad word
    would be the whole digest.
    `shares` are which part of the best papers is of each subject, `subjects` counts those that have a place.
    `unreached` are papers that neither a topic nor a decision reaches, which take no place where others are reached.
    `making_up` are those with which a digest of too few others is filled up, which take a place only where none of the others fits.
    `unlike` are the papers that are like nothing that was liked, where that counts (`UNLIKE`).
    `compared` are the candidates whose likeness to the picks of their section counts; `ahead` the picks that came before the rest.
    """

    left: float
    costs: Mapping[str, float]
    values: Values
    likeness: Likeness
    follow_left: float = math.inf
    most: float = MOST_CARDS
    chosen: dict[str, Ranked] = field(default_factory=dict)
    firsts: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=lambda: Coverage(()))
    announcements: AbstractSet[str] = frozenset()
    barred: AbstractSet[str] = frozenset()
    unreached: AbstractSet[str] = frozenset()
    making_up: AbstractSet[str] = frozenset()
    ahead: set[str] = field(default_factory=set)
    compared: AbstractSet[str] = field(default_factory=frozenset)
    shares: Mapping[int, float] = field(default_factory=dict)
    unlike: AbstractSet[str] = frozenset()
    subjects: Counter[int] = field(default_factory=Counter)
    taken: dict[Section, list[str]] = field(default_factory=lambda: {section: [] for section in Section})
    nearest: dict[str, tuple[int, float]] = field(default_factory=dict)
    standings: dict[str, _Standing] = field(default_factory=dict)

    def take(self, ranked: Ranked, *, compare: bool = False) -> float:
        """Take a pick, with `compare` as one that those which are like it fall behind; give its cost."""
        key, cost = ranked.key, self.costs[ranked.key]
        if self.first(ranked):
            self.ahead.add(key)
        self.chosen[key] = ranked
        self.left -= cost
        if ranked.section is Section.PAPERS:
            self.cover(ranked)
        if key in self.announcements:
            self.barred = self.announcements
        if ranked.names & {"follow"}:
            self.follow_left -= cost
        if compare:
            self.taken[ranked.section].append(key)
        return cost

    def cover(self, ranked: Ranked) -> None:
        """Note that a paper has a place: its topics have had of their share, and its subject is no new one."""
        self.coverage.take(self.values.for_topics(ranked.key))
        if ranked.known.subject is not None:
            self.subjects[ranked.known.subject] += 1

    def give_back(self, ranked: Ranked) -> None:
        """Take a pick back, whose place another one shall have."""
        self.left += self.costs[ranked.key]
        if ranked.section is Section.PAPERS:
            self.coverage.give_back(self.values.for_topics(ranked.key))
            if ranked.known.subject is not None:
                self.subjects[ranked.known.subject] -= 1
        del self.chosen[ranked.key]

    def open(self, candidates: Iterable[Ranked]) -> list[Ranked]:
        """Give those of the candidates that may still be taken: for which there is time and a card left."""
        if len(self.chosen) >= self.most:
            return []
        chosen, barred, unreached, costs, left = self.chosen, self.barred, self.unreached, self.costs, self.left + 1e-9
        found = [
            r
            for r in candidates
            if costs[key := r.key] <= left and key not in unreached and key not in chosen and key not in barred
        ]
        if not (making_up := self.making_up):
            return found
        return [r for r in found if r.key not in making_up] or found

    def fits(self, candidates: Iterable[Ranked]) -> bool:
        """Whether there is room for the card of any of the candidates, be it reached or not."""
        return len(self.chosen) < self.most and any(self.costs[one.key] <= self.left + 1e-9 for one in candidates)

    def of(self, section: Section) -> list[Ranked]:
        """Give the section's picks so far."""
        return [ranked for ranked in self.chosen.values() if ranked.section is section]

    def gain(self, ranked: Ranked) -> float:
        """What a candidate adds for its cost: less for what is like it, for topics that have their share, and for further pieces of its source."""
        key = ranked.key
        value = max(0.01, self.worth(ranked) - LIKE * self._nearest(ranked))
        if ranked.section is not Section.PAPERS:
            own = ranked.candidate.origin
            value *= SAME_SOURCE ** sum(1 for other in self.of(ranked.section) if other.candidate.origin == own)
        return value / math.pow(self.costs[key], COSTLY)

    def worth(self, ranked: Ranked) -> float:
        """What a candidate is worth by its place, and of a paper by what is due to its topics and by how new its subject is."""
        value, of_topics, subject, _ = self.standings.get(ranked.key) or self._standing(ranked)
        worth = value if of_topics is None else self.coverage.worth(value, of_topics)
        # By how many places a subject has more than its share of those that are taken; it may always have one.
        if subject is not None and (taken := self.subjects.get(subject)):
            places = self.subjects.total() + 1
            worth *= math.pow(CROWDED, max(0.0, taken - self.shares.get(subject, 0.0) * places))
        return worth

    def worth_at_most(self, ranked: Ranked) -> float:
        """What a candidate is worth at most, whatever is taken beside it."""
        return (self.standings.get(ranked.key) or self._standing(ranked)).at_most

    def _standing(self, ranked: Ranked) -> _Standing:
        """Give what a candidate's worth begins with; it is kept, unless what is followed changes it as picks are taken."""
        key, values, subject = ranked.key, self.values, ranked.known.subject
        value = values.of_all[key]
        if not values.of_topics or ranked.section is not Section.PAPERS:
            value = UNLIKE * value if key in self.unlike else value
            found = _Standing(value, None, subject, value)
        else:
            reached = 1.0 if ranked.on_topic or values.groups or self.first(ranked) else UNREACHED
            value, of_topics = reached * value, values.for_topics(key)
            found = _Standing(value, of_topics, subject, self.coverage.at_most(value, of_topics))
        if key not in self.firsts:
            self.standings[key] = found
        return found

    def _nearest(self, ranked: Ranked) -> float:
        """Give the greatest likeness to a pick of the same section; picks that came since it was last asked for are compared now."""
        key = ranked.key
        if key not in self.compared:
            return 0.0
        seen, nearest = self.nearest.get(key, (0, 0.0))
        taken = self.taken[ranked.section]
        if seen < len(taken):
            nearest = max(nearest, *(self.likeness.between(one, key) for one in taken[seen:]))
            self.nearest[key] = (len(taken), nearest)
        return nearest

    def worthiest(self, candidates: Sequence[Ranked]) -> Ranked:
        """Give the candidate of the greatest value, whatever it costs."""
        return min(candidates, key=lambda one: (not self.first(one), -self.worth(one), one.item.key))

    def best(self, candidates: Sequence[Ranked]) -> Ranked:
        """
        Give the candidate of the greatest gain; of equal ones that whose key comes first.

        The one that may add most is looked at closer: first by what is due to its topics and the likeness that is known, then by what it adds; until none may add
        more than one that was looked at (M. Minoux, 'Accelerated greedy algorithms for maximizing submodular set functions', 1978).
        """
        pool = [r for r in candidates if self.first(r)] if self.firsts else []
        costs = self.costs
        bounds: list[tuple[float, str, int, Ranked]] = [
            (-max(0.01, self.worth_at_most(one)) / math.pow(costs[one.key], COSTLY), one.key, 0, one)
            for one in pool or candidates
        ]
        heapify(bounds)
        while True:
            _, key, looked, one = bounds[0]
            if looked == 2:  # noqa: PLR2004 - both that there are
                return one
            closer = self.gain(one) if looked else self._gain_so_far(one)
            heapreplace(bounds, (-closer, key, looked + 1, one))

    def _gain_so_far(self, ranked: Ranked) -> float:
        """What a candidate adds at most: where no pick is more like it than those that it was compared with, and no other is of its source."""
        key = ranked.key
        alike = LIKE * self.nearest[key][1] if key in self.nearest else 0.0
        return max(0.01, self.worth(ranked) - alike) / math.pow(self.costs[key], COSTLY)

    def first(self, ranked: Ranked) -> bool:
        """Whether a candidate comes before the rest."""
        names = self.firsts.get(ranked.key)
        if not names:
            return False
        return bool(names - {"follow"}) or ("follow" in names and self.follow_left > 0)
