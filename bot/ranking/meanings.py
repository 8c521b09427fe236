"""
Meanings: works as points in a space of a few dozen dimensions, in which works of one subject lie close although they share no words.

Latent semantic analysis (Deerwester, Dumais, Furnas, Landauer and Harshman, 'Indexing by Latent Semantic Analysis', JASIS 1990): the first
singular vectors of the works' TF-IDF rows. What is closest to the mean of some works, and not to that of all, is told by Fisher's linear
discriminant with a shrunk covariance (Ledoit and Wolf 2004, doi:10.1016/S0047-259X(03)00096-4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import svds

_F = TypeVar("_F", np.float32, np.float64)

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

DIMENSIONS: Final = 60
"""Of the space, where there are enough works for so many; a fifth of the works at most."""

KNOWN_WELL: Final = 1_200
"""
Known works, twenty for each dimension of the space, below which it hardly tells what words mean: a first week has seven on 'alignment', and what most of
those have in common is a sense, but hardly the one that is meant.
"""

LEARNT_FROM: Final = 5_000
"""Works, the latest, from which the space is learnt. More of them cost seconds and tell the same fields apart."""

SHRUNK: Final = 0.02
"""What is added to the variance in every direction: a fiftieth of a work's length, so that a direction in which works hardly differ tells nothing."""

OF_ONE_SUBJECT: Final = 0.6
"""From which cosine on two works are of one subject: in a week of arXiv's, those of one fashion are alike by 0.5 to 0.8, those of one field by 0 to 0.4."""

