"""
Interest model: how near each work is to what a channel wants, by its topics from the first day, and by what it decided as soon
as there is anything.

Works and topics are rows of TF-IDF. The learnt part is a kernel ridge regression on them (Saunders, Gammerman, Vovk 1998; the
posterior mean of a Gaussian process, Rasmussen and Williams 2006, 2.2): a channel's decisions against a sample of all works,
which everybody else's ranking of the same week shares. What it costs to invert is paid once a week; a channel adds as many rows
as it has decisions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.signals import LEADS, Signal
from bot.ranking.terms import Terms, Tokenizer
from bot.ranking.tfidf import Rest, Vocabulary

NOISE: Final = 1.0
"""What is added to the kernel's diagonal: how little one work alone says. Works are alike by 1 with themselves, by 0.1 with kin."""

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

TOPICS_WORTH: Final = 2.5
"""
How the topics weigh beside what was learnt from k decisions: as this to the square root of k, for so the error of what is learnt from k
examples falls. It is the one number by which the hand-over from topics to decisions goes.
"""

ATTENTION: Final = 0.2
"""How much one standard deviation of the logarithm of votes adds beside one of interest."""

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

SHORT: Final = 0.5
"""Works of less than this part of the usual length count for less: a title alone would be as near to other titles as two abstracts never are."""

MEASURED: Final = 500
"""Works whose length says what is usual."""

WHOLLY: Final = 0.3
"""
The likeness of a work that has all of a topic's terms, where they are too rare or too common to count otherwise: what a team asks for is
found, be it in one work of eight weeks or in half of them. As much as the best works have of other topics.
"""

SAYS: Final = 0.75
"""Which part of a form's core a work must have to be said to use it: three of the four pairs of 'reinforcement learning from human feedback'."""

APART: Final = 0.1
"""
What a likeness to a topic that has an abbreviation is worth in a work that has neither of the forms, only some of the words apart: a term that people
abbreviate means one thing.
"""

MOST_SIGNALS: Final = 400
"""Decisions of a channel that are learnt from; those that count most, where there are more."""

FOLLOWERS: Final = 15
"""
Works of the last weeks that are taken for liked beside each of the first likes after a change of interest, those most like it. One liked work has
some words of its field; the fifteen have most of them.
"""

FOLLOWERS_COUNT: Final = 0.3
"""How much such a work counts beside the like it follows."""

NEAREST: Final = 2
"""Liked works that are named beside a work as its kin."""

KIN: Final = 0.12
"""From which likeness on a work is said to be like another one."""

