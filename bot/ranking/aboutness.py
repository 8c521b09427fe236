"""
Aboutness: how far works are about each of several topics by itself, in the sense in which the topics together are meant.

What all topics together find (`bot.ranking.topics`) is one order, in which the works of a topic whose words are common or rare stand far apart
from those of another. Here each topic has an order of its own, so that each can have its share (`bot.coverage`). What its words count in a work is told by
`bot.ranking.word_weights`, in which sense they are meant by `bot.ranking.topic_senses`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.emphasis import TELLING
from bot.ranking.entries import Entries
from bot.ranking.meanings import KNOWN_WELL, Points
from bot.ranking.regression import standardised
from bot.ranking.topic_senses import HALF, agreeing_topics, borne_out_works, topic_senses
from bot.ranking.topic_sentences import SAYS_IT, Sentence
from bot.ranking.topics import FEEDBACK, best_of, nearness
from bot.ranking.word_weights import FEW, Ways, dwelling_together, shares, side_by_side, word_weights

WORDS: Final = 4.0
"""What a topic's words say of a work that dwells on them, beside nearness to its sense in standard deviations: words alone are no more than that."""

NAMED: Final = 4.0
"""What it adds that a topic's words stand together in a title, or three times: what is called by a topic comes before what is merely near it."""

ALL_OVER: Final = 3.0
"""The same of a topic of one word, for a work that says it all over: whose logarithm of likeness to it is two. One that has it in its title has half."""

ENOUGH: Final = 5.0
"""From so many standard deviations on more of that nearness adds nothing."""

PLAINLY: Final = 3.0
"""
From a score of so many standard deviations on a work that has telling words of a topic (`SAID`) is plainly about it: few works of a week are. One that
has none must stand so high by what else the topic's works say, and by their sense: what is near in one of them alone is of another field.
"""

SAID: Final = 0.2
"""From where on a topic's words tell anything of a work."""

TOGETHER: Final = 4
"""
A topic of several words is asked whether the other topics bear it out where fewer than one in so many of the works that are plainly about it have its words side
by side: of all others these say themselves what it means, and asking takes as long as a tenth of the rest.
"""

