"""Ranking methods of the backtest: each prepares a week once, then ranks it for every channel."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.backtest import sanity
from bot.backtest.records import Choice, RankingSettings, Work
from bot.model import Decision, Meaning, Member
from bot.ranking.abbreviations import Abbreviations, explained
from bot.ranking.corpus import Corpus
from bot.ranking.history import KNOWN, corpus_of
from bot.ranking.interest import interest
from bot.ranking.profile import Profile
from bot.ranking.regression import standardised
from bot.ranking.signals import signals, voices
from bot.ranking.terms import Terms, Tokenizer
from bot.ranking.topics import Form, topic_forms, topic_stems, topic_terms
from bot.ranking.weights import attention_worth

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Week:
    """
    A week to be ranked: `known` and `candidates` are places among all works, `monday` is its first day.

    Known is what was seen before that day, candidates what was seen in the week. Paper Round's vocabulary and sample are of what was seen from `since` on.
    """

    monday: date
    known: Sequence[int]
    candidates: Sequence[int]
    since: date = date.min


@dataclass(frozen=True, slots=True)
class Team:
    """
    What is known of a channel before a week: its topics, its decisions of before, oldest first, and what it was shown of late, and when.

    `changed` is when its interest changed, None if it did not. `explored` are those of the works shown that were drawn to explore. `hidden` are works that it decided on when it is taken to have begun later: nothing is known of them, not even that they were passed over.
    """

    topics: Sequence[str] = ()
    choices: Sequence[Choice] = ()
    hidden: frozenset[str] = frozenset()
    shown: Mapping[str, date] = field(default_factory=dict)
    explored: frozenset[str] = frozenset()
    settings: RankingSettings = field(default_factory=RankingSettings)
    changed: datetime | None = None


class Prepared(Protocol):
    """A week as a method has prepared it."""

    def scores(self, team: Team) -> Floats:
        """Give a score for each candidate, in their order; higher is better."""
        ...


class Method(Protocol):
    """A way of ranking."""

    def prepare(self, week: Week) -> Prepared:
        """Do for a week what all channels share."""
        ...


class _Fixed:
    def __init__(self, scores: Floats) -> None:
        self._scores = scores

    def scores(self, team: Team) -> Floats:  # noqa: ARG002 - the same for every channel
        return self._scores


class Votes:
    """By attention alone: the sum of all that sources counted."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._votes = np.array([sum(work.attention.values()) for work in works], float)

    def prepare(self, week: Week) -> Prepared:
        return _Fixed(self._votes[list(week.candidates)])


class Recency:
    """The newest first."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._days = np.array([work.seen.toordinal() for work in works], float)

    def prepare(self, week: Week) -> Prepared:
        return _Fixed(self._days[list(week.candidates)])


class Svm:
    """arxiv-sanity-lite's linear SVM (`sanity`)."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._places = {work.key: place for place, work in enumerate(works)}
        self._counts = sanity.counted([f"{work.title}\n{work.abstract}\n{' '.join(work.authors)}" for work in works])

    def prepare(self, week: Week) -> Prepared:
        rows = sanity.weighted(self._counts[[*week.known, *week.candidates]], len(week.known))
        return _SvmWeek(rows, {place: row for row, place in enumerate(week.known)}, self._places)


class _SvmWeek:
    def __init__(self, rows: sparse.csr_array, known: Mapping[int, int], places: Mapping[str, int]) -> None:
        self._rows = rows
        self._known = known
        self._places = places

    def scores(self, team: Team) -> Floats:
        liked = {
            self._known[place]
            for choice in team.choices
            if choice.chosen and (place := self._places.get(choice.key, -1)) in self._known
        }
        hidden = {self._known[self._places[key]] for key in team.hidden}
        trained = np.array([row for row in range(len(self._known)) if row not in hidden], np.intp)
        return sanity.scores(self._rows, len(self._known), trained, np.array(sorted(liked), np.intp))


