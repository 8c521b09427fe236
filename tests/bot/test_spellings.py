"""British and American spellings: what differs regularly is found in both, and what means something else is left alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ranking.feature_store import FeatureStore
from adapters.ranking.worker import Loaded
from bot.ranking.features import match_topics
from bot.ranking.question import Question, Text
from bot.spellings import american, spellings
from bot.unmatched import unmatched
from tests.adapters.ranking.test_feature_store import TODAY
from tests.examples import examples
from tests.factories import item

PAIRS = [
    ("optimisation", "optimization"),
    ("generalising", "generalizing"),
    ("behavioural cloning", "behavioral cloning"),
    ("world modelling", "world modeling"),
    ("adversarial defence", "adversarial defense"),
]


@pytest.mark.parametrize(("british", "us"), PAIRS)
def test_both_ways(british: str, us: str) -> None:
    """Whichever way a topic is spelt, it is found in works of either spelling, and is not called empty there."""
    assert us == american(british)
    assert us == american(us)
    for topic in (british, us):
        assert {british, us} == set(spellings(topic))
        for title in (british, us):
            assert (topic,) == match_topics(item(title=title.title()), (topic,)).topics
            assert () == unmatched([topic], [item(title=title.title())])


@pytest.mark.parametrize(
    "word",
    ["noise", "raise", "source", "four", "timbre", "filling", "filing", "scaling", "analysis", "size", "journal"],
)
def test_left_alone(word: str) -> None:
    """What only ends alike is spelt one way."""
    assert (word,) == spellings(word)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(max_size=20))
def test_any_text(text: str) -> None:
    """Of any text the spelling itself comes first, each once."""
    found = spellings(text)

    assert text == found[0]
    assert len(found) == len(set(found)) <= 3


def test_ranking() -> None:
    """A British topic ranks the works that are spelt the American way as the American topic does, beside the few of its own spelling."""
    chance = random.Random(3)
    everyday = "we propose a method that outperforms strong baselines on several benchmarks and datasets".split()
    said = ["tokenization"] * 20 + ["tokenisation"] * 4 + ["segmentation"] * 60
    texts = [
        Text(f"w/{n}", f"On {word}", " ".join([word, *chance.choices(everyday, k=25)])) for n, word in enumerate(said)
    ]
    loaded = Loaded(texts, FeatureStore(None, TODAY))
    found = loaded.relevance(Question([text.key for text in texts], ("tokenisation",)))
    best = sorted(found, key=lambda key: -found[key].score)[:24]

    assert {text.key for text in texts[:24]} == set(best)
    assert all("tokenisation" in found[text.key].near for text in texts[:24])
