"""Terms of many works at once are those of each by itself, and what counts is found however much is looked up."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pytest
import regex
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.phrasal_nouns import MARK, phrasal_nouns_marked
from bot.ranking import terms, tfidf
from bot.ranking.letter_compounds import letter_compounds_joined, with_letter_compounds
from bot.ranking.terms import TITLE, Terms, Tokenizer
from bot.ranking.tfidf import Vocabulary
from tests.examples import examples

WORDS = st.lists(
    st.sampled_from(
        "agents agentic Agent a GRÖSSE größe ² 世界 x_1 don't world-models 42 Q-learning A/B k 3 trade-off speed-ups".split()
    ),
    max_size=9,
).map(" ".join)
WORKS = st.tuples(WORDS, WORDS, st.lists(WORDS, max_size=3))
STEMMER = Stemmer.Stemmer("english")


def hashed(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


def plain(title: str, abstract: str, authors: list[str]) -> dict[int, int]:
    """The terms by their definition, one after the other."""
    found: Counter[int] = Counter()
    for text, times, stemmed in ((title, TITLE, True), (abstract, 1, True), ("\n".join(authors), 1, False)):
        folded = with_letter_compounds(phrasal_nouns_marked(text.casefold())) if stemmed else text.casefold()
        words = regex.findall(r"[\p{L}\p{N}_]{2,}", folded)
        hashes = [hashed(word.removesuffix(MARK)) for word in words]
        pairs = [(one * 0x9E3779B97F4A7C15 + other) % 2**64 for one, other in pairwise(hashes)]
        stems = [hashed(f"={STEMMER.stemWord(word)}") for word in words] if stemmed else []
        for each in (*hashes, *pairs, *stems):
            found[each >> 32] += times
    return {term: min(255, times) for term, times in found.items()}


def of(one: Terms) -> dict[int, int]:
    assert sorted(one.ids.tolist()) == one.ids.tolist()
    return dict(zip(one.ids.tolist(), one.counts.tolist(), strict=True))


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(WORKS, max_size=7))
def test_many_at_once(works: list[tuple[str, str, list[str]]]) -> None:
    """However many works are taken apart together, each has the terms of its own text."""
    tokenizer = Tokenizer()

    assert [plain(*work) for work in works] == [of(one) for one in tokenizer.terms_of(works)]
    assert [plain(*work) for work in works] == [of(tokenizer.terms(*work)) for work in works]


def test_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain words have the terms of their text without case, whatever was asked for before and however few are kept."""
    monkeypatch.setattr(terms, "PLAIN_KEPT", 3)
    tokenizer = Tokenizer()

    for asked in (["RigidBench", "rain"], ["rain", "world models", "rain"], ["a", "b", "c d", "world models"], []):
        expected = [plain(letter_compounds_joined(text, apart=True), "", []) for text in asked]
        assert expected == [of(one) for one in tokenizer.plain_terms_of(asked)]


def test_more_than_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too much for one piece is taken apart in pieces; a word said three hundred times counts 255."""
    monkeypatch.setattr(terms, "_TOGETHER", 3)
    works = [(f"Title {n}", "many " * 300, ("Ada Lovelace",)) for n in range(8)]
    found = Tokenizer().terms_of(works)

    assert [plain(title, abstract, list(authors)) for title, abstract, authors in works] == [of(one) for one in found]
    assert 255 == max(of(found[0]).values())
    assert [] == Tokenizer().terms_of([])


@pytest.mark.parametrize("many", [1, 7, 1000])
def test_columns(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The columns of many terms, looked up by a table, are those that a search finds, also of terms that begin alike."""
    monkeypatch.setattr(tfidf, "_MANY", many)
    chance = np.random.default_rng(2)
    known = np.unique(chance.integers(0, 2**32, 400, dtype=np.uint32) // np.uint32(900) * np.uint32(900))
    known = np.unique(np.concatenate([known, known + np.uint32(1), known + np.uint32(700)]))
    vocabulary = Vocabulary(known, np.ones(len(known), np.float32))
    wanted = np.concatenate([known[::3], known[::2] + np.uint32(2), np.array([0, 2**32 - 1], np.uint32)])
    columns, counted = vocabulary.columns(wanted)

    assert np.isin(wanted, known).tolist() == counted.tolist()
    assert known[columns[counted]].tolist() == wanted[counted].tolist()