STANDS_OUT: Final = 1.5
"""The score from which on those are enough in a work that dwells on the telling ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Aboutness:
    """
    How far works are about each of several topics, by place with a column for each topic: the `scores` in standard deviations over them (0 for a topic that no
    work has); whether each is `plainly` about a topic, by standing out or by dwelling on all its words in the sense that is meant; and whether it is not, for it has its
    words, if any, in another sense (`otherwise`). `agreeing` are the columns of the topics whose works the other topics bear out, of those that hardly a work has side by side (`TOGETHER`);
    `unsensed` those of the topics of one word of which nothing says in which sense it is meant, so that works have it as it stands.
    """

    scores: Floats
    plainly: npt.NDArray[np.bool_]
    otherwise: npt.NDArray[np.bool_]
    agreeing: Sequence[int]
    unsensed: Sequence[int]


def aboutness(
    corpus: Corpus,
    topics: Sequence[Ways],
    own: Sequence[Indices],
    likeness: Floats,
    emphasised: Floats,
    whole: npt.NDArray[np.bool_],
    points: Points,
    here: sparse.csr_array,
    places: Indices,
    described: Floats | None = None,
    sentences: Mapping[int, Sentence] = MappingProxyType({}),
) -> Aboutness:
    """
    Say of the works at some places, `here` their rows, how far they are about each topic.

    `topics` are for each the ways in which its words stand together, as pairs of words, none for a single word, `own` the columns of all its terms. `likeness` is that of all works to each topic
    by its words, `emphasised` what these count in them (`bot.ranking.emphasis`), `whole` whether they have all of them, `points` their meanings without these words,
    `sentences` what is known of topics, by column, that are a sentence. Words that stand together, as a topic of several has them, say half themselves in which sense they are meant; others count as far as the
    work lies in that of the topics' best.
    """
    found = np.zeros((len(places), len(topics)))
    plainly, otherwise = np.zeros(found.shape, np.bool_), np.zeros(found.shape, np.bool_)
    by_words = [nearness(likeness[:, [column]], None) for column in range(len(topics))]
    emphasised = word_weights(corpus, topics, by_words, emphasised, points)
    direct = [
        sentences[column].direct if column in sentences else each * emphasised[:, column]
        for column, each in enumerate(by_words)
    ]
    borne_out = borne_out_works(corpus, topics, direct, emphasised, points, described)
    senses = topic_senses(corpus, topics, direct, emphasised, points, borne_out, described)
    best = {column: best_of(corpus, direct[column] * sense.meant) for column, sense in senses.items()}
    together = sum(map(len, best.values()))
    unsensed = []
    for column, sense in senses.items():
        meant, near, like_its_own = sense.meant, sense.near, sense.like_its_own
        mine, says = best[column], emphasised[places, column]
        sentence = sentences.get(column)
        if sentence is not None:
            score = sentence.score[places]
        else:
            score = WORDS * np.minimum(by_words[column][places], 1.0) * says * meant[places]
            score += NAMED * dwelling_together(corpus, topics[column], emphasised[:, column])[places]
        if not topics[column]:
            all_over = np.clip(by_words[column] - 1, 0, 1) * (emphasised[:, column] >= 1)
            score += ALL_OVER * (all_over * meant)[places]
        close = np.zeros(len(places), np.bool_)
        if len(mine) >= FEW:
            has_all, several = whole[places, column], len(topics[column]) > 0
            learnt = _learnt(corpus, mine, shares(meant[mine]), own[column], here, places, has_all & several)
            # What a topic's works say beside its words makes up for these, and does not outdo them.
            learnt = np.where(has_all, learnt, np.minimum(learnt, ENOUGH))
            score += math.sqrt(len(mine) / FEEDBACK) * (learnt + np.minimum(near[places], ENOUGH))
            # Nothing is close to works that have nothing in common, and what few of them have in common many have.
            close = (
                (learnt >= plainly_close(len(mine))) & (near[places] >= plainly_close(together)) & like_its_own.any()
            )
            if sentence is not None:
                # While few works are known, hardly any tell what words mean that nobody writes together.
                close &= (sentence.near[places] >= PLAINLY) & (len(points.points) >= KNOWN_WELL)
        score = standardised(score)
        told = sense.told
        elsewhere = told & ((meant < HALF) & ~like_its_own)[places]
        if sentence is not None:
            by_name = sentence.score[places] >= SAYS_IT
        else:
            # While few works are known, hardly any tell what else a topic is: the fewer do, the less is it told by them that a work in passing is meant.
            stands_high = PLAINLY if len(points.points) >= KNOWN_WELL else plainly_close(len(mine))
            sensed = told or bool(like_its_own.any())
            if not sensed and not topics[column]:
                unsensed.append(column)
            by_name = _by_name(says, score, stands_high, sensed=sensed, several=bool(topics[column]))
        if column in borne_out:
            elsewhere |= ~borne_out[column][places]
        found[:, column], plainly[:, column] = score, close | (by_name & ~elsewhere)
        otherwise[:, column] = elsewhere & ~plainly[:, column]
    weights = {column: shares(direct[column][mine] * senses[column].meant[mine]) for column, mine in best.items()}
    asked = [
        column
        for column in senses
        if topics[column] and TOGETHER * side_by_side(corpus, topics[column])[places].sum() < plainly[:, column].sum()
    ]
    return Aboutness(found, plainly, otherwise, agreeing_topics(asked, best, weights, points), unsensed)


def _by_name(says: Floats, score: Floats, stands_high: float, *, sensed: bool, several: bool) -> npt.NDArray[np.bool_]:
    """
    Say which works are plainly about a topic by what its words count in them and by their score, from `stands_high` on with few of these. Where nothing says in which
    sense the words are meant (not `sensed`), they are taken as they stand, `several` of them or one that few works have.
    """
    found = (says >= 1) & (score > 0)
    if sensed:
        return found | ((says >= HALF) & (score >= STANDS_OUT)) | ((says >= SAID) & (score >= stands_high))
    if several:
        return found | ((says >= SAID) & (score > 0))
    # What a dataset or a benchmark is called stands in passing in works of many fields, and in few of them.
    few = (says > 0).mean() <= max(TELLING, FEW / len(says))
    return found | (says >= SAID) if few else found


def plainly_close(number: int) -> float:
    """Give the standard deviations from which on a work is close to so many works, which it has no word of: the fewer, the more it takes."""
    return PLAINLY * math.pow(FEEDBACK / min(number, FEEDBACK), 0.25)


def _learnt(
    corpus: Corpus,
    best: Indices,
    shares: Floats,
    own: Indices,
    here: sparse.csr_array,
    places: Indices,
    whole: npt.NDArray[np.bool_],
) -> Floats:
    """
    Say how near the works at some places, `here` their rows, are to the middle of a topic's best works, in standard deviations over the usual work.

    Rocchio's feedback (1971), a tenth of what a regression costs; each of the best has its share of the middle. One of the best is compared with the
    others. The topic's own words count only in works that have the `whole` of several.
    """
    number, own_terms = len(corpus.works), Entries.of(corpus.columns, own)
    weights = Entries.of(corpus.rows, best).weighed(shares, len(corpus.usual)) - corpus.usual
    by_own = own_terms.weighed(weights[own], number)[places]
    weights[own] = 0
    # In single precision, as the rows are, or all of these would be written once more in double.
    weighed = weights.astype(np.float32)
    found, usual = (np.asarray(rows @ weighed, float) for rows in (here, corpus.background))
    if len(best) > 1:
        # Of the best each is a part of the middle: taken out of it, lengths being 1.
        parts = np.zeros(number)
        parts[best] = shares
        part, squares = parts[places], np.bincount(own_terms.across, own_terms.values**2, number)[places]
        by_own = (by_own - squares * part) / (1 - part)
        found = np.where(part, (found - (1 - squares) * part) / (1 - part), found)
    found += np.where(whole, by_own, 0.0)
    return np.asarray((found - usual.mean()) / (usual.std() or 1.0), float)
