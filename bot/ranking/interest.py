"""
Interest model: how near each work is to what a channel wants, by its topics from the first day, and by what it decided as soon
as there is anything.

Works and topics are rows of TF-IDF. What is learnt from decisions is a kernel ridge regression on them (`bot.ranking.regression`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.model import Meaning
from bot.ranking.aboutness import Aboutness, aboutness
from bot.ranking.corpus import Corpus, Floats, Indices
from bot.ranking.field_works import works_of_field
from bot.ranking.likeness import likeness_to_few
from bot.ranking.meanings import KNOWN_WELL, Points
from bot.ranking.member_groups import member_groups
from bot.ranking.order import best_first
from bot.ranking.profile import Profile
from bot.ranking.question import MemberGroup
from bot.ranking.regression import Examples, Learnt, regression, standardised
from bot.ranking.signals import LEADS, LIKED, Signal
from bot.ranking.skips import fall, nearness_to_skipped
from bot.ranking.topic_in_works import TopicInWorks
from bot.ranking.topic_senses import has_several_senses
from bot.ranking.topic_sentences import is_sentence, said_in
from bot.ranking.topics import best_of, likeness_to, nearness, own_columns, topics_score
from bot.ranking.word_weights import FEW, side_by_side

TOPICS_WORTH: Final = 2.5
"""
How the topics weigh beside what was learnt from k decisions: as this to the square root of k, for so the error of what is learnt from k
examples falls. It is the one number by which the hand-over from topics to decisions goes.
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

BESIDE: Final = 0.06
"""
How alike two works must be beside the word that they share most, which counts as itself and as its stem: 'real-time' or 'video' alone is no likeness.
So alike in all, and by half of it beside that word, a work is a little like another one: two works of different fields are alike by 0.03.
"""

SEVERAL: Final = 0.09
"""From which mean likeness to the two liked works that it is most like a work is like what was liked, if like none of them in particular."""

LIFTED: Final = 2.0
"""Standard deviations of what was liked from which on a work is said to be like it: one in forty of a week. Below that the rest of a week is as near."""

SKIP: Final = -LIKED[Meaning.SKIP]
"""How much a skipped work is not liked, by one voice alone."""

PLAINLY: Final = 2.5
"""From so many standard deviations on a work that has none of the topics' words is said to be near one: few works of a week are."""


FIRST: Final = 8
"""
So many works, those that have a topic's words in the title or all over, are about it nearly as far as each other: one says its name once more, and
its notice tells more. What they stand above the last of them counts by its logarithm.
"""

BROAD: Final = 0.03
"""
The part of a week's works beyond which those that are about a topic are its first ones, too: of 'reinforcement learning' or 'agents' hundreds are
about it, and how often they say so is no order.
"""

OTHER_KIND: Final = 0.25
"""How far works on medicine without language models are about 'LLMs in medicine', beside those with them."""

HARDLY_ANY: Final = 2
"""Works of a first week that must have a topic's general words side by side, for the others that have them to be about it."""


@dataclass(frozen=True, slots=True, eq=False)
class Interest:
    """
    What was found of the works that were asked about, in their order.

    `scores` have mean 0 and standard deviation 1 over them, before what is like a skipped work falls; all are 0 where there is neither topic nor
    decision. `topics` is the likeness to each
    topic, a column each. `kin` are for works that are like liked ones which these are, by their place among the signals, the most alike first, `little` for
    others those that they are a little like. `shares` is
    which part of each topic's terms a work has, a column each, and `terms` how many terms it has in all; `meant` is for works that
    are like the best works of a topic which it is, by column. Both are by place among those asked about. `about` is whether each work is plainly about each topic, `aboutness` how far it is about
    the topic that it is most about, whether plainly or not, in standard deviations (one whose words it has in another sense counts for 0 at most), and `in_topics` its score where that topic were the only one: a column each, none where nobody asks. `subjects` are the numbers of the subjects of the
    best works, by place among those asked about. `akin` says of the best works (none where kin is not looked for) whether they stand where they are
    for what several liked works have in common. `in_groups` is the score for each of several groups of members, a column each, `voters` how
    many of them have it; none where they want alike.
    """

    scores: Floats
    topics: Floats
    shares: Floats
    terms: Indices
    kin: Mapping[int, Sequence[int]] = field(default_factory=dict)
    little: Mapping[int, Sequence[int]] = field(default_factory=dict)
    meant: Mapping[int, int] = field(default_factory=dict)
    about: npt.NDArray[np.bool_] | None = None
    aboutness: Floats | None = None
    in_topics: Floats | None = None
    subjects: Mapping[int, int] = field(default_factory=dict)
    akin: npt.NDArray[np.bool_] | None = None
    in_groups: Floats | None = None
    voters: Sequence[int] = (1,)
    agreeing: Sequence[int] = ()
    """The columns of the topics whose works the other topics bear out."""
    unsensed: Sequence[int] = ()
    """Those of the topics of one word of which nothing says in which sense it is meant."""
    unclear: bool = False
    """Whether the only topic is one word that has several senses, and nothing says which is meant."""


