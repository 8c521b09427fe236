"""
Word weights: what a topic's words count in each work, by whether they stand together there and are of the field that those who write them together are of.

`bot.ranking.emphasis` says what words count by how a work has them. That is lowered here where the words of a topic of several stand apart, or are another
field's. In which sense a single word is meant is told by `bot.ranking.topic_senses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.meanings import Points
from bot.ranking.topics import best_of

Ways = Sequence[npt.NDArray[np.uint32]]
"""The ways in which a topic's words stand together, as pairs of words; none for a single word."""

FEW: Final = 5
"""Works below which nothing is learnt of a sense, or of what else a topic is: two of them have in common what they have."""

ALIKE: Final = 0.9
"""
How near a topic's best works are to each other, in standard deviations over the usual work, from where on they say anything of a sense: those of 'cold
start' are on recommendation, proteins and languages.
"""

APART: Final = 0.5
"""
Below which part of their nearness to each other a topic's works are near to those of all topics, the topic is of another field: 'music generation'
beside 'bandits' has 0.1, 'legal NLP' beside 'copyright' 0.36, 'alignment' beside 'agent safety' 0.55. Its sense is its own.
"""

ALONE: Final = 0.15
"""
What a topic's words count that stand apart, if the works that have them have nothing in common: 'mechanism' and 'design' are in most abstracts.
"""

TOLD_BY_WORDS: Final = 0.1
"""What telling words of another topic of several must count in a work to bear it out; of a topic of one word it must dwell on this: 'interpretable' is said of much."""

BY_CHANCE: Final = 3.0
"""
How many times as many works must have words of two topics as would by chance, for the one to say in which sense the other is meant: 'student' and
'education' stand together in many, 'music' and 'bandits' in none.
"""

BORNE_OUT: Final = 1.5
"""
How near a work must be to what other works have in common, in standard deviations over the usual work, to be borne out to have a word in their sense.
"""


def word_weights(
    corpus: Corpus, topics: Sequence[Ways], by_words: Sequence[Floats], emphasised: Floats, points: Points
) -> Floats:
    """
    Give what the topics' words count in each work, a column for each topic, at most what `emphasised` says.

    `by_words` is how well the works fit each topic by its words, `points` are their meanings without these words.
    """
    weights = _standing_together(corpus, topics, by_words, emphasised, points)
    weights = _in_the_sense_of_those_together(corpus, topics, by_words, weights, points)
    return _in_the_sense_of_others(corpus, topics, by_words, weights, points)


def _standing_together(
    corpus: Corpus,
    topics: Sequence[Ways],
    by_words: Sequence[Floats],
    emphasised: Floats,
    points: Points,
) -> Floats:
    """
    Give what the topics' words count in each work, less where those of a topic stand apart and the works that fit it best have nothing in common.

    Words that many works have for reasons of their own say nothing of a topic, unless they stand together, or what dwells on all of them has something in common.
    """
    found = emphasised.copy()
    for column, ways in enumerate(topics):
        if not len(ways):
            continue
        direct = by_words[column] * emphasised[:, column]
        best = best_of(corpus, direct)
        if len(best) and not _have_in_common(points, best, direct[best]):
            together = side_by_side(corpus, ways)
            wholly = np.flatnonzero(emphasised[:, column] >= 1)
            if len(wholly) > 1 and points.coherence(wholly, np.ones(len(wholly))) >= ALIKE:
                together[wholly] = True
            found[:, column] *= np.where(together, 1.0, ALONE)
    return found


def _have_in_common(points: Points, best: Indices, weights: Floats) -> bool:
    """Tell whether a topic's best works have anything in common."""
    return len(best) >= FEW and points.coherence(best, shares(weights)) >= ALIKE


