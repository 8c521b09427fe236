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
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.emphasis import TELLING
from bot.ranking.meanings import KNOWN_WELL, Points
from bot.ranking.regression import only_terms, standardised
from bot.ranking.topic_sentences import SAYS_IT, Sentence
from bot.ranking.topics import FEEDBACK, STANDS, best_of, nearness

OWN: Final = 0.2
"""How much a topic's own works say of its sense; the rest is said by those of all topics."""

MEANT: Final = 1.6
SHARPLY: Final = 2.0
"""
Where, in standard deviations over the usual work, a topic's words count half because the work lies between the sense that is meant and another
one; and how sharply they lose it there. Stricter than where one order is made of all topics, for there the other topics make up for it.
"""

MANY: Final = 30
"""Works that have a word, from which on they tell its senses apart: the space has twice as many dimensions."""

SURELY: Final = 2.0
LEAST: Final = 1 / 8
"""
How near works must be to the sense that is meant, beside the usual work, to say how many of those that have a word have it in that sense; and which part
of them does at least.
"""

WORDS: Final = 4.0
"""What a topic's words say of a work that dwells on them, beside nearness to its sense in standard deviations: words alone are no more than that."""

NAMED: Final = 4.0
"""What it adds that a topic's words stand together in a title, or three times: what is called by a topic comes before what is merely near it."""

ALL_OVER: Final = 3.0
"""The same of a topic of one word, for a work that says it all over: whose logarithm of likeness to it is two. One that has it in its title has half."""

ENOUGH: Final = 5.0
"""From so many standard deviations on more of that nearness adds nothing."""

MEANT_TOGETHER: Final = 0.5
MEANT_TOGETHER_OF_A_FIELD: Final = -0.5
"""
The same as `MEANT` for words that a work stresses together. Several words say by themselves in which sense they are meant ('agent safety'), though not
always ('cold start'): the more surely where the topic's best works are of one field.
"""

ALONE: Final = 0.15
"""
What a topic's words count that stand apart, if the works that have them have nothing in common: 'mechanism' and 'design' are in most abstracts.
"""

PLAINLY: Final = 3.0
"""
From a score of so many standard deviations on a work that has telling words of a topic (`SAID`) is plainly about it: few works of a week are. One that
has none must stand so high by what else the topic's works say, and by their sense: what is near in one of them alone is of another field.
"""

SAID: Final = 0.2
"""From where on a topic's words tell anything of a work."""

STANDS_OUT: Final = 1.5
"""The score from which on those are enough in a work that dwells on the telling ones."""

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

APART: Final = 0.5
"""
Below which part of their nearness to each other a topic's works are near to those of all topics, the topic is of another field: 'music generation'
beside 'bandits' has 0.1, 'legal NLP' beside 'copyright' 0.36, 'alignment' beside 'agent safety' 0.55. Its sense is its own.
"""

OF_ONE_SENSE: Final = 1.8
"""
How near the works of a word must be to each other, in standard deviations over the works without it, to have it in one sense while few works are known:
those that dwell on 'memory', 'retrieval' or 'agents' are by 2 to 4, those on 'alignment', 'bias' or 'robustness' by less.
"""

BORNE_OUT: Final = 1.5
IN_PASSING: Final = 0.5
"""
How near a work that has such a word must be to what the other topics' works have in common, in standard deviations over the usual work, to be borne out to
have it in the sense that is meant; and what that it has the one word of another topic in passing adds.
"""

TOLD_BY_WORDS: Final = 0.1
"""What telling words of another topic of several must count in a work to bear it out; of a topic of one word it must dwell on this: 'interpretable' is said of much."""

DESCRIBED: Final = 0.1
"""The likeness to the channel's description that bears a work out."""

BY_CHANCE: Final = 3.0
"""
How many times as many works must have words of two topics as would by chance, for the one to say in which sense the other is meant: 'student' and
'education' stand together in many, 'music' and 'bandits' in none.
"""

