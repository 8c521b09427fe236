"""
Ranking: a week's works for a channel, best first, each with its reasons in words. Pure.

An item's score is its interest, how near it is to the channel's topics and decisions (`bot.ports.Ranker` works it out elsewhere), plus a
little for its notice, plus what its sources make of it; all in standard deviations over the week, so that they can be added. Every part of
it that a reader would want to know is a `Reason`.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Channel, Item, Reason, Score, Section, Window
from bot.ranking.features import (
    IN_TITLE,
    AttentionScale,
    TopicMatch,
    freshness,
    independent_sources,
    match_topics,
    with_code,
)
from bot.ranking.question import Relevance
from bot.ranking.reasons import Reasons
from bot.spoken_day import spoken_day, work_day
from bot.text import counted

ATTENTION: Final = 0.2
"""
What a standard deviation of the logarithm of votes adds beside one of interest. Without topics and decisions notice is all there is, and
counts fully. Measured: docs/ranking.md.
"""

ADDED: Final[Mapping[str, float]] = MappingProxyType({"suggested": 4.5, "rare": 3.5, "sources": 0.3, "freshness": 0.01})
"""
What else can add to a score, in standard deviations: that a member proposed it, that its source publishes rarely, that independent voices
speak of it, and, to tell equals apart, that it is new. Neither code nor a second list of papers is among it: they cost an editor's picks.
"""

PHRASE: Final = 3.0
"""What a topic's own words in the title are worth, where interest is not known: as much as the best of fifty by meaning."""

CENTRE: Final = 2.0
STEEPNESS: Final = 1.5
"""
How standard deviations become a score from 0 to 1: half at `CENTRE`. One work in forty lies above; there the differences count most, and
those who choose by score and cost see them.
"""

REACHED: Final = 1.0
"""Standard deviations of interest from which on a work is reached by what the channel wants without a topic's words, if it is near a topic or
like a liked work as well."""

DAMPING: Final[Mapping[str, tuple[float, str]]] = {
    "marketing": (0.10, "reads like marketing"),
    "announcement": (0.10, "an announcement"),
    "question": (0.35, "a question to its readers"),
    "beginner": (0.35, "a beginner's question"),
    "self-promotion": (0.35, "self-promotion"),
}
"""Tags that a source's rule may set on an entry, the factor they put on its score, and how that is said."""

SOON: Final = timedelta(days=1)
"""A work that a source spoke of this soon after it appeared is new there."""

_HIGH: Final = 0.5
_NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Ranked:
    """
    An item with its score, from 0 to 1.

    `on_topic` says whether topics or decisions reach it, `interest` how far, in standard deviations over the week (0 where neither is known).
    """

    item: Item
    score: Score
    on_topic: bool
    interest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What an item is seen beside: its channel, the week, and everything else that was said in it."""

    channel: Channel
    zone: ZoneInfo
    window: Window
    names: Mapping[str, str]
    rare: Collection[str]
    archives: Collection[str]
    scale: AttentionScale
    notice: Mapping[str, float]
    pieces: Counter[str]
    relevance: Mapping[str, Relevance]
    liked: Mapping[str, str]
    assumed: bool
    attention: float

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
    relevance: Mapping[str, Relevance] = MappingProxyType({}),
    liked: Mapping[str, str] = MappingProxyType({}),
    assumed: bool = False,
) -> list[Ranked]:
    """
    Rank a week's candidates for a channel, best first; equal scores in the order of their keys.

    `names` gives the sources' names for the reasons; `rare` are the sources that publish rarely, whose pieces are lifted;
    `archives` are those that list papers, which together are one voice. `relevance` is how near each item is to what the channel wants, by
    key; where it is empty, the topics' own words must do. `liked` says of liked works which they are and who liked them, by key. With
    `assumed`, `relevance` is nearness to the week's most noticed papers, for a channel that has said nothing yet.
    """
    scene = _Scene(
        channel=channel,
        zone=ZoneInfo(channel.zone),
        window=window,
        names=names,
        rare=rare,
        archives=archives,
        scale=AttentionScale(items),
        notice=_notice(items),
        pieces=Counter(_home(item) for item in items),
        relevance=relevance,
        liked=liked,
        assumed=assumed,
        attention=ATTENTION if channel.topics or (relevance and not assumed) else 1.0,
    )
    return sorted((_rank_one(item, scene) for item in items), key=lambda r: (-r.score.value, r.item.key))


def _home(item: Item) -> str:
    """The source that speaks of an item directly, and first."""
    return next((mention.source_id for mention in item.mentions if mention.direct), "")


def _notice(items: Sequence[Item]) -> dict[str, float]:
    """Give each item's notice, the logarithm of its votes and comments, in standard deviations over its section."""
    logs: dict[Section, dict[str, float]] = defaultdict(dict)
    for item in items:
        counts = [(attention.votes or 0) + (attention.comments or 0) for attention in item.attention.values()]
        logs[item.section][item.key] = math.log1p(max([0, *counts]))
    found: dict[str, float] = {}
    for of in logs.values():
        mean, deviation = statistics.fmean(of.values()), statistics.pstdev(of.values())
        found |= {key: (value - mean) / deviation if deviation else 0.0 for key, value in of.items()}
    return found