def interest(corpus: Corpus, profile: Profile, asked: Sequence[int] | Indices, *, kin: int = 0) -> Interest:
    """Say how near the works that are `asked` about, by place, are to a channel's profile. Kin is looked for of the `kin` best alone."""
    places = np.asarray(asked, np.intp)
    here = corpus.rows_at(places)
    in_works = profile.in_works or [profile.topic_in(corpus, column) for column in range(len(profile.topics))]
    likeness = _columns(corpus, [topic.likeness for topic in in_works])
    direct = nearness(likeness, likeness_to(corpus, profile.context) if profile.context else None)
    own = profile.own or [own_columns(corpus, profile.spoken_of(column)) for column in range(len(profile.topics))]
    of_all = _together(own)
    prior = topics_score(corpus, of_all, direct, here, places)
    decided = _decided(corpus, profile)
    teachings = _teachings(corpus, decided, here, places)
    by_topics = standardised(prior) if prior is not None else None
    in_groups = [teaching.beside(TOPICS_WORTH * by_topics if by_topics is not None else 0.0) for teaching in teachings]
    score = _greatest(in_groups)
    categories = [terms for of_field in profile.fields if of_field for terms in of_field.terms]
    if categories:
        of_all = _together([of_all, own_columns(corpus, categories)])
    points = corpus.meanings.without(corpus.columns, of_all) if kin else None
    about, unclear = _about(corpus, profile, in_works, own, likeness, points, here, places) if points else (None, False)
    found, little, akin = _kin(here, decided, score, kin) if kin else ({}, {}, np.zeros(len(places), bool))
    liking = np.max([teaching.likes for teaching in teachings], axis=0)
    akin &= np.max([teaching.plainly() for teaching in teachings], axis=0)
    akin &= liking > (TOPICS_WORTH * by_topics if by_topics is not None else 0.0)
    return Interest(
        score,
        likeness[places],
        _columns(corpus, [topic.shares for topic in in_works])[places],
        corpus.rest.sizes[places],
        found,
        little,
        _meant(corpus, likeness, direct, here, places, score if by_topics is None else by_topics, kin) if kin else {},
        about.plainly if about else None,
        np.where(about.otherwise, np.minimum(about.scores, 0.0), about.scores).max(axis=1) if about else None,
        _in_topics(about.scores, about.plainly, teachings) if about else None,
        _subjects(points, places, score, about.scores if about else None, kin) if points else {},
        akin,
        np.stack(in_groups, axis=1) if len(in_groups) > 1 else None,
        [group.voters for group in decided.groups],
        about.agreeing if about else (),
        about.unsensed if about else (),
        unclear,
    )


def _columns(corpus: Corpus, of_topics: Sequence[Floats]) -> Floats:
    """Give what is said of all works for each topic, a column each."""
    return np.stack(of_topics, axis=1) if of_topics else np.zeros((len(corpus.works), 0))


def _together(columns: Sequence[Indices]) -> Indices:
    return np.unique(np.concatenate([np.zeros(0, np.intp), *columns]))


