"""Order: the first of many works by their scores, without putting all of them in order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.ranking.corpus import Indices


def best_first(scores: npt.NDArray[np.floating], most: int) -> Indices:
    """
    Give the places of the `most` highest scores, the highest first; equal ones in their order.

    >>> best_first(np.array([0.5, 2.0, 1.0, 2.0]), 3).tolist()
    [1, 3, 2]
    """
    if most < len(scores):
        least = np.partition(scores, len(scores) - most)[len(scores) - most] if most else np.inf
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")][:most]
