"""Worker of the ranking process: loads a corpus, keeps it, answers requests about it."""

from __future__ import annotations

import contextlib
import gc
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from adapters.ranking.feature_store import FeatureStore
from bot.clipped_words import unclipped
from bot.function_words import weight_of_title, without_function_words
from bot.ranking.abbreviations import Abbreviations, explained
from bot.ranking.corpus import Floats, Indices
from bot.ranking.everyday_names import other_names
from bot.ranking.field_families import derived_words, is_of_a_field
from bot.ranking.field_works import Categories, Field, Mask
from bot.ranking.fields import categories, subject_of
from bot.ranking.history import corpus_of
from bot.ranking.interest import BROAD, Interest, interest
from bot.ranking.letter_compounds import letter_compounds_joined
from bot.ranking.profile import Profile
from bot.ranking.question import NEAR, NOTHING, MemberGroup, Packed, Question, Relevance, Relevances, Text
from bot.ranking.signals import Signal
from bot.ranking.spaced_text import tokens
from bot.ranking.subject import Applied, applied, is_part
from bot.ranking.terms import Terms, Tokenizer
from bot.ranking.topic_in_works import BYTES, TopicInWorks, topic_in_works
from bot.ranking.topics import (
    Form,
    TopicWord,
    own_columns,
    parted,
    topic_forms,
    topic_phrases,
    topic_terms,
    topic_words,
)
from bot.ranking.typical import typical
from bot.ranking.weights import REACHED
from bot.ranking.word_forms import ways_of_writing
from bot.spellings import american

KIN_OF: int = 120
"""Of how many works, the best ones, liked works are looked for that they resemble; four times of what a digest shows and lists."""

HALF: float = 0.5
"""Which part of a topic's terms (words, pairs of them and stems) a work of few terms must have to be near it by its own words."""

RARELY: Final = 1 / 20
"""The part of the works that have a word with a hyphen beyond which the same without it is another way of writing it, and no slip."""

FEW: int = 150
"""Terms of a work: a title with a sentence has some eighty, an abstract some four hundred."""

TOPICS_KEPT: int = 1_000
"""Topics of which is kept how they are read, some kilobytes each: many channels ask for the same."""

IN_WORKS_BYTES: Final = 64_000_000
LEAST_KEPT: Final = 32
"""What may be kept of how all works have topics; and of so many topics, those of ten channels, at least, however many works are known."""


class _ReadTopic(NamedTuple):
    """A topic as it is looked for; the fields are those of `Profile`, of one topic. `spelt` says that American English spells it otherwise."""

    terms: Terms
    stems: npt.NDArray[np.uint32]
    spelt: bool
    american: Terms
    american_stems: npt.NDArray[np.uint32]
    abbreviated: list[Form]
    written_out: list[Form]
    as_forms: list[Form]
    words: list[TopicWord]
    phrases: list[TopicWord]
    field: Field | None
    applied: Mask | None
    own: Indices