PLAINLY: Final = 2.5
"""From so many standard deviations on a work that has none of the topics' words is said to be near one: few works of a week are."""

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """
    The works that are known, as rows (and the same as `columns`, for the few terms of a topic), and what every ranking of them shares.

    `rest` are their terms that do not count, `beside` what was found by `always_with`.
    """

    vocabulary: Vocabulary
    rows: sparse.csr_array
    columns: sparse.csc_array
    recent: Indices
    sample: Indices
    background: sparse.csr_array
    crowd: sparse.csr_array
    inverse: Floats
    rest: Rest
    least: float
    beside: dict[int, Indices] = field(default_factory=dict)

    def always_with(self, column: int) -> Indices:
        """
        Give the columns of the terms that stand in no work without this one: of a stem, its words and the pairs they are in. Kept, for channels
        share their topics.
        """
        if (found := self.beside.get(column)) is None:
            having = self.columns.indices[self.columns.indptr[column] : self.columns.indptr[column + 1]]
            times = np.bincount(self.rows[having].indices, minlength=self.rows.shape[1])
            found = np.flatnonzero((times == np.diff(self.columns.indptr)) & (times > 0)).astype(np.intp)
            self.beside[column] = found
        return found

    @classmethod
    def of(cls, known: Sequence[Terms], works: Sequence[Terms], recent: Sequence[int], sample: Sequence[int]) -> Corpus:
        """
        Prepare the ranking of `works`: the vocabulary comes from those that are `known`.

        `recent` are those of `works` in which the topics look for feedback, `sample` those that stand for all the others, both by place.
        """
        vocabulary = Vocabulary.of(known)
        least = SHORT * vocabulary.usual_length(known[:MEASURED])
        rows, rest = vocabulary.rows_and_rest(works, least)
        background = rows[np.asarray(sample, np.intp)]
        crowd = sparse.csr_array(background.T)
        kernel = (background @ crowd).toarray().astype(np.float64) + 1
        kernel[np.diag_indices_from(kernel)] += NOISE
        return cls(
            vocabulary,
            rows,
            sparse.csc_array(rows),
            np.asarray(recent, np.intp),
            np.asarray(sample, np.intp),
            background,
            crowd,
            np.linalg.inv(kernel),
            rest,
            least,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A way of saying a topic: its `terms`, and its `core`, those of them that stand for the whole: the pairs of words, all where it is one word."""

    terms: Terms
    core: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """
    What a channel wants: its topics as terms, and its signals with the terms of the works they are of.

    `places` are where these works stand in the corpus, -1 for one that does not; without any, none is looked for there. `context` is the
    channel's description, one text or none: it says in which sense the topics are meant. `forms` are for each topic the ways of saying it, none
    for one that has no abbreviation, none at all if nobody looked. `stems` are the words of each topic; without any, all of a topic is one word.
    `american` are the topics as American English spells them, `american_stems` their words: none where none of them is spelt otherwise.
    """

    topics: Sequence[Terms] = ()
    stems: Sequence[npt.NDArray[np.uint32]] = ()
    american: Sequence[Terms] = ()
    american_stems: Sequence[npt.NDArray[np.uint32]] = ()
    forms: Sequence[Sequence[Form]] = ()
    context: Sequence[Terms] = ()
    signals: Sequence[Signal] = ()
    works: Sequence[Terms] = ()
    places: Sequence[int] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """
    What was found of the works that were asked about, in their order.

    `scores` have mean 0 and standard deviation 1 over them; all are 0 where there is neither topic nor decision. `topics` is the likeness to
    each topic, a column each. `kin` are for each work the liked works it is like, by their place among the signals, the most alike first.
    `shares` is which part of each topic's terms a work has, a column each (looked for with kin), and `terms` how many terms it has in all; `meant` is for each work the topic whose best works it is like, by
    column, -1 where there is none.
    """

    scores: Floats
    topics: Floats
    shares: Floats
    terms: Indices
    kin: Sequence[Sequence[int]] = field(default_factory=tuple)
    meant: Sequence[int] = field(default_factory=tuple)


def topic_terms(tokenizer: Tokenizer, topics: Sequence[str]) -> list[Terms]:
    """Give topics, plain words, as terms; those without a word are left out."""
    found = tokenizer.terms_of([(topic, "", ()) for topic in topics])
    return [terms for terms in found if len(terms.ids)]


def topic_stems(tokenizer: Tokenizer, topics: Sequence[str]) -> list[npt.NDArray[np.uint32]]:
    """Give the words of topics as stems, for those that `topic_terms` gives."""
    return [stems for topic in topics if len(stems := tokenizer.stems(topic))]


def topic_forms(tokenizer: Tokenizer, said: Sequence[str]) -> list[Form]:
    """Give ways of saying a topic, plain words, as forms."""
    found = []
    for text in said:
        alone = tokenizer.terms_of([(word, "", ()) for word in text.split()])
        (terms,) = tokenizer.terms_of([(text, "", ())])
        pairs = np.setdiff1d(terms.ids, np.concatenate([each.ids for each in alone])) if alone else terms.ids
        found.append(Form(terms, pairs if len(pairs) else terms.ids))
    return found


def interest(corpus: Corpus, taste: Taste, asked: Sequence[int], *, kin: int = 0) -> Interest:
    """Say how near the works that are `asked` about, by place, are to a channel's taste. Kin is looked for of the `kin` best alone."""
    places = np.asarray(asked, np.intp)
    here = corpus.rows[places]
    likeness = _likeness_to_all(corpus, taste.topics, taste.stems)
    if taste.american:
        likeness = np.maximum(likeness, _likeness_to_all(corpus, taste.american, taste.american_stems))
    for column, forms in enumerate(taste.forms):
        if forms:
            likeness[:, column] = _likeness_to_forms(corpus, likeness[:, column], forms)
    direct = _direct(likeness, _likeness(corpus, taste.context) if taste.context else None)
    words = [*taste.topics, *taste.american, *(form.terms for forms in taste.forms for form in forms)]
    prior = _topics_score(corpus, words, direct, here, places)
    learnt, rows, order = _learnt(corpus, taste)
    counted = math.fsum(signal.counts for signal in taste.signals if signal.liked)
    score = np.zeros(len(places))
    if prior is not None:
        score += TOPICS_WORTH * standardised(prior)
    if learnt is not None:
        score += math.sqrt(counted) * standardised(learnt.of(here, places))
    score = standardised(score)
    found = _kin(here, rows, score, kin) if kin and rows is not None else ()
    return Interest(
        score,
        likeness[places],
        _shares_of(corpus, taste, places) if kin else np.zeros((len(places), len(taste.topics))),
        corpus.rest.sizes[places],
        [[order[each] for each in mine] if mine else () for mine in found] if order is not None else (),
        _meant(corpus, likeness, direct, here, places, score, kin) if kin else (),
    )


def standardised(values: Floats) -> Floats:
    """Give values with mean 0 and standard deviation 1; all 0 where they do not differ."""
    deviation = values.std() if len(values) else 0.0
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))  # noqa: PLR2004 - nothing


