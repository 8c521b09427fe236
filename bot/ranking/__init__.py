"""
Ranking: a week's works for a channel, best first, each with its reasons in words. Pure.

An item's score is its interest, how near it is to the channel's topics and decisions (`bot.ports.Ranker` works it out elsewhere), plus a
little for its notice, plus what its sources make of it; all in standard deviations over the week, so that they can be added. Every part of
it that a reader would want to know is a `Reason`.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from bot.model import Channel, Item, Reason, Score, Section, Window
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.features import (
    IN_TITLE,
    NO_MATCH,
    AttentionScale,
    TopicMatch,
    freshness,
    independent_sources,
    is_read_whole,
    stands_joined,
    tokens,
    with_code,
    words_had,
)
from bot.ranking.liked import HANDED_OVER, SHARED_HERE
from bot.ranking.question import NEAR, Relevance, Relevances
from bot.ranking.word_forms import joined
from bot.spoken_day import spoken_day, work_day
from bot.text import counted

ATTENTION: Final = 0.2
"""What a standard deviation of the logarithm of votes adds beside one of interest. Measured: docs/ranking.md."""

ADDED: Final[Mapping[str, float]] = MappingProxyType({"suggested": 4.5, "rare": 3.5, "sources": 0.3, "freshness": 0.01})
"""
What else can add to a score, in standard deviations: that a member proposed it, that its source publishes rarely, that independent voices
speak of it, and, to tell equals apart, that it is new. Neither code nor a second list of papers is among it: they cost an editor's picks.
"""

RESULT: Final = "[R]"
"""How a forum's people mark a post that brings a result; questions and self-promotion among these are damped."""

RESULT_ADDED: Final = 0.5
"""
What that adds in a channel that has said nothing yet, in standard deviations: by a discussion's two or three sentences alone, a result and a tool
are told apart by less than chance.
"""

PHRASE: Final = 3.0
"""
What a topic's own words in the title are worth, where interest is not known, or not of a topic like 'C++', of which the ranker's terms hold
nothing: as much as the best of fifty by meaning.
"""

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

SUBJECT: Final = 3
"""Works of one subject from which on a week is said to have it."""

_HIGH: Final = 0.5
_NONE: Final[frozenset[str]] = frozenset()
_UNKNOWN: Final = Relevance(0.0, MappingProxyType({}), about=MappingProxyType({}))
_TOPICS: Final = frozenset({"topics"})
_LIKE: Final = frozenset({"like"})


def attention_worth(likes: float, *, topics: bool) -> float:
    """
    Say what a standard deviation of the logarithm of votes adds beside one of interest, where so many `likes` are known.

    Without topics and likes notice is all there is, and counts fully; with each like it counts less, as the error of what is learnt shrinks.
    """
    return ATTENTION if topics else max(ATTENTION, 1 / (1 + likes))


class Explain(Protocol):
    """Says why an item was ranked as it was."""

    def __call__(self, ranked: Ranked, /) -> Iterable[Reason]:
        """Give its reasons, in any order."""
        ...