class Loaded:
    """A corpus with what is needed to answer questions about it."""

    def __init__(self, texts: Sequence[Text], store: FeatureStore, week: date = date.max) -> None:
        self._store = store
        self._tokenizer = Tokenizer()
        self._places = {text.key: place for place, text in enumerate(texts)}
        self._abbreviations = Abbreviations(explained(f"{text.title}. {text.abstract}") for text in texts)
        terms = store.features(texts, self._tokenizer)
        self._terms = dict(zip(self._places, terms, strict=True))
        self._corpus = corpus_of([text.key for text in texts], terms, [text.day for text in texts], week)
        self._categories = Categories(texts)
        self._topics: OrderedDict[str, _ReadTopic | None] = OrderedDict()
        self._in_works: OrderedDict[tuple[str, bool], TopicInWorks] = OrderedDict()
        self._in_works_kept = max(LEAST_KEPT, IN_WORKS_BYTES // (BYTES * max(1, len(texts))))
        self._asked: tuple[Sequence[str], list[str], Indices] = ((), [], np.zeros(0, np.intp))
        self._keys = list(self._places)
        self._last_at: tuple[bytes, list[str]] = (b"", [])

    def keys_at(self, places: bytes) -> list[str]:
        """Give the keys of works by their places, as numbers of an array "l". The last ones are kept, as in `_asked_for`."""
        if places != self._last_at[0]:
            found = array("l")
            found.frombytes(places)
            self._last_at = (places, [self._keys[place] for place in found])
        return self._last_at[1]

    def relevance(self, question: Question) -> Relevances:
        """Answer a question."""
        asked, places = self._asked_for(question.asked)
        missing = [text for text in question.liked if text.key not in self._terms]
        if missing:
            self._terms |= zip(
                [text.key for text in missing], self._store.features(missing, self._tokenizer), strict=True
            )
        # Beside an abstract a title's grammar drowns; alone it would be half of what was liked: 'is all you need'. What is left of such a
        # slogan is a word, by which every paper on patches would be as near as one is to a title that names its subject: so it is liked less.
        titles = {text.key: text for text in question.liked if not text.abstract.strip()}
        alone = {
            key: self._tokenizer.terms(without_function_words(text.title), "", text.authors)
            for key, text in titles.items()
        }
        weights = {key: weight_of_title(text.title) for key, text in titles.items()}
        signals = [
            signal.weakened(weights[signal.key]) if signal.key in weights else signal
            for signal in question.signals
            if signal.key in self._terms
        ]
        read = {topic: one for topic in question.topics if (one := self._read(topic))}
        words = [topic for topic in question.topics if topic in read]
        topics = [read[topic] for topic in words]
        # Most works are spelt so; a topic that is, too, is read as it always was.
        spelt = topics if any(topic.spelt for topic in topics) else []
        profile = Profile(
            topics=[topic.terms for topic in topics],
            stems=[topic.stems for topic in topics],
            american=[topic.american for topic in spelt],
            american_stems=[topic.american_stems for topic in spelt],
            abbreviated=[topic.abbreviated for topic in topics],
            written_out=[topic.written_out for topic in topics],
            as_forms=[topic.as_forms for topic in topics],
            words=[topic.words for topic in topics],
            phrases=[topic.phrases for topic in topics],
            fields=[topic.field for topic in topics],
            applied=[topic.applied for topic in topics],
            categorised=self._categories.known,
            own=[topic.own for topic in topics],
            context=topic_terms(self._tokenizer, [question.description]) if question.description else (),
            in_works=[self._topic_in_works(topic, read[topic], american=bool(spelt)) for topic in words],
            signals=signals,
            works=[alone.get(signal.key, self._terms[signal.key]) for signal in signals],
            places=[self._places.get(signal.key, -1) for signal in signals],
        )
        if question.typical:
            return self._typical(asked, places, profile)
        found = interest(self._corpus, profile, places, kin=KIN_OF)
        scores = found.scores.tolist()
        # One word of two, in a text of few words, is no nearness: a clinic's video consultation is no video generation.
        few = found.terms < FEW
        by_words = np.where((found.shares >= HALF) | ~few[:, None], found.topics, 0.0)
        near = _near(by_words, words)
        for place, topic in found.meant.items():
            if not few[place]:
                near.setdefault(place, {words[topic]: found.topics[place, topic].item()})
        about = _about(found, words)
        groups = _groups(found)
        akin = set(np.flatnonzero(found.akin).tolist()) if found.akin is not None else set()
        details: dict[str, Relevance] = {}
        for place in {*near, *about, *found.subjects, *found.kin, *found.little, *akin, *groups}:
            key = asked[place]
            details[key] = Relevance(
                scores[place],
                near.get(place, NOTHING),
                _others(key, found.kin[place], signals) if place in found.kin else (),
                about.get(place, NOTHING),
                found.subjects.get(place),
                place in akin,
                groups.get(place, NOTHING),
                0,
                _others(key, found.little[place], signals) if place in found.little else (),
            )
        aboutness = found.aboutness.tolist() if found.aboutness is not None else None
        return Relevances(
            dict(zip(asked, scores, strict=True)),
            details,
            dict(zip(asked, aboutness, strict=True)) if aboutness is not None else {},
            agreeing=tuple(words[column] for column in found.agreeing),
            unsensed=tuple(words[column] for column in found.unsensed),
            unclear=found.unclear,
        )

    def _asked_for(self, keys: Sequence[str]) -> tuple[list[str], Indices]:
        """Give those of the works that are known, and their places. The last ones are kept, for all channels ask about the same week."""
        if keys != self._asked[0]:
            asked = [key for key in keys if key in self._places]
            self._asked = (keys, asked, np.array([self._places[key] for key in asked], np.intp))
        return self._asked[1:]

    def _read(self, topic: str) -> _ReadTopic | None:
        """Say how a topic is looked for; None for one without a word."""
        if topic not in self._topics:
            self._topics[topic] = self._newly_read(topic)
        self._topics.move_to_end(topic)
        while len(self._topics) > TOPICS_KEPT:
            self._topics.popitem(last=False)
        return self._topics[topic]

    def _topic_in_works(self, topic: str, read: _ReadTopic, *, american: bool) -> TopicInWorks:
        """Say how all works have a topic, by its `american` spelling, too, or by itself alone; kept, for channels share their topics."""
        asked = (topic, american)
        found = self._in_works.get(asked) or topic_in_works(
            self._corpus,
            [read.terms, read.american] if american else [read.terms],
            [read.stems, read.american_stems] if american else [read.stems],
            read.abbreviated,
            read.written_out,
            read.words,
        )
        self._in_works[asked] = found
        self._in_works.move_to_end(asked)
        while len(self._in_works) > self._in_works_kept:
            self._in_works.popitem(last=False)
        return found

    def _newly_read(self, typed: str) -> _ReadTopic | None:
        topic = self._joined(self._subject(typed))
        other = american(unclipped(topic))
        if other != topic.casefold() and self._having(other) > self._having(topic):
            topic, other = other, topic.casefold()  # as most works write it
        as_forms = topic_forms(self._tokenizer, [*ways_of_writing(topic), *other_names(topic)])
        terms = as_forms[0].terms  # as it is written
        if not len(terms.ids):
            return None
        is_spelt = other != topic.casefold()
        spelt = topic_terms(self._tokenizer, [other])[0] if is_spelt else terms
        forms = topic_forms(self._tokenizer, self._forms(topic))
        written_out = topic_forms(self._tokenizer, [*self._written_out(topic), *self._written_otherwise(topic)])
        return _ReadTopic(
            terms=terms,
            stems=self._tokenizer.stems(topic),
            spelt=is_spelt,
            american=spelt,
            american_stems=self._tokenizer.stems(other),
            abbreviated=forms,
            written_out=written_out,
            as_forms=as_forms + written_out,
            words=topic_words(self._tokenizer, self._corpus, topic, self._abbreviations.long_forms),
            phrases=topic_phrases(self._tokenizer, topic),
            field=self._field(categories(topic)),
            applied=self._on(kind) if topic != typed and (kind := applied(typed)) else None,
            own=own_columns(self._corpus, [terms, spelt, *(form.terms for form in [*forms, *written_out])]),
        )

    def _having(self, topic: str) -> int:
        """Say how many works have all words of a topic."""
        stems = self._tokenizer.stems(topic)
        return int((self._corpus.having(stems) >= 1).sum()) if len(stems) else 0

    def _joined(self, topic: str) -> str:
        """Give a topic with its words with a hyphen as one where works write them so, too: 'neuro-symbolic' and 'neurosymbolic' are one topic."""
        words = topic.split()
        ones = [word.replace("-", "") if word.count("-") == 1 else word for word in words]
        return " ".join(
            one if one != word and self._having(one) > max(1, RARELY * self._having(word)) else word
            for word, one in zip(words, ones, strict=True)
        )

    def _subject(self, typed: str) -> str:
        """
        Give by what a topic is looked for (`bot.ranking.fields`). Of one word, other than a field, on which much of our own field is, 'reasoning with LLMs' says
        better as it stands which works are meant.
        """
        subject = subject_of(typed)
        if applied(typed) is None or is_part(typed) or is_of_a_field(subject) or categories(subject):
            return subject
        if len(stem := self._tokenizer.stems(subject)) != 1:
            return subject
        return typed if self._corpus.having(stem).mean() > BROAD else subject

    def _field(self, of_field: Sequence[str]) -> Field | None:
        terms = [form.terms for form in topic_forms(self._tokenizer, of_field)]
        return Field(terms, self._categories.of(of_field)) if of_field else None

    def _on(self, kind: Applied) -> Mask:
        """Say which works are of a kind that a topic applies to something."""
        found = self._categories.of(kind.categories)
        for form in topic_forms(self._tokenizer, kind.names):
            found |= self._corpus.having(form.core) >= 1
        return found

    def _typical(self, asked: Sequence[str], places: Indices, profile: Profile) -> Relevances:
        found = typical(self._corpus.meanings.place(self._corpus.rows_at(places)))
        scores = found.scores + interest(self._corpus, profile, places).scores
        return Relevances(
            dict(zip(asked, scores.tolist(), strict=True)),
            {
                asked[row]: Relevance(scores[row].item(), {}, stands_for=found.subjects[row].item())
                for row in np.flatnonzero(found.subjects).tolist()
            },
        )

    def _written_out(self, topic: str) -> list[str]:
        """Give a topic of several words with one that is abbreviated in it written out, as it is called most, for each such word."""
        words = topic.split()
        long = [self._abbreviations.long_forms(word) if len(words) > 1 else () for word in words]
        return [
            " ".join([*words[:place], *tokens(forms[0]), *words[place + 1 :]])
            for place, forms in enumerate(long)
            if forms
        ]

    def _written_otherwise(self, topic: str) -> list[str]:
        """
        Give a topic with a word as two that works write so, with a hyphen's words as one, or with the adjective of a field for its noun, for each such word. The
        adjective stands first: 'robot surgery' is what surgical robots do.
        """
        words = topic.casefold().split()
        turned = [" ".join([other, *words[:-1]]) for other in derived_words(words[-1])] if len(words) > 1 else []
        return turned + [
            " ".join([*words[:place], other, *words[place + 1 :]])
            for place, word in enumerate(words)
            for other in (
                [word.replace("-", "")]
                if "-" in word
                else [*derived_words(word), *parted(self._tokenizer, self._corpus, word)]
            )
        ]

    def _forms(self, topic: str) -> tuple[str, ...]:
        if names := other_names(topic):
            return (topic.casefold(), *names)
        ways = (topic, american(topic), letter_compounds_joined(topic))
        return next((forms for way in ways if (forms := self._abbreviations.forms(way))), ())


def _others(key: str, places: Sequence[int], signals: Sequence[Signal]) -> tuple[str, ...]:
    """Give the keys of the works that some of the signals are of, but for one."""
    return tuple([signals[place].key for place in places if signals[place].key != key])


def _near(by_words: Floats, words: Sequence[str]) -> dict[int, dict[str, float]]:
    """Give for each work, by place, the topics that it is near to by its words, with its likeness to each, the nearest first."""
    rows, columns = np.nonzero(by_words >= NEAR)
    values = by_words[rows, columns]
    near: dict[int, dict[str, float]] = {}
    order = np.lexsort((columns, -values, rows))
    for place, column, value in zip(rows[order].tolist(), columns[order].tolist(), values[order].tolist(), strict=True):
        near.setdefault(place, {})[words[column]] = value
    return near


def _about(found: Interest, words: Sequence[str]) -> dict[int, dict[str, float]]:
    """Give for each work, by place, the topics that it is plainly about, with its score among the works of each."""
    about: dict[int, dict[str, float]] = {}
    if found.about is not None and found.in_topics is not None:
        rows, columns = np.nonzero(found.about)
        values = found.in_topics[rows, columns].tolist()
        for place, column, value in zip(rows.tolist(), columns.tolist(), values, strict=True):
            about.setdefault(place, {})[words[column]] = value
    return about


def _groups(found: Interest) -> dict[int, dict[MemberGroup, float]]:
    """Give for each work, by place, the groups of members whom it reaches, where they want different things, with its score for them."""
    groups: dict[int, dict[MemberGroup, float]] = {}
    if found.in_groups is not None:
        numbered = [MemberGroup(number, voters) for number, voters in enumerate(found.voters)]
        rows, columns = np.nonzero(found.in_groups >= REACHED)
        values = found.in_groups[rows, columns].tolist()
        for place, column, value in zip(rows.tolist(), columns.tolist(), values, strict=True):
            groups.setdefault(place, {})[numbered[column]] = value
    return groups


_LOADED: dict[str, Loaded] = {}


def load(corpus: str, texts: Sequence[Text], week: date, store: Path | None, today: date) -> None:
    """Load a corpus in the place of any other."""
    _LOADED.clear()
    # Tens of thousands of works stay until the process ends: every full round of the garbage collector would look at them all.
    gc.unfreeze()
    gc.disable()
    try:
        _LOADED[corpus] = Loaded(texts, FeatureStore(store, today), week)
    finally:
        gc.enable()
        gc.freeze()


def answer(corpus: str, question: Question, places: bytes) -> Packed | None:
    """Answer a question about works of the corpus that is loaded, by their places there; None if it is another one."""
    loaded = _LOADED.get(corpus)
    if loaded is None:
        return None
    asked = loaded.keys_at(places)
    return loaded.relevance(replace(question, asked=asked)).packed(asked)


def confine(memory: int) -> None:
    """Bound the process's memory, in bytes of data, and let others go first. Where the system knows no such limit, time must do."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import os  # noqa: PLC0415
        import resource  # noqa: PLC0415 - not on every system

        os.nice(5)
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
