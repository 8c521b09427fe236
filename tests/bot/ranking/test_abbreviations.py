"""Abbreviations, as works explain them, and topics that have one."""

from __future__ import annotations

import pytest

from adapters.ranking.feature_store import FeatureStore
from adapters.ranking.worker import Loaded
from bot.ranking.abbreviations import Abbreviations, explained
from bot.ranking.question import Question, Text
from tests.adapters.ranking.test_feature_store import TODAY

LONG = "reinforcement learning from human feedback"


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (f"We study {LONG} (RLHF) at scale.", {("rlhf", LONG)}),
        ("Mixture-of-Experts (MoE) layers and Large Language Models (LLMs)", {("moe", "mixture of experts"), ("llm", "large language models")}),
        ("3D Gaussian Splatting (3DGS)", {("3dgs", "3d gaussian splatting")}),
        ("in a recent year (2026), as others found (see above), (AB) first, or of nothing alike (XYZ)", set()),
        ("", set()),
    ],
)  # fmt: skip
def test_explained(text: str, pairs: set[tuple[str, str]]) -> None:
    """A long form stands before the short one, which is made of its letters."""
    assert pairs == explained(text)


def test_what_many_say() -> None:
    """A form that one work coins is none, nor one of two senses; singular and plural are one, and a short one of two letters stands for itself alone."""
    works = [
        *[{("gnn", "graph neural networks")}] * 2,
        {("gnn", "graph neural network")},
        {("coined", "come on in")},
        *[{("asr", "attack success rate")}] * 3,
        *[{("asr", "automatic speech recognition")}] * 2,
        *[{("sd", "speculative decoding")}] * 2,
    ]
    found = Abbreviations(works)

    both = ("gnn", "graph neural networks", "graph neural network")
    assert [both] * 3 == [found.forms(topic) for topic in ("GNN", "graph neural network", "Graph-Neural Networks")]
    assert [()] * 4 == [found.forms(topic) for topic in ("coined", "ASR", "speculative decoding", "agents")]
    assert found.forms("SD") == ("sd", "speculative decoding")


def test_two_letters_of_many_works() -> None:
    """What ten works abbreviate to two letters is the same topic, long or short."""
    found = Abbreviations([{("rl", "reinforcement learning")}] * 10 + [{("sd", "speculative decoding")}] * 9)

    assert found.forms("RL") == found.forms("reinforcement learning") == ("rl", "reinforcement learning")
    assert () == found.forms("speculative decoding")


def test_a_word_of_a_topic() -> None:
    """An abbreviation in a topic is written out as it is alone; what of two letters few works explain is left."""
    found = Abbreviations([{("gnn", "graph neural networks")}] * 2 + [{("sd", "speculative decoding")}] * 2)

    assert ("graph neural networks",) == found.long_forms("GNN")
    assert () == found.long_forms("SD") == found.long_forms("agents")


def test_written_out_in_a_topic() -> None:
    """A work that writes out an abbreviation in a topic is about the topic as one that does not, before those that have its words apart."""
    texts = [
        *(Text(f"other/{n}", f"Graphs {n}", f"a GNN of node {n} where pruning is of branch {n}") for n in range(40)),
        *(Text(f"far/{n}", f"Weather {n}", f"clouds and rain over region {n}") for n in range(40)),
        *(Text(f"told/{n}", f"Nodes {n}", f"graph neural network (GNN) of node {n}") for n in range(3)),
        Text("long", "Graph neural network pruning", "an edge is left out"),
        Text("short", "GNN pruning", "an edge is left out"),
    ]
    keys = [text.key for text in texts]
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(Question(keys, ("GNN pruning",)))

    assert {"long", "short"} == set(sorted(keys, key=lambda key: -found[key].about.get("GNN pruning", -9))[:2])


@pytest.mark.parametrize("topic", ["RLHF", LONG])
def test_topic(topic: str) -> None:
    """A topic finds the works that say it in either form, before those that have its words apart."""
    other = "reinforcement learning for robots that are learning from feedback of a human operator"
    texts = [
        *(Text(f"other/{n}", f"Robots {n}", f"{other}, trial {n} of reinforcement learning") for n in range(40)),
        *(Text(f"far/{n}", f"Weather {n}", f"clouds and rain over region {n}") for n in range(40)),
        *(Text(f"long/{n}", f"Models {n}", f"{LONG} (RLHF) of preference model {n}") for n in range(3)),
        *(Text(f"short/{n}", f"Rewards {n}", f"RLHF with a preference of annotator {n}") for n in range(3)),
    ]
    keys = [text.key for text in texts]
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(Question(keys, (topic,)))
    first = sorted(keys, key=lambda key: -found[key].score)[:6]

    assert {"long", "short"} == {key.partition("/")[0] for key in first}
