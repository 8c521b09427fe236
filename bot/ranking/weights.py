"""What makes up a work's score, and how much: standard deviations over the week, measured in docs/ranking.md."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ATTENTION: Final = 0.2
"""What a standard deviation of the logarithm of votes adds beside one of interest. Measured: docs/ranking.md."""

ADDED: Final[Mapping[str, float]] = MappingProxyType({"suggested": 4.5, "rare": 3.5, "sources": 0.3, "freshness": 0.01})
"""
What else can add to a score, in standard deviations: that a member proposed it, that its source publishes rarely, that independent voices
speak of it, and, to tell equals apart, that it is new. Neither code nor a second list of papers is among it: they cost an editor's picks.
"""

RESULT: Final = "[R]"
"""How a forum's people mark a post that brings a result; questions and self-promotion among these are damped."""

RESULT_ADDED: Final = 0.5
"""
What that adds in a channel that has said nothing yet, in standard deviations: by a discussion's two or three sentences alone, a result and a tool
are told apart by less than chance.
"""

PHRASE: Final = 3.0
"""
What a topic's own words in the title are worth, where interest is not known, or not of a topic like 'C++', of which the ranker's terms hold
nothing: as much as the best of fifty by meaning.
"""

CENTRE: Final = 2.0
STEEPNESS: Final = 1.5
"""
How standard deviations become a score from 0 to 1: half at `CENTRE`. One work in forty lies above; there the differences count most, and
those who choose by score and cost see them.
"""

REACHED: Final = 1.0
"""Standard deviations of interest from which on a work is reached by what the channel wants without a topic's words, if it is near a topic or
like a liked work as well."""

DAMPING: Final[Mapping[str, tuple[float, str]]] = {
    "marketing": (0.10, "reads like marketing"),
    "announcement": (0.10, "an announcement"),
    "question": (0.35, "a question to its readers"),
    "beginner": (0.35, "a beginner's question"),
    "self-promotion": (0.35, "self-promotion"),
}
"""Tags that a source's rule may set on an entry, the factor they put on its score, and how that is said."""

NEVER: Final = frozenset({"marketing", "dispute"})
"""What a source's rule found to sell something, or to be a company's side in a quarrel: neither pick nor line, whoever asks for its words."""


def attention_worth(likes: float, *, topics: bool) -> float:
    """
    Say what a standard deviation of the logarithm of votes adds beside one of interest, where so many `likes` are known.

    Without topics and likes notice is all there is, and counts fully; with each like it counts less, as the error of what is learnt shrinks.
    """
    return ATTENTION if topics else max(ATTENTION, 1 / (1 + likes))
