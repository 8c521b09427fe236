"""Emphasis: what a topic's words count in a work, by how it has them: all or some, in its title, again and again, or in passing."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Floats

MENTIONED: Final = 0.4
"""What a topic's words count in a work that has them in passing and dwells on none of them."""

PARTLY: Final = 0.6
"""What they count at most in a work that has only some of them: 'forecasting' of volatility is no 'weather forecasting'."""

TELLING: Final = 0.02
"""The part of all works from which on a word tells less of a topic of several, the more works have it: 'NLP' of 'legal NLP' less than 'legal'."""


def emphasis(has: npt.NDArray[np.bool_], dwelt: npt.NDArray[np.bool_]) -> Floats:
    """
    Say what a topic's words count in each work, 1 where it dwells on all of them; `has` and `dwelt` have a row for each word.

    Of several words those tell most that fewest works have: what a work dwells on counts by what it tells, and one that has only some of them by what
    these do.
    """
    stressed = stress(dwelt)
    # A word that no work has is as frequent as if one had it, be there any works or none.
    frequent = np.maximum(has.sum(axis=1), 1) / max(1, has.shape[1])
    telling = 1 / frequent
    telling /= telling.sum()
    partly = np.minimum(PARTLY, (telling * np.minimum(1, TELLING / frequent)) @ (has * stressed))
    # Rounded, so that all words are all of it whatever the sum of their parts is.
    return np.asarray(np.where(has.all(axis=0), np.round(telling @ stressed, 6), partly), float)


def stress(dwelt: npt.NDArray[np.bool_]) -> Floats:
    """Say what a word counts in a work that has it."""
    return np.asarray(MENTIONED + (1 - MENTIONED) * dwelt, float)