def _in_the_sense_of_others(
    corpus: Corpus,
    topics: Sequence[Ways],
    by_words: Sequence[Floats],
    emphasised: Floats,
    points: Points,
) -> Floats:
    """
    Give what the topics' words count in each work, nothing where the words of a topic that hardly a work has together are of another field than the other
    topics say.

    Such a topic is found by the word that tells most, and that may be another field's: most works that have 'student' of 'student modelling' are on
    distillation, but beside 'AI for education' those on schools are meant. Works that have words of both topics say so, where there are more of them than by
    chance and those that fit the topic best are not half as near to them as they are to each other. What many write together is a term, whose works
    say themselves what it means.
    """
    found = emphasised.copy()
    for column, ways in enumerate(topics):
        if not ways or len(topics) == 1 or max(int((corpus.having(pairs) >= 1).sum()) for pairs in ways) >= FEW:
            continue
        others = [each for each in range(len(topics)) if each != column]
        has = emphasised[:, column] >= TOLD_BY_WORDS
        theirs: npt.NDArray[np.bool_] = np.any(
            emphasised[:, others] >= [TOLD_BY_WORDS if topics[each] else 1.0 for each in others], axis=1
        )
        both = np.flatnonzero(has & theirs)
        direct = by_words[column] * emphasised[:, column]
        best = best_of(corpus, direct)
        if min(len(both), len(best)) < FEW or len(both) < BY_CHANCE * has.sum() * theirs.mean():
            continue
        evenly = np.ones(len(both))
        near = points.nearness(both, evenly)
        if points.coherence(both, evenly) >= ALIKE and are_apart(near, best, shares(direct[best]), points):
            found[:, column] *= theirs | (near >= BORNE_OUT)
    return found


def _in_the_sense_of_those_together(
    corpus: Corpus,
    topics: Sequence[Ways],
    by_words: Sequence[Floats],
    emphasised: Floats,
    points: Points,
) -> Floats:
    """
    Give what the topics' words count in each work, nothing where the works that have all words of a topic side by side are of another field.

    Most works that have 'policy' of 'AI policy' learn one by reinforcement; the two that write it so are on regulation, and say what is meant. So do the seven
    on 'Gaussian processes' beside dozens on Gaussian splatting. One work alone may be on anything, and works that have nothing in common say nothing: of a few
    each has to be near to the others.
    """
    found = emphasised.copy()
    for column, ways in enumerate(topics):
        if not ways:
            continue
        telling = emphasised[:, column] >= TOLD_BY_WORDS
        together = side_by_side(corpus, ways) & telling
        works, direct = np.flatnonzero(together), by_words[column] * emphasised[:, column]
        best = best_of(corpus, direct) if len(works) > 1 else works
        if len(works) <= 1 or len(best) < FEW:
            continue
        near = points.nearness(works, np.ones(len(works)))
        alike = near[works].min() if len(works) < FEW else near[works].mean()
        if alike >= ALIKE and are_apart(near, best, shares(direct[best]), points):
            found[:, column] *= together | (near >= BORNE_OUT)
    return found


def are_apart(near: Floats, best: Indices, weights: Floats, points: Points) -> bool:
    """Tell whether a topic's best works are of another field than some others: not half as near to these, which `near` says of all works, as to each other."""
    return bool(weights @ near[best] < APART * points.coherence(best, weights))


def side_by_side(corpus: Corpus, ways: Ways) -> npt.NDArray[np.bool_]:
    """Say which works have the words of a topic of several side by side, in any of these ways."""
    return np.asarray(np.any([corpus.having(pairs) >= 1 for pairs in ways], axis=0))


def dwelling_together(corpus: Corpus, ways: Ways, emphasised: Floats) -> npt.NDArray[np.bool_]:
    """Say which works dwell on all words of a topic of several, and on these together."""
    dwell = [corpus.dwelling(pairs) for pairs in ways]
    return (emphasised >= 1) & (np.any(dwell, axis=0) if dwell else np.zeros(len(emphasised), np.bool_))


def shares(weights: Floats) -> Floats:
    """Give weights as parts of their sum."""
    return np.asarray(weights / weights.sum(), float)