class Ranked:
    """
    An item with its score, `value`, from 0 to 1.

    `on_topic` says whether topics or decisions reach it, `interest` how far, in standard deviations over the week (0 where neither is known).
    `topics` are those of the channel that it is near to; one that it has but in passing is not among them. `known` is what a ranker found of it: how
    far it is about each of several topics, and its subject. `names` are the names of the reasons that a channel wished for or a source gives, known
    before anybody asks for `reasons`, the strongest first: of a week's thousands of items a hundred are ever shown, and the words of the others were
    most of what ranking cost. There are as few objects as can be, for the garbage collector looks at them all.
    """

    __slots__ = (
        "_explain",
        "_reasons",
        "candidate",
        "interest",
        "item",
        "known",
        "names",
        "on_topic",
        "topics",
        "value",
    )

    def __init__(
        self,
        candidate: Candidate,
        value: float,
        explain: Explain,
        names: frozenset[str] = _NONE,
        interest: float = 0.0,
        *,
        on_topic: bool,
        topics: tuple[str, ...] = (),
        known: Relevance = _UNKNOWN,
    ) -> None:
        self.topics = topics
        self.known = known
        self.candidate = candidate
        self.item = candidate.item
        self.value = value
        self.on_topic = on_topic
        self.interest = interest
        self.names = names
        self._explain = explain
        self._reasons: tuple[Reason, ...] | None = None

    @classmethod
    def of(
        cls, item: Item, score: Score, *, on_topic: bool, interest: float = 0.0, topics: tuple[str, ...] = ()
    ) -> Ranked:
        """Give an item that was scored elsewhere; its reasons stay in their order."""
        names = frozenset(reason.name for reason in score.reasons)
        found = cls(
            Candidate(item), score.value, lambda _: score.reasons, names, interest, on_topic=on_topic, topics=topics
        )
        found._reasons = tuple(score.reasons)
        return found

    @property
    def reasons(self) -> tuple[Reason, ...]:
        if self._reasons is None:
            self._reasons = tuple(sorted(self._explain(self), key=lambda reason: -abs(reason.weight)))
        return self._reasons

    @property
    def score(self) -> Score:
        return Score(value=self.value, reasons=self.reasons)

    def because(self, reasons: Sequence[Reason]) -> Ranked:
        """Give the same with reasons that come before its own."""
        names = self.names.union(reason.name for reason in reasons)

        def explain(_: Ranked) -> Iterable[Reason]:
            return (*reasons, *self.reasons)

        return _Because(
            self.candidate,
            self.value,
            explain,
            names,
            self.interest,
            on_topic=self.on_topic,
            topics=self.topics,
            known=self.known,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ranked):
            return NotImplemented
        mine = (self.item, self.value, self.on_topic, self.interest, self.reasons)
        return mine == (other.item, other.value, other.on_topic, other.interest, other.reasons)

    __hash__ = None  # type: ignore[assignment]  # as of everything that is compared by what it holds and may be filled in later

    def __repr__(self) -> str:
        return f"Ranked({self.item.key!r}, {self.value:.4f}, on_topic={self.on_topic}, interest={self.interest:.4f})"


class _Because(Ranked):
    """One whose reasons have an order of their own."""

    __slots__ = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        if self._reasons is None:
            self._reasons = tuple(self._explain(self))
        return self._reasons


class _Scene:
    """What an item is seen beside: its channel, the week, and everything else that was said in it."""

    def __init__(
        self,
        channel: Channel,
        window: Window,
        candidates: Sequence[Candidate],
        *,
        matches: Mapping[Candidate, TopicMatch],
        names: Mapping[str, str],
        rare: frozenset[str],
        archives: frozenset[str],
        relevance: Relevances,
        liked: Mapping[str, str],
        likes: float | None,
        assumed: bool,
    ) -> None:
        self.channel = channel
        self.zone = ZoneInfo(channel.zone)
        self.window = window
        self.matches = matches
        self.names = names
        self.rare = rare
        self.archives = archives
        self.relevance = relevance
        self.liked = liked
        self.assumed = assumed
        known = likes if likes is not None else math.inf
        self.attention = attention_worth(known if relevance and not assumed else 0.0, topics=bool(channel.topics))
        self.notice = _notice(candidates)
        self._candidates = candidates

    @cached_property
    def scale(self) -> AttentionScale:
        return AttentionScale(one.item for one in self._candidates if one.item.attention)

    @cached_property
    def liked_in_words(self) -> str:
        """Say what was liked in all: nobody marked what the team gave us a list of, or shared before we came."""
        words = self.liked.values()
        if all(one.endswith(HANDED_OVER) for one in words):
            return "the list you gave us"
        if all(one.endswith(SHARED_HERE) for one in words):
            return "what was shared here before"
        return (
            "what you liked before"
            if all(one.endswith((HANDED_OVER, SHARED_HERE)) for one in words)
            else "what you marked"
        )

    @cached_property
    def pieces(self) -> Counter[str]:
        return Counter([one.origin for one in self._candidates])

    def name(self, source: str) -> str:
        return self.names.get(source, source)

    def explain(self, ranked: Ranked) -> Iterator[Reason]:
        return _in_words(ranked, self)


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
    likes: float | None = None,
    assumed: bool = False,
    index: CandidateIndex | None = None,
) -> list[Ranked]:
    """
    Rank a week's candidates for a channel, best first; equal scores in the order of their keys.

    `names` gives the sources' names for the reasons; `rare` are the sources that publish rarely, whose pieces are lifted; `archives` are those that
    list papers, which together are one voice. `relevance` is how near each item is to what the channel wants, by key; where it is empty, the topics'
    own words must do. `liked` says of liked works which they are and who liked them, by key; `likes` how many there are, many where nobody says. With `assumed`, `relevance` is nearness to the week's
    most noticed papers, or how typical works are, for a channel that has not said what it wants. `index` is that of the week, for who ranks it more than once.
    """
    index = index or CandidateIndex()
    candidates = index.of(items)
    scene = _Scene(
        channel,
        window,
        candidates,
        matches=index.matches(channel.topics),
        names=names,
        rare=frozenset(rare),
        archives=frozenset(archives),
        relevance=Relevances.of(relevance),
        liked=liked,
        likes=likes,
        assumed=assumed,
    )
    found = _ranked(candidates, scene)
    found.sort(key=_key)
    found.sort(key=_value, reverse=True)  # stable: equal ones keep the order of their keys
    return found


