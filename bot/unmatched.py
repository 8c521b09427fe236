"""
Topics without a match: those that no work of the week is about, so that a digest can say so and a typing error is found in the
first week. Pure.

Meant generously, since a topic that is called empty must be empty: a work counts where the beginnings of all of a topic's words
stand somewhere in its title, abstract or keywords ('interpretability' by 'interpretable', 'agents' by 'agentic'), spelt
the British or the American way. Nothing is about a topic that
names nothing, like 'the' or an emoji.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.model import Item
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.features import says_something, signed_words, stands_signed
from bot.spellings import spellings

_WORD: Final = re.compile(r"\w+")
_SHORT: Final = 4
_MIDDLING: Final = 8
_ENDING: Final = 0.3


def unmatched(topics: Sequence[str], items: Sequence[Item], index: CandidateIndex | None = None) -> tuple[str, ...]:
    """
    Give the topics that none of the items is about; none where there are no items to be about anything. `index` is that of the week, for who
    asks more than once.
    """
    if not topics or not items:
        return ()
    index = index or CandidateIndex()
    candidates = index.of(items)
    return tuple(topic for topic in topics if not _found(topic, candidates, index))


def _found(topic: str, candidates: Sequence[Candidate], index: CandidateIndex) -> bool:
    if not says_something(topic):
        return False
    signed = signed_words(topic)
    ways = [[_beginning(word) for word in _WORD.findall(spelt.casefold())] for spelt in spellings(topic)]
    having = set().union(*map(index.having, ways))
    return any(one in having and all(stands_signed(word, one.text) for word in signed) for one in candidates)


def _beginning(word: str) -> str:
    """Take off what changes at a word's end: a letter of a short one, three tenths of a long one."""
    ending = 0 if len(word) <= _SHORT else 1 if len(word) <= _MIDDLING else round(_ENDING * len(word))
    return word[: len(word) - ending]
