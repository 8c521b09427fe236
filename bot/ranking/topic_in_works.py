"""Topic in works: how all works have one topic by its words, whatever else a channel asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Corpus, Floats
from bot.ranking.emphasis import emphasis
from bot.ranking.terms import Terms
from bot.ranking.topics import APART, Form, TopicWord, likeness_to, likeness_to_all, likeness_to_forms

BYTES: Final = 25
"""What is known of a topic takes in memory, for each work."""


class TopicInWorks(NamedTuple):
    """
    How works have a topic, by place: their `likeness` to it by its words; their `shares`, which part of its terms each has; what its words count where they are
    `emphasised`, and whether a work has the `whole` of them.
    """

    likeness: Floats
    shares: Floats
    emphasised: Floats
    whole: npt.NDArray[np.bool_]


def topic_in_works(
    corpus: Corpus,
    topic: Sequence[Terms],
    stems: Sequence[npt.NDArray[np.uint32]],
    abbreviated: Sequence[Form],
    written_out: Sequence[Form],
    words: Sequence[TopicWord],
) -> TopicInWorks:
    """
    Say how works have a topic: `topic` are its terms, beside them those of its American spelling, if that counts, and `stems` those of the words of each.
    `abbreviated` are the ways of saying it where it has an abbreviation, `written_out` those of writing it with such a word written out.
    """
    likeness = likeness_to_all(corpus, topic, stems).max(axis=1)
    if abbreviated:
        likeness = likeness_to_forms(corpus, likeness, abbreviated)
    if written_out:
        likeness = np.maximum(likeness, likeness_to(corpus, [form.terms for form in written_out]).max(axis=1))
    if len(words) == 1 and not np.isin(stems[0], words[0].terms).all():
        # Its stem is also that of another word.
        likeness = likeness * np.where(corpus.having(words[0].terms) > 0, 1.0, APART)
    shares = np.max([corpus.having(spelt.ids) for spelt in topic], axis=0)
    others = [*stems[1:], *(form.core for form in abbreviated)]
    ways = [list(words), *([TopicWord(term[None], term[None]) for term in terms] for terms in others)]
    return TopicInWorks(likeness, shares, *_emphasised(corpus, [way for way in ways if way]))


def _emphasised(corpus: Corpus, ways: Sequence[Sequence[TopicWord]]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """
    Say which part of a topic's words every work has, more where it dwells on them (`bot.ranking.emphasis`), and whether it has all of them; of a topic with
    several `ways` of saying it, in whichever it is most. Without one nobody asks.
    """
    if not ways:
        return np.zeros(len(corpus.works)), np.zeros(len(corpus.works), np.bool_)
    has = [np.stack([word.in_works(corpus) for word in way]) for way in ways]
    dwelt = [np.stack([word.dwelt_on(corpus) for word in way]) for way in ways]
    found = np.max([emphasis(has, dwelt) for has, dwelt in zip(has, dwelt, strict=True)], axis=0)
    return found, np.any([each.all(axis=0) for each in has], axis=0)
