"""Corpus: the works that are known, as rows of TF-IDF, with what every channel's ranking of the same week shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.terms import Terms
from bot.ranking.tfidf import Rest, Vocabulary

NOISE: Final = 1.0
"""What is added to the kernel's diagonal: how little one work alone says. Works are alike by 1 with themselves, by 0.1 with kin."""

SHORT: Final = 0.5
"""Works of less than this part of the usual length count for less: a title alone would be as near to other titles as two abstracts never are."""

MEASURED: Final = 500
"""Works whose length says what is usual."""

Floats = npt.NDArray[np.float64]

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """
    The works that are known, as rows (and the same as `columns`, for the few terms of a topic), and what every ranking of them shares.

    `rest` are their terms that do not count, `beside` what was found by `always_with`.
    """

    vocabulary: Vocabulary
    rows: sparse.csr_array
    columns: sparse.csc_array
    recent: Indices
    sample: Indices
    background: sparse.csr_array
    crowd: sparse.csr_array
    inverse: Floats
    rest: Rest
    least: float
    beside: dict[int, Indices] = field(default_factory=dict)

    def always_with(self, column: int) -> Indices:
        """
        Give the columns of the terms that stand in no work without this one: of a stem, its words and the pairs they are in. Kept, for channels
        share their topics.
        """
        if (found := self.beside.get(column)) is None:
            having = self.columns.indices[self.columns.indptr[column] : self.columns.indptr[column + 1]]
            times = np.bincount(self.rows[having].indices, minlength=self.rows.shape[1])
            found = np.flatnonzero((times == np.diff(self.columns.indptr)) & (times > 0)).astype(np.intp)
            self.beside[column] = found
        return found

    def having(self, terms: npt.NDArray[np.uint32]) -> Floats:
        """Say for each work which part of these terms it has, whether or not they count in the vocabulary."""
        hits = np.zeros(len(self.rest.sizes))
        columns, counted = self.vocabulary.columns(terms)
        for column in columns[counted].tolist():
            hits[self.columns.indices[self.columns.indptr[column] : self.columns.indptr[column + 1]]] += 1
        for strange in terms[~counted]:
            hits[self.rest.owners[self.rest.ids == strange]] += 1
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
        return cls(
            vocabulary,
            rows,
            sparse.csc_array(rows),
            np.asarray(recent, np.intp),
            np.asarray(sample, np.intp),
            background,
            crowd,
            np.linalg.inv(kernel),
            rest,
            least,
        )