def _key(ranked: Ranked) -> str:
    return ranked.candidate.key


def _value(ranked: Ranked) -> float:
    return ranked.value


def _notice(candidates: Sequence[Candidate]) -> dict[Candidate, float]:
    """Give each item's notice, the logarithm of its votes and comments, in standard deviations over its section."""
    sections: dict[Section, list[Candidate]] = defaultdict(list)
    for one in candidates:
        sections[one.item.section].append(one)
    found: dict[Candidate, float] = {}
    for of in sections.values():
        logs = [one.notice for one in of]
        mean = math.fsum(logs) / len(logs)
        deviation = math.sqrt(math.fsum([(value - mean) ** 2 for value in logs]) / len(logs))
        # As many as have none have the same.
        known = {value: (value - mean) / deviation if deviation else 0.0 for value in set(logs)}
        found.update(zip(of, [known[value] for value in logs], strict=True))
    return found


def _ranked(candidates: Sequence[Candidate], scene: _Scene) -> list[Ranked]:
    """Score the candidates. One loop without calls, since it runs some thousand times a channel."""
    scores, details, notice, attention = scene.relevance.scores, scene.relevance.details, scene.notice, scene.attention
    matches, rare, liked, reached, explain = scene.matches, scene.rare, scene.liked, not scene.assumed, scene.explain
    start, span = scene.window.start, (scene.window.end - scene.window.start) or timedelta(days=7)
    result = RESULT_ADDED if scene.assumed else 0.0
    phrases = _phrases(scene)
    # Where the ranker says of any work which topics it is about, the others are about none, whatever words they share with one.
    told = any(detail.about for detail in details.values())
    found = []
    for candidate in candidates:
        item, key = candidate.item, candidate.key
        match, interest = matches.get(candidate), scores.get(key)
        if interest is None:
            interest = PHRASE * match.strength if match else 0.0
        else:
            interest += phrases.get(candidate, 0.0)
        added, names = 0.0, _NONE
        if not candidate.alone or candidate.origin in rare:
            by_source = _by_source(item, scene)
            added, names = sum(part.weight for part in by_source), frozenset([part.name for part in by_source])
        added += ADDED["freshness"] * min(1.0, max(0.0, (item.published - start) / span))
        if result and RESULT in item.tags:
            added += result
        deviations = interest + notice[candidate] * attention + added
        value = 1 / (1 + math.exp(-STEEPNESS * (deviations - CENTRE)))
        for tag in item.tags:
            if tag in DAMPING:
                value *= DAMPING[tag][0]
        detail = details.get(key) if details else None
        near = detail is not None and bool(detail.about if told else detail.near)
        # A paper that has the words of a topic in another sense, or in passing, is not about it; elsewhere there are few words to go by.
        on_topic = match is not None and bool(
            match.topics
            and (near or not told or candidate in phrases or item.section is not Section.PAPERS or _is_named(match))
        )
        if detail is not None and (near or detail.like):
            # Standing out of a week is no nearness: what nobody works on stands out of a dull one, too.
            on_topic = on_topic or (interest >= REACHED and reached)
            if interest >= REACHED and liked and detail.like:
                names = names | _LIKE
        if near or on_topic or (match and not told):
            names = names | _TOPICS
        found.append(
            Ranked(
                candidate,
                value,
                explain,
                names,
                interest,
                on_topic=on_topic,
                topics=tuple(detail.about) if told and detail else () if told else _near(detail, match),
                known=_lifted(detail, deviations - interest),
            )
        )
    return found


