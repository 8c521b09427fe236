"""Words that a letter or digit makes what they are: as one word in texts and topics, found however they are written, and nothing else with them."""

from __future__ import annotations

import pytest

from bot.ranking.features import match_topics, words_had
from bot.ranking.letter_compounds import letter_compounds, letter_compounds_joined, with_letter_compounds
from bot.unmatched import unmatched
from tests.bot.ranking.test_aboutness import BOUNDS, CAUSES, CHORES, PICTURES, Week, best
from tests.factories import item


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("q-learning, q learning", "qlearning, qlearning learning learning"),
        ("an n-gram or $n$-grams", "an ngram or ngrams gram grams"),
        ("k-nn and mask-r-cnn", "knn and mask-rcnn nn cnn"),
        ("gpt-5-mini, gpt-5.6", "gpt5-mini, gpt5.6 gpt gpt"),
        ("top-$k$, pass@1, best-of-n", "topk, pass1, best-ofn top pass of"),
        ("a/b/n tests of i/o", "a_b/n tests of i_o"),
        ("4-bit, 3-d, β-vae", "4bit, 3d, βvae bit vae"),
        ("llama 3.1 of t cells", "llama 3.1 of tcells cells"),
        ("chest x-ray 2", "chest xray 2 ray"),
    ],
)
def test_compounds(text: str, written: str) -> None:
    assert written == with_letter_compounds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a model's gain over 5 sets",
        "it isn't so, i think",
        "self-play in 3d, few-shot, gpt-4o, cifar-10",
        "x and y, 2-3, 1/2, km/h, and/or",
        "needle-in-a-haystack",
        "e.g. this",
    ],
)
def test_no_compounds(text: str) -> None:
    """Articles, genitives, counted things, ranges and words that a hyphen joins stay as they are."""
    assert text == with_letter_compounds(text) == letter_compounds_joined(text)
    assert not letter_compounds(text)


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("Q-learning", "Deep Q-learning"),
        ("Q learning", "Deep Q-learning"),
        ("Q-learning", "Deep Qlearning"),
        ("p-values", "On the p-value"),
        ("n-gram", "Infinite n-grams"),
        ("U-Net", "UNets at work"),
        ("UNet", "A U-Net at work"),
        ("k-NN", "KNN for tables"),
        ("kNN", "k-NN for tables"),
        ("GPT-5", "Asking GPT5"),
        ("GPT 5", "Asking GPT-5.6"),
        ("Llama-3", "Tuning Llama 3"),
        ("Llama 3", "Tuning Llama3"),
        ("Llama 3", "Tuning LLaMA-3.1-8B"),
        ("Llama3", "Tuning Llama 3"),
        ("Llama3", "Tuning Llama 3-8B"),
        ("GPT 4.1", "Asking GPT-4.1"),
        ("A/B tests", "An A/B test"),
        ("t-SNE", "Maps by $t$-SNE"),
    ],
)
def test_ways_of_writing(topic: str, title: str) -> None:
    """A topic is named by a work however either writes it, and is not called empty."""
    work = item("a:1", title=title)

    assert (topic,) == match_topics(work, [topic]).topics
    assert () == unmatched([topic], [work])


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("Q-learning", "Machine learning with Q"),
        ("n-gram", "Gram matrices of n points"),
        ("GPT-5", "GPT-4 in 5 fields"),
        ("Llama 3", "Three fields for Llama 2, 3 for others"),
        ("Llama 3", "A llama in Llama-2 and Llama-33"),
        ("Llama 3.1", "Tuning Llama 3"),
        ("U-Net", "A net like the letter U"),
        ("I/O", "Code at names.github.io"),
        ("A/B testing", "Testing of B cells"),
    ],
)
def test_parts_apart(topic: str, title: str) -> None:
    """Parts of a compound that stand apart are another thing: no match, no reason in words, and the topic is called empty."""
    work = item("a:1", title=title)

    assert () == match_topics(work, [topic]).topics
    assert not {"Q", "learning", "n", "gram", "GPT", "5", "U", "Net", "A", "B"} & set(words_had(topic, title)[0])
    assert (topic,) == unmatched([topic], [work])


@pytest.mark.parametrize("topic", ["Q-learning", "q learning", "Qlearning"])
def test_ranking(topic: str) -> None:
    """Of a week of learning those works are about Q-learning that name it, the ones with it in the title first."""
    week = Week()
    week.add("chores", 120, CHORES, lambda _: "Item")
    week.add("learning", 60, PICTURES, lambda _: "Machine learning", said="learning learning")
    week.add("q", 20, PICTURES, lambda _: "Portraits", ends="The letter q.")
    week.add("passing", 6, BOUNDS, lambda _: "Bounds", said="q-learning")
    week.add("title", 6, BOUNDS, lambda _: "Deep Q-Learning", said="q-learning")
    found = best(week.asked(topic), topic, 40)

    assert ["title"] * 6 == found[:6]
    assert {"title", "passing"} >= set(found)


def test_ranking_beside_other_topics() -> None:
    """The words of a topic with a compound count with it alone: tests of other kinds are no A/B tests."""
    week = Week()
    week.add("chores", 120, CHORES, lambda _: "Item")
    week.add("tested", 60, PICTURES, lambda _: "Testing", said="testing testing")
    week.add("cause", 12, CAUSES, lambda _: "Causal inference", said="causal inference")
    week.add("split", 6, CAUSES, lambda _: "Online A/B testing", said="A/B test")
    found = best(week.asked("A/B testing", "causal inference"), "A/B testing", 40)

    assert ["split"] * 6 == found[:6]
    assert "tested" not in found
