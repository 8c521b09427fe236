"""
Topic senses: in which sense the words of topics are meant, and which part they count in each work by that.

Which sense a word has is told by the meanings (`bot.ranking.meanings`) of the works that fit the topics best: those of all topics, each with the same say
as the channel's description, and of the topic itself. Where the others agree, they alone say in which sense a topic of another field is meant, if it has works
in theirs. Which works these are is chosen again with what was found, as in the k-means of a query's senses (Navigli and Crisafulli, 'Inducing
Word Senses to Improve Web Search Result Clustering', EMNLP 2010, does it by graphs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.meanings import KNOWN_WELL, Points
from bot.ranking.topics import STANDS, best_of, nearness
from bot.ranking.word_weights import (
    ALIKE,
    APART,
    BORNE_OUT,
    FEW,
    TOLD_BY_WORDS,
    Ways,
    are_apart,
    dwelling_together,
    shares,
)

OWN: Final = 0.2
"""How much a topic's own works say of its sense; the rest is said by those of all topics."""

AGREED: Final = 1 / 3
"""
How near the works of topics must be to those of each other, as a part of how near they are to their own, for these topics to be of one field: 'medical imaging'
and 'foundation models' have 0.4, 'RLHF' and 'reward models' 0.6, 'interpretability' and 'agent safety' 0.1, 'speech' and 'recommendation' nothing.
"""

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

MEANT_TOGETHER: Final = 0.5
MEANT_TOGETHER_OF_A_FIELD: Final = -0.5
"""
The same as `MEANT` for words that a work stresses together. Several words say by themselves in which sense they are meant ('agent safety'), though not
always ('cold start'): the more surely where the topic's best works are of one field.
"""

OF_ONE_SENSE: Final = 1.8
"""
How near the works of a word must be to each other, in standard deviations over the works without it, to have it in one sense while few works are known:
those that dwell on 'memory', 'retrieval' or 'agents' are by 2 to 4, those on 'alignment', 'bias' or 'robustness' by less.
"""

IN_PASSING: Final = 0.5
"""What it adds to how near a work is to the sense that is meant, that the work has the one word of another topic in passing."""

DESCRIBED: Final = 0.1
"""The likeness to the channel's description that bears a work out."""

HALF: Final = 0.5
"""
A work that dwells on all words of a topic is plainly about it if they count this much in its sense: of a broad topic hardly any work has a score that
stands out. One in which they count less is about another thing, if the other topics tell in which sense it is meant.
"""

TOLD: Final = 3.0
"""How near a work that plainly has a topic's words must be to the sense that is meant for this to be told of the topic at all."""

FAR: Final = 0.15
"""
Below which part of their nearness to each other a word's best works are near to those of the topics that tell its sense, these are of another thing altogether,
and none of them is meant: 'circuits' beside 'SAEs' and 'mechanistic interpretability' has 0.05.
"""

ROUNDS: Final = 3
"""How often the works that say in which sense the topics are meant are chosen again; hardly one changes after the third time."""


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """
    The sense in which a topic is meant, by what it says of each work: which part the topic's words count there, how near the work is to the sense, in standard
    deviations over the usual work, and whether it is like the topic's own works, which may be of another field than those of the other topics. `told` says
    whether anything tells in which sense the topic is meant.
    """

    meant: Floats
    near: Floats
    like_its_own: npt.NDArray[np.bool_]
    told: bool = False