def _is_named(match: TopicMatch) -> bool:
    """Tell whether a work's title has several words that are a topic: these hardly have two senses."""
    return match.strength >= IN_TITLE and " " in match.topics[0]


def _lifted(known: Relevance | None, added: float) -> Relevance:
    """Give what a ranker found of a work, with what its notice and its sources add to its score in all and so in each topic and taste."""
    if known is None or not (known.about or known.tastes):
        return known or _UNKNOWN
    return replace(
        known,
        about={topic: score + added for topic, score in known.about.items()},
        tastes={party: score + added for party, score in known.tastes.items()},
    )


def _phrases(scene: _Scene) -> dict[Candidate, float]:
    """
    Give what topics of which the ranker's terms hold nothing add to the interest of the works that have them; of a topic with a hyphen they hold
    nothing in works that write it as one, and where few works are known, nothing of a word that only one or two of them have.
    """
    unread = {topic for topic in scene.channel.topics if not is_read_whole(topic)}
    if scene.relevance and not scene.assumed:
        known = {topic for detail in scene.relevance.details.values() for topic in (*detail.near, *detail.about)}
        unread |= {topic for match in scene.matches.values() for topic in match.topics} - known
    hyphened = {topic for topic in scene.channel.topics if joined(topic) != topic} - unread
    if not unread and not hyphened:
        return {}
    return {
        one: PHRASE * match.strength
        for one, match in scene.matches.items()
        if not unread.isdisjoint(match.topics)
        or any(stands_joined(topic, one.item.title, one.item.abstract) for topic in hyphened.intersection(match.topics))
    }


def _near(known: Relevance | None, match: TopicMatch | None) -> tuple[str, ...]:
    """Give the topics that a work is near to: by its words, else those that it names, else what it is about in other words."""
    near = known.near if known else {}
    named = match.topics if match else ()
    return tuple(dict.fromkeys([*named, *near])) if max(near.values(), default=0.0) < NEAR else tuple(near)


def _in_words(ranked: Ranked, scene: _Scene) -> Iterator[Reason]:
    item = ranked.item
    match, known = scene.matches.get(ranked.candidate, NO_MATCH), scene.relevance.get(item.key)
    topics = _topics(ranked.candidate, match, known, ranked.interest)
    yield from topics
    yield from (one for one in _like(known, ranked.interest, scene) if one.name == "like" or not topics)
    yield from _attention(ranked.candidate, scene)
    yield from _typical(item, known)
    yield from _by_source(item, scene)
    yield _new(ranked.candidate, scene)
    if scene.assumed and RESULT in item.tags:
        yield Reason(name="result", text="shared as research", weight=RESULT_ADDED)
    if with_code(item):
        yield Reason(name="code", text="with code", weight=0.0)
    damping = [(tag, *DAMPING[tag]) for tag in item.tags if tag in DAMPING]
    left = ranked.value
    for _, factor, _ in damping:
        left /= factor
    for tag, factor, words in damping:
        yield Reason(name=tag, text=words, weight=left * (factor - 1))
        left *= factor


def _typical(item: Item, known: Relevance | None) -> list[Reason]:
    """Say how much of the week a work stands for, where nothing else told works apart."""
    if known is None or not known.stands_for or item.section not in {Section.PAPERS, Section.COMMUNITY}:
        return []
    few = "for variety: few are like it"
    text = f"one of {known.stands_for} like it this week" if known.stands_for >= SUBJECT else few
    return [Reason(name="typical", text=text, weight=2 * ADDED["freshness"])]


def _by_source(item: Item, scene: _Scene) -> list[Reason]:
    return [*_sources(item, scene), *_rare(item, scene), *_suggested(item)]