ROUNDS: Final = 3
"""How often the works that say in which sense the topics are meant are chosen again; hardly one changes after the third time."""


def aboutness(
    corpus: Corpus,
    topics: Sequence[Sequence[npt.NDArray[np.uint32]]],
    own: Sequence[Indices],
    likeness: Floats,
    emphasised: Floats,
    whole: npt.NDArray[np.bool_],
    points: Points,
    here: sparse.csr_array,
    places: Indices,
    described: Floats | None = None,
    sentences: Mapping[int, Sentence] = MappingProxyType({}),
) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """
    Say of the works at some places, `here` their rows, how far they are about each topic, a column each, in standard deviations over them; 0 for a
    topic that no work has. And say which of them are plainly about it: by standing out, or by dwelling on all its words in the sense that is meant;
    and which are not for they have its words, if any, in another sense.

    `topics` are for each the ways in which its words stand together, as pairs of words, none for a single word, `own` the columns of all its terms. `likeness` is that of all works to each topic
    by its words, `emphasised` what these count in them (`bot.ranking.emphasis`), `whole` whether they have all of them, `points` their meanings without these words,
    `sentences` what is known of topics, by column, that are a sentence. Words that stand together, as a topic of several has them, say half themselves in which sense they are meant; others count as far as the
    work lies in that of the topics' best.
    """
    found = np.zeros((len(places), len(topics)))
    plainly, otherwise = np.zeros(found.shape, np.bool_), np.zeros(found.shape, np.bool_)
    by_words = [nearness(likeness[:, [column]], None) for column in range(len(topics))]
    emphasised = _standing_together(corpus, topics, by_words, emphasised, points)
    emphasised = _in_the_sense_of_those_together(corpus, topics, by_words, emphasised, points)
    emphasised = _in_the_sense_of_others(corpus, topics, by_words, emphasised, points)
    direct = [
        sentences[column].direct if column in sentences else each * emphasised[:, column]
        for column, each in enumerate(by_words)
    ]
    borne_out = _borne_out(corpus, topics, direct, emphasised, points, described)
    senses = _senses(corpus, topics, direct, emphasised, points, borne_out)
    best = {column: best_of(corpus, direct[column] * meant) for column, (meant, *_) in senses.items()}
    together = sum(map(len, best.values()))
    for column, (meant, near, like_its_own) in senses.items():
        mine, says = best[column], emphasised[places, column]
        sentence = sentences.get(column)
        if sentence is not None:
            score = sentence.score[places]
        else:
            score = WORDS * np.minimum(by_words[column][places], 1.0) * says * meant[places]
            score += NAMED * _together(corpus, topics[column], emphasised[:, column])[places]
        if not topics[column]:
            all_over = np.clip(by_words[column] - 1, 0, 1) * (emphasised[:, column] >= 1)
            score += ALL_OVER * (all_over * meant)[places]
        close = np.zeros(len(places), np.bool_)
        if len(mine) >= FEW:
            has_all, several = whole[places, column], len(topics[column]) > 0
            learnt = _learnt(corpus, mine, _shares(meant[mine]), own[column], here, places, has_all & several)
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
        told = _told(direct[column], near)
        elsewhere = told & ((meant < HALF) & ~like_its_own)[places]
        if sentence is not None:
            by_name = sentence.score[places] >= SAYS_IT
        else:
            # While few works are known, hardly any tell what else a topic is: the fewer do, the less is it told by them that a work in passing is meant.
            stands_high = PLAINLY if len(points.points) >= KNOWN_WELL else plainly_close(len(mine))
            sensed = told or bool(like_its_own.any())
            by_name = _by_name(says, score, stands_high, sensed=sensed, several=bool(topics[column]))
        if column in borne_out:
            elsewhere |= ~borne_out[column][places]
        found[:, column], plainly[:, column] = score, close | (by_name & ~elsewhere)
        otherwise[:, column] = elsewhere & ~plainly[:, column]
    return found, plainly, otherwise


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