def _about(
    corpus: Corpus,
    profile: Profile,
    in_works: Sequence[TopicInWorks],
    own: Sequence[Indices],
    likeness: Floats,
    points: Points,
    here: sparse.csr_array,
    places: Indices,
) -> tuple[Aboutness | None, bool]:
    """
    Say how far the works at some places are about each topic, None where there is none, or nobody asks; and whether it is unclear in which sense the only one is
    meant.
    """
    if not profile.as_forms or not len(places):
        return None, False
    together = [
        [form.core for form in ways] if len(stems) > 1 else []
        for ways, stems in zip(profile.as_forms, profile.stems, strict=True)
    ]
    described = likeness_to(corpus, profile.context)[:, 0] if profile.context else None
    emphasised = _columns(corpus, [topic.emphasised for topic in in_works])
    whole = np.stack([topic.whole for topic in in_works], axis=1)
    sentences = {
        column: said_in(corpus, words, profile.phrases[column] if profile.phrases else (), points)
        for column, words in enumerate(profile.words)
        if is_sentence(corpus, words, together[column])
    }
    for column, sentence in sentences.items():
        emphasised[:, column] = sentence.said
    if len(points.points) < KNOWN_WELL:
        _only_together(corpus, profile, together, emphasised)
    found = aboutness(corpus, together, own, likeness, emphasised, whole, points, here, places, described, sentences)
    for column, of_field in enumerate(profile.fields):
        if of_field is None:
            continue
        names, several = profile.as_forms[column], len(profile.stems[column]) > 1
        on_field = works_of_field(corpus, of_field.works, profile.categorised, names, points, several=several)
        if on_field is not None:
            found.scores[:, column], found.plainly[:, column] = on_field[0][places], on_field[1][places]
            found.otherwise[:, column] = False
    for column, applied in enumerate(profile.applied):
        if applied is not None:
            _of_the_kind(found.scores[:, column], found.plainly[:, column], applied[places])
    return found, _is_unclear(corpus, profile, together, likeness, emphasised, points)


def _is_unclear(
    corpus: Corpus,
    profile: Profile,
    together: Sequence[Sequence[npt.NDArray[np.uint32]]],
    likeness: Floats,
    emphasised: Floats,
    points: Points,
) -> bool:
    """Tell whether a channel's only topic is a word of several senses, of which neither a description nor what it liked says which is meant."""
    if len(profile.topics) != 1 or together[0] or any(profile.fields) or profile.context or profile.signals:
        return False
    best = best_of(corpus, likeness[:, 0])
    return len(best) >= FEW and has_several_senses(best, emphasised[:, 0], likeness[:, 0], points)


def _of_the_kind(score: Floats, about: npt.NDArray[np.bool_], kind: npt.NDArray[np.bool_]) -> None:
    """
    Let works on what a topic applies our field to come first that are of the `kind` that it applies, as those with language models of 'LLMs in medicine'; where the
    subject is a broad one, only these are about the topic, if there are any number of them.
    """
    score[~kind & (score > 0)] *= OTHER_KIND
    if about.mean() > BROAD and (about & kind).sum() >= FIRST:
        about &= kind


def _only_together(
    corpus: Corpus, profile: Profile, together: Sequence[Sequence[npt.NDArray[np.uint32]]], emphasised: Floats
) -> None:
    """
    Let topics of several words that any abstract may have, like 'code generation', count only in works that have these side by side, if hardly one has.
    Where many works are known, those that fit best tell by what else they say; a first week has latent codes and generated meshes.
    """
    for column, (words, ways) in enumerate(zip(profile.words, together, strict=True)):
        if ways and all(word.general for word in words):
            together_there = side_by_side(corpus, ways)
            if together_there.sum() < HARDLY_ANY:
                emphasised[:, column] *= together_there


def _in_topics(scores: Floats, about: npt.NDArray[np.bool_], teachings: Sequence[_Taught]) -> Floats:
    """
    Give the scores that works would have if each topic were the only one, beside what decisions taught; as deviations, like the score of all.

    The first ones of a topic are hardly told apart by it (`FIRST`), so that their notice decides; of a broad topic these are the more, the more of the
    works are `about` it, and the less tells them apart.
    """
    columns = []
    for column, mine in zip(scores.T, about.T, strict=True):
        first = FIRST + max(0, round(mine.sum() - BROAD * len(column)))
        enough = np.sort(column)[-min(len(column), first)]
        far = np.minimum(column, enough) + FIRST / first * np.log1p(np.maximum(column - enough, 0))
        columns.append(_greatest([teaching.beside(TOPICS_WORTH * far) for teaching in teachings]))
    return np.stack(columns, axis=1)


def _greatest(in_groups: Sequence[Floats]) -> Floats:
    """Give works the score that they have for the members who want them most: who wants something else takes nothing away."""
    return in_groups[0] if len(in_groups) == 1 else standardised(np.max(in_groups, axis=0))


def _subjects(points: Points, places: Indices, score: Floats, in_topics: Floats | None, most: int) -> dict[int, int]:
    """Give the subject of the `most` best works, of all and of each topic, by row."""
    chosen = [best_first(score, most)]
    chosen += [best_first(column, most) for column in in_topics.T] if in_topics is not None else []
    rows = np.unique(np.concatenate(chosen))
    order = rows[np.argsort(-score[rows], kind="stable")]
    return dict(zip(order.tolist(), points.groups(places[order]), strict=True))