def topic_senses(
    corpus: Corpus,
    topics: Sequence[Ways],
    direct: Sequence[Floats],
    emphasised: Floats,
    points: Points,
    borne_out: Mapping[int, npt.NDArray[np.bool_]],
    described: Floats | None = None,
) -> dict[int, Sense]:
    """
    Give the sense of each topic that any work has, by column.

    `direct` is how well each work fits a topic by its words, `emphasised` what these count in it, `borne_out` what `borne_out_works` gave, `described` how like
    the channel's description each work is; None without one.
    """
    together = [dwelling_together(corpus, topic, emphasised[:, column]) for column, topic in enumerate(topics)]
    fits = dict(enumerate(direct))
    if described is not None:
        # It is one more topic in what it says of the sense of the others.
        fits[len(topics)] = nearness(described[:, None], None)
    first = {column: mine for column, each in fits.items() if len(mine := best_of(corpus, each))}
    own, apart = _own_fields(fits, {column: best for column, best in first.items() if column not in borne_out}, points)
    teaching = [column for column in own if column not in apart] or [*own] or [*first]
    by_others = _told_by_others(fits, own, first, teaching, emphasised, points)
    apart -= {*by_others}
    far = {
        column
        for column, others in by_others.items()
        if (emphasised[:, column] > 0).sum() < MANY and _is_far(column, others, own, first, fits)
    }
    found = {
        column: Sense(
            np.ones(len(each)),
            np.zeros(len(each)),
            own[column] > 0 if column in own and column not in far else np.zeros(len(each), np.bool_),
        )
        for column, each in enumerate(direct)
        if column in first
    }
    for _ in range(ROUNDS):
        best = first | {column: best_of(corpus, fits[column] * sense.meant) for column, sense in found.items()}
        weights = {
            column: shares(fits[column][mine] * (found[column].meant[mine] if column in found else 1.0))
            for column, mine in best.items()
        }
        of_all = _together_with(len(points.points), {column: best[column] for column in teaching}, weights)
        if of_all is None:
            break
        near_all = points.nearness(*of_all)
        for column, sense in found.items():
            mine, taught, near = best[column], of_all, near_all
            if column in by_others:
                others = {each: best[each] for each in by_others[column]}
                taught = _together_with(len(points.points), others, weights) or of_all
                near = points.nearness(*taught)
            share = 1.0 if column in apart else OWN if len(mine) >= FEW and column not in far else 0.0
            near = (1 - share) * near + (share * points.nearness(mine, weights[column]) if share else 0.0)
            having = np.flatnonzero(emphasised[:, column])
            if not topics[column] and share < 1 and len(teaching) > 1 and len(having) >= MANY:
                among = (1 - share) * points.nearness_among(having, *taught)
                among += share * points.nearness_among(having, mine, weights[column]) if share else 0.0
                # As many are in that sense as lie in it beside the usual work; which of them is told by what tells the senses of the word apart.
                meant_so = max(LEAST, (near[having] >= SURELY).mean())
                over = among - np.quantile(among[having], 1 - meant_so)
            else:
                of_a_field = column in own and column not in by_others
                surely = MEANT_TOGETHER_OF_A_FIELD if of_a_field else MEANT_TOGETHER
                over = near - np.where(together[column], surely, MEANT)
            counts = _half(over)
            if column in borne_out:
                counts = np.where(borne_out[column], np.maximum(counts, HALF), np.minimum(counts, HALF))
            found[column] = replace(sense, meant=counts, near=near)
    for column, sense in found.items():
        told = column in far or is_told(direct[column], sense.near)
        if column not in own and column not in borne_out and not told:
            # Neither its own works nor those of the others say in which sense it is meant.
            found[column] = replace(sense, meant=np.ones_like(sense.meant))
        else:
            found[column] = replace(sense, told=told)
    return found


def borne_out_works(
    corpus: Corpus,
    topics: Sequence[Ways],
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
        and has_several_senses(mine, emphasised[:, column], direct[column], points)
    }
    found = {}
    for column in several:
        teaching = [each for each in best if each != column and each not in several]
        enough = [TOLD_BY_WORDS if topics[each] else 1.0 for each in teaching]
        told: npt.NDArray[np.bool_] = np.any(emphasised[:, teaching] >= enough, axis=1)
        if told[best[column]].any():
            weights = {each: shares(direct[each][best[each]]) for each in teaching}
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


def has_several_senses(best: Indices, emphasised: Floats, direct: Floats, points: Points) -> bool:
    """Tell whether the works that fit a word best, nor those of them that dwell on it, are of one sense."""
    without = np.flatnonzero(emphasised == 0)
    ways = [best, best[emphasised[best] >= 1]]
    return len(without) > 0 and all(
        points.coherence_beside(without, works, shares(direct[works])) < OF_ONE_SENSE
        for works in ways
        if len(works) > 1
    )


