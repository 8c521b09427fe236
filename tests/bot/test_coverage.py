"""Topics have their share of the picks."""

from __future__ import annotations

from bot.coverage import LEAST, OF_NONE, Coverage


def test_the_topic_that_is_due() -> None:
    """What is about the topic with fewer seats is worth more, by the Sainte-Laguë quotients; what is about none, between."""
    seats = Coverage(("alignment", "agent safety"))
    for _ in range(4):
        seats.take(("alignment",))

    assert seats.worth(("agent safety",)) == seats.worth(("alignment", "agent safety")) == 1.0
    assert seats.worth(("alignment",)) == LEAST + (1 - LEAST) / 9
    assert LEAST < seats.worth(()) == OF_NONE < 1


def test_given_back() -> None:
    """A seat that is given back counts no more; one of two topics is half a seat of each."""
    seats = Coverage(("a", "b", "c"))
    seats.take(("a", "b"))
    assert seats.worth(("a",)) == LEAST + (1 - LEAST) / 2
    seats.give_back(("a", "b"))
    assert seats.worth(("a",)) == 1.0


def test_nothing_to_share() -> None:
    """With one topic or none everything is worth the same."""
    for topics in ((), ("agents",), ("agents", "agents")):
        seats = Coverage(topics)
        seats.take(("agents",))
        assert seats.worth(()) == seats.worth(("agents",)) == 1.0
