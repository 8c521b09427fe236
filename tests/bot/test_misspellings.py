from __future__ import annotations

import pytest

from bot.misspellings import nearest, respelt
from bot.ranking.candidate_index import CandidateIndex
from tests.factories import item

WORKS = [
    *(item(f"a:{n}", title="Reinforcement learning for robotic arms", abstract="RL. Transformers, analyses.") for n in range(3)),
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


def test_a_name() -> None:
    """The name of an author of the week is none, however near its words are to those of the field."""
    works = [*WORKS, item("a:5", authors=("Ada Transfomers",))]

    assert {} == respelt(["Ada Transfomers"], works)
    assert {"Transfomers": "transformers"} == respelt(["Transfomers"], works)


GRAPHS = [item(f"g:{n}", title="Graph neural networks", abstract="Agent.") for n in range(3)]


@pytest.mark.parametrize("topic", ["grpah neural networks", "graph nueral networks", "Grapf neural networks"])
def test_a_short_word_beside_others(topic: str) -> None:
    """A word of five letters is put right where three works write it so with the topic's other words."""
    assert {topic: "graph neural networks"} == {
        typed: right.casefold() for typed, right in respelt([topic], GRAPHS).items()
    }


@pytest.mark.parametrize("topic", ["grpah", "grpah networks", "grpah kernels", "neural agetn"])
def test_a_short_word_elsewhere(topic: str) -> None:
    """Alone, or beside what nobody writes with it, it may be another one."""
    assert {} == respelt([topic], GRAPHS)


CAUSES = [item(f"c:{n}", title="Causal inference from trials", abstract="Effects.") for n in range(3)]


def test_a_word_that_makes_no_sense_there() -> None:
    """A word that works write is mistyped where none of them writes it with the topic's other words, and three write the other one there."""
    casual = item("c:9", title="Casual games", abstract="Their players.")

    assert {"casual inference": "causal inference"} == respelt(["casual inference"], [*CAUSES, casual])
    assert {"Casual inference": "causal inference"} == respelt(["agents", "Casual inference"], [*CAUSES, casual])


@pytest.mark.parametrize("topic", ["casual inference", "casual games", "casual", "causal inference"])
def test_a_word_that_makes_sense(topic: str) -> None:
    """It stays where any work has it with the others, where it stands alone, and where too few write the other one."""
    said = item("c:9", title="Inference of casual players", abstract="Of games.")

    assert {} == respelt([topic], [*CAUSES, said])
    assert {} == respelt([topic], [*CAUSES[:2], item("c:8", title="Casual games", abstract="Play.")])


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


WEEK = [
    *(item(f"d:{n}", title="Language models and robotic vision", abstract="Modules de novo. Reinforcement, deep; for drug design.") for n in range(3)),
    item("d:9", title="Schrödinger bridges, naive Bayes", abstract="A single work of the week."),
]  # fmt: skip


@pytest.mark.parametrize(
    "topic",
    [
        "modèles de langage",
        "apprentissage par renforcement",
        "modelos de lenguaje",
        "módulos de lenguage",
        "Renforcement und Sprache",
        "Robotik und Sprachmodelle",
        "renforcement de drones",
    ],
)
def test_another_language(topic: str) -> None:
    """A topic that stays unknown in part, or that nobody writes so together, is of another language and stays as it was typed."""
    assert {} == respelt(["robots", topic], WEEK)


@pytest.mark.parametrize(
    ("topic", "right"),
    [("robtic visoin", "robotic vision"), ("visión", "vision"), ("naïve Bayes", "naive Bayes"), ("Schrodinger bridges", "schrödinger bridges")],
)  # fmt: skip
def test_as_the_works_write_it(topic: str, right: str) -> None:
    """Several errors are put right where works write the whole so together, and accents in a single work already."""
    assert {topic: right} == respelt([topic], WEEK)


@pytest.mark.parametrize("topic", ["reinforcment for bandits", "robtic bandits", "langauge bandits"])
def test_put_right_for_nothing(topic: str) -> None:
    """A topic that no work is about even when it is put right is not put right."""
    bandits = [item(f"e:{n}", title="Bandits") for n in range(3)]

    assert {} == respelt([topic], [*WEEK, *bandits])
