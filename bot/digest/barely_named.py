"""
Barely named topics: those of several words that hardly any paper of the week has together, and how many papers may stand for one all the same. Pure.

What shares a word with such a topic, or comes near to what does, is a guess: of 'compressed sensing' a week may have nothing, and two dozen papers on remote
sensing. The more papers name a topic, the surer is what else its works are, so these say how many others may come.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.coverage import share_of_topics
from bot.digest.order import is_first
from bot.function_words import without_function_words
from bot.model import Reason, Section
from bot.ranking.everyday_names import other_names
from bot.ranking.features import has_whole
from bot.ranking.fields import categories, subject_of
from bot.ranking.ranked import Ranked
from bot.ranking.spaced_text import tokens
from bot.ranking.subject import without_our_field
from bot.unmatched import A_SENTENCE

FOR_EACH: Final = 3
"""Papers that share a word with a topic, or come near it, for each that names it."""

LEAST: Final = 5
"""So many of them come even where no paper names it, shared out evenly over a channel's topics."""

HARDLY_ANY: Final = 2
"""Papers that name a topic up to which the head says that hardly any does."""


@dataclass(frozen=True, slots=True)
class BarelyNamed:
    """
    The `topics` that hardly any paper names, of which the head tells; the keys of the papers that are `beyond` those which may stand for a topic, and about nothing
    else; and, by key, the papers that are about such a topic by naming it alone (`naming`).
    """

    topics: tuple[str, ...] = ()
    beyond: frozenset[str] = frozenset()
    naming: Mapping[str, Ranked] = field(default_factory=dict)

    def with_naming(self, works: list[Ranked]) -> list[Ranked]:
        """Give works with those in their places that name a topic and are about it by that alone."""
        return [self.naming.get(one.key, one) for one in works] if self.naming else works


def barely_named(
    works: Sequence[Ranked], topics: Sequence[str], agreeing: Collection[str], decided: float
) -> BarelyNamed:
    """
    Say which of some topics are barely named by the papers among a week's `works`, given best first, and which of these are beyond what may stand for them.

    Those stand for a topic that are about it most. What the other topics bear out is no guess, so none of the `agreeing` topics is barely named. `decided` is how
    much the channel liked in all: the more, the surer is what else it means by its topics, and the more may come.
    """
    several = [topic for topic in topics if topic not in agreeing and _may_be_named(topic)]
    if not several:
        return BarelyNamed()
    papers = [one for one in works if one.section is Section.PAPERS]
    named = Counter(topic for one in papers for topic in one.named)
    others: defaultdict[str, list[Ranked]] = defaultdict(list)
    for one in papers:
        if one.on_topic and one.topics and "like" not in one.names and not is_first(one):
            for topic in one.topics:
                others[topic].append(one)
    least = math.ceil(LEAST / len(topics)) / share_of_topics(decided)
    barely: list[str] = []
    unsure: set[tuple[str, str]] = set()
    for topic in several:
        # Most topics are named often enough; only where they are not is looked for their other names.
        if len(others[topic]) <= max(least, FOR_EACH * named[topic]):
            continue
        apart = [one for one in others[topic] if not _is_named(topic, one)]
        apart.sort(key=partial(_aboutness, topic))
        most = math.floor(max(least, FOR_EACH * max(named[topic], len(others[topic]) - len(apart))))
        if len(apart) > most:
            barely.append(topic)
            unsure |= {(topic, one.key) for one in apart[most:]}
    beyond = {
        one.key for topic in barely for one in others[topic] if all((each, one.key) in unsure for each in one.topics)
    }
    if not beyond:
        return BarelyNamed()
    naming: dict[str, Ranked] = {}
    for topic in barely:
        best = max(one.known.about.get(topic, 0.0) for one in others[topic])
        naming |= {
            one.key: one.about(topic, best + 1, Reason(name="topics", text=f"your topic '{topic}'", weight=best + 1))
            for one in papers
            if not one.on_topic and topic in one.named
        }
    told = tuple(topic for topic in barely if named[topic] <= HARDLY_ANY)
    return BarelyNamed(told, frozenset(beyond), naming)


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