def _likeness(corpus: Corpus, topics: Sequence[Terms]) -> Floats:
    if not topics:
        return np.zeros((corpus.rows.shape[0], 0))
    wanted = corpus.vocabulary.rows(topics)
    terms = np.unique(wanted.indices)
    found = np.asarray((corpus.columns[:, terms] @ wanted[:, terms].T).toarray(), float)
    for column, topic in enumerate(topics):
        strange = topic.ids[~corpus.vocabulary.columns(topic.ids)[1]]
        share = len(strange) / len(topic.ids)
        if share > 0.5:  # noqa: PLR2004 - most of what the topic asks for; of a usual one, a pair of words may be missing
            found[:, column] = (1 - share) * found[:, column] + share * WHOLLY * _having(corpus, strange)
    return found


def _likeness_to_all(corpus: Corpus, topics: Sequence[Terms], stems: Sequence[npt.NDArray[np.uint32]]) -> Floats:
    """Give the likeness to topics, less where a work has but some of a topic's words."""
    found = _likeness(corpus, topics)
    for column, words in enumerate(stems):
        if len(words) > 1:
            found[:, column] *= np.sqrt(_having(corpus, words))
    return found


def _likeness_to_forms(corpus: Corpus, likeness: Floats, forms: Sequence[Form]) -> Floats:
    """Give the likeness to whichever form of a topic is nearest; what uses none of the forms is less like it by its words."""
    nearest = np.maximum(likeness, _likeness(corpus, [form.terms for form in forms]).max(axis=1))
    says = np.stack([_having(corpus, form.core) for form in forms]).max(axis=0) >= SAYS
    return np.where(says, nearest, APART * likeness)


def _shares_of(corpus: Corpus, taste: Taste, places: Indices) -> Floats:
    found = _shares(corpus, taste.topics, places)
    return np.maximum(found, _shares(corpus, taste.american, places)) if taste.american else found


def _shares(corpus: Corpus, topics: Sequence[Terms], places: Indices) -> Floats:
    return (
        np.stack([_having(corpus, topic.ids)[places] for topic in topics], axis=1)
        if topics
        else np.zeros((len(places), 0))
    )


