"""
Barely named topics: those of several words that hardly any paper of the week has together, and how many papers may stand for one all the same. Pure.

What shares a word with such a topic, or comes near to what does, is a guess: of 'compressed sensing' a week may have nothing, and two dozen papers on remote
sensing. The more papers name a topic, the surer is what else its works are, so these say how many others may come.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.coverage import share_of_topics
from bot.digest.order import is_first
from bot.function_words import without_function_words
from bot.ranking.everyday_names import other_names
from bot.ranking.features import has_whole
from bot.ranking.fields import categories, subject_of
from bot.ranking.ranked import Ranked
from bot.ranking.spaced_text import tokens
from bot.ranking.subject import without_our_field

FOR_EACH: Final = 3
"""Papers that share a word with a topic, or come near it, for each that names it."""

LEAST: Final = 5
"""So many of them come even where no paper names it, shared out evenly over a channel's topics."""

A_SENTENCE: Final = 4
"""Words of content from which on a topic is a sentence, which nobody writes as it stands: works that say most of it are about it (`bot.unmatched`)."""


@dataclass(frozen=True, slots=True)
class BarelyNamed:
    """The topics that are barely named, for each of which more papers would stand than may; and the keys of these, `beyond`, that are about nothing else."""

    topics: tuple[str, ...] = ()
    beyond: frozenset[str] = frozenset()


def barely_named(
    papers: Sequence[Ranked], topics: Sequence[str], agreeing: Collection[str], decided: float
) -> BarelyNamed:
    """
    Say which of some topics are barely named by a week's `papers`, given best first, and which of these are beyond what may stand for them.

    Those stand for a topic that are about it most. What the other topics bear out is no guess, so none of the `agreeing` topics is barely named. `decided` is how
    much the channel liked in all: the more, the surer is what else it means by its topics, and the more may come.
    """
    several = [topic for topic in topics if topic not in agreeing and _may_be_named(topic)]
    if not several:
        return BarelyNamed()
    named = Counter(topic for one in papers for topic in one.named)
    others: defaultdict[str, list[Ranked]] = defaultdict(list)
    for one in papers:
        if one.on_topic and one.topics and "like" not in one.names and not is_first(one):
            for topic in one.topics:
                others[topic].append(one)
    least = math.ceil(LEAST / len(topics)) / share_of_topics(decided)
    unsure: set[tuple[str, str]] = set()
    for topic in several:
        # Most topics are named often enough; only where they are not is looked for their other names.
        if len(others[topic]) <= max(least, FOR_EACH * named[topic]):
            continue
        apart = [one for one in others[topic] if not _is_named(topic, one)]
        apart.sort(key=partial(_aboutness, topic))
        most = math.floor(max(least, FOR_EACH * max(named[topic], len(others[topic]) - len(apart))))
        if len(apart) > most:
            unsure |= {(topic, one.key) for one in apart[most:]}
    barely = [topic for topic in several if any(topic == each for each, _ in unsure)]
    beyond = {
        one.key for topic in barely for one in others[topic] if all((each, one.key) in unsure for each in one.topics)
    }
    return BarelyNamed(tuple(barely), frozenset(beyond)) if beyond else BarelyNamed()


def _aboutness(topic: str, one: Ranked) -> float:
    """Give how far a work is about a topic, the most first."""
    return -one.known.about.get(topic, one.value)


def _may_be_named(topic: str) -> bool:
    """Tell whether a topic's subject is of two or three words, and no field of arXiv, whose works need not name it."""
    words = tokens(without_function_words(without_our_field(subject_of(topic))))
    return 1 < len(words) < A_SENTENCE and not categories(topic)


def _is_named(topic: str, one: Ranked) -> bool:
    """Tell whether a work names a topic as it stands, by another name, or by an abbreviation in which either of both is written."""
    if topic in one.named:
        return True
    text = one.candidate.text
    if any(has_whole(name, text) for name in other_names(topic)):
        return True
    return any(word.isupper() and len(word) > 1 for word in subject_of(topic).split()) and has_whole(topic, text)