def _new(candidate: Candidate, scene: _Scene) -> Reason:
    item, source, zone = candidate.item, candidate.origin, scene.zone
    first = next((mention for mention in item.mentions if mention.direct), None)
    spoke = spoken_day(first, zone) if first and first.spoke else item.published.astimezone(zone).date()
    day = _named(spoke, scene.window.end.astimezone(zone).date())
    weight = ADDED["freshness"] * freshness(item, scene.window)
    if item.section is Section.PAPERS or not source:
        since = work_day(item, zone)
        text = f"new on {day}"
        if source and spoke - since > SOON:
            text = f"from {since.day} {since:%B}, on {scene.name(source)} since {spoke.day} {spoke:%B}"
        return Reason(name="freshness", text=text, weight=weight)
    # How many more there were is a number by which nobody decides.
    alone = ", its only piece this week" if scene.pieces[source] == 1 else ""
    return Reason(name="freshness", text=f"new from {scene.name(source)} on {day}{alone}", weight=weight)


def _named(day: date, last: date) -> str:
    """A day of the week that ends on `last` by its name, an older one by its date."""
    return f"{day:%A}" if timedelta() <= last - day <= timedelta(days=7) else f"{day.day} {day:%B}"


def _attention(candidate: Candidate, scene: _Scene) -> list[Reason]:
    item = candidate.item
    percentile, source = scene.scale.best(item)
    if source is None:
        return []
    weight = max(0.0, scene.notice[candidate]) * scene.attention
    if percentile < _HIGH:
        noticed = _counted(item, source)
        return [Reason(name="attention", text=f"{noticed} on {scene.name(source)}", weight=weight)] if noticed else []
    kind = "papers" if item.section is Section.PAPERS else "posts"
    # Rounded down: nothing has more notice than all of them, itself included.
    text = f"more notice than {math.floor(percentile * 100)}% of this week's {kind} on {scene.name(source)}"
    return [Reason(name="attention", text=text, weight=weight)]


def _counted(item: Item, source: str) -> str:
    """Say how much notice an item has at a source; nothing where it has none, for that is no reason."""
    attention = item.attention[source]
    return ", ".join(counted(n, word) for n, word in ((attention.votes, "vote"), (attention.comments, "comment")) if n)


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


def _topics(candidate: Candidate, match: TopicMatch, known: Relevance | None, interest: float) -> list[Reason]:
    """Quote the topics that an item is about; else those that it comes near to, by words or by meaning."""
    about, topics = ("your topic", match.topics) if match.topics else ("close to your topic", match.near)
    if topics:
        named = _listed([f"'{topic}'" for topic in topics])
        text = f"{about}{'s' if len(topics) > 1 else ''} {named}"
    elif known and known.near:
        topic, likeness = next(iter(known.near.items()))
        text = _nearness(candidate, topic, likeness)
    elif known and known.about:
        text = f"close to your topic '{max(known.about, key=known.about.__getitem__)}'"
    else:
        return []
    far = max([0.1, interest, *(known.about.values() if known else ())])
    weight = far * (match.strength or 0.5) / IN_TITLE
    return [Reason(name="topics", text=text, weight=weight)]


def _nearness(candidate: Candidate, topic: str, likeness: float) -> str:
    """
    Say how near a work is to a topic whose words do not stand together in it. A work that has only some of them may be of another field
    ('conformal field theory' beside 'conformal prediction'), so these words are all that is said.
    """
    had, whole = words_had(topic, candidate.text)
    if not had or (whole and likeness >= NEAR) or len(tokens(topic)) == 1:
        return f"close to your topic '{topic}'"
    if whole:
        return f"has the words of '{topic}'"
    words = _listed([f"'{word}'" for word in had])
    return f"has {words} of '{topic}'"


def _like(known: Relevance | None, interest: float, scene: _Scene) -> list[Reason]:
    """
    Name a liked work that an item is like, where the item itself stands high; where it is like all of them together and no single one, say that.

    What is told here is no wish of its own: the item was chosen by it already, and its votes or its date would be another reason than the true one.
    """
    if interest < REACHED or not scene.liked:
        return []
    words = next((scene.liked[key] for key in known.like if key in scene.liked), None) if known else None
    if words is not None:
        return [Reason(name="like", text=f"like {words}", weight=0.6 * interest)]
    liked = scene.liked_in_words
    if known and known.like:  # of whose title nothing is known
        return [Reason(name="like", text=f"like {liked}", weight=0.6 * interest)]
    if known is None or not known.akin or known.near:  # its topics are its reason
        return []
    text = f"close to your topics and to {liked}" if scene.matches else f"like {liked}"
    return [Reason(name="taste", text=text, weight=0.6 * interest)]


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
