"""
Aboutness: how far works are about each of several topics by itself, in the sense in which the topics together are meant.

What all topics together find (`bot.ranking.topics`) is one order, in which the works of a topic whose words are common or rare stand far apart
from those of another. Here each topic has an order of its own, so that each can have its share (`bot.coverage`). Which sense a word has is
told by the meanings (`bot.ranking.meanings`) of the works that fit the topics best: those of all topics, each with the same say, and of the topic itself.
Which works these are is chosen again with what was found, as in the k-means of a query's senses (Navigli and Crisafulli, 'Inducing Word Senses to
Improve Web Search Result Clustering', EMNLP 2010, does it by graphs).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.meanings import Points
from bot.ranking.regression import standardised
from bot.ranking.topics import FEEDBACK, STANDS, best_of, nearness

OWN: Final = 0.2
"""How much a topic's own works say of its sense; the rest is said by those of all topics."""

MEANT: Final = 1.6
SHARPLY: Final = 2.0
"""
Where, in standard deviations over the usual work, a topic's words count half because the work lies between the sense that is meant and another
one; and how sharply they lose it there. Stricter than where one order is made of all topics, for there the other topics make up for it.
"""

WORDS: Final = 4.0
"""What a topic's words say of a work that dwells on them, beside nearness to its sense in standard deviations: words alone are no more than that."""

NAMED: Final = 4.0
"""What it adds that a topic's words stand together in a title, or three times: what is called by a topic comes before what is merely near it."""

ENOUGH: Final = 5.0
"""From so many standard deviations on more of that nearness adds nothing."""

MENTIONED: Final = 0.4
"""What a topic's words count in a work that has them in passing and dwells on none of them."""

PARTLY: Final = 0.1
"""What they count in a work that has only some of them: 'forecasting' of volatility is no 'weather forecasting'."""

MEANT_TOGETHER: Final = 0.5
"""
The same as `MEANT` for words that a work stresses together. Several words say by themselves in which sense they are meant ('agent safety'), though not
always ('cold start').
"""

PLAINLY: Final = 3.0
"""From a score of so many standard deviations on a work is plainly about a topic: few works of a week are."""

HALF: Final = 0.5
"""
A work that dwells on all words of a topic is plainly about it if they count this much in its sense: of a broad topic hardly any work has a score that
stands out. One in which they count less is about another thing, if the other topics tell in which sense it is meant.
"""

FEW: Final = 5
"""Works below which nothing is learnt of a sense, or of what else a topic is: two of them have in common what they have."""

ALIKE: Final = 0.9
"""
How near a topic's best works are to each other, in standard deviations over the usual work, from where on they say anything of a sense: those of 'cold
start' are on recommendation, proteins and languages.
"""

ROUNDS: Final = 3
"""How often the works that say in which sense the topics are meant are chosen again; hardly one changes after the third time."""


