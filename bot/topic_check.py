"""
Topic check: what works that are known say of topics as they were typed: which are mistyped, and which none of them is about. Pure.

One rule for the head of a digest and for whoever sets topics, so that a team is told in the first minute what every digest would say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.misspellings import respelt
from bot.model import Item
from bot.ranking.candidate_index import CandidateIndex
from bot.typed_topics import each_once
from bot.unmatched import unmatched


@dataclass(frozen=True, slots=True)
class TopicCheck:
    """Topics as they are looked for: those that were `respelt`, each with what it was taken for; all of them as `read`, each once; and of these the `unmatched`."""

    respelt: Mapping[str, str]
    read: Sequence[str]
    unmatched: Sequence[str]


def checked(typed: Sequence[str], items: Sequence[Item], index: CandidateIndex) -> TopicCheck:
    """Check topics by works, of which `index` is the index; where there are no works, nothing is said of any topic."""
    taken = respelt(typed, items, index)
    read = each_once(taken.get(topic, topic) for topic in typed)
    return TopicCheck(taken, read, unmatched(read, items, index))
