"""
Skips: how far a work falls because works like it were skipped.

Alone a skip says what is not wanted, and nothing of what is: so it takes down what lies near the skipped work, each skipped work by itself, and leaves
the order of everything else as it was (X. Wang, H. Fang and C. Zhai, 'A study of methods for negative relevance feedback', SIGIR 2008,
doi:10.1145/1390334.1390374: several local negative models do better than one of all that was refused).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import sparse

from bot.ranking.corpus import Floats

APART: Final = 0.06
"""Up to this cosine a work is not near a skipped one. Two works of different fields are alike by 0.03, of the same by 0.1 to 0.3."""

SAME: Final = 0.2
"""From this cosine on it is of the same subject, and falls as far as one skip lets it."""

FALLS: Final = 1.0
"""By how many standard deviations one fresh skip of the same subject lets a work fall."""

FALLS_MOST: Final = 3.0
"""By how many all skips together let a work fall at most: it stands at the end then, and ten more skips say nothing new."""


def nearness_to_skipped(skipped: sparse.csr_array, columns: sparse.csr_array) -> sparse.csr_array:
    """
    Say how near works are to each skipped one, from 0 (of another subject) to 1 (of the same): a row for each of those, a column for each of the works,
    whose `columns` have a row for each term.
    """
    alike = sparse.csr_array(skipped @ columns)
    alike.data = np.clip((alike.data - APART) / (SAME - APART), 0, 1)
    return alike


def fall(near: sparse.csr_array, weights: Floats) -> Floats:
    """
    Say by how many standard deviations each work falls, 0 or more, by how `near` it is to each skipped one. `weights` are what these count, 1 for one
    fresh skip.
    """
    return np.minimum(FALLS_MOST, FALLS * np.asarray(weights @ near, float))