def _rank_one(item: Item, scene: _Scene) -> Ranked:
    match = match_topics(item, scene.channel.topics)
    known = scene.relevance.get(item.key)
    interest = known.score if known else PHRASE * match.strength
    wished, by_source = _wished(match, known, interest, scene), _by_source(item, scene)
    added = sum(part.weight for part in by_source) + _freshness(item, scene)
    deviations = interest + scene.notice[item.key] * scene.attention + added
    undamped = value = 1 / (1 + math.exp(-STEEPNESS * (deviations - CENTRE)))
    for tag in item.tags:
        if tag in DAMPING:
            value *= DAMPING[tag][0]
    # Standing out of a week is no nearness: what nobody works on stands out of a dull one, too.
    akin = known is not None and bool(known.near or known.like)
    on_topic = bool(match.topics) or (akin and interest >= REACHED and not scene.assumed)
    names = frozenset([part.name for part in (*wished, *by_source)]) if wished or by_source else _NONE
    # As few objects as can be: each of thousands of works has its own, and the garbage collector looks at them all.
    reasons = Reasons(names, partial(_in_words, item, scene, undamped))
    return Ranked(item=item, score=Score(value=value, reasons=reasons), on_topic=on_topic, interest=interest)


def _in_words(item: Item, scene: _Scene, undamped: float) -> Iterator[Reason]:
    match, known = match_topics(item, scene.channel.topics), scene.relevance.get(item.key)
    yield from _wished(match, known, known.score if known else PHRASE * match.strength, scene)
    yield from _attention(item, scene)
    yield from _by_source(item, scene)
    yield _new(item, scene)
    if with_code(item):
        yield Reason(name="code", text="with code", weight=0.0)
    left = undamped
    for tag in item.tags:
        if tag in DAMPING:
            factor, words = DAMPING[tag]
            yield Reason(name=tag, text=words, weight=left * (factor - 1))
            left *= factor


def _wished(match: TopicMatch, known: Relevance | None, interest: float, scene: _Scene) -> list[Reason]:
    return [*_topics(match, known, interest), *_like(known, interest, scene)]


def _by_source(item: Item, scene: _Scene) -> list[Reason]:
    return [*_sources(item, scene), *_rare(item, scene), *_suggested(item)]


def _freshness(item: Item, scene: _Scene) -> float:
    return ADDED["freshness"] * freshness(item, scene.window)


