"""
Topics without a match: those that no work of the week is about, so that a digest can say so and a typing error is found in the
first week. Pure.

Meant generously, since a topic that is called empty must be empty: a work counts where words with the beginnings of all of a topic's words
stand somewhere in its title, abstract or keywords ('interpretability' by 'interpretable', 'agents' by 'agentic'), spelt
the British or the American way, or where an author is called so. Words of three letters and fewer have to stand there themselves, in any form. Of a long topic, four words of content and more, the rarer half is enough, or any that hold most of what it says, each
counted by how rare it is (the root of its self-information): a team that writes 'making language models smaller and faster' is served by works that say it in other
words, and 'in a way that is' is no part of what it wants. Nothing is about a topic that names nothing, like 'the' or an emoji.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import pairwise
from typing import Final

from bot.boilerplate import is_general
from bot.function_words import FUNCTION_WORDS
from bot.model import Item
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.everyday_names import other_names
from bot.ranking.field_families import derived_words
from bot.ranking.fields import categories, has_category, in_field, subject_of
from bot.ranking.letter_compounds import letter_compounds, letter_compounds_joined, numbered_name
from bot.ranking.sought_topic import says_something, signed_words, stands_signed
from bot.ranking.spaced_text import spaced, spaced_compounds, tokens
from bot.ranking.subject import without_our_field
from bot.spellings import spellings
from bot.stems import stem
from bot.telling_words import telling_words

_WORD: Final = re.compile(r"\w+")
_DERIVED: Final = re.compile(r"(?<=\w{4})(?:ing|ic)$")
_SHORT: Final = 4
_MIDDLING: Final = 8
_ENDING: Final = 0.3
A_SENTENCE: Final = 4
"""Words of content from which on a topic is a sentence, of which nobody repeats every word."""

_MOST: Final = 0.58
"""
The part of what a long topic says that one work must say. Of 2,460 papers of a week the best say so much of 28 of 32 topics in a sentence that some of
them are about, of which the rarer half alone finds 15, and of none of 28 sentences on storks, watches or tax law, of which it finds two.
"""

_SAID_AT_MOST: Final = 12
"""
Words of content of a topic beyond which no work need say more: of five topics of eighteen words and more the best works of a week say as much as nine words
do, of six on storks, watches or bread as much as four.
"""


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


def used_up(
    topics: Sequence[str], shown: Sequence[Item], left: Sequence[Item] = (), index: CandidateIndex | None = None
) -> tuple[str, ...]:
    """Give those of some topics that works which were shown already name, and none that is `left`: of these there was something."""
    if not topics or not shown:
        return ()
    index = index or CandidateIndex()
    had, more = _named(topics, shown, index), _named(topics, left, index)
    return tuple(topic for topic in topics if topic in had and topic not in more)


def _named(topics: Sequence[str], works: Sequence[Item], index: CandidateIndex) -> set[str]:
    """Give the topics that works name."""
    candidates, matches = index.of(works), index.matches(topics)
    named = {topic for one in candidates if one in matches for topic in matches[one].topics}
    return named | {topic for topic in topics if any(in_field(topic, one.tags) for one in works)}


def _found(topic: str, candidates: Sequence[Candidate], index: CandidateIndex) -> bool:
    if not says_something(topic):
        return False
    topic = subject_of(topic)
    if len(_content(topic)) < A_SENTENCE:
        topic = without_our_field(topic)
    numbered = numbered_name(topic)
    named = index.matches([topic] if numbered else others) if numbered or (others := other_names(topic)) else {}
    is_named = bool(named) and any(one in named and named[one].topics for one in candidates)
    if numbered or is_named:
        return is_named
    if (by := index.by(topic)) and any(one in by for one in candidates):
        return True
    if categories(topic):
        if any(in_field(topic, one.item.tags) for one in candidates):
            return True
        if any(has_category(one.item.tags) for one in candidates):
            # Categories tell then, beside the name as it stands: half of it, or a word of its family, is of any other field.
            matches = index.matches([topic])
            return any(one in matches and bool(matches[one].topics) for one in candidates)
    signed, compounds = signed_words(topic), [f" {' '.join(tokens(word))} " for word in letter_compounds(topic)]
    having = _having(topic, candidates, index)
    return any(
        one in having
        and all(stands_signed(word, one.text) for word in signed)
        and (not compounds or all(word in spaced_compounds(one.text) for word in compounds))
        for one in candidates
    )


def _having(topic: str, candidates: Sequence[Candidate], index: CandidateIndex) -> AbstractSet[Candidate]:
    """Give the candidates that have a topic by its words: all of them, else most."""
    ways = [_telling(_beginnings(_content(spelt)), index) for spelt in _ways(topic)]
    having = set().union(*(index.having_words(way) for way in ways if way))
    if not any(ways):
        return set(candidates)  # nothing but signs, which are looked for themselves
    if any(one in having for one in candidates):
        return having
    saying_most = set().union(*(_saying_most(_content(spelt), candidates, index) for spelt in _ways(topic)))
    pairs = telling_pairs(topic)
    return saying_most or {one for one in candidates if has_any_pair(pairs, one.item.title)}


def _ways(topic: str) -> list[str]:
    """Give the ways of spelling a topic, and of writing it with its letter compounds as one word."""
    ways = spellings(topic)
    return list(dict.fromkeys([*ways, *map(letter_compounds_joined, ways)])) if letter_compounds(topic) else list(ways)


def _saying_most(words: Sequence[str], candidates: Sequence[Candidate], index: CandidateIndex) -> set[Candidate]:
    """Give the candidates that say most of a long topic; none of a short one, of which every word counts. A word that nobody writes tells most of all."""
    if len(words) < A_SENTENCE:
        return set()
    known = set(candidates)
    having = {beginning: index.having_words([beginning]) & known for beginning in map(_beginning, words)}
    telling = {
        beginning: math.sqrt(math.log((len(known) + 1) / max(1, len(found)))) for beginning, found in having.items()
    }
    said: defaultdict[Candidate, float] = defaultdict(float)
    for beginning, found in having.items():
        for one in found:
            said[one] += telling[beginning]
    least = _MOST * sum(telling.values()) * min(1.0, _SAID_AT_MOST / len(telling))
    return {one for one, value in said.items() if value >= least}


def has_any_pair(pairs: Sequence[str], title: str) -> bool:
    """Tell whether a title has any of some pairs of words (`telling_pairs`)."""
    return bool(pairs) and any(pair in spaced(title) for pair in pairs)


@lru_cache(maxsize=1024)
def telling_pairs(topic: str) -> tuple[str, ...]:
    """
    Give of a topic of three words those that stand side by side, two at a time, one of which tells anything; a title that has such two is on it, too.

    >>> telling_pairs("chatbots for customer support"), telling_pairs("customer support")
    ((' customer support ',), ())
    """
    words = _content(topic)
    if len(words) != A_SENTENCE - 1:
        return ()
    beside = [pair for pair in pairwise(_WORD.findall(topic.casefold())) if FUNCTION_WORDS.isdisjoint(pair)]
    said = [pair for pair in beside if telling_words(" ".join(pair))]
    return tuple(spaced(" ".join(pair)) for pair in said if not is_general(tuple(map(stem, pair))))


def _content(topic: str) -> list[str]:
    """Give the words of a topic that say what it is about; all of them where none does."""
    words = _WORD.findall(topic.casefold())
    return [word for word in words if word not in FUNCTION_WORDS] or words


def _telling(beginnings: Sequence[str], index: CandidateIndex) -> Sequence[str]:
    """Give the beginnings that a work must have: all of a short topic, of a long one the rarer half of those that anybody writes, if most are written."""
    half = len(beginnings) // 2
    if len(beginnings) < A_SENTENCE:
        return beginnings
    written = {one: len(found) for one in beginnings if (found := index.having_words([one]))}
    if len(beginnings) - len(written) >= half:
        return beginnings
    return sorted(written, key=lambda one: written[one])[:half]


def _beginnings(words: Sequence[str]) -> list[str]:
    """
    Give the beginnings of a topic's words. Beside others what is done stands for what does it, and an adjective for its thing: a work on 'tactile sensing' may
    only say sensors, one on 'robotic surgery' robots.
    """
    several = len(words) > 1
    return [_beginning(_DERIVED.sub("", word) if several else word) for word in words]


def _beginning(word: str) -> str:
    """Take off what changes at a word's end: a letter of a short one, three tenths of a long one; of the word for a field whatever its adjective has not."""
    if derived := derived_words(word):
        return next(
            part for end in range(len(word), 0, -1) if all(one.startswith(part := word[:end]) for one in derived)
        )
    ending = 0 if len(word) <= _SHORT else 1 if len(word) <= _MIDDLING else round(_ENDING * len(word))
    return word[: len(word) - ending]
