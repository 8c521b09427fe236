"""Making up: with which papers a digest is filled up that has too few of what its channel asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.digest.topic_words import NEXT, because_of, in_another_sense
from bot.function_words import without_function_words
from bot.model import Reason
from bot.ranking.features import has_whole, match_topics
from bot.ranking.fields import subject_of
from bot.ranking.ranked import Ranked
from bot.stems import stems

LOOKED_THROUGH: Final = 50
"""Of how many of the most noticed works that are about no topic those that have its words in another sense stand behind the others."""

_BESIDE: Final = Reason(name="beside", text="not on your topics", weight=1.0)


def made_up_with(
    left: Sequence[Ranked], coming: Mapping[str, Ranked], topics: Sequence[str], number: int
) -> list[Ranked]:
    """
    Give a `number` of the papers that are `left`, best first, with which a digest is filled up.

    Those that are `coming` next to a topic come first, then those that name a topic of several words and are about it in some degree. The others are what most
    took notice of, and say so: words that they have of a topic are no reason.
    """
    several = [topic for topic in topics if len(stems(without_function_words(subject_of(topic)))) > 1]
    named, others = [], []
    for one in left:
        if one.key in coming:
            continue
        about = one.aboutness >= NEXT
        topic = next((topic for topic in several if _names(subject_of(topic), one)), None) if about else None
        if topic is None:
            others.append(one)
        else:
            named.append(because_of(topic, one))
    named.sort(key=lambda one: (-one.aboutness, -one.value, one.key))
    first = [*coming.values(), *named][:number]
    others.sort(key=lambda one: -one.candidate.notice)  # stable: of equals the best first
    others[:LOOKED_THROUGH] = sorted(others[:LOOKED_THROUGH], key=lambda one: in_another_sense(one, topics))
    return [*first, *map(beside_topics, others[: number - len(first)])]


def beside_topics(one: Ranked) -> Ranked:
    """
    Give what is on no topic of its channel with that as its first reason, in place of words that it has of a topic, and of how typical it is of the week, which
    is said to who asked for nothing; why it came all the same stands behind it.
    """
    return one.because([_BESIDE], instead_of=["topics", "typical"])


def _names(topic: str, one: Ranked) -> bool:
    """Tell whether a work has all words of a topic; the two words of one near each other, for far apart they say other things."""
    if not has_whole(topic, one.candidate.text):
        return False
    return len(without_function_words(topic).split()) > 2 or match_topics(one.item, [topic]).strength > 0  # noqa: PLR2004 - of two words
