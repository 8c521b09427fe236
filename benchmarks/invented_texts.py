"""
Invented texts that rank and match like a week's works: their words are about as frequent as those of a language, and topics meet works.

A text of few words costs nearly nothing to match, to compare or to put into regions. So words are drawn by Zipf's law from a vocabulary of sixty
thousand, and each work has a subject or two: words of its own field, among them the topic that it is about, here and there in title and abstract. A
topic stands in 4 to 27 % of the works, two of them together in a few.
"""

from __future__ import annotations

import random
from typing import Final

TOPICS: Final = "agents reasoning video diffusion quantization alignment robotics speech retrieval code protein segmentation".split()
"""One word each, the most frequent first."""

VOCABULARY: Final = 60_000
OF_A_FIELD: Final = 40
"""Words that works of a field share, beside its topic."""
ON_ITS_SUBJECT: Final = 0.15
"""The part of a work's words that are of its field; a third of these are the topic itself."""
SEVERAL: Final = 0.25
"""The part of the works that have two subjects."""


def work(chance: random.Random, title: int, abstract: int) -> tuple[str, str]:
    """Give title and abstract of an invented work, of so many words each."""
    subjects = _subjects(chance)
    named = [*subjects, *_said(chance, subjects, max(0, title - len(subjects)))]
    return " ".join(named).title(), " ".join(_said(chance, subjects, abstract))


def _subjects(chance: random.Random) -> list[str]:
    weights = [1 / (2 + place) for place in range(len(TOPICS))]
    return list(dict.fromkeys(chance.choices(TOPICS, weights, k=2 if chance.random() < SEVERAL else 1)))


def _said(chance: random.Random, subjects: list[str], count: int) -> list[str]:
    return [_of_field(chance, subjects) if chance.random() < ON_ITS_SUBJECT else _any(chance) for _ in range(count)]


def _of_field(chance: random.Random, subjects: list[str]) -> str:
    subject = chance.choice(subjects)
    return subject if chance.random() < 1 / 3 else f"{subject[:4]}{_spelt(chance.randrange(OF_A_FIELD))}"


def _any(chance: random.Random) -> str:
    # Zipf's law: the words of a language are about as frequent as one over their rank.
    return _spelt(int(VOCABULARY ** chance.random()) - 1)


def _spelt(number: int) -> str:
    """Give a number as a word of two or three syllables, for figures are no words to a tokenizer of letters."""
    found = ""
    while number or len(found) < 4:
        number, place = divmod(number, 100)
        found += "bdfghklmnprstvwzjcqx"[place // 5] + "aeiou"[place % 5]
    return found
