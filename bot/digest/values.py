"""Values of candidates: what their place in the order of their section, and of their topics, is worth. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from bot.coverage import NO_VOTES, OF_NONE
from bot.model import Section
from bot.ranking.question import MemberGroup
from bot.ranking.ranked import Ranked

HALVED: Final = 10
"""So many places below another one, a work of the same section is worth half as much."""


HARDLY: Final = 0.01
"""How far a work is about a topic at least beside the best one, if it is about it at all."""

A_LITTLE: Final = 0.5
"""What a paper that is but a little like a liked one is worth to the members who liked that."""

A_TABLE: Final = 1_000
"""Places whose worth is worked out at once."""

LIKELY: Final = 60
"""How many of the best papers say how large a subject is: four to five times of what is picked."""


@dataclass(frozen=True, slots=True)
class Values:
    """
    What candidates are worth, by key: `of_all` among all of their section, `of_topics` among the papers of each topic that they are about.

    1 is the best, half of that ten places below. A paper that is about a topic is worth what its place among those of this topic is, for the best
    of one topic may stand below a hundred of another, times the root of how far it is about it beside the best one, for a topic may have few works that are
    about it; a channel without topics has one order. `topics_count` is what the orders of topics count beside that of all (`bot.coverage.share_of_topics`).
    Where the members want different things and no topics share the places out, `groups` are the groups of them, by number, and stand in the topics' place.
    """

    of_all: Mapping[str, float]
    of_topics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    topics_count: float = 1.0
    groups: Sequence[str] = ()
    votes: Mapping[str, float] = field(default_factory=lambda: NO_VOTES)
    """The sizes of the topics as parties (`bot.coverage.votes_for`)."""

    def best(self, key: str) -> float:
        """Give the most that a candidate is worth."""
        return self.bests([key])[0]

    def bests(self, keys: Iterable[str]) -> list[float]:
        """Give the most that each of some candidates is worth. One loop for all, since they are a week's thousands."""
        of_all, of_topics, counts = self.of_all, self.of_topics, self.topics_count
        of_none = 1 - counts * (1 - OF_NONE) if of_topics and not self.groups else 1.0
        return [
            counts * max(of_topics[key].values()) + (1 - counts) * of_all[key]
            if key in of_topics
            else of_none * of_all[key]
            for key in keys
        ]

    def for_topics(self, key: str) -> Mapping[str, float]:
        """Give what a candidate is worth for each topic that it is about."""
        return self.of_topics.get(key, {})

    def beside(self, others: Values) -> Values:
        """Give these with those of other candidates, which are about no topic."""
        return replace(self, of_all={**others.of_all, **self.of_all})


def values_of(
    sections: Mapping[Section, Sequence[Ranked]],
    topics: int = 0,
    topics_count: float = 1.0,
    unlike: AbstractSet[str] = frozenset(),
    votes: Mapping[str, float] = NO_VOTES,
) -> Values:
    """
    Bring the order of each of the candidates' sections, and of each of the channel's `topics`, so many, whatever its scores are made of, to values.

    Scores may be sums, probabilities or ranks; what they say alike is the order. Equal scores share a place. `unlike` are papers that are like no liked
    one, `votes` the sizes of the topics as parties.
    """
    of_all: dict[str, float] = {}
    for section in sections.values():
        of_all |= _by_place([one.key for one in section], [one.value for one in section])
    told = any(one.known.about for one in sections[Section.PAPERS])
    if not topics or (topics < 2 and not told):  # noqa: PLR2004 - one topic has the order of all, unless a ranker says more
        return _of_groups(of_all, sections[Section.PAPERS], unlike)
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for one in sections[Section.PAPERS]:
        for topic in one.topics:
            # Where no ranker says how far a work is about a topic, its own score must do.
            scores[topic][one.key] = one.known.about.get(topic, one.value)
    of_topics: dict[str, dict[str, float]] = defaultdict(dict)
    known = {one.key for one in sections[Section.PAPERS] if one.known.about}
    for topic, mine in scores.items():
        best = max(mine.values())
        for key, value in _by_place(list(mine), list(mine.values())).items():
            far = math.sqrt(max(HARDLY, mine[key] / best)) if key in known and best > 0 else 1.0
            of_topics[key][topic] = value * far
    return Values(of_all, of_topics, topics_count, votes=votes)


def _of_groups(of_all: Mapping[str, float], papers: Sequence[Ranked], unlike: AbstractSet[str]) -> Values:
    """
    Give each group of members an order of its own, like a topic's. A group is due as many places as it has members: each of them is a voter, so
    that neither one of two is drowned nor ten by one. But none is due a place for what is like nothing that was liked, and half a one for what is a little like
    it: who wants what the week has not takes no place of what others want.
    """
    scores: dict[MemberGroup, dict[str, float]] = defaultdict(dict)
    for one in papers:
        for group, score in one.known.groups.items():
            scores[group][one.key] = score
    most = max((group.voters for group in scores), default=1)
    little = {one.key for one in papers if one.known.a_little_like}
    of_groups: dict[str, dict[str, float]] = defaultdict(dict)
    for group, mine in scores.items():
        for key, value in _by_place(list(mine), list(mine.values())).items():
            if key not in unlike or key in little:
                of_groups[key][str(group.number)] = value * group.voters / most * (A_LITTLE if key in unlike else 1.0)
    return Values(of_all, of_groups, groups=[str(group.number) for group in sorted(scores)])


def _by_place(keys: Sequence[str], scores: Sequence[float]) -> dict[str, float]:
    """Give what works are worth by their scores."""
    of_places = _of_places(len(keys) // A_TABLE + 1)
    found: dict[str, float] = {}
    place, last = -1, math.nan
    # Most come in order, which is put in order in no time.
    for number in sorted(range(len(keys)), key=scores.__getitem__, reverse=True):
        score = scores[number]
        if score != last:
            place, last = place + 1, score
        found[keys[number]] = of_places[place]
    return found


@lru_cache(maxsize=8)
def _of_places(tables: int) -> Sequence[float]:
    """Give what places are worth, the first ones, `A_TABLE` times so many: they are the same for every section and topic."""
    return [math.pow(0.5, place / HALVED) for place in range(tables * A_TABLE)]


def shares_of_subjects(papers: Sequence[Ranked], values: Values) -> dict[int, float]:
    """Give for each subject which part of the best papers is of it, those that may well be picks."""
    order = values.bests(one.key for one in papers)
    best = [papers[place] for place in sorted(range(len(papers)), key=order.__getitem__, reverse=True)[:LIKELY]]
    return {
        subject: times / len(best)
        for subject, times in Counter(r.known.subject for r in best).items()
        if subject is not None
    }