def _having(corpus: Corpus, terms: npt.NDArray[np.uint32]) -> Floats:
    """Say for each work which part of these terms it has, whether or not they count in the vocabulary."""
    hits = np.zeros(len(corpus.rest.sizes))
    columns, counted = corpus.vocabulary.columns(terms)
    for column in columns[counted].tolist():
        hits[corpus.columns.indices[corpus.columns.indptr[column] : corpus.columns.indptr[column + 1]]] += 1
    for strange in terms[~counted]:
        hits[corpus.rest.owners[corpus.rest.ids == strange]] += 1
    return np.asarray(hits / len(terms), float)


def _direct(likeness: Floats, context: Floats | None) -> Floats:
    """
    Give the nearness to the topics by their own words; 0 for what has none of them.

    What is about several topics is nearer than what has one of them twice as often, so the logarithms are added up. What touches any and is like
    the channel's description is nearer than what touches it in another sense.
    """
    direct: Floats = np.log1p((likeness / PASSING) ** RISES).sum(axis=1)
    if context is None:
        return direct
    return np.where(direct > 0, direct + CONTEXT * np.log1p(context / HARDLY).sum(axis=1), direct)


def _topics_score(
    corpus: Corpus, topics: Sequence[Terms], direct: Floats, here: sparse.csr_array, places: Indices
) -> Floats | None:
    """
    Give the nearness to the topics of the works at some places, `here` their rows; None where no work is near any topic, or none is asked about.

    The best of the last weeks by the topics' own words count as liked, and what is learnt from them finds what the topics mean in other words
    (Lavrenko and Croft 2001). It is learnt twice: from all words, and from all but the topics' own, by which a word in another sense shows: the
    topics' own words count as far as what stands beside them is that of the others that fit. What is learnt from few works counts for less, by
    the square root of their number, as everywhere.
    """
    if not direct.any() or not len(places):
        return None
    best = _best(corpus, direct)
    if not len(best):
        return direct[places]
    own = _columns(corpus, topics)
    rows, liked, worth = corpus.rows[best], np.ones(len(best)), math.sqrt(len(best) / FEEDBACK)
    by_words = standardised(direct)[places]
    by_all = _over_usual(corpus, _regression(corpus, rows, liked, liked, best), here, places)
    learnt = _regression(corpus, _without_terms(rows, own), liked, liked, best)
    learnt.weights[own] = 0
    beside = _over_usual(corpus, learnt, here, places)
    meant = 1 / (1 + np.exp(SHARPLY * (OTHERWISE - beside)))
    found = (by_words - by_words.min()) * meant + worth * (by_all + BESIDE * np.minimum(beside, ENOUGH))
    return np.asarray(found, float)


def _over_usual(corpus: Corpus, learnt: _Learnt, here: sparse.csr_array, places: Indices) -> Floats:
    """Give what was learnt of the works at some places, in standard deviations over the usual work."""
    usual = corpus.background @ learnt.weights
    return np.asarray((learnt.of(here, places) - usual.mean()) / (usual.std() or 1.0), float)


def _columns(corpus: Corpus, topics: Sequence[Terms]) -> Indices:
    """
    Give the columns of the topics' own terms, and of those that stand in no work without one of them: 'aligned' and 'cross modal alignment' say no
    more of the sense in which 'alignment' is meant than the word itself.
    """
    columns, counted = corpus.vocabulary.columns(np.unique(np.concatenate([topic.ids for topic in topics])))
    own = columns[counted].tolist()
    return np.unique(np.concatenate([np.zeros(0, np.intp), *(corpus.always_with(column) for column in own)]))


def _without_terms(rows: sparse.csr_array, columns: Indices) -> sparse.csr_array:
    found = rows.copy()
    found.data[np.isin(found.indices, columns)] = 0
    found.eliminate_zeros()
    return found


