"""Entries: what some lines of a sparse matrix hold, rows of one by rows or columns of one by columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Indices = npt.NDArray[np.intp]


class Entries(NamedTuple):
    """The entries of some lines, one line after the other: the number of each one's line among these, its place across the lines, and its value."""

    lines: Indices
    across: npt.NDArray[np.int32]
    values: npt.NDArray[np.float32]

    @classmethod
    def of(cls, matrix: sparse.csr_array | sparse.csc_array, lines: Indices) -> Entries:
        """Give those of some lines. A matrix of these, as scipy makes it, is checked and made for a quarter of a millisecond."""
        numbers, at, _ = places_of(matrix.indptr, lines)
        return cls(numbers, matrix.indices[at], matrix.data[at])

    def weighed(self, weights: npt.NDArray[np.float64], number: int) -> npt.NDArray[np.float64]:
        """Give the sum of the lines, each counting its weight, for each of so many places across them."""
        return np.asarray(np.bincount(self.across, self.values * weights[self.lines], number), float)


def places_of(
    ends: npt.NDArray[np.int32] | npt.NDArray[np.int64], lines: Indices
) -> tuple[Indices, Indices, npt.NDArray[np.int64]]:
    """
    Give where the entries of some lines stand, one line after the other: the number of each one's line among these, its place, and where each line of these ends
    among them, beginning with 0. `ends` says so of all lines.
    """
    starts = ends[lines]
    sizes = ends[lines + 1] - starts
    numbers = np.repeat(np.arange(len(lines)), sizes)
    found = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])
    return numbers, np.arange(len(numbers)) + (starts - found[:-1])[numbers], found