def _meant(
    corpus: Corpus, likeness: Floats, direct: Floats, here: sparse.csr_array, places: Indices, score: Floats, most: int
) -> dict[int, int]:
    """
    Say of the `most` best works which topic they are near to in other words: that whose works, of those that stand for the topics, they are
    most like. Of a work that does not stand out plainly, by the topics alone, or is like none of them, nothing is said.
    """
    best = best_of(corpus, direct)
    if not len(best):
        return {}
    asked = best_first(score, most)
    asked = asked[score[asked] >= PLAINLY]
    if not len(asked):
        return {}
    alike = likeness_to_few(here[asked], corpus.rows[best])
    alike[places[asked][:, None] == best[None, :]] = 0
    of_topics = likeness[best] / likeness[best].sum(axis=1, keepdims=True)
    nearest = (alike @ (of_topics / np.maximum(of_topics.sum(axis=0), 1))).argmax(axis=1)
    meant = alike.max(axis=1) >= KIN
    return dict(zip(asked[meant].tolist(), nearest[meant].tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _Decided:
    """
    What was decided on: the works as `examples`, their `signals`, where they stand among the `Profile`'s signals (`order`), and the groups of those who
    decided.
    """

    examples: Examples
    signals: Sequence[Signal]
    order: Sequence[int]
    groups: Sequence[MemberGroup]

    def said_by(self, group: MemberGroup) -> list[Signal | None]:
        """Give the signals as the members of a group gave them; None for a work of which they said nothing."""
        if len(self.groups) == 1:
            return list(self.signals)
        return [signal.of_members(group.members) for signal in self.signals]


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    """What the decisions of one group say of works: how far what was liked lifts each of them, and how far it falls for what was skipped."""

    likes: Floats
    falls: Floats
    weight: float
    """That of all likes together; `likes` are as many standard deviations as its root."""

    def beside(self, others: Floats | float) -> Floats:
        """Give the works' scores beside what is known of them otherwise."""
        return np.asarray(standardised(self.likes + others) - self.falls, float)

    def plainly(self) -> npt.NDArray[np.bool_]:
        """Say which works what was liked lifts plainly."""
        return self.likes >= LIFTED * math.sqrt(self.weight) if self.weight else np.zeros(len(self.likes), bool)


def _decided(corpus: Corpus, profile: Profile) -> _Decided:
    """Read the signals that say something: the `MOST_SIGNALS` that count most."""
    told = [
        place for place, signal in enumerate(profile.signals) if signal.counts > 0 and len(profile.works[place].ids)
    ]
    told = sorted(sorted(told, key=lambda place: -profile.signals[place].counts)[:MOST_SIGNALS])
    said = [profile.signals[place] for place in told]
    places = np.array([profile.places[place] for place in told] if profile.places else [-1] * len(told), np.intp)
    examples = Examples.of_works(corpus, [profile.works[place] for place in told], places)
    groups = member_groups(corpus, examples.rows, [signal.opinions for signal in said])
    return _Decided(examples, said, told, groups)


def _teachings(corpus: Corpus, decided: _Decided, here: sparse.csr_array, places: Indices) -> list[_Taught]:
    """
    Say what the members of each group teach. Until they like something, a skip is all they say, and takes down what is like it by itself; that nobody
    marked what was shown says nothing then. With each like the regression knows more of both, and takes over.
    """
    said = [decided.said_by(group) for group in decided.groups]
    skips = np.array(
        [
            [signal.counts * -signal.liked / SKIP if signal and signal.skipped else 0.0 for signal in mine]
            for mine in said
        ]
    )
    rows = np.flatnonzero(skips.any(axis=0))
    near = nearness_to_skipped(decided.examples.rows[rows], corpus.columns_at(places)) if len(rows) else None
    taught = []
    for mine, counts in zip(said, skips, strict=True):
        weight = math.fsum(signal.counts for signal in mine if signal and signal.liked > 0)
        falls = np.zeros(len(places)) if near is None else fall(near, counts[rows]) / (1 + weight)
        likes = np.zeros(len(places))
        if weight:
            examples = decided.examples.some([row for row, signal in enumerate(mine) if signal])
            learnt = _learnt(corpus, examples, [signal for signal in mine if signal])
            likes = math.sqrt(weight) * standardised(learnt.of(here, places))
        taught.append(_Taught(likes, falls, weight))
    return taught


def _learnt(corpus: Corpus, examples: Examples, said: Sequence[Signal]) -> Learnt:
    """
    Give what likes and skips say of each term, beside what was shown and not marked. Skips count together no more than likes: a team that skips much
    asks for what it likes, and not for whatever is unlike last week.
    """
    liked = np.array([signal.liked for signal in said])
    counts = np.array([signal.counts for signal in said])
    skipped = np.array([signal.skipped for signal in said])
    counts[skipped] *= min(1.0, counts[liked > 0].sum() / (counts[skipped].sum() or 1.0))
    leads = [row for row, signal in enumerate(said) if signal.leads and signal.liked > 0]
    followers, weights = _followers(corpus, examples, counts, leads)
    if len(followers):
        rows = sparse.csr_array(sparse.vstack([examples.rows, corpus.rows[followers]]))
        examples = Examples.of(corpus, rows, np.concatenate([examples.places, followers]))
        liked, counts = np.concatenate([liked, np.ones(len(followers))]), np.concatenate([counts, weights])
    return regression(corpus, examples, liked, counts, apart=False)


def _followers(corpus: Corpus, examples: Examples, counts: Floats, leads: Sequence[int]) -> tuple[Indices, Floats]:
    """
    Give the works of the last weeks that are most like the examples that lead, and how much each counts; none that was decided on or shown itself.

    Pseudo-relevance feedback (Lavrenko and Croft 2001) once more: with a handful of likes, what they have in common with works that nobody
    was shown says more than they do alone. It counts for less the more of them there are (`signals.LEADS`).
    """
    found: dict[int, float] = {}
    fade = FOLLOWERS_COUNT * (1 - len(leads) / LEADS)
    free = corpus.recent[~np.isin(corpus.recent, examples.places)] if leads else corpus.recent[:0]
    if not len(free):
        return np.zeros(0, np.intp), np.zeros(0)
    alike = likeness_to_few(corpus.rows[free], examples.rows[np.asarray(leads, np.intp)]).T
    for row, lead in zip(alike, leads, strict=True):
        for column in best_first(row, FOLLOWERS).tolist():
            if row[column] > 0:
                place = int(free[column])
                found[place] = max(found.get(place, 0.0), fade * float(counts[lead]))
    return np.array(list(found), np.intp), np.array(list(found.values()))


def _kin(
    here: sparse.csr_array, decided: _Decided, score: Floats, most: int
) -> tuple[dict[int, Sequence[int]], dict[int, Sequence[int]], npt.NDArray[np.bool_]]:
    """
    Give for those of the `most` best works that are like liked ones which these are, by their place among the signals; for others those that they are a
    little like; and say which are like several.
    """
    found: dict[int, Sequence[int]] = {}
    little: dict[int, Sequence[int]] = {}
    several = np.zeros(here.shape[0], bool)
    wanted = np.array([row for row, signal in enumerate(decided.signals) if signal.liked > 0], np.intp)
    if not len(wanted):
        return found, little, several
    best = best_first(score, most)
    alike = likeness_to_few(here[best], decided.examples.rows[wanted])
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST]
    values = np.take_along_axis(alike, nearest, axis=1)
    if nearest.shape[1] == NEAREST:
        several[best] = values.mean(axis=1) >= SEVERAL
    pairs, beside = values >= BESIDE, np.zeros(values.shape)
    beside[pairs] = _likeness_beside(
        here[np.repeat(best, pairs.sum(axis=1))], decided.examples.rows[wanted[nearest[pairs]]]
    )
    kin, somewhat = (values >= KIN) & (beside >= BESIDE), pairs & (beside >= BESIDE / 2)
    for place, rows, are_kin, are_alike in zip(best.tolist(), nearest, kin, somewhat, strict=True):
        if are_kin.any():
            found[place] = [decided.order[wanted[row]] for row in rows[are_kin]]
        elif are_alike.any():
            little[place] = [decided.order[wanted[row]] for row in rows[are_alike]]
    return found, little, several


def _likeness_beside(works: sparse.csr_array, liked: sparse.csr_array) -> Floats:
    """Say how alike pairs of works are, a row each, beside the word that they share most."""
    shared = sparse.csr_array(works.multiply(liked))
    return np.asarray(
        [math.fsum(np.sort(shared.data[begin:end])[:-2]) for begin, end in itertools.pairwise(shared.indptr.tolist())],
        float,
    )
