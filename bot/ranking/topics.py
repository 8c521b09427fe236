"""
Topics: how near works are to plain words, by these, by what stands beside them, and by what is learnt from the works that fit them best.

The best of the last weeks by the topics' own words count as liked, and what is learnt from them finds what the topics mean in other words
(pseudo-relevance feedback, Lavrenko and Croft 2001, doi:10.1145/383952.383972).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.boilerplate import is_general
from bot.function_words import FUNCTION_WORDS
from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.field_families import derived_words
from bot.ranking.letter_compounds import letter_compounds_joined
from bot.ranking.order import best_first
from bot.ranking.regression import Examples, over_usual, regression, standardised
from bot.ranking.terms import Terms, Tokenizer
from bot.ranking.word_forms import able_forms, made_forms, ways_of_writing
from bot.stems import stem as word_stem

_WORD: Final = re.compile(r"\w+")

FEEDBACK: Final = 40
"""Works that stand for the topics: those of the last weeks that fit them best count as liked (pseudo-relevance feedback)."""

BESIDE: Final = 0.5
"""
What is learnt from the words beside the topics' own is worth next to what is learnt from all. It tells in which sense a topic's word is meant, and
that a work has one in passing.
"""

OTHERWISE: Final = -0.5
SHARPLY: Final = 2.0
"""
Where, in standard deviations over the usual work, the topics' own words count half since what stands beside them is that of other works; and how
sharply they lose it there.
"""

ENOUGH: Final = 2.0
"""From so many standard deviations on the sense is sure: of what stands beside a topic's words, more is a fashion among the works, and no nearness."""

STANDS: Final = 0.35
"""How near the topics by their own words a work must be to stand for them: half of what one topic in passing is (`PASSING`)."""

CONTEXT: Final = 1.25
"""What a likeness to the channel's description is worth beside one to a topic. It only tells apart what touches a topic."""

HARDLY: Final = 0.05
"""A likeness to the description that is no more than chance: its logarithm begins to count from here."""

PASSING: Final = 0.06
RISES: Final = 2.0
"""
A likeness to a topic that comes from its words in passing, from where on the logarithm of a work's likeness begins to count, and the power in which
it does: two topics in passing are less than one that a work is about.
"""

WHOLLY: Final = 0.3
"""
The likeness of a work that has all of a topic's terms, where they are too rare or too common to count otherwise: what a team asks for is
found, be it in one work of eight weeks or in half of them. As much as the best works have of other topics.
"""

SAYS: Final = 0.75
"""Which part of a form's core a work must have to be said to use it: three of the four pairs of 'reinforcement learning from human feedback'."""

SHORTEST: Final = 4
OFTEN: Final = 5
"""Letters of a word from which on it may be a clipped one, and works that must have it so."""

PART: Final = 3
"""Letters of each part of a word that works write as two."""

APART: Final = 0.1
"""
What a likeness to a topic that has an abbreviation is worth in a work that has neither of the forms, only some of the words apart: a term that people
abbreviate means one thing.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A way of saying a topic: its `terms`, and its `core`, those of them that stand for the whole: the pairs of words, all where it is one word."""

    terms: Terms
    core: npt.NDArray[np.uint32]


def topic_terms(tokenizer: Tokenizer, topics: Sequence[str]) -> list[Terms]:
    """Give topics, plain words, as terms; those without a word are left out."""
    return [terms for terms in tokenizer.plain_terms_of(topics) if len(terms.ids)]


def topic_stems(tokenizer: Tokenizer, topics: Sequence[str]) -> list[npt.NDArray[np.uint32]]:
    """Give the words of topics as stems, for those that `topic_terms` gives."""
    return [stems for topic in topics if len(stems := tokenizer.stems(topic))]