def _new(item: Item, scene: _Scene) -> Reason:
    zone = scene.zone
    first = next((mention for mention in item.mentions if mention.direct), None)
    spoke = spoken_day(first, zone) if first and first.spoke else item.published.astimezone(zone).date()
    day = _named(spoke, scene.window.end.astimezone(zone).date())
    weight = _freshness(item, scene)
    source = _home(item)
    if item.section is Section.PAPERS or not source:
        since = work_day(item, zone)
        text = f"new on {day}"
        if source and spoke - since > SOON:
            text = f"from {since.day} {since:%B}, on {scene.name(source)} since {spoke.day} {spoke:%B}"
        return Reason(name="freshness", text=text, weight=weight)
    pieces = scene.pieces[source]
    among = "its only piece this week" if pieces == 1 else f"one of {pieces} this week"
    text = f"new from {scene.name(source)} on {day}, {among}"
    return Reason(name="freshness", text=text, weight=weight)


def _named(day: date, last: date) -> str:
    """A day of the week that ends on `last` by its name, an older one by its date."""
    return f"{day:%A}" if timedelta() <= last - day <= timedelta(days=7) else f"{day.day} {day:%B}"


def _attention(item: Item, scene: _Scene) -> list[Reason]:
    percentile, source = scene.scale.best(item)
    if source is None:
        return []
    weight = max(0.0, scene.notice[item.key]) * scene.attention
    if percentile < _HIGH:
        return [Reason(name="attention", text=f"{_counted(item, source)} on {scene.name(source)}", weight=weight)]
    kind = "papers" if item.section is Section.PAPERS else "posts"
    # Rounded down: nothing has more notice than all of them, itself included.
    text = f"more notice than {math.floor(percentile * 100)}% of this week's {kind} on {scene.name(source)}"
    return [Reason(name="attention", text=text, weight=weight)]


def _counted(item: Item, source: str) -> str:
    attention = item.attention[source]
    parts = [
        counted(n, word) for n, word in ((attention.votes, "vote"), (attention.comments, "comment")) if n is not None
    ]
    return ", ".join(parts) or "noticed"


def _sources(item: Item, scene: _Scene) -> list[Reason]:
    if len(item.mentions) < 2:  # noqa: PLR2004 - as below
        return []
    sources = independent_sources(item)
    # What lists papers is one voice: that Hugging Face shows what arXiv holds is no second opinion. Each further voice adds half of
    # what the one before added: the second is news, the fifth an echo.
    voices = len({"" if source in scene.archives else source for source in sources})
    if voices < 2:  # noqa: PLR2004 - one voice is no agreement
        return []
    text = "seen in " + _listed([scene.name(source) for source in sources])
    return [Reason(name="sources", text=text, weight=ADDED["sources"] * 2 * (1 - 0.5 ** (voices - 1)))]


def _topics(match: TopicMatch, known: Relevance | None, interest: float) -> list[Reason]:
    """Quote the topics that an item is about; else those that it comes near to, by words or by meaning."""
    about, topics = ("your topic", match.topics) if match.topics else ("close to your topic", match.near)
    if not topics and known:
        about, topics = "close to your topic", tuple(known.near)[:1]
    if not topics:
        return []
    named = _listed([f"'{topic}'" for topic in topics])
    weight = max(0.1, interest) * (match.strength or 0.5) / IN_TITLE
    return [Reason(name="topics", text=f"{about}{'s' if len(topics) > 1 else ''} {named}", weight=weight)]


def _like(known: Relevance | None, interest: float, scene: _Scene) -> list[Reason]:
    """Name a liked work that an item is like, where the item itself stands high."""
    words = next((scene.liked[key] for key in known.like if key in scene.liked), None) if known else None
    if words is None or interest < REACHED:
        return []
    return [Reason(name="like", text=f"like {words}", weight=0.6 * interest)]


def _rare(item: Item, scene: _Scene) -> list[Reason]:
    found = next((m.source_id for m in item.mentions if m.direct and m.source_id in scene.rare), None)
    if found is None:
        return []
    return [Reason(name="rare", text=f"{scene.name(found)} publishes rarely", weight=ADDED["rare"])]


def _suggested(item: Item) -> list[Reason]:
    by = [tag for tag in item.tags if tag.startswith("suggested by ")]
    return [Reason(name="suggested", text="; ".join(by), weight=ADDED["suggested"])] if by else []


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
