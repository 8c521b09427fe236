"""
Coverage: how far each of a channel's topics has its share of the picks, so that none drowns the others. Pure.

Proportional representation as in PM-2 (V. Dang and W. B. Croft, 'Diversity by Proportionality', SIGIR 2012, doi:10.1145/2348283.2348296): topics
are parties of equal size, a pick is a seat, shared by the topics it is about, and the next one is due to the topic with the greatest
Sainte-Laguë quotient. What is due weighs more; nothing is forced, for a topic may have nothing good in a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LEAST: Final = 0.4
"""What a pick's value is multiplied by at least, that of a topic with far more seats than another. One for the topic that is due."""

OF_NONE: Final = (1 + LEAST) / 2
"""That of a work that is about none of the topics in so many words."""


class Coverage:
    """The seats that a channel's topics have. Of a channel with fewer than two topics everything is worth the same."""

    def __init__(self, topics: Sequence[str]) -> None:
        self._seats: dict[str, float] = dict.fromkeys(topics, 0.0) if len(set(topics)) > 1 else {}
        self._worth: dict[tuple[str, ...], float] = {}

    def take(self, topics: Sequence[str]) -> None:
        """Give a seat to the topics of a pick."""
        self._add(topics, 1.0)

    def give_back(self, topics: Sequence[str]) -> None:
        """Take back the seat of a pick that is none any more."""
        self._add(topics, -1.0)

    def worth(self, topics: tuple[str, ...]) -> float:
        """Give the factor, from `LEAST` to 1, on the value of a work that is about these topics."""
        if not self._seats:
            return 1.0
        # A hundred candidates ask between two picks, and most are about the same few topics.
        found = self._worth.get(topics)
        if found is None:
            found = self._worth[topics] = self._worth_now(topics)
        return found

    def _worth_now(self, topics: tuple[str, ...]) -> float:
        due = min(self._seats.values())
        own = min((self._seats[topic] for topic in topics), default=None)
        return LEAST + (1 - LEAST) * (2 * due + 1) / (2 * own + 1) if own is not None else OF_NONE

    def _add(self, topics: Sequence[str], seat: float) -> None:
        if self._seats:
            self._worth.clear()
            for topic in topics:
                self._seats[topic] += seat / len(topics)
