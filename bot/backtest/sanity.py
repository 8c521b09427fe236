"""
Baseline of the backtest: a linear SVM a channel, with arxiv-sanity-lite's settings, written again from its description.

Sublinear TF-IDF over words and pairs of words of title, abstract and authors, in at least 5 works and at most a tenth of them,
the 20,000 most frequent; English stop words are left out. A linear SVM with balanced classes and C = 0.01
(github.com/karpathy/arxiv-sanity-lite).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.svm import LinearSVC

MIN_DF: Final = 5
MAX_DF: Final = 0.1
FEATURES: Final = 20_000

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


def counted(texts: Sequence[str]) -> sparse.csr_array:
    """
    Count the terms of texts; each column is a term that enough of them have.

    Counted once for all weeks: `weighted` then keeps for a week only what its own works know.
    """
    counter = CountVectorizer(
        ngram_range=(1, 2),
        min_df=min(MIN_DF, len(texts)),
        strip_accents="unicode",
        stop_words="english",
        token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",  # noqa: S106 - a pattern of words
        dtype=np.int32,
    )
    try:
        return sparse.csr_array(counter.fit_transform(texts))
    except ValueError:  # not one term is left
        return sparse.csr_array((len(texts), 0), dtype=np.int32)


def weighted(counts: sparse.csr_array, known: int) -> sparse.csr_array:
    """Give the TF-IDF rows of works, of which the first `known` say which terms count and how much."""
    past = counts[:known]
    df = np.bincount(past.indices, minlength=counts.shape[1])
    tf = np.bincount(past.indices, weights=past.data, minlength=counts.shape[1])
    keep = np.flatnonzero((df >= MIN_DF) & (df <= MAX_DF * known))
    if len(keep) > FEATURES:
        keep = np.sort(keep[np.argsort(-tf[keep], kind="stable")[:FEATURES]])
    rows = counts[:, keep].astype(np.float64)
    rows.data = 1 + np.log(rows.data)
    rows = rows @ sparse.diags_array(np.log((1 + known) / (1 + df[keep])) + 1)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ rows)


def scores(rows: sparse.csr_array, known: int, trained: Indices, liked: Indices) -> Floats:
    """
    Train on the rows `trained`, all of them among the first `known`, of which `liked` are wanted; score what comes after the known.

    All scores are 0 where there is nothing to train on.
    """
    wanted = np.isin(trained, liked)
    if not wanted.any() or wanted.all() or not rows.shape[1]:
        return np.zeros(rows.shape[0] - known)
    machine = LinearSVC(class_weight="balanced", C=0.01, tol=1e-6, max_iter=10_000, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        machine.fit(rows[trained], wanted)
    return np.asarray(machine.decision_function(rows[known:]), float)
