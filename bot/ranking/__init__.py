"""
Ranking: a week's works for a channel, best first, each with its reasons in words. Pure.

An item's score is its interest, how near it is to the channel's topics and decisions (`bot.ports.Ranker` works it out elsewhere), plus a
little for its notice, plus what its sources make of it; all in standard deviations over the week, so that they can be added. Every part of
it that a reader would want to know is a `Reason`.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import repeat
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from bot.model import Channel, Item, Section, Window
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.context import RankingContext
from bot.ranking.features import TopicMatch, stands_joined
from bot.ranking.question import NEAR, Relevance, Relevances
from bot.ranking.ranked import NO_NAMES, UNKNOWN, Ranked
from bot.ranking.reasons import by_source, reasons_of
from bot.ranking.sought_topic import IN_TITLE
from bot.ranking.spaced_text import tokens
from bot.ranking.telling_word import having_the_telling_word
from bot.ranking.weights import ADDED, CENTRE, PHRASE, REACHED, RESULT, RESULT_ADDED, STEEPNESS
from bot.ranking.word_forms import joined
from bot.spellings import spellings

_TOPICS: Final = frozenset({"topics"})
_LIKE: Final = frozenset({"like"})


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
    competition = index.competition(items)
    context = RankingContext(
        channel,
        window,
        competition,
        fresh=index.freshness(window),
        matches=index.matches(channel.topics),
        people=frozenset(topic for topic in channel.topics if index.by(topic)),
        names=names,
        rare=frozenset(rare),
        archives=frozenset(archives),
        relevance=Relevances.of(relevance),
        liked=liked,
        likes=likes,
        assumed=assumed,
    )
    found = _ranked(competition.candidates, context)
    found.sort(key=_key)
    found.sort(key=_value, reverse=True)  # stable: equal ones keep the order of their keys
    return found


_key: Final = attrgetter("key")
_value: Final = attrgetter("value")


def _ranked(candidates: Sequence[Candidate], context: RankingContext) -> list[Ranked]:
    """Score the candidates. One loop with hardly a call, and all look-ups before it, since it runs some thousand times a channel."""
    details, attention = context.relevance.details, context.attention
    keys = [candidate.key for candidate in candidates]
    looked_up = zip(
        candidates,
        map(context.matches.get, candidates),
        map(context.relevance.scores.get, keys),
        map(details.get, keys),
        map(context.relevance.aboutness.get, keys, repeat(0.0)),
        map(context.competition.notice.__getitem__, candidates),
        map(context.fresh.__getitem__, candidates),
        strict=True,
    )
    rare, liked, reached = context.rare, context.liked, not context.assumed
    explain = partial(reasons_of, context=context)
    result, freshness, exp = RESULT_ADDED if context.assumed else 0.0, ADDED["freshness"], math.exp
    phrases, unread = _phrases(context), context.unread
    # Where the ranker says of any work which topics it is about, the others are about none, whatever words they share with one.
    told = any(detail.about for detail in details.values())
    # Where it finds none about any, half of a topic's words is no nearness either.
    telling = {} if told or not details else having_the_telling_word(context.channel.topics, candidates)
    found = []
    for candidate, match, score, detail, about, notice, late in looked_up:
        item = candidate.item
        if score is None:
            interest = PHRASE * match.strength if match else 0.0
        else:
            interest = score + phrases.get(candidate, 0.0) if phrases else score
        added, names = 0.0, NO_NAMES
        if not candidate.alone or candidate.origin in rare:
            parts = by_source(item, context)
            added, names = sum(part.weight for part in parts), frozenset([part.name for part in parts])
        added += freshness * late
        if result and RESULT in item.tags:
            added += result
        deviations = interest + notice * attention + added
        value = 1 / (1 + exp(-STEEPNESS * (deviations - CENTRE)))
        for factor in candidate.damped:
            value *= factor
        if detail is None and match is None:  # as of most
            # By their places, for each word by which a value is given costs a third of what the rest does.
            found.append(Ranked(candidate, value, explain, names, interest, about))
            continue
        near = detail is not None and bool(
            detail.about
            if told
            else [topic for topic in detail.near if topic not in telling or candidate in telling[topic]]
        )
        # Of these no ranker says that a work is about them: where they stand in one it is, and has its place among theirs.
        said = [topic for topic in match.topics if topic in unread] if match and candidate in phrases else ()
        # What has the words of a topic in another sense, or in passing, is not about it.
        on_topic = match is not None and bool(
            match.topics
            and (
                near or not told or candidate in phrases or _is_named(match) or _says_in_short(candidate, match, about)
            )
        )
        if detail is not None and (near or detail.like):
            # Standing out of a week is no nearness: what nobody works on stands out of a dull one, too.
            on_topic = on_topic or (interest >= REACHED and reached)
            if interest >= REACHED and liked and any(liked.get(key, key) for key in detail.like):
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
                about,
                on_topic=on_topic,
                topics=(*said, *(detail.about if detail else ())) if told else _near(detail, match),
                named=(*match.topics, *match.near) if match else (),
                known=detail.lifted(deviations - interest) if detail else UNKNOWN,
            )
        )
    return found


def _is_named(match: TopicMatch) -> bool:
    """Tell whether a work's title has several words that are a topic: these hardly have two senses."""
    return match.strength >= IN_TITLE and " " in match.topics[0]


def _says_in_short(candidate: Candidate, match: TopicMatch, about: float) -> bool:
    """
    Tell whether a text of two or three sentences, as all but papers are, has a topic plainly enough by its words: in the title, twice, or several words
    together. A word once is said of another thing as easily ('policy recommendations'), so the rest of the text must not speak against it: `about` is how far
    it is about any topic. In an issue of a newsletter, which is about several things, it tells nothing.
    """
    section = candidate.item.section
    if section is Section.PAPERS:
        return False
    if match.strength >= IN_TITLE or (about > 0 and section is not Section.NEWSLETTERS):
        return True
    said = Counter(tokens(candidate.text))
    ways = [tokens(way) for topic in match.topics for way in spellings(topic)]
    return any(len(way) > 1 or said[way[0]] > 1 for way in ways if way)


def _phrases(context: RankingContext) -> dict[Candidate, float]:
    """
    Give what topics that the ranker does not find (`RankingContext.unread`) add to the interest of the works that have them; of a topic with a hyphen its
    terms hold nothing in works that write it as one.
    """
    unread = context.unread
    hyphened = {topic for topic in context.channel.topics if joined(topic) != topic} - unread
    if not unread and not hyphened:
        return {}
    return {
        one: PHRASE * match.strength
        for one, match in context.matches.items()
        if not unread.isdisjoint(match.topics)
        or any(stands_joined(topic, one.item.title, one.item.abstract) for topic in hyphened.intersection(match.topics))
    }


def _near(known: Relevance | None, match: TopicMatch | None) -> tuple[str, ...]:
    """Give the topics that a work is near to: by its words, else those that it names, else what it is about in other words."""
    near = known.near if known else {}
    named = match.topics if match else ()
    return tuple(dict.fromkeys([*named, *near])) if max(near.values(), default=0.0) < NEAR else tuple(near)