_ACCURACY: Final = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """The works' points, a row each, and the `directions` of the space in terms, a column for each dimension."""

    directions: npt.NDArray[np.float32]
    points: npt.NDArray[np.float32]
    sample: Indices

    @classmethod
    def of(cls, rows: sparse.csr_array, recent: Indices, sample: Indices) -> Meanings:
        """
        Learn the space of works, given as rows, from the `recent` ones; `sample` stands for all, both by place.

        The first dimension is left out: it is what all works have in common.
        """
        learnt = rows[recent[-LEARNT_FROM:]].astype(np.float32)
        wanted = min(DIMENSIONS, min(learnt.shape) // 5)
        if wanted < 1:
            nothing = np.zeros((learnt.shape[1], 0), np.float32)
            return cls(nothing, np.zeros((rows.shape[0], 0), np.float32), sample)
        # Begun from the same vector, so that the same works give the same space.
        begin = np.ones(min(learnt.shape), np.float32)
        _, strengths, vectors = svds(learnt, k=wanted + 1, v0=begin, tol=_ACCURACY)
        # In one piece by terms, as they are read: else each product would write all of them once more.
        directions = np.ascontiguousarray(vectors[np.argsort(-strengths)[1:]].T, np.float32)
        return cls(directions, np.asarray(rows @ directions, np.float32), sample)

    def place(self, rows: sparse.csr_array) -> Floats:
        """Give works, as rows, as points of length 1; such as are not among those that are known, too."""
        return _unit(np.asarray(rows @ self.directions, float))

    def usual(self) -> Floats:
        """Give the middle of the usual works' points."""
        if not len(self.sample):
            return np.zeros(self.points.shape[1])
        return np.asarray(_unit(self.points[self.sample].astype(float)).mean(axis=0), float)

    def without(self, columns: sparse.csc_array, terms: Indices) -> Points:
        """Give the works' points as they would be without some terms, whose `columns` these are."""
        points = self.points - np.asarray(columns[:, terms] @ self.directions[terms]) if len(terms) else self.points
        unit = _unit(points)
        # Of a week before the first work there is no sample.
        usual = unit[self.sample].astype(float) if len(self.sample) else np.zeros((1, unit.shape[1]))
        spread = usual.T @ usual / max(1, len(usual)) + SHRUNK * np.eye(unit.shape[1])
        return Points(unit, usual.mean(axis=0), np.asarray(np.linalg.inv(spread), float), self.sample)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Works as points of length 1, with the mean of the usual ones, the `sample`, and the inverse of their spread."""

    points: npt.NDArray[np.float32]
    usual: Floats
    inverse: Floats
    sample: Indices

    def nearness(self, works: Indices, weights: Floats) -> Floats:
        """
        Say how near each work is to these, in standard deviations over the usual work; each of these as it is near to the others.

        `weights` are what these count, above 0.
        """
        direction, mine = self._along(works, weights, self.usual)
        found = np.asarray(self.points @ direction.astype(np.float32), float)
        found[works] = mine
        usual = found[self.sample]
        return np.asarray((found - usual.mean()) / (usual.std() or 1.0), float)

    def common(self, works: Indices) -> tuple[Floats, float]:
        """
        Give what works have in common beside the usual ones, as a direction, and how much that is: the mean likeness of two of them, at most 1, by which chance is
        taken off; 0 of one work alone.
        """
        number = len(works)
        if number < 2 or not self.points.shape[1]:  # noqa: PLR2004 - one work has nothing in common with others
            return np.zeros(self.points.shape[1]), 0.0
        middle = np.asarray(self.points[works].mean(axis=0, dtype=float) - self.usual)
        length = float(middle @ middle)
        alike = max(0.0, (number * length - 1) / (number - 1))
        return np.asarray(middle * (alike / length if alike else 0.0)), alike

    def along(self, direction: Floats) -> Floats:
        """Say how far each work lies in a direction, by what tells works apart, in standard deviations over the usual work."""
        found = np.asarray(self.points @ (self.inverse @ direction).astype(np.float32), float)
        usual = found[self.sample]
        return np.asarray((found - usual.mean()) / (usual.std() or 1.0), float) if len(usual) else found

    def coherence(self, works: Indices, weights: Floats) -> float:
        """Say how near these are to each other: the mean of their `nearness`, a fraction of its cost."""
        direction, mine = self._along(works, weights, self.usual)
        usual = self._of(self.sample, direction, works, mine)
        return float((mine.mean() - usual.mean()) / (usual.std() or 1.0)) if len(usual) else 0.0

    def coherence_beside(self, others: Indices, works: Indices, weights: Floats) -> float:
        """Say how near these are to each other, in standard deviations over some others."""
        direction, mine = self._along(works, weights, self.usual)
        beside = self._of(others, direction, works, mine)
        return float((mine.mean() - beside.mean()) / (beside.std() or 1.0))

    def nearness_among(self, some: Indices, works: Indices, weights: Floats) -> Floats:
        """
        Say of some works how near they are to these by what tells these apart from them, in standard deviations over them; 0 of all others.

        What all of them have in common tells nothing then: of those that have a word, in which sense.
        """
        found = np.zeros(len(self.points))
        middle = self.points[some].mean(axis=0, dtype=float)
        direction, mine = self._along(works, weights, middle)
        along = self._of(some, direction, works, mine)
        found[some] = (along - along.mean()) / (along.std() or 1.0)
        return found

    def _of(self, some: Indices, direction: Floats, works: Indices, mine: Floats) -> Floats:
        """Say how far some works lie in a direction; those `works` among them as far as was told of each."""
        found = np.asarray(self.points[some] @ direction.astype(np.float32), float)
        told = np.full(len(self.points), np.nan)
        told[works] = mine
        return np.where(np.isnan(told[some]), found, told[some])

    def _along(self, works: Indices, weights: Floats, usual: Floats) -> tuple[Floats, Floats]:
        """Give the direction from the usual work to these, and how far each of these lies in that which the others have."""
        if not self.points.shape[1] or len(works) < 2:  # noqa: PLR2004 - one is near to no other
            return np.zeros(self.points.shape[1]), np.zeros(len(works))
        share = weights / weights.sum()
        mine = self.points[works].astype(float)
        middle = share @ mine
        others = (middle - share[:, None] * mine) / (1 - share)[:, None] - usual
        return self.inverse @ (middle - usual), np.einsum("nk,nk->n", mine, others @ self.inverse)

    def groups(self, works: Sequence[int] | Indices) -> list[int]:
        """
        Put works into groups of one subject and give the number of each one's.

        Leader clustering (J. A. Hartigan, 'Clustering Algorithms', 1975, ch. 3): in the order given, a work joins the most similar of the works that
        lead a group, or leads a new one.
        """
        mine = self.points[np.asarray(works, np.intp)].astype(float)
        alike = mine @ mine.T
        near: dict[int, list[int]] = {}
        places, others = np.nonzero(alike >= OF_ONE_SUBJECT)
        before = others < places
        for place, other in zip(places[before].tolist(), others[before].tolist(), strict=True):
            near.setdefault(place, []).append(other)
        numbers: dict[int, int] = {}
        found: list[int] = []
        for place in range(len(mine)):
            leaders = [other for other in near.get(place, ()) if other in numbers]
            if leaders:
                found.append(numbers[max(leaders, key=alike[place].__getitem__)])
            else:
                found.append(numbers.setdefault(place, len(numbers)))
        return found


def _unit(points: npt.NDArray[_F]) -> npt.NDArray[_F]:
    """Give points with a length of 1; one at the origin stays there."""
    lengths = np.sqrt(np.einsum("nk,nk->n", points, points))[:, None]
    return np.asarray(points / np.where(lengths > 0, lengths, 1), points.dtype)
