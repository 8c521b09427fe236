"""Topic words: which works dwell on a topic's telling words, and come next to it by them, though plainly about none. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Final

from bot.exploration import names_language_models, without_language_models
from bot.function_words import without_function_words
from bot.model import Reason
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.features import has_whole
from bot.ranking.fields import subject_of
from bot.ranking.ranked import Ranked
from bot.ranking.word_index import LETTERS
from bot.stems import has_any, stem, stems
from bot.telling_words import telling_words

_LETTERS: Final = re.compile(r"[^\W_]+")

NEXT: Final = 0.5
"""
How far a work is about a topic, in standard deviations over the week, that comes next to it by a word in the title: 'image translation' is not as far
about 'machine translation'. Language models say by themselves what is meant.
"""

DWELT: Final = 3
"""How often a work has a word that it dwells on, unless it has it in the title."""


def dwelling_on_any(words: Iterable[str], index: CandidateIndex | None = None) -> Callable[[Candidate], bool]:
    """Give what tells whether a work dwells on one of some stems: it stands in the title, or three times. `index` is that of the week, for works that are in it."""
    having = _having(words, index)

    def dwells(one: Candidate) -> bool:
        # A plain loop, for it runs hundreds of times a channel.
        for word, theirs in having:  # noqa: SIM110
            if (theirs is None or one in theirs) and _dwells_on(one, word):
                return True
        return False

    return dwells


def saying_any(words: Iterable[str], index: CandidateIndex | None = None) -> Callable[[Candidate], bool]:
    """Give what tells whether a work says a word of one of some stems in its title or abstract. `index` is that of the week, for works that are in it."""
    having = _having(words, index)

    def says(one: Candidate) -> bool:
        likely = [word for word, theirs in having if theirs is None or one in theirs]
        return bool(likely) and has_any(f"{one.item.title} {one.item.abstract}", likely)

    return says


def _having(words: Iterable[str], index: CandidateIndex | None) -> Sequence[tuple[str, AbstractSet[Candidate] | None]]:
    """Give with each stem the works that have its beginning, as most have not: the index knows, so that a week's thousands need not be looked through for each channel."""
    return [(word, _with_beginning(_beginning(word), index) if index else None) for word in words]


def _with_beginning(beginning: str, index: CandidateIndex) -> AbstractSet[Candidate]:
    # By words, which stand in order; those that have one of few letters would have to be that word itself.
    return index.having_words([beginning]) if len(beginning) >= LETTERS else index.having([beginning])


def _beginning(word: str) -> str:
    """Give what any word of a stem begins with: stemming changes at most the last letter of what it leaves."""
    return word[:-1] or word


def _dwells_on(one: Candidate, word: str) -> bool:
    beginning = _beginning(word)
    if beginning in one.item.title.casefold() and has_any(one.item.title, [word]):
        return True
    return one.text.count(beginning) >= DWELT and _times(word, beginning, one.text) >= DWELT


@lru_cache(maxsize=8192)  # a week's works, for every channel
def _times(word: str, beginning: str, text: str) -> int:
    # Found as they stand, and only then looked at: a pattern for each word of each topic takes six times as long.
    times, at = 0, text.find(beginning)
    while at >= 0:
        if not text[at - 1 : at].isalnum() and (said := _LETTERS.match(text, at)):
            times += stem(said[0]) == word
        at = text.find(beginning, at + 1)
    return times


def come_next(left: Sequence[Ranked], papers: Sequence[Ranked], topics: Sequence[str]) -> list[Ranked]:
    """
    Give those of the papers that are `left` which come next to a topic of several words, in the topics' order, with that as their reason.

    Such a paper has in its title the word that tells the topic, of several the one that fewest `papers` have there, and all other words of the topic
    anywhere; and it is about it as far as `NEXT`, or speaks of language models where these and one word are the topic. A topic of one word has no such
    works: what has the word is about it, or has it in another sense.
    """
    found: dict[str, Ranked] = {}
    for topic in topics:
        subject = subject_of(topic)
        words = telling_words(subject)
        if not words or len(stems(without_function_words(subject))) < 2:  # noqa: PLR2004 - a topic of one word
            continue
        titles = {word: {one.key for one in papers if in_title(word, one)} for word in words}
        telling = min(words, key=lambda word: (len(titles[word]), word))
        of_models = names_language_models(subject) and len(words) == 1
        for one in left:
            key = one.key
            if (
                key in titles[telling]
                and key not in found
                and (of_models or one.aboutness >= NEXT)
                and _has(subject, one)
            ):
                found[key] = because_of(topic, one)
    return sorted(found.values(), key=lambda one: (-one.aboutness, -one.value, one.key))


def in_another_sense(one: Ranked, topics: Sequence[str]) -> bool:
    """Tell whether a work that is about no topic has the words of one all the same: of what nobody asked for this is the least wanted, for it looks as if."""
    return one.aboutness < NEXT and any(has_whole(topic, one.candidate.text) for topic in topics)


def in_title(word: str, one: Ranked) -> bool:
    """Tell whether a work has a word of a stem in its title."""
    # Most titles have not even the word's beginning.
    return _beginning(word) in one.item.title.casefold() and has_any(one.item.title, [word])


def _has(topic: str, one: Ranked) -> bool:
    """Tell whether all words of a topic stand anywhere in a work; language models may be named in any form."""
    if has_whole(topic, one.candidate.text):
        return True
    if not names_language_models(topic):
        return False
    said = f"{one.item.title} {one.item.abstract}"
    return names_language_models(said) and has_any(said, telling_words(without_language_models(topic)))


def because_of(topic: str, one: Ranked) -> Ranked:
    """Give a work with the topic that it comes next to as its reason."""
    return one.because(
        [Reason(name="topics", text=f"close to your topic '{topic}'", weight=0.1)], instead_of=["topics"]
    )
