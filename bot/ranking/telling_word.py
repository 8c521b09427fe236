"""Telling word: of a topic of several words the one that fewest of a week's works have, and which works have it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from bot.function_words import FUNCTION_WORDS, without_function_words
from bot.ranking.candidate_index import Candidate
from bot.ranking.features import has_whole
from bot.stems import has_any, stems
from bot.telling_words import telling_words

A_SENTENCE: Final = 3
"""Telling words of a topic from which on it is a sentence."""


def having_the_telling_word(
    topics: Sequence[str], candidates: Collection[Candidate]
) -> Mapping[str, Collection[Candidate]]:
    """
    Give for each topic of several words the works that have the one which tells it, in any form: of 'drug discovery' those on drugs, for all kinds of things are
    discovered; of a sentence those that have the rarer half of its words, for one alone may be everyday. Words that a hyphen joins are one. A topic of one word, or
    of words that every work of our field has, is not among them.
    """
    found: dict[str, Collection[Candidate]] = {}
    for topic in topics:
        if len(stems(without_function_words(topic))) < 2:  # noqa: PLR2004 - a topic of one word
            continue
        words = [word for word in topic.split() if word.casefold() not in FUNCTION_WORDS and telling_words(word)]
        if words:
            having = sorted((frozenset(filter(_having(word), candidates)) for word in words), key=len)
            found[topic] = frozenset.intersection(*having[: (len(having) + 1) // 2 if len(having) >= A_SENTENCE else 1])
    return found


def _having(word: str) -> Callable[[Candidate], bool]:
    forms = stems(word)
    if len(forms) > 1:  # joined by a hyphen
        return lambda one: has_whole(word, one.text)
    # Stemming changes at most the last letter of what it leaves; most texts have not even the beginning.
    beginnings = [form[:-1] or form for form in forms]
    return lambda one: (
        (any(each in one.text for each in beginnings) and has_any(one.text, forms)) or has_whole(word, one.text)
    )
