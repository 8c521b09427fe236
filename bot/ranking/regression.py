"""
Regression: what liked works say of each term, against a sample of all works.

Kernel ridge regression (Saunders, Gammerman, Vovk 1998; the posterior mean of a Gaussian process, Rasmussen and Williams 2006, 2.2). What
the sample costs to invert is paid once a week; a question adds as many rows as it has liked works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.ranking.corpus import NOISE, Corpus, Floats, Indices


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """
    What a regression found: the weight of each term; and for the works that it learnt from, by their place in the corpus, what they would be
    taken for by all the others. A work would be near to itself, or far from itself where it stands for those that nobody asked for.
    """

    weights: npt.NDArray[np.float32]
    left_out: Mapping[int, float]

    def of(self, here: sparse.csr_array, places: Indices) -> Floats:
        """Judge the works at some places, `here` their rows."""
        found = np.asarray(here @ self.weights, float)
        for row, place in enumerate(places.tolist()):
            if place in self.left_out:
                found[row] = self.left_out[place]
        return found


def over_usual(corpus: Corpus, learnt: Learnt, here: sparse.csr_array, places: Indices) -> Floats:
    """Give what was learnt of the works at some places, in standard deviations over the usual work."""
    usual = corpus.background @ learnt.weights
    return np.asarray((learnt.of(here, places) - usual.mean()) / (usual.std() or 1.0), float)


def regression(
    corpus: Corpus, rows: sparse.csr_array, liked: Floats, counts: Floats, places: Indices, *, apart: bool = True
) -> Learnt:
    """
    Learn by kernel ridge regression of `liked` against the background's 0. `places` are where the rows' works stand in the corpus, or -1.

    What was liked or skipped counts as much as the whole background together, however little it is (balanced classes): each row `counts` times its
    share. The background's inverse is known, so only the Schur complement of the rows is solved. A work that is among the rows is none of the
    background, if they are kept `apart`; what was decided on does better as both (docs/ranking.md). Left-out predictions are Rasmussen and Williams
    2006, 5.12.
    """
    shares = counts * corpus.background.shape[0] / counts[liked != 0].sum()
    gone = np.flatnonzero(np.isin(corpus.sample, places)) if apart else np.zeros(0, np.intp)
    across = (rows @ corpus.crowd).toarray() + 1
    within = (rows @ rows.T).toarray() + 1
    carried, known = _without(corpus.inverse, gone, across.astype(np.float32))
    within -= carried @ across.T
    within[np.diag_indices_from(within)] += NOISE / shares
    inverse = np.linalg.inv(within)
    own = inverse @ liked
    others = carried.T @ own
    constant = own.sum() - others.sum()
    spread = known + (carried * (inverse @ carried)).sum(axis=0)
    alone = np.where(spread > 0, others / np.where(spread > 0, spread, 1), 0) - constant
    left_out = dict(zip(corpus.sample.tolist(), alone.tolist(), strict=True))
    left_out |= dict(zip(places.tolist(), (liked - own / np.diag(inverse) - constant).tolist(), strict=True))
    of_rows, of_others = rows.T @ own.astype(np.float32), corpus.crowd @ others.astype(np.float32)
    return Learnt(np.asarray(of_rows - of_others, np.float32), left_out)


def _without(inverse: npt.NDArray[np.float32], gone: Indices, across: npt.NDArray[np.float32]) -> tuple[Floats, Floats]:
    """
    Give `across` times the inverse of a matrix without some of its rows and columns, and the diagonal of that, from the inverse of the whole.

    Zeros stand in the place of what is gone. The inverse itself has a million numbers, and is not written once more for every question.
    """
    carried, diagonal = (across @ inverse).astype(float), np.diag(inverse).astype(float)
    if len(gone):
        mine = inverse[:, gone].astype(float)
        solved = np.linalg.solve(inverse[np.ix_(gone, gone)], mine.T)
        carried -= (across @ mine) @ solved
        diagonal -= np.einsum("ng,gn->n", mine, solved)
        carried[:, gone] = 0
        diagonal[gone] = 0
    return carried, diagonal


def standardised(values: Floats) -> Floats:
    """Give values with mean 0 and standard deviation 1; all 0 where they do not differ."""
    deviation = values.std() if len(values) else 0.0
    return (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))  # noqa: PLR2004 - nothing