class TopicWord(NamedTuple):
    """
    A word of a topic: the `terms` that stand for it, those that do where a work dwells on it, and whether it is `general`: any abstract may have it. Of an
    abbreviation `long` are the pairs of words of each way of writing it out.
    """

    terms: npt.NDArray[np.uint32]
    dwelt: npt.NDArray[np.uint32]
    general: bool = False
    long: tuple[npt.NDArray[np.uint32], ...] = ()

    def in_works(self, corpus: Corpus) -> npt.NDArray[np.bool_]:
        """Say which works have it."""
        found = corpus.having(self.terms) > 0
        for pairs in self.long:
            found |= corpus.having(pairs) >= 1
        return found

    def dwelt_on(self, corpus: Corpus) -> npt.NDArray[np.bool_]:
        """Say which works dwell on it."""
        found = corpus.dwelling(self.dwelt)
        for pairs in self.long:
            found |= np.all([corpus.dwelling(pair[None]) for pair in pairs], axis=0)
        return found


def topic_words(
    tokenizer: Tokenizer, corpus: Corpus, topic: str, long_forms: Callable[[str], Sequence[str]] = lambda _: ()
) -> list[TopicWord]:
    """
    Give for each word of a topic the terms that stand for it: its stem, and what it is clipped to, like 'bench' of 'benchmark'.

    Clipped words are learnt from the works: they begin like the word, and most works that have them have the word, too. Words that a
    hyphen joins are one, as which they stand together ('brain-computer'), unless one like 'to' is among them ('text-to-SQL'); such ones, which all works
    have, are none where there are others.
    """
    compounds, parts = _units(topic)
    found = [
        TopicWord(every, every)
        for compound, form in zip(compounds, topic_forms(tokenizer, compounds), strict=True)
        if len(every := np.union1d(form.core, tokenizer.stems(compound.replace(" ", ""))))
    ]
    stems = {word: stem for word in parts if len(stem := tokenizer.stems(word))}
    telling = {word: stem for word, stem in stems.items() if word not in FUNCTION_WORDS}
    wanted = telling or ({} if found else stems)
    beginnings = [(word, word[:end]) for word in wanted for end in range(SHORTEST, len(word) - 1)]
    clipped: dict[str, list[npt.NDArray[np.uint32]]] = {word: [] for word in wanted}
    for (word, _), terms in zip(beginnings, tokenizer.plain_terms_of([short for _, short in beginnings]), strict=True):
        if len(terms.ids) and corpus.vocabulary.columns(terms.ids)[1].all():
            clipped[word].append(terms.ids)
    for word, stem in wanted.items():
        having, terms_of_word = corpus.having(stem) >= 1, [stem]
        for short in clipped[word]:
            those = corpus.having(short) >= 1
            if those.sum() >= OFTEN and having[those].mean() >= SAYS:
                terms_of_word.append(short)
        for other in [*derived_words(word), *parted(tokenizer, corpus, word)]:
            [form] = topic_forms(tokenizer, [other])
            terms_of_word.append(form.core if " " in other else tokenizer.stems(other))
        every, able = np.unique(np.concatenate(terms_of_word)), _able(tokenizer, word, stem)
        made = _made(tokenizer, word, stem)
        if len(made):
            found.append(TopicWord(made, made))
        else:
            long = tuple(form.core for form in topic_forms(tokenizer, long_forms(word)))
            found.append(TopicWord(every, able if len(able) else every, is_general((word_stem(word),)), long))
    return found


def parted(tokenizer: Tokenizer, corpus: Corpus, word: str) -> list[str]:
    """Give a word as two, as works write it that have a hyphen between them or a space: 'neurosymbolic' as 'neuro symbolic'."""
    halves = [(word[:end], word[end:]) for end in range(PART, len(word) - PART + 1)]
    ways = [" ".join(each) for each in halves if FUNCTION_WORDS.isdisjoint(each)]
    return [
        way
        for way, form in zip(ways, topic_forms(tokenizer, ways), strict=True)
        if corpus.vocabulary.columns(form.core)[1].all() and (corpus.having(form.core) >= 1).sum() > 1
    ]


