"""Word index: pieces of words, as they stand in each of the texts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ranking import word_index
from bot.ranking.word_index import WordIndex
from tests.examples import examples

TEXTS = st.lists(st.text("ab_1é漢 -\n+'", max_size=12), max_size=8)


@settings(max_examples=examples(300))
@given(TEXTS, st.text("ab_1é漢", min_size=1, max_size=3))
def test_as_each_text_by_itself(texts: list[str], piece: str) -> None:
    assert WordIndex.knows(piece)
    assert WordIndex(texts).having(piece) == {place for place, text in enumerate(texts) if piece in text}


@settings(max_examples=examples(300))
@given(st.lists(st.text("ab ", max_size=30), max_size=8), st.lists(st.text("ab", min_size=1, max_size=7), max_size=8))
def test_pieces_that_begin_alike(texts: list[str], pieces: list[str]) -> None:
    """Whatever was asked for before, a piece longer than the letters that words are narrowed by is found where it stands."""
    index = WordIndex(texts)

    for piece in pieces:
        assert index.having(piece) == {place for place, text in enumerate(texts) if piece in text}


def test_many_beginnings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more beginnings are asked for than are kept, each is looked for again."""
    monkeypatch.setattr(word_index, "KEPT", 2)
    index = WordIndex(["alpha", "beta", "gamma", "alphabet"])

    for _ in range(2):
        assert [{0, 3}, {1, 3}, {2}] == [index.having(piece) for piece in ("alpha", "bet", "gamm")]


@settings(max_examples=examples(300))
@given(TEXTS, st.text("ab_1é漢", min_size=1, max_size=3))
def test_beginnings_as_in_each_text_by_itself(texts: list[str], piece: str) -> None:
    """Words are found by their beginnings, all or those that are meant."""
    begun = [{word for word in re.findall(r"\w+", text) if word.startswith(piece)} for text in texts]

    assert WordIndex(texts).beginning(piece) == {place for place, words in enumerate(begun) if words}
    assert WordIndex(texts).beginning(piece, piece.__eq__) == {n for n, words in enumerate(begun) if piece in words}


@pytest.mark.parametrize("piece", ["", "a b", "c++", "a-b", "a\n"])
def test_no_piece_of_a_word(piece: str) -> None:
    assert not WordIndex.knows(piece)
