"""Topics have their share of the picks."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.coverage import FURTHER, LEAST, OF_NONE, TOPICS_WORTH, Coverage, share_of_topics, votes_for
from bot.ranking import interest

SAFETY, ALIGNMENT = "agent safety", "alignment"


def test_the_topic_that_is_due() -> None:
    """What is about the topic with fewer seats is worth more, by the Sainte-Laguë quotients; what is about none, less than that."""
    seats = Coverage((ALIGNMENT, SAFETY))
    for _ in range(4):
        seats.take({ALIGNMENT: 0.7})

    due = LEAST + (1 - LEAST) / 9
    assert seats.worth(0.1, {SAFETY: 1.0}) == 1.0
    assert seats.worth(1.0, {ALIGNMENT: 1.0}) == pytest.approx(due)
    assert seats.worth(1.0, {ALIGNMENT: 1.0, SAFETY: 1.0}) == pytest.approx(1.0 + FURTHER * due)
    assert seats.worth(1.0, {}) == OF_NONE


def test_a_shared_seat() -> None:
    """A pick that is about two topics is a seat of each as far as it is about it."""
    seats = Coverage((ALIGNMENT, SAFETY, "c"))
    seats.take({ALIGNMENT: 0.9, SAFETY: 0.1})

    assert seats.worth(1.0, {SAFETY: 1.0}) > seats.worth(1.0, {ALIGNMENT: 1.0})
    assert seats.worth(1.0, {"c": 1.0}) == 1.0


def test_given_back() -> None:
    """A seat that is given back counts no more; one of two topics is half a seat of each."""
    seats = Coverage(("a", "b", "c"))
    seats.take({"a": 0.5, "b": 0.5})
    assert seats.worth(1.0, {"a": 1.0}) == pytest.approx(LEAST + (1 - LEAST) / 2)
    seats.give_back({"a": 0.5, "b": 0.5})
    assert seats.worth(1.0, {"a": 1.0}) == 1.0


def test_nothing_to_share() -> None:
    """Without topics everything is worth what it is worth; with one, what is about it."""
    assert Coverage(()).worth(0.5, {}) == 0.5
    seats = Coverage(("agents",))
    seats.take({"agents": 1.0})
    assert seats.worth(0.1, {"agents": 0.5}) == 0.5
    assert seats.worth(1.0, {}) == OF_NONE


def test_decisions_take_over() -> None:
    """The more was decided, the less a topic's share counts, and the more the order of all works, smoothly."""
    worths = []
    for likes in (0.0, 1.0, 10.0, 100.0, 10_000.0):
        seats = Coverage((ALIGNMENT, SAFETY), share_of_topics(likes))
        for _ in range(4):
            seats.take({ALIGNMENT: 0.7})
        worths.append((seats.worth(0.9, {ALIGNMENT: 0.5}), seats.worth(0.1, {SAFETY: 1.0}), seats.worth(0.5, {})))

    loved, due, of_none = map(list, zip(*worths, strict=True))
    assert loved == sorted(loved)
    assert due == sorted(due, reverse=True)
    assert of_none == sorted(of_none)
    assert due[0] == 1.0 > loved[0]
    assert loved[-1] > 0.8
    assert due[-1] < 0.2


def test_one_hand_over() -> None:
    """Shares are handed over to decisions as the works' order is."""
    assert TOPICS_WORTH == interest.TOPICS_WORTH


def test_parties_of_several_sizes() -> None:
    """A topic of half the size has half as many seats, of works that are worth the same."""
    seats, taken = Coverage((ALIGNMENT, SAFETY), votes={ALIGNMENT: 0.5}), {ALIGNMENT: 0, SAFETY: 0}
    for _ in range(30):
        due = max(taken, key=lambda topic: seats.worth(1.0, {topic: 1.0}))
        seats.take({due: 1.0})
        taken[due] += 1

    assert {ALIGNMENT: 10, SAFETY: 20} == taken


def test_votes() -> None:
    """A topic is the smaller, the more of it was skipped, smoothly, and the larger again, the more was liked."""
    sizes = [votes_for(1.0, skipped) for skipped in range(10)]

    assert 1.0 == sizes[0]
    assert all(0 < more - less < 0.13 for more, less in pairwise(sizes))
    assert votes_for(0.0, 9.0) < votes_for(1.0, 9.0) < votes_for(9.0, 9.0) < 1.0
