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
    Give a digest with those of some topics that none of its works names among its reasons, in its lists neither: `muted` are those of which all works that are
    `about` them are, but for those of which `Digest.short` says that already; `in_passing` those that no work is about which could have come, be it that it is
    talk or marketing. A topic of which nothing came is not barely named: nothing was taken for it.
    """
    said = {reason.text for pick in (*digest.picks, *digest.also) for reason in pick.reasons if reason.name == "topics"}
    told = {topic for topic, _ in digest.short.muted} if digest.short else set()
    missing = {topic: about(topic) for topic in topics if not any(_names(text, topic) for text in said)}
    muted = [topic for topic, works in missing.items() if works and all(matches(one, mute) for one in works)]
    comes = {one.key for one in digest.beyond}
    return replace(
        digest,
        in_passing=tuple(
            topic
            for topic, works in missing.items()
            if topic not in muted and not any(one.key in comes for one in works)
        ),
        barely_named=tuple(topic for topic in digest.barely_named if topic not in missing),
        muted=tuple(topic for topic in muted if topic not in told),
    )


def _names(reason: str, topic: str) -> bool:
    return f"'{topic}'" in reason or reason == f"by {topic}"
