"""Worker of the ranking process: loads a corpus, keeps it, answers requests about it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from adapters.ranking.feature_store import FeatureStore
from bot.function_words import weight_of_title, without_function_words
from bot.ranking.abbreviations import Abbreviations, explained
from bot.ranking.fields import ARCHIVES, categories
from bot.ranking.history import corpus_of
from bot.ranking.interest import Interest, Taste, interest
from bot.ranking.question import NEAR, Party, Question, Relevance, Relevances, Text
from bot.ranking.terms import Tokenizer
from bot.ranking.topics import topic_forms, topic_stems, topic_terms, topic_words
from bot.ranking.typical import typical
from bot.ranking.weights import REACHED
from bot.ranking.word_forms import ways_of_writing
from bot.spellings import american

KIN_OF: int = 120
"""Of how many works, the best ones, liked works are looked for that they resemble; four times of what a digest shows and lists."""

HALF: float = 0.5
"""Which part of a topic's terms (words, pairs of them and stems) a work of few terms must have to be near it by its own words."""

FEW: int = 150
"""Terms of a work: a title with a sentence has some eighty, an abstract some four hundred."""


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

    def relevance(self, question: Question) -> Relevances:
        """Answer a question."""
        asked = [key for key in question.asked if key in self._places]
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
        words = [topic for topic in question.topics if topic_terms(self._tokenizer, [topic])]
        # Most works are spelt so; a topic that is, too, is read as it always was.
        spelt = [american(topic) for topic in words]
        if spelt == [topic.casefold() for topic in words]:
            spelt = []
        taste = Taste(
            topics=topic_terms(self._tokenizer, words),
            stems=topic_stems(self._tokenizer, words),
            american=topic_terms(self._tokenizer, spelt),
            american_stems=topic_stems(self._tokenizer, spelt),
            abbreviated=[topic_forms(self._tokenizer, self._forms(topic)) for topic in words],
            as_forms=[topic_forms(self._tokenizer, ways_of_writing(topic)) for topic in words],
            words=[topic_words(self._tokenizer, self._corpus, topic) for topic in words],
            categories=[topic_forms(self._tokenizer, categories(topic)) for topic in words],
            archives=[form.core for form in topic_forms(self._tokenizer, ARCHIVES)],
            context=topic_terms(self._tokenizer, [question.description]),
            signals=signals,
            works=[alone.get(signal.key, self._terms[signal.key]) for signal in signals],
            places=[self._places.get(signal.key, -1) for signal in signals],
        )
        places = [self._places[key] for key in asked]
        if question.typical:
            return self._typical(asked, places, taste)
        found = interest(self._corpus, taste, places, kin=KIN_OF)
        scores = found.scores.tolist()
        details: dict[str, Relevance] = {}
        # One word of two, in a text of few words, is no nearness: a clinic's video consultation is no video generation.
        by_words = np.where((found.shares >= HALF) | (found.terms >= FEW)[:, None], found.topics, 0.0)
        near = np.unique(np.nonzero(by_words >= NEAR)[0]).tolist()
        meant = {place: topic for place, topic in enumerate(found.meant) if topic >= 0 and found.terms[place] >= FEW}
        about = _about(found, words)
        tastes = _tastes(found)
        akin = np.flatnonzero(found.akin).tolist() if found.akin is not None else []
        kindred = {place for place, kin in enumerate(found.kin) if kin}
        for place in {*near, *meant, *about, *found.subjects, *kindred, *akin, *tastes}:
            key = asked[place]
            likeness = zip(words, by_words[place].tolist(), strict=True)
            topics = sorted((pair for pair in likeness if pair[1] >= NEAR), key=lambda pair: -pair[1])
            if not topics and place in meant:
                topics = [(words[meant[place]], found.topics[place, meant[place]].item())]
            kin = [signals[each].key for each in found.kin[place]] if found.kin else []
            details[key] = Relevance(
                scores[place],
                dict(topics),
                tuple(each for each in kin if each != key),
                about.get(place, {}),
                found.subjects.get(place),
                place in akin,
                tastes.get(place, {}),
            )
        return Relevances(dict(zip(asked, scores, strict=True)), details)

    def _typical(self, asked: Sequence[str], places: Sequence[int], taste: Taste) -> Relevances:
        found = typical(self._corpus.meanings.place(self._corpus.rows_at(np.asarray(places, np.intp))))
        scores = found.scores + interest(self._corpus, taste, places).scores
        return Relevances(
            dict(zip(asked, scores.tolist(), strict=True)),
            {
                asked[row]: Relevance(scores[row].item(), {}, stands_for=found.subjects[row].item())
                for row in np.flatnonzero(found.subjects).tolist()
            },
        )

    def _forms(self, topic: str) -> tuple[str, ...]:
        return self._abbreviations.forms(topic) or self._abbreviations.forms(american(topic))


def _about(found: Interest, words: Sequence[str]) -> dict[int, dict[str, float]]:
    """Give for each work, by place, the topics that it is plainly about, with its score among the works of each."""
    about: dict[int, dict[str, float]] = {}
    if found.about is not None and found.in_topics is not None:
        for place, column in np.argwhere(found.about).tolist():
            about.setdefault(place, {})[words[column]] = found.in_topics[place, column].item()
    return about


def _tastes(found: Interest) -> dict[int, dict[Party, float]]:
    """Give for each work, by place, the members whose taste reaches it, where they want different things, with its score for them."""
    tastes: dict[int, dict[Party, float]] = {}
    if found.in_tastes is not None:
        parties = [Party(number, voters) for number, voters in enumerate(found.voters)]
        for place, column in np.argwhere(found.in_tastes >= REACHED).tolist():
            tastes.setdefault(place, {})[parties[column]] = found.in_tastes[place, column].item()
    return tastes


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


def answer(corpus: str, question: Question) -> Mapping[str, Relevance] | None:
    """Answer a question about the corpus that is loaded; None if it is another one."""
    loaded = _LOADED.get(corpus)
    return None if loaded is None else loaded.relevance(question)


def confine(memory: int) -> None:
    """Bound the process's memory, in bytes of data, and let others go first. Where the system knows no such limit, time must do."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import os  # noqa: PLC0415
        import resource  # noqa: PLC0415 - not on every system

        os.nice(5)
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
