"""
Regression: what liked works say of each term, against a sample of all works.

Kernel ridge regression (Saunders, Gammerman, Vovk 1998; the posterior mean of a Gaussian process, Rasmussen and Williams 2006, 2.2). What
the sample costs to invert is paid once a week; a question adds as many rows as it has liked works.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.corpus import NOISE, Corpus, Floats, Indices
from bot.ranking.likeness import likeness_to_few
from bot.ranking.terms import Terms


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """
    Works to learn from, as `rows` and by their `places` in the corpus (-1 for one that is not in it), with what the kernel says of them: `within` of each
    pair of them, `across` of each and each of the background, without the kernel's constant. `carried` is that, the constant included, times the
    background's inverse, most of what a regression costs; `sums` are those of its rows.
    """

    rows: sparse.csr_array
    places: Indices
    within: Floats
    across: Floats
    carried: Floats
    sums: Floats

    @classmethod
    def of(cls, corpus: Corpus, rows: sparse.csr_array, places: Indices) -> Examples:
        """Take works, given as rows, as examples."""
        return cls._of(corpus, rows, places, corpus.across(rows))

    @classmethod
    def at(cls, corpus: Corpus, places: Indices) -> Examples:
        """Take works of the corpus as examples."""
        return cls._of(corpus, corpus.rows[places], places, corpus.across_at(places))

    @classmethod
    def of_works(cls, corpus: Corpus, works: Sequence[Terms], places: Indices) -> Examples:
        """Take works, given by their terms, as examples; of those that the corpus has with the same terms what is known is not worked out again."""
        strange = np.array(
            [at < 0 or work is not corpus.works[at] for work, at in zip(works, places, strict=True)], bool
        )
        if not strange.any():
            return cls.at(corpus, places)
        rows = corpus.vocabulary.rows([works[place] for place in np.flatnonzero(strange).tolist()], corpus.least)
        known = places[~strange]
        # Those that are known stand first, and all of them go back to where they stood.
        order = np.argsort(np.argsort(strange, kind="stable"), kind="stable")
        together = sparse.csr_array(sparse.vstack([corpus.rows[known], rows]))[order]
        across = np.concatenate([corpus.across_at(known), corpus.across(rows)])[order]
        return cls._of(corpus, together, places, across)

    @classmethod
    def _of(cls, corpus: Corpus, rows: sparse.csr_array, places: Indices, single: npt.NDArray[np.float32]) -> Examples:
        """
        Work out the rest from what is across.

        The inverse is in single precision, in which the kernel's constant, the largest part by far, would drown the rest: what the inverse makes of that
        is known in double (`Corpus.evenly`).
        """
        carried = (single @ corpus.inverse).astype(float) + corpus.evenly
        within, across = likeness_to_few(rows, rows).astype(float) + 1, single.astype(float)
        return cls(rows, places, within, across, carried, across @ corpus.evenly + corpus.evenly.sum())

    def some(self, which: Sequence[int]) -> Examples:
        """Give those at some places among them."""
        if len(which) == len(self.places):
            return self
        mine = np.array(which, np.intp)
        within = self.within[np.ix_(mine, mine)]
        return Examples(
            self.rows[mine], self.places[mine], within, self.across[mine], self.carried[mine], self.sums[mine]
        )

    def without(self, corpus: Corpus, columns: Indices) -> Examples:
        """
        Give them without the terms of some columns, as `of` would from rows that lack these.

        What a work has of these terms and what else it has are at right angles, so that the kernel is the sum of what both say: it is worked out of the
        few terms that go, which few works of the background have, and taken away.
        """
        gone = only_terms(self.rows, columns)
        across = corpus.across(gone)
        touched = np.flatnonzero(across.any(axis=0))
        return Examples(
            only_terms(self.rows, columns, without=True),
            self.places,
            self.within - likeness_to_few(gone, gone),
            self.across - across,
            self.carried - across[:, touched] @ corpus.inverse[touched],
            self.sums - across[:, touched] @ corpus.evenly[touched],
        )


def only_terms(rows: sparse.csr_array, columns: Indices, *, without: bool = False) -> sparse.csr_array:
    """Give rows with the terms of some columns alone, or `without` them."""
    named = np.zeros(rows.shape[1], np.bool_)
    named[columns] = True
    these = named[rows.indices] != without
    ends = np.concatenate([np.zeros(1, np.int32), np.cumsum(these, dtype=np.int32)])[rows.indptr]
    return sparse.csr_array((rows.data[these], rows.indices[these], ends), shape=rows.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """
    What a regression found: the weight of each term; and for each work that it learnt from, by its place in the corpus, what it would be
    taken for by all the others (NaN for any other work). A work would be near to itself, or far from itself where it stands for those that nobody asked for.
    """

    weights: npt.NDArray[np.float32]
    left_out: Floats

    def of(self, here: sparse.csr_array, places: Indices) -> Floats:
        """Judge the works at some places, `here` their rows."""
        left_out = self.left_out[places]
        return np.where(np.isnan(left_out), here @ self.weights, left_out)


def over_usual(corpus: Corpus, learnt: Learnt, here: sparse.csr_array, places: Indices) -> Floats:
    """Give what was learnt of the works at some places, in standard deviations over the usual work."""
    usual = corpus.background @ learnt.weights
    return np.asarray((learnt.of(here, places) - usual.mean()) / (usual.std() or 1.0), float)


def regression(corpus: Corpus, examples: Examples, liked: Floats, counts: Floats, *, apart: bool = True) -> Learnt:
    """
    Learn by kernel ridge regression of `liked`, a number for each example, against the background's 0.

    What was liked or skipped counts as much as the whole background together, however little it is (balanced classes): each example `counts` times its
    share. The background's inverse is known, so only the Schur complement of the examples is solved. A work that is among them is none of the
    background, if they are kept `apart`; what was decided on does better as both (docs/ranking.md). Left-out predictions are Rasmussen and Williams
    2006, 5.12.
    """
    shares = counts * corpus.background.shape[0] / counts[liked != 0].sum()
    gone = np.flatnonzero(np.isin(corpus.sample, examples.places)) if apart else np.zeros(0, np.intp)
    carried, sums, known = _without(corpus, gone, examples)
    left = examples.within - carried @ examples.across.T - sums[:, None]
    left[np.diag_indices_from(left)] += NOISE / shares
    inverse = np.linalg.inv(left)
    own = inverse @ liked
    others = carried.T @ own
    constant = own.sum() - own @ sums
    spread = known + (carried * (inverse @ carried)).sum(axis=0)
    left_out = np.full(corpus.rows.shape[0], np.nan)
    left_out[corpus.sample] = np.where(spread > 0, others / np.where(spread > 0, spread, 1), 0) - constant
    there = examples.places >= 0
    left_out[examples.places[there]] = (liked - own / np.diag(inverse) - constant)[there]
    of_examples, of_others = examples.rows.T @ own.astype(np.float32), corpus.background.T @ others.astype(np.float32)
    return Learnt(np.asarray(of_examples - of_others, np.float32), left_out)


def _without(corpus: Corpus, gone: Indices, examples: Examples) -> tuple[Floats, Floats, Floats]:
    """
    Give what is `carried` of examples, and its `sums`, as they would be with the inverse of a background without some of its works, and the diagonal of
    that inverse.

    Zeros stand in the place of what is gone. The inverse itself has a million numbers, and is not written once more for every question.
    """
    carried, sums, diagonal = examples.carried, examples.sums, np.diag(corpus.inverse).astype(float)
    if len(gone):
        mine = corpus.inverse[gone].astype(float)
        inner = np.linalg.inv(mine[:, gone])
        part = carried[:, gone] @ inner
        carried, sums = carried - part @ mine, sums - part @ corpus.evenly[gone]
        diagonal -= np.einsum("gn,gn->n", mine, inner @ mine)
        carried[:, gone] = 0
        diagonal[gone] = 0
    return carried, sums, diagonal


def standardised(values: Floats) -> Floats:
    """Give values with mean 0 and standard deviation 1; all 0 where they do not differ."""
    deviation = values.std() if len(values) else 0.0
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))  # noqa: PLR2004 - nothing
