"""Likeness: the cosines of works to a few others, both as rows of TF-IDF."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse


def likeness_to_few(works: sparse.csr_array, others: sparse.csr_array) -> npt.NDArray[np.float32]:
    """
    Give the likeness of works to a few others, a row for each work and a column for each of the others.

    The others are written out, but for the terms that none of them has. A product of two sparse matrices takes twice as long: it finds out first where
    it is 0, which it hardly is.
    """
    named = np.zeros(others.shape[1], np.bool_)
    named[others.indices] = True
    terms = np.flatnonzero(named)
    # Row 0 is that of all other terms.
    place = np.zeros(others.shape[1], np.int32)
    place[terms] = np.arange(1, len(terms) + 1, dtype=np.int32)
    dense = np.zeros((len(terms) + 1, others.shape[0]), np.float32)
    dense[place[others.indices], np.repeat(np.arange(others.shape[0]), np.diff(others.indptr))] = others.data
    short = sparse.csr_array((works.data, place[works.indices], works.indptr), shape=(works.shape[0], len(dense)))
    return np.asarray(short @ dense, np.float32)