def _best(corpus: Corpus, direct: Floats) -> Indices:
    """Give the places of the works that stand for the topics: not those that have but a part of one in passing, unless there are no others."""
    best = corpus.recent[np.argsort(-direct[corpus.recent], kind="stable")[:FEEDBACK]]
    plainly = best[direct[best] >= STANDS]
    return plainly if len(plainly) else best[direct[best] > 0]


def _meant(
    corpus: Corpus, likeness: Floats, direct: Floats, here: sparse.csr_array, places: Indices, score: Floats, most: int
) -> list[int]:
    """
    Say of the `most` best works which topic they are near to in other words: that whose works, of those that stand for the topics, they are
    most like. Of a work that does not stand out plainly nothing is said.
    """
    found = [-1] * len(places)
    best = _best(corpus, direct)
    if not len(best):
        return found
    asked = np.argsort(-score, kind="stable")[:most]
    alike = (here[asked] @ corpus.rows[best].T).toarray()
    alike[places[asked][:, None] == best[None, :]] = 0
    of_topics = likeness[best] / likeness[best].sum(axis=1, keepdims=True)
    nearest = (alike @ (of_topics / np.maximum(of_topics.sum(axis=0), 1))).argmax(axis=1)
    for place, topic in zip(asked.tolist(), nearest.tolist(), strict=True):
        if score[place] >= PLAINLY:
            found[place] = topic
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Learnt:
    """
    What a regression found: the weight of each term; and for the works that it learnt from, by their place in the corpus, what they would be
    taken for by all the others. A work would be near to itself, or far from itself where it stands for those that nobody asked for.
    """

    weights: Floats
    left_out: Mapping[int, float]

    def of(self, here: sparse.csr_array, places: Indices) -> Floats:
        """Judge the works at some places, `here` their rows."""
        found = np.asarray(here @ self.weights, float)
        for row, place in enumerate(places.tolist()):
            if place in self.left_out:
                found[row] = self.left_out[place]
        return found


def _learnt(corpus: Corpus, taste: Taste) -> tuple[_Learnt | None, sparse.csr_array | None, Sequence[int] | None]:
    """Give what decisions say of each term; with it the rows of what was liked and their places among the signals."""
    told = [place for place, signal in enumerate(taste.signals) if signal.counts > 0 and len(taste.works[place].ids)]
    told = sorted(sorted(told, key=lambda place: -taste.signals[place].counts)[:MOST_SIGNALS])
    if not any(taste.signals[place].liked for place in told):
        return None, None, None
    rows = corpus.vocabulary.rows([taste.works[place] for place in told], corpus.least)
    liked = np.array([taste.signals[place].liked for place in told])
    counts = np.array([taste.signals[place].counts for place in told])
    wanted = [number for number, value in enumerate(liked) if value > 0]
    places = np.array([taste.places[place] for place in told] if taste.places else [-1] * len(told), np.intp)
    leads = [number for number in wanted if taste.signals[told[number]].leads]
    followers, weights = _followers(corpus, rows, counts, places, leads)
    learnt = _regression(
        corpus,
        sparse.csr_array(sparse.vstack([rows, corpus.rows[followers]])),
        np.concatenate([liked, np.ones(len(followers))]),
        np.concatenate([counts, weights]),
        np.concatenate([places, followers]),
        apart=False,
    )
    return (
        learnt,
        rows[np.array(wanted, np.intp)],
        [told[each] for each in wanted],
    )


