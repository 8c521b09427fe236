from __future__ import annotations

import pytest

from bot.misspellings import nearest, respelt
from bot.ranking.candidate_index import CandidateIndex
from tests.factories import item

WORKS = [
    *(item(f"a:{n}", title="Reinforcement learning for robotic arms", abstract="Transformers, analyses.") for n in range(3)),
    item("a:4", title="Multimodal agents", abstract="A quntization of modelling, once."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "right"),
    [
        ("reinforcment learning", "reinforcement learning"),
        ("Transfomers", "transformers"),
        ("trasnformers", "transformers"),
        ("Robotik", "robotic"),
        ("RL, reinforcemant", "RL, reinforcement"),
    ],
)
def test_a_typing_error(topic: str, right: str) -> None:
    """A word that nobody writes, one letter away from one that many write, is taken for it."""
    assert {topic: right} == respelt(["agents", topic], WORKS)


@pytest.mark.parametrize(
    "topic",
    ["reinforcement", "transformer", "analysis", "modeling", "multi-modal", "Hopfield networks", "multimodel", "arns", "quantization", "maschinelle"],
)  # fmt: skip
def test_what_is_none(topic: str) -> None:
    """What is written in another form or spelling, what is near nothing, short, or near what is hardly written, stays as it is."""
    assert {} == respelt([topic], WORKS)


@pytest.mark.parametrize(
    ("typed", "known"),
    [("planned", "planner"), ("compiled", "compiler"), ("encodes", "encoder"), ("Rankers", "ranker")],
)
def test_forms_of_one_word(typed: str, known: str) -> None:
    """Who does a thing and what was done are two forms, and none is mistyped for the other."""
    assert nearest(typed, {known: 9}) == ""


def test_the_most_written() -> None:
    """Of two that are as near the one that more works write is meant."""
    assert "training" == nearest("trainimg", {"training": 9, "trainimh": 4, "traiming": 3})
    assert {} == respelt(["reinforcment"], [])


def test_only_the_works_that_were_given() -> None:
    """What an index knows of other channels' works changes nothing."""
    index = CandidateIndex()
    others = [item(f"b:{n}", title=f"Reinforcment {n}", abstract="Quantisation.") for n in range(3)]
    index.of(others)

    assert respelt(["reinforcment"], WORKS) == respelt(["reinforcment"], WORKS, index) != {}
    assert {} == respelt(["reinforcment"], [*WORKS, *others], index)
