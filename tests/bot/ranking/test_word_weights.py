"""What a topic's words count in works: nothing in those of another field than the works are of that write them together."""

from __future__ import annotations

import random

import numpy as np

from bot.ranking.terms import Tokenizer
from bot.ranking.topics import topic_forms
from bot.ranking.word_weights import word_weights
from tests.bot.ranking.test_aboutness import BOUNDS, CHORES, PICTURES, SAFETY
from tests.bot.ranking.test_interest import corpus


def test_half_of_the_words_together() -> None:
    """Works that have but the usual words of a topic together say nothing of its sense: 'based models' of 'energy-based models'."""
    chance, tokenizer = random.Random(5), Tokenizer()
    kinds = [
        ("energy", PICTURES, 30, 0.9, 2.0),
        ("transformer based models", BOUNDS, 40, 0.001, 0.05),
        ("energy based models", SAFETY, 3, 1.0, 2.0),
        ("", SAFETY, 20, 0.0, 0.0),
        ("", CHORES, 120, 0.0, 0.0),
    ]
    terms = [
        tokenizer.terms(f"Study {n}", f"{said} {' '.join(chance.choices(field, k=30))}", ())
        for said, field, number, _, _ in kinds
        for n in range(number)
    ]
    ours = corpus(terms)
    numbers = [number for _, _, number, _, _ in kinds]
    emphasised = np.repeat([counts for *_, counts, _ in kinds], numbers)[:, None]
    by_words = np.repeat([likeness for *_, likeness in kinds], numbers)
    ways = [form.core for form in topic_forms(tokenizer, ["energy-based models"])]
    points = ours.meanings.without(ours.columns, np.zeros(0, np.intp))

    weights = word_weights(ours, [ways], [by_words], emphasised, points)[:, 0]
    power, based, meant, *_ = np.split(weights, np.cumsum(numbers)[:-1])
    assert not power.any()
    assert not based.any()
    assert (meant == 1).all()
