"""TF-IDF: the vocabulary of the known works, their weights, and works and queries as rows of unit length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.terms import Terms, stacked

MIN_DF: Final = 3
"""A term that fewer works have says nothing of another one."""

MAX_DF: Final = 0.3
"""
A term that a larger part of the works has is no subject. 0.3, and not the usual 0.1: 'agent', 'reasoning' and 'video' are in a tenth to
a quarter of today's papers, and are what teams ask for.
"""

FEW: Final = 100
FEW_MAX_DF: Final = 0.6
"""The bounds of few works: a term that a single work has may be what the topics ask for, and a field may be half of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The terms that count, ascending, and the weight of each: its smoothed inverse document frequency."""

    ids: npt.NDArray[np.uint32]
    idf: npt.NDArray[np.float32]

    def usual_length(self, works: Sequence[Terms]) -> float:
        """Give the median of the lengths that works' rows would have before they are scaled; 0 without works."""
        raw = self._raw(works)
        lengths = np.sqrt(np.asarray(raw.multiply(raw).sum(axis=1)).ravel())
        return float(np.median(lengths)) if len(lengths) else 0.0

    @classmethod
    def of(cls, works: Sequence[Terms], *, min_df: int = MIN_DF, max_df: float = MAX_DF) -> Vocabulary:
        """Learn it from works. Few works know few terms, and are of few fields, so below a hundred of them both bounds are wider."""
        ids, _, _ = stacked(works)
        found, df = np.unique(ids, return_counts=True)
        if len(works) < FEW:
            min_df, max_df = 1, FEW_MAX_DF
        keep = (df >= min_df) & (df <= max(1, max_df * len(works)))
        idf = np.log((1 + len(works)) / (1 + df[keep])) + 1
        return cls(found[keep], idf.astype(np.float32))

    def rows(self, works: Sequence[Terms], least: float = 0.0) -> sparse.csr_array:
        """
        Give works as rows of unit length: sublinear term frequency times inverse document frequency.

        What is shorter than `least` before it is scaled is scaled as if it were as long, for a title alone says less than an abstract (pivoted
        length normalisation, Singhal, Buckley and Mitra 1996, doi:10.1145/243199.243206). A work without any term that counts is a row of
        zeros.
        """
        raw = self._raw(works)
        lengths = np.sqrt(np.asarray(raw.multiply(raw).sum(axis=1)).ravel())
        lengths = np.maximum(np.where(lengths > 0, lengths, 1), least)
        raw.data /= np.repeat(lengths, np.diff(raw.indptr)).astype(np.float32)
        return raw

    def columns(self, ids: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
        """Give the column of each term, and which of them count at all; the column of one that does not means nothing."""
        columns = np.searchsorted(self.ids, ids)
        known = columns < len(self.ids)
        known[known] = self.ids[columns[known]] == ids[known]
        return columns, known

    def _raw(self, works: Sequence[Terms]) -> sparse.csr_array:
        ids, counts, starts = stacked(works)
        columns, known = self.columns(ids)
        before = np.concatenate([[0], np.cumsum(known)])
        columns, values = columns[known].astype(np.int32), 1 + np.log(counts[known].astype(np.float32))
        values *= self.idf[columns]
        indptr = before[starts]
        return sparse.csr_array((values, columns, indptr.astype(np.int32)), shape=(len(works), len(self.ids)))
