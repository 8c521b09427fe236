"""
Coverage: how far each of a channel's topics has its share of the picks, so that none drowns the others. Pure.

Proportional representation, PM-2 (V. Dang and W. B. Croft, 'Diversity by Proportionality', SIGIR 2012, doi:10.1145/2348283.2348296): topics
are parties of equal size, a pick is a seat, shared by the topics that it is about as far as it is about each, and the next one is due to the
topic with the greatest Sainte-Laguë quotient. What is due weighs more; nothing is forced, for a topic may have nothing good in a week.

Equal parties are what is known of a channel on its first day. What it decides says better how much it wants of each, so the shares count the less, the
more was decided, and the order of all works the more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from types import MappingProxyType
from typing import Final

LEAST: Final = 0.25
"""What a pick's value for a topic is multiplied by at least, for one with far more seats than another. One for the topic that is due."""

OF_NONE: Final = 0.35
"""What the value of a work is multiplied by that is about none of the topics."""

FURTHER: Final = 0.1
"""What a work's value for its other topics counts beside that for the one in which it is worth most."""

TOPICS_WORTH: Final = 2.5
"""How much topics weigh beside the square root of what was decided: as in the order of the works itself (`bot.ranking.interest`)."""


NO_VOTES: Final[Mapping[str, float]] = MappingProxyType({})
"""Of topics that are parties of equal size."""


def share_of_topics(decided: float) -> float:
    """
    Give what the shares of topics count beside what a channel decided, from 1 without a decision down: the hand-over of the works' order, once more.

    >>> [round(share_of_topics(likes), 2) for likes in (0, 6.25, 40)]
    [1.0, 0.5, 0.28]
    """
    return TOPICS_WORTH / (TOPICS_WORTH + sqrt(max(0.0, decided)))


def votes_for(liked: float, skipped: float) -> float:
    """
    Give the size of a topic as a party, from 1 where nothing of it was skipped down, by what its works that were liked and skipped count. As many likes as
    topics weigh stand for it from the beginning, so that one skip hardly counts.

    >>> [round(votes_for(*each), 2) for each in ((0, 0), (3, 0), (0, 1), (1, 9), (9, 9))]
    [1.0, 1.0, 0.86, 0.45, 0.63]
    """
    stands = TOPICS_WORTH**2 + liked
    return stands / (stands + skipped)


class Coverage:
    """
    The seats that a channel's topics have. Without topics everything is worth what it is worth.

    `counts` is what the shares of topics count beside the order of all works, from 0 to 1; `votes` are the sizes of the topics as parties (`votes_for`), 1 of
    one that is not among them.
    """

    def __init__(self, topics: Sequence[str], counts: float = 1.0, votes: Mapping[str, float] = NO_VOTES) -> None:
        self._counts = counts
        self._seats: dict[str, float] = dict.fromkeys(topics, 0.0)
        self._votes = {topic: votes.get(topic, 1.0) for topic in self._seats}
        self._quotients = self._of_seats()

    def take(self, values: Mapping[str, float]) -> None:
        """Give a seat to the topics of a pick, in proportion to its values for them."""
        self._add(values, 1.0)

    def give_back(self, values: Mapping[str, float]) -> None:
        """Take back the seat of a pick that is none any more."""
        self._add(values, -1.0)

    def worth(self, value: float, values: Mapping[str, float]) -> float:
        """Give what a work is worth now: `value` is that among all works, `values` those among the works of each topic that it is about."""
        if not self._seats:
            return value
        quotients = self._quotients
        if not values:
            covering = OF_NONE * value
        elif len(values) == 1:  # as most are
            ((topic, each),) = values.items()
            covering = quotients[topic] * each
        else:
            of_topics = [quotients[topic] * each for topic, each in values.items()]
            most = max(of_topics)
            covering = most + FURTHER * (sum(of_topics) - most)
        return self._counts * covering + (1 - self._counts) * value

    def at_most(self, value: float, values: Mapping[str, float]) -> float:
        """Give what a work is worth at most, however the seats stand: as if the next one were due to each of its topics."""
        if not self._seats:
            return value
        most = max(values.values(), default=OF_NONE * value)
        covering = most + FURTHER * (sum(values.values()) - most) if values else most
        return self._counts * covering + (1 - self._counts) * value

    def _add(self, values: Mapping[str, float], seat: float) -> None:
        if not self._seats or not values:
            return
        together = sum(values.values()) or 1.0
        for topic, value in values.items():
            self._seats[topic] += seat * value / together
        self._quotients = self._of_seats()

    def _of_seats(self) -> dict[str, float]:
        """Give each topic's quotient, beside that of the topic to which the next seat is due."""
        found = {topic: self._votes[topic] / (2 * seats + 1) for topic, seats in self._seats.items()}
        due = max(found.values(), default=1.0)
        return {topic: LEAST + (1 - LEAST) * each / due for topic, each in found.items()}