def topic_phrases(tokenizer: Tokenizer, topic: str) -> list[TopicWord]:
    """Give the words of a topic that stand side by side, two at a time, each pair as a word in either number; none with a function word."""
    words = topic.casefold().split()
    pairs = [pair for pair in pairwise(words) if FUNCTION_WORDS.isdisjoint(pair) and all(map(_WORD.fullmatch, pair))]
    written = [ways_of_writing(" ".join(pair)) for pair in pairs]
    forms = iter(topic_forms(tokenizer, [way for ways in written for way in ways]))
    cores = [np.concatenate([next(forms).core for _ in ways]) for ways in written]
    return [TopicWord(core, core) for core in cores]


def _able(tokenizer: Tokenizer, word: str, stem: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """
    Give the terms of the forms of a word on what can be done, where its stem is that of the verb, too: a work that dwells on access does not dwell on
    'accessibility', nor one on an interpretation on 'interpretability'. None of another word.
    """
    forms = able_forms(word)
    if not forms or not np.array_equal(stem, tokenizer.stems(forms[0][: -len("able")])):
        return np.zeros(0, np.uint32)
    return np.setdiff1d(np.concatenate([terms.ids for terms in tokenizer.plain_terms_of(forms)]), stem)


def _made(tokenizer: Tokenizer, word: str, stem: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """
    Give the terms of the forms of a word on what something is made into, where its stem is that of the thing, too: works on tokens or on what is general are
    not on 'tokenization' or on how networks 'generalize'. None of another word.
    """
    forms = made_forms(word)
    if not forms or not np.array_equal(stem, tokenizer.stems(forms[0])):
        return np.zeros(0, np.uint32)
    return np.setdiff1d(np.concatenate([terms.ids for terms in tokenizer.plain_terms_of(forms[1:])]), stem)


def _units(topic: str) -> tuple[list[str], list[str]]:
    """Give a topic's compounds, words that a hyphen joins, and its other words, each once. A function word that ends a topic of two is no such: 'tool use'."""
    compounds, words = [], []
    units = letter_compounds_joined(topic, apart=True).split()
    if len(units) == 2 and units[1] in FUNCTION_WORDS and units[0] not in FUNCTION_WORDS:  # noqa: PLR2004 - as said
        units = ["-".join(units)]
    for unit in units:
        parts = _WORD.findall(unit)
        if len(parts) > 1 and all(len(part) > 1 for part in parts) and FUNCTION_WORDS.isdisjoint(parts[:-1]):
            compounds.append(" ".join(parts))
        else:
            words += parts
    return list(dict.fromkeys(compounds)), list(dict.fromkeys(words))


def topic_forms(tokenizer: Tokenizer, said: Sequence[str]) -> list[Form]:
    """Give ways of saying a topic, plain words, as forms."""
    said = [letter_compounds_joined(text, apart=True) for text in said]
    words = [text.split() for text in said]
    # Together, for most of what a few words cost is the call.
    terms = iter(
        tokenizer.plain_terms_of([text for way in zip(said, words, strict=True) for text in (way[0], *way[1])])
    )
    found = []
    for mine in words:
        whole, alone = next(terms), [next(terms).ids for _ in mine]
        pairs = np.setdiff1d(whole.ids, np.concatenate(alone)) if alone else whole.ids
        found.append(Form(whole, pairs if len(pairs) else whole.ids))
    return found


def likeness_to(corpus: Corpus, topics: Sequence[Terms]) -> Floats:
    """Give the likeness of all works to topics by their words, a column each."""
    if not topics:
        return np.zeros((corpus.rows.shape[0], 0))
    wanted = corpus.vocabulary.rows(topics)
    found = np.zeros((corpus.rows.shape[0], len(topics)))
    for column, (begin, end) in enumerate(pairwise(wanted.indptr.tolist())):
        found[:, column] = corpus.along(wanted.indices[begin:end], wanted.data[begin:end])
    for column, topic in enumerate(topics):
        strange = topic.ids[~corpus.vocabulary.columns(topic.ids)[1]]
        share = len(strange) / len(topic.ids)
        if share > 0.5:  # noqa: PLR2004 - most of what the topic asks for; of a usual one, a pair of words may be missing
            found[:, column] = (1 - share) * found[:, column] + share * WHOLLY * corpus.having(strange)
    return found


def likeness_to_all(corpus: Corpus, topics: Sequence[Terms], stems: Sequence[npt.NDArray[np.uint32]]) -> Floats:
    """Give the likeness to topics, less where a work has but some of a topic's words."""
    found = likeness_to(corpus, topics)
    for column, words in enumerate(stems):
        if len(words) > 1:
            found[:, column] *= np.sqrt(corpus.having(words))
    return found


def likeness_to_forms(corpus: Corpus, likeness: Floats, forms: Sequence[Form]) -> Floats:
    """Give the likeness to whichever form of a topic is nearest; what uses none of the forms is less like it by its words."""
    nearest = np.maximum(likeness, likeness_to(corpus, [form.terms for form in forms]).max(axis=1))
    says = np.stack([corpus.having(form.core) for form in forms]).max(axis=0) >= SAYS
    return np.where(says, nearest, APART * likeness)


def nearness(likeness: Floats, context: Floats | None) -> Floats:
    """
    Give the nearness to the topics by their own words; 0 for what has none of them.

    What is about several topics is nearer than what has one of them twice as often, so the logarithms are added up. What touches any and is like
    the channel's description is nearer than what touches it in another sense.
    """
    direct: Floats = np.log1p((likeness / PASSING) ** RISES).sum(axis=1)
    if context is None:
        return direct
    return np.where(direct > 0, direct + CONTEXT * np.log1p(context / HARDLY).sum(axis=1), direct)


def topics_score(
    corpus: Corpus, own: Indices, direct: Floats, here: sparse.csr_array, places: Indices
) -> Floats | None:
    """
    Give the nearness to the topics of the works at some places, `here` their rows; None where no work is near any topic, or none is asked about. `own` are
    the columns of the topics' own terms (`own_columns`), `direct` is the nearness of all works by these.

    The best of the last weeks by the topics' own words count as liked, and what is learnt from them finds what the topics mean in other words
    (Lavrenko and Croft 2001). It is learnt twice: from all words, and from all but the topics' own, by which a word in another sense shows: the
    topics' own words count as far as what stands beside them is that of the others that fit. What is learnt from few works counts for less, by
    the square root of their number, as everywhere.
    """
    if not direct.any() or not len(places):
        return None
    best = best_of(corpus, direct)
    if not len(best):
        return direct[places]
    examples, liked = Examples.at(corpus, best), np.ones(len(best))
    worth = math.sqrt(len(best) / FEEDBACK)
    by_words = standardised(direct)[places]
    by_all = over_usual(corpus, regression(corpus, examples, liked, liked), here, places)
    learnt = regression(corpus, examples.without(corpus, own), liked, liked)
    learnt.weights[own] = 0
    beside = over_usual(corpus, learnt, here, places)
    meant = 1 / (1 + np.exp(SHARPLY * (OTHERWISE - beside)))
    found = (by_words - by_words.min()) * meant + worth * (by_all + BESIDE * np.minimum(beside, ENOUGH))
    return np.asarray(found, float)


def own_columns(corpus: Corpus, topics: Sequence[Terms]) -> Indices:
    """
    Give the columns of the topics' own terms, and of those that stand in no work without one of them: 'aligned' and 'cross modal alignment' say no
    more of the sense in which 'alignment' is meant than the word itself.
    """
    columns, counted = corpus.vocabulary.columns(
        np.unique(np.concatenate([np.zeros(0, np.uint32), *(one.ids for one in topics)]))
    )
    own = columns[counted].tolist()
    return np.unique(np.concatenate([np.zeros(0, np.intp), *(corpus.always_with(column) for column in own)]))


def best_of(corpus: Corpus, direct: Floats) -> Indices:
    """Give the places of the works that stand for the topics: not those that have but a part of one in passing, unless there are no others."""
    touched = corpus.recent[direct[corpus.recent] > 0]
    best = touched[best_first(direct[touched], FEEDBACK)]
    plainly = best[direct[best] >= STANDS]
    return plainly if len(plainly) else best
