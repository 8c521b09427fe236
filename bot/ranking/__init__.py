"""
Ranking without training: attention, independent sources, the channel's topics, freshness. Pure.

The score of an item is the weighted sum of its features, times a damping where a source's own rule found it to be something
else than research. Every part of it that a reader would want to know is a `Reason` in words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Channel, Item, Reason, Score, Section, Window
from bot.ranking.features import AttentionScale, TopicMatch, freshness, independent_sources, match_topics, with_code

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

LISTED_TWICE: Final = 0.03
"""What it adds that a paper is in more than one list of papers."""

DAMPING: Final[Mapping[str, tuple[float, str]]] = {
    "marketing": (0.10, "reads like marketing"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What an item is seen beside: its channel, the week, and everything else that was said in it."""

    channel: Channel
    window: Window
    names: Mapping[str, str]
    rare: Collection[str]
    archives: Collection[str]
    scale: AttentionScale
    pieces: Counter[str]

    def name(self, source: str) -> str:
        return self.names.get(source, source)


def rank(
    items: Sequence[Item],
    channel: Channel,
    window: Window,
    *,
    names: Mapping[str, str],
    rare: Collection[str] = (),
    archives: Collection[str] = (),
) -> list[Ranked]:
    """
    Rank a week's candidates for a channel, best first; equal scores in the order of their keys.

    `names` gives the sources' names for the reasons; `rare` are the sources that publish rarely, whose pieces are lifted;
    `archives` are those that list papers, which together are one voice.
    """
    scene = _Scene(
        channel=channel,
        window=window,
        names=names,
        rare=rare,
        archives=archives,
        scale=AttentionScale(items),
        pieces=Counter(_home(item) for item in items),
    )
    return sorted((_rank_one(item, scene) for item in items), key=lambda r: (-r.score.value, r.item.key))


def _home(item: Item) -> str:
    """The source that speaks of an item directly, and first."""
    return next((mention.source_id for mention in item.mentions if mention.direct), "")


def _rank_one(item: Item, scene: _Scene) -> Ranked:
    match = match_topics(item, scene.channel.topics)
    reasons = [
        *_attention(item, scene),
        *_sources(item, scene),
        *_topics(match),
        *_rare(item, scene),
        *_suggested(item),
        *([Reason(name="code", text="with code", weight=WEIGHTS["code"])] if with_code(item) else []),
        *_new(item, scene),
    ]
    value = sum(reason.weight for reason in reasons)
    for tag in item.tags:
        if tag in DAMPING:
            factor, words = DAMPING[tag]
            reasons.append(Reason(name=tag, text=words, weight=value * (factor - 1)))
            value *= factor
    reasons.sort(key=lambda reason: -abs(reason.weight))
    return Ranked(item=item, score=Score(value=value, reasons=tuple(reasons)), on_topic=bool(match.topics))


def _new(item: Item, scene: _Scene) -> list[Reason]:
    day = f"{item.published.astimezone(ZoneInfo(scene.channel.zone)):%A}"
    weight = WEIGHTS["freshness"] * freshness(item, scene.window)
    source = _home(item)
    if item.section is Section.PAPERS or not source:
        return [Reason(name="freshness", text=f"new on {day}", weight=weight)]
    pieces = scene.pieces[source]
    among = "its only piece this week" if pieces == 1 else f"one of {pieces} this week"
    text = f"new from {scene.name(source)} on {day}, {among}"
    return [Reason(name="followed", text=text, weight=WEIGHTS["followed"] + weight)]


def _attention(item: Item, scene: _Scene) -> list[Reason]:
    percentile, source = scene.scale.best(item)
    if source is None:
        return []
    weight = WEIGHTS["attention"] * percentile
    if percentile < _HIGH:
        return [Reason(name="attention", text=f"{_counted(item, source)} on {scene.name(source)}", weight=weight)]
    kind = "papers" if item.section is Section.PAPERS else "posts"
    # Rounded down: nothing has more notice than all of them, itself included.
    text = f"more notice than {math.floor(percentile * 100)}% of this week's {kind} on {scene.name(source)}"
    return [Reason(name="attention", text=text, weight=weight)]


def _counted(item: Item, source: str) -> str:
    attention = item.attention[source]
    parts = [
        f"{n} {word if n != 1 else word[:-1]}"
        for n, word in ((attention.votes, "votes"), (attention.comments, "comments"))
        if n is not None
    ]
    return ", ".join(parts) or "noticed"


def _sources(item: Item, scene: _Scene) -> list[Reason]:
    sources = independent_sources(item)
    if len(sources) < 2:  # noqa: PLR2004 - one source is no agreement
        return []
    # What lists papers is one voice: that Hugging Face shows what arXiv holds is no second opinion. Each further voice adds half of
    # what the one before added: the second is news, the fifth an echo.
    voices = len({"" if source in scene.archives else source for source in sources})
    weight = max(WEIGHTS["sources"] * (1 - 0.5 ** (voices - 1)), LISTED_TWICE)
    return [Reason(name="sources", text="seen in " + _listed([scene.name(s) for s in sources]), weight=weight)]


def _topics(match: TopicMatch) -> list[Reason]:
    about, topics = ("your topic", match.topics) if match.topics else ("close to your topic", match.near)
    if not topics:
        return []
    named = _listed([f"'{topic}'" for topic in topics])
    text = f"{about}{'s' if len(topics) > 1 else ''} {named}"
    return [Reason(name="topics", text=text, weight=WEIGHTS["topics"] * match.strength)]


def _rare(item: Item, scene: _Scene) -> list[Reason]:
    found = next((m.source_id for m in item.mentions if m.direct and m.source_id in scene.rare), None)
    if found is None:
        return []
    return [Reason(name="rare", text=f"{scene.name(found)} publishes rarely", weight=WEIGHTS["rare"])]


def _suggested(item: Item) -> list[Reason]:
    by = [tag for tag in item.tags if tag.startswith("suggested by ")]
    return [Reason(name="suggested", text="; ".join(by), weight=WEIGHTS["suggested"])] if by else []


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