class PaperRound:
    """The ranking that digests use, before exploration and diversity."""

    def __init__(self, works: Sequence[Work]) -> None:
        self._works = works
        self._places = {work.key: place for place, work in enumerate(works)}
        self._tokenizer = Tokenizer()
        self._terms = [self._tokenizer.terms(work.title, work.abstract, work.authors) for work in works]
        self._explained = [explained(f"{work.title}. {work.abstract}") for work in works]
        self._votes = np.array([sum(work.attention.values()) for work in works], float)

    def prepare(self, week: Week) -> Prepared:
        known = [place for place in week.known[-KNOWN:] if self._works[place].seen >= week.since]
        works = [*known, *week.candidates]
        corpus = corpus_of(
            [self._works[place].key for place in works],
            [self._terms[place] for place in works],
            [self._works[place].seen for place in works],
            week.monday,
        )
        places = {self._works[place].key: row for row, place in enumerate(works)}
        abbreviations = Abbreviations(self._explained[place] for place in known)
        return _PaperRoundWeek(self, corpus, week, places, abbreviations)

    def terms(self, key: str) -> Terms | None:
        """Give a work's terms; None for one that is not among the works."""
        place = self._places.get(key)
        return None if place is None else self._terms[place]

    def attention(self, places: Sequence[int]) -> Floats:
        """Give the logarithm of votes, standardised."""
        return standardised(np.log1p(self._votes[list(places)]))

    def topics(self, topics: Sequence[str]) -> list[Terms]:
        """Give topics as terms."""
        return topic_terms(self._tokenizer, topics)

    def stems(self, topics: Sequence[str]) -> list[npt.NDArray[np.uint32]]:
        """Give the words of topics as stems."""
        return topic_stems(self._tokenizer, topics)

    def forms(self, topics: Sequence[str], abbreviations: Abbreviations) -> list[list[Form]]:
        """Give for each topic that has a word the ways of saying it."""
        return [
            topic_forms(self._tokenizer, abbreviations.forms(topic))
            for topic in topics
            if topic_terms(self._tokenizer, [topic])
        ]


class _PaperRoundWeek:
    def __init__(
        self,
        method: PaperRound,
        corpus: Corpus,
        week: Week,
        places: Mapping[str, int],
        abbreviations: Abbreviations,
    ) -> None:
        self._abbreviations = abbreviations
        self._method = method
        self._corpus = corpus
        self._week = week
        known = corpus.rows.shape[0] - len(week.candidates)
        self._asked = range(known, known + len(week.candidates))
        self._places = places

    def scores(self, team: Team) -> Floats:
        found = signals(
            voices(_decisions(team.choices), _summaries(team.choices)),
            {key: noon(day) for key, day in team.shown.items()},
            noon(self._week.monday),
            team.settings.half_life,
            team.explored,
            team.changed,
        )
        known = [(signal, terms) for signal in found if (terms := self._method.terms(signal.key)) is not None]
        profile = Profile(
            topics=self._method.topics(team.topics),
            stems=self._method.stems(team.topics),
            abbreviated=self._method.forms(team.topics, self._abbreviations),
            context=self._method.topics([team.settings.description]),
            signals=[signal for signal, _ in known],
            works=[terms for _, terms in known],
            places=[self._places.get(signal.key, -1) for signal, _ in known],
        )
        scores = interest(self._corpus, profile, self._asked).scores
        likes = math.fsum(signal.counts for signal, _ in known if signal.liked > 0)
        worth = attention_worth(likes, topics=bool(team.topics))
        return np.asarray(scores + worth * self._method.attention(self._week.candidates), float)


_TEAM: Final = Member(id="team")


def _decisions(choices: Sequence[Choice]) -> list[Decision]:
    return [
        Decision(channel=one.channel, item_key=one.key, member=_TEAM, meaning=Meaning(one.decision), at=noon(one.at))
        for one in choices
        if one.decision != "summary"
    ]


def _summaries(choices: Sequence[Choice]) -> list[tuple[str, str, datetime]]:
    return [(_TEAM.id, one.key, noon(one.at)) for one in choices if one.decision == "summary"]


def noon(day: date) -> datetime:
    """Give the instant that stands for a day."""
    return datetime.combine(day, time(12), UTC)


METHODS: Final[Mapping[str, Callable[[Sequence[Work]], Method]]] = {
    "paperround": PaperRound,
    "votes": Votes,
    "recency": Recency,
    "svm": Svm,
}
"""The methods by name, in the order in which they are told."""
