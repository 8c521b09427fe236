"""Profile: what a channel wants, as the ranking reads it: its topics in all their forms, and its signals with the works they are of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Corpus, Indices
from bot.ranking.field_works import Field
from bot.ranking.signals import Signal
from bot.ranking.terms import Terms
from bot.ranking.topic_in_works import TopicInWorks, topic_in_works
from bot.ranking.topics import Form, TopicWord


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What a channel wants: its topics as terms, and its signals with the terms of the works they are of."""

    topics: Sequence[Terms] = ()
    """The topics as terms."""
    stems: Sequence[npt.NDArray[np.uint32]] = ()
    """The stems of each topic's words; without any, all of a topic is one word."""
    american: Sequence[Terms] = ()
    """The topics as American English spells them; none where none of them is spelt otherwise."""
    american_stems: Sequence[npt.NDArray[np.uint32]] = ()
    """The stems of their words."""
    abbreviated: Sequence[Sequence[Form]] = ()
    """For each topic the ways of saying it: none for one that has no abbreviation, none at all if nobody looked."""
    written_out: Sequence[Sequence[Form]] = ()
    """For each topic the ways of writing it with one of its words, an abbreviation, written out."""
    as_forms: Sequence[Sequence[Form]] = ()
    """The ways of writing each topic, itself first, as forms; without them nobody asks how far a work is about each."""
    words: Sequence[Sequence[TopicWord]] = ()
    """The words of each topic, with the terms that stand for them."""
    phrases: Sequence[Sequence[TopicWord]] = ()
    """Those of each topic that stand side by side."""
    fields: Sequence[Field | None] = ()
    """For each topic the field that it names; None for one that names no field, none at all if nobody looked."""
    applied: Sequence[npt.NDArray[np.bool_] | None] = ()
    """For each topic which works are on what it applies to its subject, as language models of 'LLMs in medicine'; None for one that all works are on, or that applies nothing."""
    categorised: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Which works have any category of arXiv."""
    context: Sequence[Terms] = ()
    """The channel's description, one text or none: it says in which sense the topics are meant."""
    own: Sequence[Indices] = ()
    """For each topic the columns of its own terms, in whichever form (`own_columns`); without them they are looked for."""
    in_works: Sequence[TopicInWorks] = ()
    """How all works have each topic (`topic_in_works`); without it that is looked for."""
    signals: Sequence[Signal] = ()
    works: Sequence[Terms] = ()
    """The terms of the works that the signals are of."""
    places: Sequence[int] = ()
    """Where these works stand in the corpus, -1 for one that does not; without any, none is looked for there."""

    def spoken_of(self, topic: int) -> list[Terms]:
        """Give the terms of one of the topics, in all its forms."""
        one = slice(topic, topic + 1)
        return [
            self.topics[topic],
            *self.american[one],
            *(form.terms for forms in self.abbreviated[one] for form in forms),
        ]

    def topic_in(self, corpus: Corpus, topic: int) -> TopicInWorks:
        """Say how works have one of the topics."""
        one = slice(topic, topic + 1)
        return topic_in_works(
            corpus,
            [*self.topics[one], *self.american[one]],
            [*self.stems[one], *self.american_stems[one]],
            abbreviated=[form for forms in self.abbreviated[one] for form in forms],
            written_out=[form for forms in self.written_out[one] for form in forms],
            words=[word for words in self.words[one] for word in words],
        )