def _together(corpus: Corpus, ways: Sequence[npt.NDArray[np.uint32]], emphasised: Floats) -> npt.NDArray[np.bool_]:
    """Say which works dwell on all words of a topic of several, and on these together."""
    dwell = [corpus.dwelling(pairs) for pairs in ways]
    return (emphasised >= 1) & (np.any(dwell, axis=0) if dwell else np.zeros(len(emphasised), np.bool_))


def _standing_together(
    corpus: Corpus,
    topics: Sequence[Sequence[npt.NDArray[np.uint32]]],
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
            together = np.any([corpus.having(pairs) >= 1 for pairs in ways], axis=0)
            wholly = np.flatnonzero(emphasised[:, column] >= 1)
            if len(wholly) > 1 and points.coherence(wholly, np.ones(len(wholly))) >= ALIKE:
                together[wholly] = True
            found[:, column] *= np.where(together, 1.0, ALONE)
    return found


def _have_in_common(points: Points, best: Indices, weights: Floats) -> bool:
    """Tell whether a topic's best works have anything in common."""
    return len(best) >= FEW and points.coherence(best, _shares(weights)) >= ALIKE


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
    mine = corpus.rows[best]
    middle = np.asarray(shares @ mine, float)
    weights = middle - corpus.usual
    by_own = np.asarray(corpus.columns[:, own] @ weights[own], float)[places]
    weights[own] = 0
    # In single precision, as the rows are, or all of these would be written once more in double.
    weighed = weights.astype(np.float32)
    found, usual = (np.asarray(rows @ weighed, float) for rows in (here, corpus.background))
    if len(best) > 1:
        # Of the best each is a part of the middle: taken out of it, lengths being 1.
        part, of_own = np.zeros(corpus.rows.shape[0]), np.zeros(corpus.rows.shape[0])
        part[best], of_own[best] = shares, only_terms(mine, own).power(2).sum(axis=1)
        part, squares = part[places], of_own[places]
        by_own = (by_own - squares * part) / (1 - part)
        found = np.where(part, (found - (1 - squares) * part) / (1 - part), found)
    found += np.where(whole, by_own, 0.0)
    return np.asarray((found - usual.mean()) / (usual.std() or 1.0), float)


def _senses(
    corpus: Corpus,
    topics: Sequence[Sequence[npt.NDArray[np.uint32]]],
    direct: Sequence[Floats],
    emphasised: Floats,
    points: Points,
    borne_out: Mapping[int, npt.NDArray[np.bool_]],
) -> dict[int, tuple[Floats, Floats, npt.NDArray[np.bool_]]]:
    """
    Say for each topic that any work has which part its words count in each work, how near the work is to the sense that is meant, and whether it is like
    the topic's own works, which may be of another field than those of the other topics.
    """
    together = [_together(corpus, topic, emphasised[:, column]) for column, topic in enumerate(topics)]
    first = {column: best_of(corpus, each) for column, each in enumerate(direct)}
    first = {column: best for column, best in first.items() if len(best)}
    own, apart = _own_fields(
        direct, {column: best for column, best in first.items() if column not in borne_out}, points
    )
    teaching = [column for column in own if column not in apart] or [*own] or [*first]
    found = {
        column: (
            np.ones(len(each)),
            np.zeros(len(each)),
            own[column] > 0 if column in own else np.zeros(len(each), np.bool_),
        )
        for column, each in enumerate(direct)
        if column in first
    }
    for _ in range(ROUNDS):
        best = {column: best_of(corpus, direct[column] * meant) for column, (meant, *_) in found.items()}
        weights = {column: _shares(direct[column][mine] * found[column][0][mine]) for column, mine in best.items()}
        all_of_them = _together_with(len(points.points), {column: best[column] for column in teaching}, weights)
        if all_of_them is None:
            break
        of_all = points.nearness(*all_of_them)
        for column, mine in best.items():
            share = 1.0 if column in apart else OWN if len(mine) >= FEW else 0.0
            near = (1 - share) * of_all + (share * points.nearness(mine, weights[column]) if share else 0.0)
            having = np.flatnonzero(emphasised[:, column])
            if not topics[column] and share < 1 and len(teaching) > 1 and len(having) >= MANY:
                among = (1 - share) * points.nearness_among(having, *all_of_them)
                among += share * points.nearness_among(having, mine, weights[column]) if share else 0.0
                # As many are in that sense as lie in it beside the usual work; which of them is told by what tells the senses of the word apart.
                meant_so = max(LEAST, (near[having] >= SURELY).mean())
                over = among - np.quantile(among[having], 1 - meant_so)
            else:
                surely = MEANT_TOGETHER_OF_A_FIELD if column in own else MEANT_TOGETHER
                over = near - np.where(together[column], surely, MEANT)
            counts = _half(over)
            if column in borne_out:
                counts = np.where(borne_out[column], np.maximum(counts, HALF), np.minimum(counts, HALF))
            found[column] = (counts, near, found[column][2])
    for column, (meant, near, like_its_own) in found.items():
        if column not in own and column not in borne_out and not _told(direct[column], near):
            # Neither its own works nor those of the others say in which sense it is meant.
            found[column] = (np.ones_like(meant), near, like_its_own)
    return found


def _borne_out(
    corpus: Corpus,
    topics: Sequence[Sequence[npt.NDArray[np.uint32]]],
    direct: Sequence[Floats],
    emphasised: Floats,
    points: Points,
    described: Floats | None,
) -> dict[int, npt.NDArray[np.bool_]]:
    """
    Give for each topic of one word that has several senses, while few works are known, which works are borne out to have it in the sense that is meant: by
    the words of the other topics, by what stands beside these, or by the channel's description.

    Left out is a topic of whose best works none has words of the others: these are of other fields, as 'recommendation' is beside 'speech', and say nothing
    of its sense.
    """
    if len(points.points) >= KNOWN_WELL or (len(topics) == 1 and described is None):
        return {}
    best = {column: mine for column, each in enumerate(direct) if len(mine := best_of(corpus, each))}
    several = {
        column
        for column, mine in best.items()
        if not topics[column]
        and len(mine) >= FEW
        and _has_several_senses(mine, emphasised[:, column], direct[column], points)
    }
    found = {}
    for column in several:
        teaching = [each for each in best if each != column and each not in several]
        enough = [TOLD_BY_WORDS if topics[each] else 1.0 for each in teaching]
        told: npt.NDArray[np.bool_] = np.any(emphasised[:, teaching] >= enough, axis=1)
        if told[best[column]].any():
            weights = {each: _shares(direct[each][best[each]]) for each in teaching}
            others = _together_with(len(points.points), {each: best[each] for each in teaching}, weights)
            if others is not None:
                passing = np.any(emphasised[:, teaching] >= TOLD_BY_WORDS, axis=1)
                told |= points.nearness(*others) + IN_PASSING * passing >= BORNE_OUT
        else:
            told[:] = False  # The other topics are of other fields.
        if described is not None:
            told |= described >= DESCRIBED
        if told[best[column]].any():
            found[column] = told
    return found


def _in_the_sense_of_others(
    corpus: Corpus,
    topics: Sequence[Sequence[npt.NDArray[np.uint32]]],
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
        evenly, shares = np.ones(len(both)), _shares(direct[best])
        near = points.nearness(both, evenly)
        if points.coherence(both, evenly) >= ALIKE and _are_apart(near, best, shares, points):
            found[:, column] *= theirs | (near >= BORNE_OUT)
    return found


def _are_apart(near: Floats, best: Indices, shares: Floats, points: Points) -> bool:
    """Tell whether a topic's best works are of another field than some others: not half as near to these, which `near` says of all works, as to each other."""
    return bool(shares @ near[best] < APART * points.coherence(best, shares))


def _in_the_sense_of_those_together(
    corpus: Corpus,
    topics: Sequence[Sequence[npt.NDArray[np.uint32]]],
    by_words: Sequence[Floats],
    emphasised: Floats,
    points: Points,
) -> Floats:
    """
    Give what the topics' words count in each work, nothing where the few works that have all words of a topic side by side are of another field.

    Most works that have 'policy' of 'AI policy' learn one by reinforcement; the two that write it so are on regulation, and say what is meant. One work alone
    may be on anything, and works that have nothing in common say nothing.
    """
    found = emphasised.copy()
    for column, ways in enumerate(topics):
        together = np.any([corpus.having(pairs) >= 1 for pairs in ways], axis=0) if ways else np.zeros(0, np.bool_)
        works = np.flatnonzero(together)
        direct = by_words[column] * emphasised[:, column]
        best = best_of(corpus, direct) if 1 < len(works) < FEW else works
        if not 1 < len(works) < FEW or len(best) < FEW:
            continue
        near, shares = points.nearness(works, np.ones(len(works))), _shares(direct[best])
        if near[works].min() >= ALIKE and _are_apart(near, best, shares, points):
            found[:, column] *= together | (near >= BORNE_OUT)
    return found


def _has_several_senses(best: Indices, emphasised: Floats, direct: Floats, points: Points) -> bool:
    """Tell whether the works that fit a word best, nor those of them that dwell on it, are of one sense."""
    without = np.flatnonzero(emphasised == 0)
    ways = [best, best[emphasised[best] >= 1]]
    return len(without) > 0 and all(
        points.coherence_beside(without, works, _shares(direct[works])) < OF_ONE_SENSE
        for works in ways
        if len(works) > 1
    )


def _told(direct: Floats, near: Floats) -> bool:
    """Tell whether any work that plainly has a topic's words lies plainly in the sense that is meant: in which sense these are meant is told then."""
    return bool((near[direct >= STANDS] >= PLAINLY).any())


def _half(over: Floats) -> Floats:
    """Say what words count in works that lie so far over the place where they count half."""
    return np.asarray(1 / (1 + np.exp(-SHARPLY * over)), float)


def _own_fields(
    direct: Sequence[Floats], best: Mapping[int, Indices], points: Points
) -> tuple[dict[int, Floats], set[int]]:
    """
    Give for each topic whose best works have something in common how near all works are to these, and say which of the topics are of a field apart, of
    which the others' works say nothing: to all of them together, its own works are not half as near as to each other.
    """
    weights = {column: _shares(direct[column][mine]) for column, mine in best.items()}
    near = {column: points.nearness(mine, weights[column]) for column, mine in best.items()}
    own = {
        column: near[column] for column, mine in best.items() if len(mine) >= FEW and near[column][mine].mean() >= ALIKE
    }
    all_of_them = _together_with(len(points.points), {column: best[column] for column in own}, weights)
    if all_of_them is None:
        return own, set()
    of_all = points.nearness(*all_of_them)
    return own, {
        column
        for column in own
        if weights[column] @ of_all[best[column]] < APART * (weights[column] @ own[column][best[column]])
    }


def _together_with(
    number: int, best: Mapping[int, Indices], weights: Mapping[int, Floats]
) -> tuple[Indices, Floats] | None:
    """Give the best works of several topics, of so many works, and what they count, each topic having the same say; None where these are too few."""
    together = np.zeros(number)
    for column, mine in best.items():
        together[mine] += weights[column]
    works = np.flatnonzero(together)
    return (works, together[works]) if len(works) >= FEW else None


def _shares(weights: Floats) -> Floats:
    return np.asarray(weights / weights.sum(), float)
