"""
Topics in a sentence: how far works say what a topic of several words says that hardly anybody writes together.

Who asks for 'keeping private data out of training sets' is served by works that say it in other words, and not by all that are 'keeping' something. How much
a word tells is learnt from the works that have it: those with 'federated' in them have much in common, those with 'smaller' hardly anything. What these
have in common, for all of the words together and each by how rare it is, is what the sentence means (a query's words put in the space of latent semantic
analysis; Deerwester and others 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Corpus, Floats
from bot.ranking.emphasis import TELLING, stress
from bot.ranking.meanings import KNOWN_WELL, Points
from bot.ranking.topics import STANDS, TopicWord

LEAST_WORDS: Final = 3
"""Words of content of a sentence, at least."""

A_TERM: Final = 5
"""Works that write a topic's words together, from which on it is a term, however many words it has."""

WHOLLY: Final = 5.0
"""What a work counts that dwells on all that a sentence says, beside nearness to its meaning in standard deviations over the usual work."""

ENOUGH: Final = 5.0
ENOUGH_OF_FEW: Final = 2.2
"""From so many standard deviations on more of that nearness adds nothing; while few works are known these tell little of it, and two fifths of the words must be there."""

SAYS_IT: Final = 4.3
"""
The sum from which on a work says a sentence. A third of its words in passing and a meaning that one work in three hundred has, or its meaning so well
that no word is missed. Chosen by reading the works of a captured week for twelve sentences.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """How far works say a sentence: what they have of its words, from 0 to 1, and how near they are to its meaning, in standard deviations over the usual work, of which more than `enough` adds nothing."""

    said: Floats
    near: Floats
    enough: float = ENOUGH

    @property
    def score(self) -> Floats:
        """How far works say it in all."""
        return np.asarray(WHOLLY * self.said + np.minimum(self.near, self.enough), float)

    @property
    def direct(self) -> Floats:
        """How near works are to it as to other topics by these topics' own words (`bot.ranking.topics.nearness`): what says it stands for it."""
        return np.asarray(np.maximum(0.0, self.score - SAYS_IT + STANDS), float)


def is_sentence(corpus: Corpus, words: Sequence[TopicWord], ways: Sequence[npt.NDArray[np.uint32]]) -> bool:
    """Tell whether a topic of these words is a sentence: it has several, and hardly a work has them together in one of the `ways` in which they stand so."""
    return len(words) >= LEAST_WORDS and all((corpus.having(way) >= 1).sum() < A_TERM for way in ways)


def said_in(corpus: Corpus, words: Sequence[TopicWord], phrases: Sequence[TopicWord], points: Points) -> Sentence:
    """
    Say how far works say a sentence. `phrases` are its words that stand side by side in it, each of which that some works have is one more word: 'coding agents'
    say more than agents. `points` are the works' meanings without its words.
    """
    said_of = [*words, *[phrase for phrase in phrases if phrase.in_works(corpus).sum() > 1]]
    has = np.stack([word.in_works(corpus) for word in said_of])
    dwelt = np.stack([word.dwelt_on(corpus) for word in said_of])
    number = has.shape[1]
    having = np.maximum(1, has.sum(axis=1))
    rare = np.sqrt(np.log((number + 1) / having))
    commons = [points.common(np.flatnonzero(row)) for row in has]
    telling = rare * np.sqrt([alike for _, alike in commons])
    written = has.sum(axis=1) > 1
    if written.any():
        # What hardly anybody writes tells as much as another word: who has the others has not all of it.
        telling[~written] = telling[written].mean()
    if not telling.any():
        return Sentence(np.zeros(number), np.zeros(number))
    # Of a word that many works have nobody can tell in how many of them it stands for what is meant.
    counts = telling / telling.sum() * np.minimum(1, np.sqrt(TELLING * number / having))
    means = np.sum([weight * direction for weight, (direction, _) in zip(rare, commons, strict=True)], axis=0)
    near, most = points.along(means), int(telling.argmax())
    # What has not the word that tells most must mean it: 'neural networks' alone find no drugs.
    near = np.where(has[most], near, np.minimum(near, points.along(commons[most][0])))
    said = np.asarray(counts @ (has * stress(dwelt)), float)
    return Sentence(said, np.asarray(near, float), ENOUGH if number >= KNOWN_WELL else ENOUGH_OF_FEW)