def aboutness(
    corpus: Corpus,
    topics: Sequence[npt.NDArray[np.uint32]],
    own: Sequence[Indices],
    likeness: Floats,
    dwelling: Floats,
    whole: npt.NDArray[np.bool_],
    points: Points,
    here: sparse.csr_array,
    places: Indices,
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """
    Say of the works at some places, `here` their rows, how far they are about each topic, a column each, in standard deviations over them; 0 for a
    topic that no work has. And say which of them are plainly about it: by standing out, or by dwelling on all its words in the sense that is meant.

    `topics` are the pairs of words of each, none for a single word, `own` the columns of all its terms. `likeness` is that of all works to each topic
    by its words, `dwelling` the part of its words that they dwell on, `whole` whether they have all of them, `points` their meanings without these
    words. Words that stand together, as a topic of several has them, say half themselves in which sense they are meant; others count as far as the
    work lies in that of the topics' best.
    """
    found, plainly = np.zeros((len(places), len(topics))), np.zeros((len(places), len(topics)), np.bool_)
    had = np.where(whole, MENTIONED + (1 - MENTIONED) * dwelling, PARTLY)
    by_words = [nearness(likeness[:, [column]], None) for column in range(len(topics))]
    direct = [each * had[:, column] for column, each in enumerate(by_words)]
    senses = _senses(corpus, topics, direct, points)
    for column, (meant, near, like_its_own) in senses.items():
        best = best_of(corpus, direct[column] * meant)
        score = WORDS * (np.minimum(by_words[column], 1.0) * had[:, column] * meant)[places]
        if len(topics[column]):
            score = score + NAMED * corpus.dwelling(topics[column])[places]
        if len(best) >= FEW:
            worth = math.sqrt(len(best) / FEEDBACK)
            learnt = _learnt(corpus, best, own[column], here, places, whole[places, column] & (len(topics[column]) > 0))
            score = score + worth * (learnt + np.minimum(near[places], ENOUGH))
        score = standardised(score)
        told = (near[direct[column] >= STANDS] >= PLAINLY).any()
        elsewhere = told & ((meant < HALF) & ~like_its_own)[places]
        dwells = (dwelling[places, column] >= 1) & ~elsewhere & (score > 0)
        found[:, column], plainly[:, column] = score, ((score >= PLAINLY) & ~elsewhere) | dwells
    return found, plainly


def _learnt(
    corpus: Corpus, best: Indices, own: Indices, here: sparse.csr_array, places: Indices, whole: npt.NDArray[np.bool_]
) -> Floats:
    """
    Say how near the works at some places, `here` their rows, are to the middle of a topic's best works, in standard deviations over the usual work.

    Rocchio's feedback (1971), a tenth of what a regression costs. One of the best is compared with the others. The topic's own words count only in works
    that have the `whole` of several.
    """
    middle = np.asarray(corpus.rows[best].mean(axis=0), float).ravel()
    weights = middle - corpus.usual
    by_own = np.asarray(corpus.columns[:, own] @ weights[own], float)[places]
    weights[own] = 0
    found = np.asarray(here @ weights, float)
    usual = np.asarray(corpus.background @ weights, float)
    if len(best) > 1:
        # Of the best each is a part of the middle: taken out of it, lengths being 1.
        among = np.flatnonzero(np.isin(places, best))
        mine = here[among][:, own]
        squares = np.asarray(mine.multiply(mine).sum(axis=1)).ravel()
        by_own[among] = (by_own[among] - squares / len(best)) * len(best) / (len(best) - 1)
        found[among] = (found[among] - (1 - squares) / len(best)) * len(best) / (len(best) - 1)
    found += np.where(whole, by_own, 0.0)
    return np.asarray((found - usual.mean()) / (usual.std() or 1.0), float)


def _senses(
    corpus: Corpus, topics: Sequence[npt.NDArray[np.uint32]], direct: Sequence[Floats], points: Points
) -> dict[int, tuple[Floats, Floats, npt.NDArray[np.bool_]]]:
    """
    Say for each topic that any work has which part its words count in each work, how near the work is to the sense that is meant, and whether it is like
    the topic's own works, which may be of another field than those of the other topics.
    """
    together = [corpus.dwelling(topic) if len(topic) else None for topic in topics]
    touched = {column: best_of(corpus, each) for column, each in enumerate(direct)}
    like_its_own = {
        column: _like_its_own(direct[column], best, points) for column, best in touched.items() if len(best)
    }
    found = {
        column: (np.ones(len(direct[column])), np.zeros(len(direct[column])), like)
        for column, like in like_its_own.items()
    }
    for _ in range(ROUNDS):
        best = {column: best_of(corpus, direct[column] * meant) for column, (meant, *_) in found.items()}
        weights = {column: _shares(direct[column][mine] * found[column][0][mine]) for column, mine in best.items()}
        together_weigh = np.zeros(corpus.rows.shape[0])
        for column in [each for each, like in like_its_own.items() if like.any()] or best:
            together_weigh[best[column]] += weights[column]
        all_best = np.flatnonzero(together_weigh)
        of_all = points.nearness(all_best, together_weigh[all_best])
        if len(all_best) < FEW:
            break
        for column, mine in best.items():
            near = OWN * points.nearness(mine, weights[column]) + (1 - OWN) * of_all if len(mine) >= FEW else of_all
            says_itself = together[column]
            half = MEANT if says_itself is None else np.where(says_itself, MEANT_TOGETHER, MEANT)
            part = 1 / (1 + np.exp(SHARPLY * (half - near)))
            found[column] = (part, near, like_its_own[column])
    return found


def _like_its_own(direct: Floats, best: Indices, points: Points) -> npt.NDArray[np.bool_]:
    """Say which works are nearer to a topic's own best ones than the usual work is, whatever the other topics mean; none where these are no field."""
    near = points.nearness(best, _shares(direct[best]))
    field = len(best) >= FEW and near[best].mean() >= ALIKE
    return np.asarray((near > 0) & field, np.bool_)


def _shares(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum(), float)
