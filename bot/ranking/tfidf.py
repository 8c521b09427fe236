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


_MANY: Final = 1 << 18
"""So many terms are looked up by a table, and at once, so that what is made of them meanwhile fits into a processor's cache."""

_BEGINNING: Final = np.uint32(10)
"""Bits of a term that are left away to find its place in the table, which has four million: some bytes for each term that counts."""

_SEVERAL: Final = np.int32(-2)

_WEIGHTS: Final = 1 + np.log(np.maximum(np.arange(256, dtype=np.float32), 1))
"""Sublinear term frequency, by count."""


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """
    The terms of works that do not count: `ids` of all works one after the other, and the `owners` that they are of, by place. `sizes` are how
    many terms each work has, whether or not they count.
    """

    ids: npt.NDArray[np.uint32]
    owners: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.intp]

    def by_term(self) -> Rest:
        """Give the same with the terms in ascending order."""
        order = np.argsort(self.ids)
        return Rest(self.ids[order], self.owners[order], self.sizes)

    def spans(self, terms: npt.NDArray[np.uint32]) -> list[tuple[int, int]]:
        """Give for each of some terms where the works that have it begin and end among the owners; of what is in the order of `by_term`."""
        starts, ends = (np.searchsorted(self.ids, terms, side) for side in ("left", "right"))
        return list(zip(starts.tolist(), ends.tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The terms that count, ascending, and the weight of each: its smoothed inverse document frequency."""

    ids: npt.NDArray[np.uint32]
    idf: npt.NDArray[np.float32]

    def usual_length(self, works: Sequence[Terms]) -> float:
        """Give the median of the lengths that works' rows would have before they are scaled; 0 without works."""
        lengths = _lengths(self._raw(works)[0])
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
        return self.rows_and_rest(works, least)[0]

    def rows_and_rest(self, works: Sequence[Terms], least: float = 0.0) -> tuple[sparse.csr_array, Rest]:
        """Give works as `rows` does, and with them the terms that do not count."""
        raw, rest = self._raw(works)
        lengths = _lengths(raw)
        lengths = np.maximum(np.where(lengths > 0, lengths, 1), least)
        raw.data /= np.repeat(lengths, np.diff(raw.indptr)).astype(np.float32)
        return raw, rest

    def columns(self, ids: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        """Give the column of each term, and which of them count at all; the column of one that does not means nothing."""
        if len(ids) < _MANY:
            return self._searched(ids)
        columns, known = np.empty(len(ids), np.int32), np.empty(len(ids), np.bool_)
        # Hashes are spread evenly, so the first bits of most tell which one it is; where two begin alike, both are searched for.
        begins = self.ids >> _BEGINNING
        table = np.full(1 << (32 - int(_BEGINNING)), -1, np.int32)
        table[begins] = np.arange(len(begins), dtype=np.int32)
        table[begins[1:][begins[1:] == begins[:-1]]] = _SEVERAL
        for start in range(0, len(ids), _MANY):
            piece = slice(start, start + _MANY)
            wanted = ids[piece]
            found = table[wanted >> _BEGINNING]
            several = np.flatnonzero(found == _SEVERAL)
            found[several] = np.minimum(np.searchsorted(self.ids, wanted[several]), len(self.ids) - 1)
            hit = found >= 0
            hit[hit] = self.ids[found[hit]] == wanted[hit]
            columns[piece], known[piece] = found, hit
        return columns, known

    def _searched(self, ids: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
        columns = np.searchsorted(self.ids, ids).astype(np.int32)
        known = columns < len(self.ids)
        known[known] = self.ids[columns[known]] == ids[known]
        return columns, known

    def _raw(self, works: Sequence[Terms]) -> tuple[sparse.csr_array, Rest]:
        ids, counts, starts = stacked(works)
        columns, known = self.columns(ids)
        before = np.concatenate([[0], np.cumsum(known, dtype=np.int32)])
        kept = columns[known]
        values = _WEIGHTS[counts[known]]
        values *= self.idf[kept]
        indptr = before[starts].astype(np.int32)
        sizes = np.diff(starts)
        owners = np.repeat(np.arange(len(works), dtype=np.int32), sizes - np.diff(indptr))
        rest = Rest(ids[~known], owners, sizes)
        return sparse.csr_array((values, kept, indptr), shape=(len(works), len(self.ids))), rest


def _lengths(raw: sparse.csr_array) -> npt.NDArray[np.float32]:
    squares = sparse.csr_array((raw.data * raw.data, raw.indices, raw.indptr), shape=raw.shape)
    return np.asarray(np.sqrt(np.asarray(squares.sum(axis=1)).ravel()), np.float32)
