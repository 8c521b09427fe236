"""Telling word: of a topic of several words the one that fewest of a week's works have, and which works have it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.function_words import FUNCTION_WORDS, without_function_words
from bot.ranking.candidate_index import Candidate
from bot.ranking.features import has_whole, match_topics
from bot.ranking.fields import subject_of
from bot.stems import has_any, stems
from bot.telling_words import telling_words

DWELT: Final = 3
"""How often a work has a word that it dwells on, unless it has it in the title."""

A_SENTENCE: Final = 3
"""Telling words of a topic from which on it is a sentence."""


def having_the_telling_word(
    topics: Sequence[str], candidates: Collection[Candidate]
) -> Mapping[str, Collection[Candidate]]:
    """
    Give for each topic of several words the works that have the one which tells it, in any form: of 'drug discovery' those on drugs, for all kinds of things are
    discovered; it is in the title or comes three times, or the topic's words stand near each other, for 'causal' decoders that bring an 'inference' speedup are no 'causal inference'. Of a sentence those that have the rarer half of its words, for one alone may be everyday. Words that a hyphen joins are one. Of a topic of one word those
    that have it itself, or another form of it in the title: who names the genome once is no work on 'genomics'. A topic of words that every work of our field
    has is not among them.
    """
    found: dict[str, Collection[Candidate]] = {}
    for topic in topics:
        subject = subject_of(topic)
        if len(forms := stems(without_function_words(subject))) < 2:  # noqa: PLR2004 - a topic of one word
            found[topic] = frozenset(
                one for one in candidates if has_any(one.item.title, forms) or has_whole(subject, one.text)
            )
            continue
        words = [word for word in subject.split() if word.casefold() not in FUNCTION_WORDS and telling_words(word)]
        if not words:
            found[topic] = frozenset(one for one in candidates if match_topics(one.item, [subject]).strength)
        else:
            having = {word: frozenset(filter(_having(word), candidates)) for word in words}
            rarest = sorted(words, key=lambda word: len(having[word]))
            half = rarest[: (len(words) + 1) // 2 if len(words) >= A_SENTENCE else 1]
            found[topic] = frozenset(
                one
                for one in frozenset.intersection(*(having[word] for word in half))
                if _dwells_on(rarest[0], one) or match_topics(one.item, [subject]).strength
            )
    return found


def _dwells_on(word: str, one: Candidate) -> bool:
    """Tell whether a work that has a word has it in its title, or again and again."""
    return _having(word)(Candidate(replace(one.item, abstract="", tags=()))) or any(
        one.text.count(form[:-1] or form) >= DWELT for form in stems(word)
    )


def _having(word: str) -> Callable[[Candidate], bool]:
    forms = stems(word)
    if len(forms) > 1:  # joined by a hyphen
        return lambda one: has_whole(word, one.text)
    # Stemming changes at most the last letter of what it leaves; most texts have not even the beginning.
    beginnings = [form[:-1] or form for form in forms]
    return lambda one: (
        (any(each in one.text for each in beginnings) and has_any(one.text, forms)) or has_whole(word, one.text)
    )
