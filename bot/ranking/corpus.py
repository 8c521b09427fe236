"""Corpus: the works that are known, as rows of TF-IDF, with what every channel's ranking of the same week shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.entries import Entries
from bot.ranking.meanings import Meanings
from bot.ranking.terms import TITLE, Terms, stacked
from bot.ranking.tfidf import Rest, Vocabulary

NOISE: Final = 1.0
"""What is added to the kernel's diagonal: how little one work alone says. Works are alike by 1 with themselves, by 0.1 with kin."""

SHORT: Final = 0.5
"""Works of less than this part of the usual length count for less: a title alone would be as near to other titles as two abstracts never are."""

DWELLS: Final = TITLE
"""How often a word counts in a work that dwells on it: once in the title, or as often as that in the abstract. Less is said in passing."""

MEASURED: Final = 500
"""Works whose length says what is usual."""

ACROSS: Final = 4_096
"""Works of which their likeness to the background is kept, four kilobytes each: the best of many topics, and what was decided on."""

Floats = npt.NDArray[np.float64]

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Corpus:
    """
    The works that are known, as rows (and the same as `columns`, for the few terms of a topic), and what every ranking of them shares.

    `inverse` is that of the background's kernel, and `evenly` the sum of its rows: what it makes of the constant that the kernel has for any two works.
    `rest` are their terms that do not count.
    """

    vocabulary: Vocabulary
    rows: sparse.csr_array
    columns: sparse.csc_array
    recent: Indices
    sample: Indices
    background: sparse.csr_array
    crowd: sparse.csr_array
    inverse: npt.NDArray[np.float32]
    evenly: Floats
    rest: Rest
    least: float
    works: Sequence[Terms]
    _always_with: dict[int, Indices] = field(default_factory=dict, init=False, repr=False)
    _asked: list[tuple[Indices, sparse.csr_array]] = field(default_factory=list, init=False, repr=False)
    _columns_asked: list[tuple[Indices, sparse.csr_array]] = field(default_factory=list, init=False, repr=False)
    _across: dict[int, npt.NDArray[np.float32]] = field(default_factory=dict, init=False, repr=False)

    def always_with(self, column: int) -> Indices:
        """
        Give the columns of the terms that stand in no work without this one: of a stem, its words and the pairs they are in. Kept, for channels
        share their topics.
        """
        if (found := self._always_with.get(column)) is None:
            having = self.columns.indices[self.columns.indptr[column] : self.columns.indptr[column + 1]]
            times = np.bincount(Entries.of(self.rows, having).across, minlength=self.rows.shape[1])
            found = np.flatnonzero((times == self._frequencies) & (times > 0)).astype(np.intp)
            self._always_with[column] = found
        return found

    def rows_at(self, places: Indices) -> sparse.csr_array:
        """Give the rows of the works at some places. The last ones are kept, for all channels ask about the same week."""
        if not self._asked or not np.array_equal(self._asked[0][0], places):
            self._asked[:] = [(places, self.rows[places])]
        return self._asked[0][1]

    def columns_at(self, places: Indices) -> sparse.csr_array:
        """Give for each term which of the works at some places have it, as a row, and how far. The last ones are kept for those who skipped a work."""
        if not self._columns_asked or not np.array_equal(self._columns_asked[0][0], places):
            self._columns_asked[:] = [(places, sparse.csr_array(self.rows_at(places).T))]
        return self._columns_asked[0][1]

    def along(self, terms: npt.NDArray[np.int32], weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give for each work the sum of the weights of some terms, a few, by how far it has each of them."""
        found = np.zeros(len(self.works), np.float32)
        columns = self.columns
        for term, weight in zip(terms.tolist(), weights, strict=True):
            having = slice(columns.indptr[term], columns.indptr[term + 1])
            found[columns.indices[having]] += columns.data[having] * weight
        return found

    def across(self, rows: sparse.csr_array) -> npt.NDArray[np.float32]:
        """
        Give the likeness of works, given as rows, to each of the background.

        It is above 0 for nearly all, which a product of two sparse matrices would find out first, for as much again as the product costs.
        """
        named = np.zeros(rows.shape[1], np.bool_)
        named[rows.indices] = True
        terms, places = np.flatnonzero(named), np.cumsum(named, dtype=np.int32) - 1
        dense = np.zeros((len(terms), rows.shape[0]), np.float32)
        dense[places[rows.indices], np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))] = rows.data
        return np.ascontiguousarray((self.crowd[terms].T @ dense).T)

    def across_at(self, places: Indices) -> npt.NDArray[np.float32]:
        """Give the likeness of the works at some places to each of the background. Kept, for many channels learn from the same works."""
        new = [place for place in places.tolist() if place not in self._across]
        if len(self._across) + len(new) > ACROSS:
            self._across.clear()
            new = places.tolist()
        if new:
            self._across.update(zip(new, self.across(self.rows[new]), strict=True))
        kept = [self._across[place] for place in places.tolist()]
        return np.array(kept, np.float32).reshape(len(kept), len(self.sample))

    @cached_property
    def _frequencies(self) -> npt.NDArray[np.int32]:
        """In how many works each term stands."""
        return np.asarray(np.diff(self.columns.indptr), np.int32)

    @cached_property
    def usual(self) -> Floats:
        """The middle of the sample: how far the usual work has each term."""
        return np.asarray(self.background.mean(axis=0), float).ravel()

    @cached_property
    def meanings(self) -> Meanings:
        """The works as points, learnt from the latest of them when somebody first asks: who has one topic or none never does."""
        return Meanings.of(self.rows, self.recent, self.sample)

    def dwelling(self, terms: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
        """Say which works dwell on any of these terms: have it in the title, or `DWELLS` times."""
        ids, owners = self._dwelling_terms
        found = np.zeros(len(self.works), np.bool_)
        for term in terms:
            found[owners[np.searchsorted(ids, term) : np.searchsorted(ids, term, side="right")]] = True
        return found

    @cached_property
    def _dwelling_terms(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
        """The terms that works dwell on, in order, and the places of these works."""
        ids, counts, starts = stacked(self.works)
        often = np.flatnonzero(counts >= DWELLS)
        owners = (np.searchsorted(starts, often, side="right") - 1).astype(np.int32)
        order = np.argsort(ids[often], kind="stable")
        return ids[often][order], owners[order]

    def having(self, terms: npt.NDArray[np.uint32]) -> Floats:
        """Say for each work which part of these terms it has, whether or not they count in the vocabulary."""
        hits = np.zeros(len(self.rest.sizes))
        columns, counted = self.vocabulary.columns(terms)
        for column in columns[counted].tolist():
            hits[self.columns.indices[self.columns.indptr[column] : self.columns.indptr[column + 1]]] += 1
        for start, end in self.rest.spans(terms[~counted]):
            hits[self.rest.owners[start:end]] += 1
        return np.asarray(hits / len(terms), float)

    @classmethod
    def of(cls, known: Sequence[Terms], works: Sequence[Terms], recent: Sequence[int], sample: Sequence[int]) -> Corpus:
        """
        Prepare the ranking of `works`: the vocabulary comes from those that are `known`.

        `recent` are those of `works` in which the topics look for feedback, `sample` those that stand for all the others, both by place.
        """
        vocabulary = Vocabulary.of(known)
        least = SHORT * vocabulary.usual_length(known[:MEASURED])
        rows, rest = vocabulary.rows_and_rest(works, least)
        background = rows[np.asarray(sample, np.intp)]
        crowd = sparse.csr_array(background.T)
        kernel = (background @ crowd).toarray().astype(np.float64) + 1
        kernel[np.diag_indices_from(kernel)] += NOISE
        inverse = np.linalg.inv(kernel)
        return cls(
            vocabulary,
            rows,
            sparse.csc_array(rows),
            np.asarray(recent, np.intp),
            np.asarray(sample, np.intp),
            background,
            crowd,
            inverse.astype(np.float32),
            inverse.sum(axis=0),
            rest.by_term(),
            least,
            works,
        )
