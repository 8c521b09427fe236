"""Word index: pieces of words, as they stand in each of the texts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ranking.word_index import WordIndex
from tests.examples import examples

TEXTS = st.lists(st.text("ab_1é漢 -\n+'", max_size=12), max_size=8)


@settings(max_examples=examples(300))
@given(TEXTS, st.text("ab_1é漢", min_size=1, max_size=3))
def test_as_each_text_by_itself(texts: list[str], piece: str) -> None:
    assert WordIndex.knows(piece)
    assert WordIndex(texts).having(piece) == {place for place, text in enumerate(texts) if piece in text}


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
