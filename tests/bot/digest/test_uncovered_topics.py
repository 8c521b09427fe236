"""A topic that no paper is about has those with its telling word in their title, said to be no more than that."""

from __future__ import annotations

import pytest

from bot.digest.topic_words import NEXT
from bot.digest.uncovered_topics import MOST, with_uncovered
from bot.ranking.ranked import Ranked
from tests.candidates import thing
from tests.factories import ranked

TUTORING = "intelligent tutoring"


def works(*titles: str, aboutness: float = 1.0) -> list[Ranked]:
    """Papers on no topic with these titles, and many others."""
    told = [*titles, *(f"Another paper {n}" for n in range(300))]
    found = [ranked(thing(number, title=title, abstract="")) for number, title in enumerate(told)]
    for one in found:
        one.aboutness = aboutness
    return found


def coming(found: list[Ranked]) -> list[tuple[str, str]]:
    """The titles of the works that come for a topic, with their reasons."""
    return [(one.item.title, one.reasons[0].text) for one in found if one.on_topic]


def test_the_telling_word_in_a_title() -> None:
    """A paper with the word that fewest titles have is about the topic, for that word."""
    found = with_uncovered(works("Tutoring in Bangla", "Intelligent cars", "Intelligent roads"), [TUTORING])

    assert [("Tutoring in Bangla", "has 'tutoring' of 'intelligent tutoring'")] == coming(found)
    assert (TUTORING,) == found[0].topics


@pytest.mark.parametrize(
    ("topics", "titles", "aboutness"),
    [
        (["tutoring"], ["Tutoring in Bangla"], 1.0),
        ([TUTORING], ["Tutoring in Bangla"], NEXT - 0.1),
        ([TUTORING], ["Music lessons"], 1.0),
        ([TUTORING], [f"Tutoring {n}" for n in range(30)], 1.0),
        (["information retrieval"], ["Retrieval of lost luggage"], 1.0),
    ],
)
def test_what_says_nothing(topics: list[str], titles: list[str], aboutness: float) -> None:
    """Of a topic of one word or a field more is known; a word in another sense, or in many titles, is no reason."""
    asked = works(*titles, aboutness=aboutness)

    assert asked == with_uncovered(asked, topics)


def test_a_topic_that_has_papers() -> None:
    """Where a paper is about the topic, others with a word of it are about another thing."""
    about = ranked(thing(900), 0.9, about={TUTORING: 4.0})
    found = with_uncovered([about, *works("Tutoring in Bangla")], [TUTORING])

    assert [about.key] == [one.key for one in found if one.on_topic]


def test_two_of_three_words() -> None:
    """Two words of three side by side in a title are enough, be other papers about the topic or in whatever sense."""
    topic = "chatbots for customer support"
    about = ranked(thing(900), 0.9, about={topic: 4.0})
    found = with_uncovered(
        [about, *works("Customer Support at Scale", "Support of a customer", aboutness=0.0)], [topic]
    )

    assert [("Customer Support at Scale", f"has 'customer' and 'support' of '{topic}'")] == coming(found)[1:]


def test_a_few_come() -> None:
    """No more come than may stand for all such topics."""
    titles = [f"Customer support {n}" for n in range(20)]
    found = with_uncovered(works(*titles), ["chatbots for customer support", TUTORING])

    assert -(-MOST // 2) == len(coming(found))
