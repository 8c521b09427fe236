"""
Missing topics: those of which a digest shows nothing, though the words of the week's works do not leave them empty (`bot.unmatched`), and why. Pure.

A digest that says nothing of a topic would let its channel believe that nobody writes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from bot.following import matches
from bot.model import Digest, Item


def with_missing_topics(
    digest: Digest, topics: Sequence[str], about: Callable[[str], Collection[Item]], mute: Sequence[str]
) -> Digest:
    """
    Give a digest with those of some topics that none of its works names among its reasons, in its lists neither: `in_passing` are those that no work
    is `about`, `muted` those of which all such works are, but for those of which `Digest.short` says that already.
    """
    said = {reason.text for pick in (*digest.picks, *digest.also) for reason in pick.reasons if reason.name == "topics"}
    told = {topic for topic, _ in digest.short.muted} if digest.short else set()
    missing = {topic: about(topic) for topic in topics if not any(_names(text, topic) for text in said)}
    return replace(
        digest,
        in_passing=tuple(topic for topic, works in missing.items() if not works),
        muted=tuple(
            topic
            for topic, works in missing.items()
            if works and topic not in told and all(matches(one, mute) for one in works)
        ),
    )


def _names(reason: str, topic: str) -> bool:
    return f"'{topic}'" in reason or reason == f"by {topic}"
