"""Reasons in words: why a work was ranked where it was. Each is one part of its score."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from bot.following import author_of, in_passing
from bot.model import Item, Reason, Section
from bot.ranking.candidate_index import Candidate
from bot.ranking.context import RankingContext
from bot.ranking.everyday_names import other_names
from bot.ranking.features import (
    NO_MATCH,
    NOTICED,
    TopicMatch,
    has_whole,
    independent_sources,
    with_code,
    words_had,
)
from bot.ranking.field_families import family_of
from bot.ranking.fields import categories, in_field, subject_of
from bot.ranking.question import NEAR, Relevance
from bot.ranking.ranked import Ranked
from bot.ranking.sought_topic import IN_TITLE
from bot.ranking.spaced_text import tokens
from bot.ranking.subject import applied
from bot.ranking.weights import ADDED, DAMPING, PHRASE, REACHED, RESULT, RESULT_ADDED
from bot.spoken_day import spoken_day, work_day
from bot.stems import has_any, stem
from bot.telling_words import telling_words
from bot.text import counted

SOON: Final = timedelta(days=1)
"""A work that a source spoke of this soon after it appeared is new there."""

SUBJECT: Final = 3
"""Works of one subject from which on a week is said to have it."""

NAMED: Final = 3
"""Words of a topic that a reason names at most."""

_HIGH: Final = 0.5

_CLOSE: Final = "close to your topic"


def reasons_of(ranked: Ranked, context: RankingContext) -> Iterator[Reason]:
    candidate, item = ranked.candidate, ranked.item
    match, known = context.matches.get(candidate, NO_MATCH), context.relevance.details.get(item.key)
    topics: list[Reason] = []
    if context.people and match.topics:
        people = {topic: author_of(item.authors, topic) for topic in match.topics if topic in context.people}
        topics += [_by(topic, author) for topic, author in people.items() if author]
        match = replace(match, topics=tuple(topic for topic in match.topics if not people.get(topic)))
    if match.topics and not ranked.on_topic and item.section is not Section.PAPERS:
        match = NO_MATCH  # it has the word in another sense
    if known is not None or match is not NO_MATCH:
        topics += _topics(
            candidate,
            match,
            known,
            ranked.interest,
            max(0.0, context.competition.notice[candidate]) * context.attention,
            unsensed=context.relevance.unsensed,
        )
    yield from topics
    yield from [one for one in _like(known, ranked.interest, context) if one.name == "like" or not topics]
    yield from _attention(candidate, context)
    yield from _typical(item, known)
    if not candidate.alone or candidate.origin in context.rare:
        yield from by_source(item, context)
    yield _new(candidate, context)
    if context.assumed and RESULT in item.tags:
        yield Reason(name="result", text="shared as research", weight=RESULT_ADDED)
    if with_code(item):
        yield Reason(name="code", text="with code", weight=0.0)
    if candidate.damped:
        yield from _damping(item, ranked.value)


def _damping(item: Item, value: float) -> Iterator[Reason]:
    damping = [(tag, *DAMPING[tag]) for tag in item.tags if tag in DAMPING]
    left = value
    for _, factor, _ in damping:
        left /= factor
    for tag, factor, words in damping:
        yield Reason(name=tag, text=words, weight=left * (factor - 1))
        left *= factor


def by_source(item: Item, context: RankingContext) -> list[Reason]:
    return [*_sources(item, context), *_rare(item, context), *_suggested(item)]


def _by(topic: str, author: str) -> Reason:
    """Name an author who is a topic, and the topic where it is spelt in another way."""
    spelt = author if topic == author else f"{author}, your topic '{topic}'"
    return Reason(name="topics", text=f"by {spelt}", weight=PHRASE)


def _topics(
    candidate: Candidate,
    match: TopicMatch,
    known: Relevance | None,
    interest: float,
    notice: float,
    *,
    unsensed: Collection[str],
) -> list[Reason]:
    """
    Quote the topics that an item is about; else those that it comes near to, by words or by meaning. What is about a topic is here for that, however
    much its `notice` adds. Of `unsensed` topics a work is said to mention one that it has but once, by the way perhaps.
    """
    # A word that stands there in another sense than the topic's is no reason, where the work is about another one.
    named = [topic for topic in match.topics if not (known and known.about) or topic in known.about]
    if known and known.about and not named and not match.near:
        narrow = {topic: value for topic, value in known.about.items() if not categories(topic)}
        if narrow:  # a field says less of a work than any other topic
            near = {topic: likeness for topic, likeness in known.near.items() if not categories(topic)}
            known = known._replace(near=near, about=narrow)
        else:  # and needs no word of its name
            named = [topic for topic in known.about if in_field(topic, candidate.item.tags)]
    if known and known.about and not named:
        named = [topic for topic in known.about if _is_on_what_is_meant(topic, candidate)]
    if named and unsensed and all(topic in unsensed and _is_mentioned(topic, candidate.item) for topic in named):
        about = "mentions your topic"
    else:
        about = "your topic" if named else _CLOSE
    topics = named or match.near
    if topics:
        quoted = _listed([f"'{topic}'" for topic in topics])
        text = f"{about}{'s' if len(topics) > 1 else ''} {quoted}"
    elif known and known.near:
        text = _nearest(candidate, known)
    elif known and known.about:
        text = f"{_CLOSE} '{_most(known.about)}'"
    else:
        return []
    far = max([0.1, interest, *(known.about.values() if known else ())])
    weight = far * (match.strength or 0.5) / IN_TITLE
    return [Reason(name="topics", text=text, weight=max(weight, notice) if known and known.about else weight)]


def _is_mentioned(topic: str, item: Item) -> bool:
    """Tell whether a paper says a topic of one word but once, in its abstract: be it what it is on, or a thing that is called a catalyst."""
    return item.section is Section.PAPERS and in_passing(item, f"word:{topic}")


def _nearest(candidate: Candidate, known: Relevance) -> str:
    """
    Say how near a work is to the nearest topic of which it has more than words that every abstract has, as it has of 'AI for education' without a word of
    education, where the work is near to another topic, or about one in other words.
    """
    texts = {topic: _nearness(candidate, topic, likeness) for topic, likeness in known.near.items()}
    for topic, text in texts.items():
        subject = subject_of(topic)
        telling = telling_words(subject)
        close = subject == topic and text.startswith(_CLOSE)
        if close or not telling or has_any(" ".join(words_had(subject, candidate.text)[0]), telling):
            return text
    return f"{_CLOSE} '{_most(known.about)}'" if known.about else next(iter(texts.values()))


def _is_on_what_is_meant(topic: str, candidate: Candidate) -> bool:
    """
    Tell whether a work has that to which a topic applies our field, or another word for the field that it names, and what of our own it applies where not all
    works are on it.
    """
    subject, kind = subject_of(topic), applied(topic)
    if not (subject != topic or family_of(topic)) or not any(
        has_whole(name, candidate.text) for name in (subject, *other_names(subject))
    ):
        return False
    return (
        kind is None
        or not frozenset(kind.categories).isdisjoint(candidate.item.tags)
        or any(has_whole(name, candidate.text) for name in kind.names)
    )


def _most(about: Mapping[str, float]) -> str:
    """Give the topic that a work is about most."""
    return max(about, key=about.__getitem__)


def _nearness(candidate: Candidate, topic: str, likeness: float) -> str:
    """
    Say how near a work is to a topic whose words do not stand together in it. A work that has only some of them may be of another field
    ('conformal field theory' beside 'conformal prediction'), so these words are all that is said.
    """
    if subject_of(topic) != topic:
        return f"{_CLOSE} '{topic}'"
    had, whole = words_had(topic, candidate.text)
    if not had or (whole and likeness >= NEAR) or len(tokens(topic)) == 1:
        return f"{_CLOSE} '{topic}'"
    if any(has_whole(name, candidate.text) for name in other_names(topic)):
        return f"{_CLOSE} '{topic}'"
    if whole:
        return f"has the words of '{topic}', though not together"
    words = _listed([f"'{word}'" for word in _most_telling(had, candidate, telling_words(topic))])
    return f"has {words} of '{topic}'"


def _most_telling(had: Sequence[str], candidate: Candidate, telling: AbstractSet[str]) -> list[str]:
    """Give of the words that a work has of a topic at most `NAMED`, in their order: those that tell anything, and of these those that the work has most."""
    words = [word for word in dict.fromkeys(had) if has_any(word, telling)] or list(dict.fromkeys(had))
    title, text = candidate.item.title.casefold(), candidate.text
    beginnings = {word: stem(word.casefold()) for word in words}
    most = sorted(words, key=lambda word: (beginnings[word] not in title, -text.count(beginnings[word])))[:NAMED]
    return [word for word in words if word in most]


def _like(known: Relevance | None, interest: float, context: RankingContext) -> list[Reason]:
    """
    Name a liked work that an item is like, where the item itself stands high; where it is like all of them together and no single one, say that.

    What is told here is no wish of its own: the item was chosen by it already, and its votes or its date would be another reason than the true one.
    """
    if interest < REACHED or not context.liked:
        return []
    if known is None:
        return []
    words = next((words for key in known.like if (words := context.liked.get(key))), None)
    if words is not None:
        return [Reason(name="like", text=f"like {words}", weight=0.6 * interest)]
    liked = context.liked_in_words
    if any(key not in context.liked for key in known.like):  # of whose title nothing is known
        return [Reason(name="like", text=f"like {liked}", weight=0.6 * interest)]
    if known.akin and not known.near:  # its topics are its reason
        text = f"close to your topics and to {liked}" if context.matches else f"like {liked}"
        return [Reason(name="taste", text=text, weight=0.6 * interest)]
    words = next((words for key in known.a_little_like if (words := context.liked.get(key))), None)
    return [Reason(name="taste", text=f"a little like {words}", weight=0.6 * interest)] if words else []


def _attention(candidate: Candidate, context: RankingContext) -> list[Reason]:
    item = candidate.item
    percentile, source = context.competition.scale.best(item)
    if source is None:
        return []
    weight = max(0.0, context.competition.notice[candidate]) * context.attention
    if percentile < _HIGH:
        noticed = _counted(item, source)
        return [Reason(name="attention", text=f"{noticed} on {context.name(source)}", weight=weight)] if noticed else []
    kind = "papers" if item.section is Section.PAPERS else "posts"
    # Rounded down: nothing has more notice than all of them, itself included.
    text = f"more notice than {math.floor(percentile * 100)}% of this week's {kind} on {context.name(source)}"
    return [Reason(name="attention", text=text, weight=weight)]


def _counted(item: Item, source: str) -> str:
    """Say how much notice an item has at a source; nothing where it has none, for that is no reason."""
    attention = item.attention[source]
    return ", ".join(counted(n, word) for n, word in ((attention.votes, "vote"), (attention.comments, "comment")) if n)


def _typical(item: Item, known: Relevance | None) -> list[Reason]:
    """Say how much of the week a work stands for, where nothing else told works apart; of what people took notice of, that is the better reason."""
    if known is None or not known.stands_for or item.section not in {Section.PAPERS, Section.COMMUNITY}:
        return []
    if any((attention.votes or 0) >= NOTICED for attention in item.attention.values()):
        return []
    few = "for variety: few are like it"
    text = f"one of {known.stands_for} like it this week" if known.stands_for >= SUBJECT else few
    return [Reason(name="typical", text=text, weight=2 * ADDED["freshness"])]


def _sources(item: Item, context: RankingContext) -> list[Reason]:
    if len(item.mentions) < 2:  # noqa: PLR2004 - as below
        return []
    sources = independent_sources(item)
    # What lists papers is one voice: that Hugging Face shows what arXiv holds is no second opinion. Each further voice adds half of
    # what the one before added: the second is news, the fifth an echo.
    voices = len({"" if source in context.archives else source for source in sources})
    if voices < 2:  # noqa: PLR2004 - one voice is no agreement
        return []
    text = "seen in " + _listed([context.name(source) for source in sources])
    return [Reason(name="sources", text=text, weight=ADDED["sources"] * 2 * (1 - 0.5 ** (voices - 1)))]


def _rare(item: Item, context: RankingContext) -> list[Reason]:
    found = next((m.source_id for m in item.mentions if m.direct and m.source_id in context.rare), None)
    if found is None:
        return []
    return [Reason(name="rare", text=f"{context.name(found)} publishes rarely", weight=ADDED["rare"])]


def _suggested(item: Item) -> list[Reason]:
    by = [tag for tag in item.tags if tag.startswith("suggested by ")]
    return [Reason(name="suggested", text="; ".join(by), weight=ADDED["suggested"])] if by else []


def _new(candidate: Candidate, context: RankingContext) -> Reason:
    item, source = candidate.item, candidate.origin
    spoke, since = _days(candidate, context.zone)
    day = _named(spoke, context.last_day)
    weight = ADDED["freshness"] * context.fresh[candidate]
    if item.section is Section.PAPERS or not source:
        text = f"new on {day}"
        if source and spoke - since > SOON:
            text = f"from {since.day} {since:%B}, on {context.name(source)} since {spoke.day} {spoke:%B}"
        return Reason(name="freshness", text=text, weight=weight)
    # How many more there were is a number by which nobody decides.
    alone = ", its only piece this week" if context.competition.pieces[source] == 1 else ""
    return Reason(name="freshness", text=f"new from {context.name(source)} on {day}{alone}", weight=weight)


@lru_cache(maxsize=8192)  # a week's works, for every channel, in two or three zones
def _days(candidate: Candidate, zone: ZoneInfo) -> tuple[date, date]:
    """Give the day on which a source first spoke of a work itself, and the day from which it is."""
    item = candidate.item
    first = next((mention for mention in item.mentions if mention.direct), None)
    spoke = spoken_day(first, zone) if first and first.spoke else item.published.astimezone(zone).date()
    return spoke, work_day(item, zone)


@lru_cache(maxsize=256)  # a week has few days, and hundreds of works say theirs for each channel
def _named(day: date, last: date) -> str:
    """A day of the week that ends on `last` by its name, an older one by its date."""
    return f"{day:%A}" if timedelta() <= last - day <= timedelta(days=7) else f"{day.day} {day:%B}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
