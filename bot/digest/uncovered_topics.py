"""
Uncovered topics: those of several words that no paper of the week is about, and the papers that come for them by some of their words in the title. Pure.

Nobody need write 'intelligent tutoring' for a paper on tutoring to be what a team asks for. It comes with that word as its reason, for the word may be another
field's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from bot.digest.topic_words import NEXT, in_title
from bot.function_words import without_function_words
from bot.model import Reason, Section
from bot.ranking.fields import categories, subject_of
from bot.ranking.ranked import Ranked
from bot.stems import stems
from bot.telling_words import telling_words
from bot.unmatched import has_any_pair, telling_pairs

MOST: Final = 5
"""Papers that come for all such topics together, shared out evenly over a channel's topics."""

OFTEN: Final = 1 / 100
"""The part of the papers that have a word in their title from which on it tells nothing by itself."""


def with_uncovered(works: list[Ranked], topics: Sequence[str]) -> list[Ranked]:
    """Give a week's `works`, best first, with those in their places that come for a topic which no paper is about: as works that are about it."""
    papers = [one for one in works if one.section is Section.PAPERS]
    covered = {topic for one in papers for topic in one.topics}
    most = math.ceil(MOST / max(1, len(topics)))
    found = {one.key: one for topic in topics for one in _coming(topic, papers, covered=topic in covered)[:most]}
    return [found.get(one.key, one) for one in works] if found else works


def _coming(topic: str, papers: Sequence[Ranked], *, covered: bool) -> list[Ranked]:
    """Give the papers that come for a topic, most about it first, as works about it, with the words as their reason that they have of it in the title."""
    subject = subject_of(topic)
    if categories(topic) or len(stems(without_function_words(subject))) < 2:  # noqa: PLR2004 - of one word all is known
        return []
    coming = [] if covered else _having_the_telling_word(subject, papers)
    if pairs := telling_pairs(subject):
        coming += [one for one in papers if has_any_pair(pairs, one.item.title) and one not in coming]
    return [
        one.about(topic, one.aboutness, _because_of(topic, subject, one))
        for one in sorted(coming, key=lambda one: -one.aboutness)
        if not one.on_topic
    ]


def _having_the_telling_word(subject: str, papers: Sequence[Ranked]) -> list[Ranked]:
    """Give the papers that have a topic's telling word in their title, the one that fewest titles have, in the sense that is meant: it may be another field's."""
    titles = {word: [one for one in papers if in_title(word, one)] for word in telling_words(subject)}
    written = {word: having for word, having in titles.items() if 0 < len(having) <= max(1, OFTEN * len(papers))}
    telling = min(written.values(), key=len, default=[])
    return [one for one in telling if one.aboutness >= NEXT]


def _because_of(topic: str, subject: str, one: Ranked) -> Reason:
    words = [
        word for word in without_function_words(subject).split() if any(in_title(each, one) for each in stems(word))
    ]
    named = " and ".join(f"'{word}'" for word in words)
    return Reason(name="topics", text=f"has {named} of '{topic}'", weight=max(NEXT, one.aboutness))