def is_told(direct: Floats, near: Floats) -> bool:
    """Tell whether any work that plainly has a topic's words lies plainly in the sense that is meant: in which sense these are meant is told then."""
    return bool((near[direct >= STANDS] >= TOLD).any())


def _half(over: Floats) -> Floats:
    """Say what words count in works that lie so far over the place where they count half."""
    return np.asarray(1 / (1 + np.exp(-SHARPLY * over)), float)


def _own_fields(
    direct: Mapping[int, Floats], best: Mapping[int, Indices], points: Points
) -> tuple[dict[int, Floats], set[int]]:
    """
    Give for each topic whose best works have something in common how near all works are to these, and say which of the topics are of a field apart, of
    which the others' works say nothing: to all of them together, its own works are not half as near as to each other.
    """
    weights = {column: shares(direct[column][mine]) for column, mine in best.items()}
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


def _told_by_others(
    direct: Mapping[int, Floats],
    own: Mapping[int, Floats],
    best: Mapping[int, Indices],
    teaching: Sequence[int],
    emphasised: Floats,
    points: Points,
) -> dict[int, list[int]]:
    """
    Give for each topic whose best works are of another field than those of the others, though these agree and a work plainly has its words in their sense, which
    the others are: 'personalization' is federated learning in most works, but beside two topics on pictures that of pictures is meant. The channel's
    description is one of the others, and agrees with itself; one topic alone may be of any field. `own` is how near all works are to the best of each.

    A topic of which no work has the words in the sense of the others keeps its own, as 'robotics' does beside 'question answering' and 'retrieval'.
    """
    weights = {column: shares(direct[column][best[column]]) for column in own}
    near = {(one, each): float(weights[one] @ own[each][best[one]]) for one in own for each in own}
    alike = {pair: of_pair / near[pair[0], pair[0]] for pair, of_pair in near.items()}
    found = {}
    description = emphasised.shape[1]
    for column in [each for each in own if each != description]:
        others = [each for each in teaching if each != column]
        agreement = [alike[pair] for pair in permutations(others, 2)] or [float(others == [description])]
        if np.mean(agreement) < AGREED or np.mean([alike[column, each] for each in others]) >= APART:
            continue
        of_others = _together_with(len(points.points), {each: best[each] for each in others}, weights)
        words = emphasised[:, [each for each in others if each != description]]
        in_passing = np.any(words >= TOLD_BY_WORDS, axis=1)
        if of_others and is_told(direct[column], points.nearness(*of_others) + IN_PASSING * in_passing):
            found[column] = others
    return found


def _is_far(
    column: int,
    others: Sequence[int],
    own: Mapping[int, Floats],
    best: Mapping[int, Indices],
    direct: Mapping[int, Floats],
) -> bool:
    """Tell whether a topic's best works have nothing to do with those of others: hardly near to these, beside how near they are to each other (`FAR`)."""
    mine = best[column]
    weights = shares(direct[column][mine])
    near = [float(weights @ own[each][mine]) for each in others]
    return float(np.mean(near)) < FAR * float(weights @ own[column][mine])


def agreeing_topics(
    asked: Sequence[int], best: Mapping[int, Indices], weights: Mapping[int, Floats], points: Points
) -> list[int]:
    """
    Give those of some topics whose best works are of a field with those of the other topics together: at least half as near to these as to each other. `best` are the works that
    stand for each topic in its sense, `weights` what each counts. One topic alone agrees with none.
    """
    found = []
    for column in asked:
        mine, others = best[column], {each: works for each, works in best.items() if each != column}
        of_others = _together_with(len(points.points), others, weights)
        if of_others and not are_apart(points.nearness(*of_others), mine, weights[column], points):
            found.append(column)
    return found


def _together_with(
    number: int, best: Mapping[int, Indices], weights: Mapping[int, Floats]
) -> tuple[Indices, Floats] | None:
    """Give the best works of several topics, of so many works, and what they count, each topic having the same say; None where these are too few."""
    together = np.zeros(number)
    for column, mine in best.items():
        together[mine] += weights[column]
    works = np.flatnonzero(together)
    return (works, together[works]) if len(works) >= FEW else None
