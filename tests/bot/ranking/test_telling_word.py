"""Of a topic of several words one tells it: the one that fewest works have."""

from __future__ import annotations

import pytest

from bot.ranking import rank
from bot.ranking.candidate_index import Candidate
from bot.ranking.question import Relevance
from bot.ranking.telling_word import having_the_telling_word
from tests.factories import WINDOW, channel, item

TITLES = (
    "Discovery of codes",
    "Discovering causes",
    "Drugs and what they do",
    "Directed cells of single corpora",
    "Single-cell atlases",
    "Agentic discovery",
    "A learning machine",
    "Keeping wolves from sheep",
    "Keeping sheep",
    "Keeping goats",
)


@pytest.mark.parametrize(
    ("topic", "having"),
    [
        ("drug discovery", {2}),
        ("the discovery of drugs", {2}),
        ("keeping wolves from sheep", {7}),
        ("keeping drugs from sheep", set()),
        ("single-cell", {4}),
        ("single-cell discovery", {4}),
        ("LLM agents", {5}),
        ("zebra discovery", set()),
        ("discovery", {0, 5}),
        ("wolf", set()),
        ("wolves", {7}),
        ("deep learning", set()),
        ("a learning machine", {6}),
    ],
)
def test_which_works_have_it(topic: str, having: set[int]) -> None:
    """The rarest word tells, in any form, and of three and more half of them together; words that a hyphen joins are one; words that all works have tell where they stand together."""
    works = [Candidate(item(f"k:{n}", title=title, abstract="")) for n, title in enumerate(TITLES)]

    assert {works[n] for n in having} == set(having_the_telling_word([topic], works)[topic])


def test_half_of_a_topic_reaches_nothing() -> None:
    """Where no work is plainly about any topic, the one that has its telling word is near it, and what has another word is not."""
    works = [item(f"k:{n}", title=title, abstract="") for n, title in enumerate(TITLES)]
    relevance = {work.key: Relevance(3.0 - n / 10, {"drug discovery": 0.3}) for n, work in enumerate(works)}
    found = rank(works, channel(topics=("drug discovery",)), WINDOW, names={}, relevance=relevance)

    assert ["Drugs and what they do"] == [one.item.title for one in found if one.on_topic]
    assert ["Drugs and what they do"] == [one.item.title for one in found if "topics" in one.names]


@pytest.mark.parametrize(
    ("abstract", "reached"),
    [
        ("Drugs help.", False),
        ("Drugs help, drugs heal, and drugs cost.", True),
        ("The discovery of new drugs.", True),
        ("Drugs help. Long before anybody thought of a search for anything else, this was a discovery.", False),
    ],
)
def test_in_passing(abstract: str, *, reached: bool) -> None:
    """A work that has the telling word in passing is not near the topic by it, unless the topic's words stand near each other."""
    one = Candidate(item("k:1", title="Something else", abstract=abstract))
    others = [Candidate(item(f"k:{n}", title="Discovery")) for n in range(2, 6)]
    found = having_the_telling_word(["drug discovery"], [one, *others])

    assert reached == (one in found["drug discovery"])


def test_one_word_in_passing() -> None:
    """Who names the genome once is no work on genomics; who names genomics is."""
    works = [
        Candidate(item("k:1", title="A head", abstract="A homophone of the human genome.")),
        Candidate(item("k:2", title="Cells", abstract="Models for genomics.")),
        Candidate(item("k:3", title="Genomes of moths")),
    ]
    assert set(works[1:]) == set(having_the_telling_word(["genomics"], works)["genomics"])
