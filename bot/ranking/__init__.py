"""
Ranking without training: attention, independent sources, the channel's topics, freshness. Pure.

The score of an item is the weighted sum of its features, times a damping where a source's own rule found it to be something
else than research. Every part of it that a reader would want to know is a `Reason` in words.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Channel, Item, Reason, Score, Section, Window
from bot.ranking.features import AttentionScale, freshness, independent_sources, match_topics, with_code

WEIGHTS: Final[Mapping[str, float]] = {
    "attention": 0.40,
    "sources": 0.25,
    "topics": 0.40,
    "followed": 0.15,
    "freshness": 0.05,
    "code": 0.05,
    "rare": 0.60,
    "suggested": 0.80,
}
"""
How much each feature can add. Topics can lift an unnoticed paper over a noticed one, but not a dull one over everything.
What a lab, a newsletter or a forum publishes is worth something by itself, since somebody chose to follow it; papers come
by the thousand.
"""

DAMPING: Final[Mapping[str, tuple[float, str]]] = {
    "marketing": (0.35, "reads like marketing"),
    "beginner": (0.35, "a beginner's question"),
    "self-promotion": (0.35, "self-promotion"),
}
"""Tags that a source's rule may set on an entry, the factor they put on its score, and how that is said."""

_HIGH: Final = 0.5


@dataclass(frozen=True, slots=True)
class Ranked:
    """An item with its score, and whether it touches the channel's topics."""

    item: Item
    score: Score
    on_topic: bool


def rank(
    items: Sequence[Item], channel: Channel, window: Window, *, names: Mapping[str, str], rare: Collection[str] = ()
) -> list[Ranked]:
    """
    Rank a week's candidates for a channel, best first; equal scores in the order of their keys.

    `names` gives the sources' names for the reasons; `rare` are the sources that publish rarely, whose pieces are lifted.
    """
    scale = AttentionScale(items)
    ranked = [_rank_one(item, channel, window, scale, names, rare) for item in items]
    return sorted(ranked, key=lambda r: (-r.score.value, r.item.key))


def _rank_one(
    item: Item, channel: Channel, window: Window, scale: AttentionScale, names: Mapping[str, str], rare: Collection[str]
) -> Ranked:
    match = match_topics(item, channel.topics)
    reasons = [
        *_attention(item, scale, names),
        *_sources(item, names),
        *_topics(match.topics, match.strength),
        *_rare(item, names, rare),
        *_suggested(item),
        *([Reason(name="code", text="with code", weight=WEIGHTS["code"])] if with_code(item) else []),
        *_new(item, channel, window, names),
    ]
    value = sum(reason.weight for reason in reasons)
    for tag in item.tags:
        if tag in DAMPING:
            factor, words = DAMPING[tag]
            reasons.append(Reason(name=tag, text=words, weight=value * (factor - 1)))
            value *= factor
    reasons.sort(key=lambda reason: -abs(reason.weight))
    return Ranked(item=item, score=Score(value=value, reasons=tuple(reasons)), on_topic=bool(match.topics))


def _new(item: Item, channel: Channel, window: Window, names: Mapping[str, str]) -> list[Reason]:
    day = f"{item.published.astimezone(ZoneInfo(channel.zone)):%A}"
    weight = WEIGHTS["freshness"] * freshness(item, window)
    source = next((m.source_id for m in item.mentions if m.direct), "")
    if item.section is Section.PAPERS or not source:
        return [Reason(name="freshness", text=f"new on {day}", weight=weight)]
    text = f"new from {names.get(source, source)} on {day}"
    return [Reason(name="followed", text=text, weight=WEIGHTS["followed"] + weight)]


def _attention(item: Item, scale: AttentionScale, names: Mapping[str, str]) -> list[Reason]:
    percentile, source = scale.best(item)
    if source is None:
        return []
    weight = WEIGHTS["attention"] * percentile
    name, what = names.get(source, source), _counted(item, source)
    if percentile < _HIGH:
        return [Reason(name="attention", text=f"{what} on {name}", weight=weight)]
    kind = "papers" if item.section is Section.PAPERS else "posts"
    # Rounded down: nothing has more notice than all of them, itself included.
    text = f"more notice than {math.floor(percentile * 100)}% of this week's {kind} on {name}"
    return [Reason(name="attention", text=text, weight=weight)]


def _counted(item: Item, source: str) -> str:
    attention = item.attention[source]
    parts = [
        f"{n} {word if n != 1 else word[:-1]}"
        for n, word in ((attention.votes, "votes"), (attention.comments, "comments"))
        if n is not None
    ]
    return ", ".join(parts) or "noticed"


def _sources(item: Item, names: Mapping[str, str]) -> list[Reason]:
    sources = independent_sources(item)
    if len(sources) < 2:  # noqa: PLR2004 - one source is no agreement
        return []
    # Each further source adds half of what the one before added: the second voice is news, the fifth an echo.
    weight = WEIGHTS["sources"] * (1 - 0.5 ** (len(sources) - 1))
    return [Reason(name="sources", text="seen in " + _listed([names.get(s, s) for s in sources]), weight=weight)]


def _topics(topics: Sequence[str], strength: float) -> list[Reason]:
    if not topics:
        return []
    named = _listed([f"'{topic}'" for topic in topics])
    return [
        Reason(
            name="topics",
            text=f"your topic{'s' if len(topics) > 1 else ''} {named}",
            weight=WEIGHTS["topics"] * strength,
        )
    ]


def _rare(item: Item, names: Mapping[str, str], rare: Collection[str]) -> list[Reason]:
    found = next((m.source_id for m in item.mentions if m.direct and m.source_id in rare), None)
    return (
        [Reason(name="rare", text=f"{names.get(found, found)} publishes rarely", weight=WEIGHTS["rare"])]
        if found
        else []
    )


def _suggested(item: Item) -> list[Reason]:
    by = [tag for tag in item.tags if tag.startswith("suggested by ")]
    return [Reason(name="suggested", text="; ".join(by), weight=WEIGHTS["suggested"])] if by else []


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
