"""
Topic changes: when a channel's topics became others, and how much a like of before each change still counts. Pure.

What a team marked while it asked for something else says little of what it asks for now: left as it is, it would outvote new topics for months. So a
like of before a change counts by the part of the topics that stayed. One of a work that is on the present topics counts in full (`bot.usecases.relevance`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.ranking.signals import BEFORE_CHANGE
from bot.typed_topics import spelt_alike

KEPT: Final = 20
"""Changes that are remembered: a like of before so many counts for nothing anyway."""


@dataclass(frozen=True, slots=True)
class TopicChanges:
    """The topics of a channel's last digest, and its changes, the oldest first: since when (UTC), and what a like of before counts, from 0 to 1."""

    topics: Sequence[str]
    steps: Sequence[tuple[datetime, float]] = ()

    def followed_by(self, topics: Sequence[str], at: datetime) -> TopicChanges:
        """Give the changes where the topics are these from `at` on; other spellings are no change."""
        counts = counting(self.topics, topics)
        steps = self.steps if counts == 1 else (*self.steps, (at, counts))
        return TopicChanges(tuple(topics), tuple(steps[-KEPT:]))

    def counts(self, at: datetime) -> float:
        """Say what a like of this instant counts now, beside one of today."""
        found = 1.0
        for since, counts in self.steps:
            found *= counts if at < since else 1.0
        return found

    def written(self) -> str:
        """Give it as a text that `read` reads."""
        return json.dumps(
            {"topics": list(self.topics), "steps": [(at.isoformat(), counts) for at, counts in self.steps]}
        )


def counting(before: Iterable[str], after: Iterable[str]) -> float:
    """
    Say what a like of before a change counts: the part of all topics that are in both (Jaccard), and a five-hundredth where none is. All of it where there
    were no topics, or are none any more: then likes alone said, or say, what is wanted.

    >>> [round(counting(("agents", "robots"), after), 3) for after in (("robot", "agents"), ("agents", "speech"), ("speech",), ())]
    [1.0, 0.335, 0.002, 1.0]
    """
    had, has = ({spelt_alike(topic) for topic in topics} for topics in (before, after))
    stays = len(had & has) / len(had | has) if had and has else 1.0
    return BEFORE_CHANGE + (1 - BEFORE_CHANGE) * stays


def note_of(channel: str) -> str:
    """The name of the note in which they are kept."""
    return f"topics of {channel}"


def read(text: str | None) -> TopicChanges | None:
    """Read what is noted; None where nothing is, as before a channel's first digest."""
    if text is None:
        return None
    found = json.loads(text)
    return TopicChanges(
        tuple(found["topics"]), tuple((datetime.fromisoformat(at), counts) for at, counts in found["steps"])
    )