def _followers(
    corpus: Corpus, rows: sparse.csr_array, counts: Floats, places: Indices, leads: Sequence[int]
) -> tuple[Indices, Floats]:
    """
    Give the works of the last weeks that are most like the rows that lead, and how much each counts; none that was decided on or shown itself.

    Pseudo-relevance feedback (Lavrenko and Croft 2001) once more: with a handful of likes, what they have in common with works that nobody
    was shown says more than they do alone. It counts for less the more of them there are (`signals.LEADS`).
    """
    found: dict[int, float] = {}
    fade = FOLLOWERS_COUNT * (1 - len(leads) / LEADS)
    free = corpus.recent[~np.isin(corpus.recent, places)]
    if not leads or not len(free):
        return np.zeros(0, np.intp), np.zeros(0)
    alike = (rows[np.asarray(leads, np.intp)] @ corpus.rows[free].T).toarray()
    for row, lead in zip(alike, leads, strict=True):
        for column in np.argsort(-row, kind="stable")[:FOLLOWERS].tolist():
            if row[column] > 0:
                place = int(free[column])
                found[place] = max(found.get(place, 0.0), fade * float(counts[lead]))
    return np.array(list(found), np.intp), np.array(list(found.values()))


def _regression(
    corpus: Corpus, rows: sparse.csr_array, liked: Floats, counts: Floats, places: Indices, *, apart: bool = True
) -> _Learnt:
    """
    Learn by kernel ridge regression of `liked` against the background's 0. `places` are where the rows' works stand in the corpus, or -1.

    What was liked or skipped counts as much as the whole background together, however little it is (balanced classes): each row `counts`
    times its share. The background's inverse is known, so only the Schur complement of the rows is solved. A work that is among the rows
    is none of the background, if they are kept `apart`; what was decided on does better as both (docs/ranking.md). Left-out predictions are Rasmussen and Williams 2006, 5.12.
    """
    shares = counts * corpus.background.shape[0] / counts[liked != 0].sum()
    gone = np.flatnonzero(np.isin(corpus.sample, places)) if apart else np.zeros(0, np.intp)
    across = (rows @ corpus.crowd).toarray() + 1
    within = (rows @ rows.T).toarray() + 1
    carried, known = _without(corpus.inverse, gone, across)
    within -= carried @ across.T
    within[np.diag_indices_from(within)] += NOISE / shares
    inverse = np.linalg.inv(within)
    own = inverse @ liked
    others = carried.T @ own
    constant = own.sum() - others.sum()
    spread = known + (carried * (inverse @ carried)).sum(axis=0)
    alone = np.where(spread > 0, others / np.where(spread > 0, spread, 1), 0) - constant
    left_out = dict(zip(corpus.sample.tolist(), alone.tolist(), strict=True))
    left_out |= dict(zip(places.tolist(), (liked - own / np.diag(inverse) - constant).tolist(), strict=True))
    return _Learnt(np.asarray(rows.T @ own - corpus.crowd @ others, float), left_out)


def _without(inverse: Floats, gone: Indices, across: Floats) -> tuple[Floats, Floats]:
    """
    Give `across` times the inverse of a matrix without some of its rows and columns, and the diagonal of that, from the inverse of the whole.

    Zeros stand in the place of what is gone. The inverse itself has a million numbers, and is not written once more for every question.
    """
    carried, diagonal = across @ inverse, np.diag(inverse).copy()
    if len(gone):
        mine = inverse[:, gone]
        solved = np.linalg.solve(inverse[np.ix_(gone, gone)], mine.T)
        carried -= (across @ mine) @ solved
        diagonal -= np.einsum("ng,gn->n", mine, solved)
        carried[:, gone] = 0
        diagonal[gone] = 0
    return carried, diagonal


def _kin(rows: sparse.csr_array, liked: sparse.csr_array, score: Floats, most: int) -> list[Sequence[int]]:
    # One empty tuple for all of them: thousands of lists would each be looked at by the garbage collector.
    found: list[Sequence[int]] = [()] * rows.shape[0]
    best = np.argsort(-score, kind="stable")[:most]
    alike = (rows[best] @ liked.T).toarray()
    for place, row in zip(best, alike, strict=True):
        nearest = np.argsort(-row, kind="stable")[:NEAREST]
        found[place] = [int(each) for each in nearest if row[each] >= KIN]
    return found
