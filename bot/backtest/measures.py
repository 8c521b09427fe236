"""Metrics of a ranking: nDCG, precision and recall at a rank, with 95 % intervals."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

RESAMPLED: Final = 1_000
"""Bootstrap samples behind an interval."""


def ndcg(relevant: Sequence[bool], at: int = 10) -> float:
    """
    Give the normalised discounted cumulative gain of an order (best first), from 0 to 1; 0 where nothing is relevant.

    Järvelin and Kekäläinen 2002 (doi:10.1145/582415.582418) with gains of 0 and 1.
    """
    gains = [1 / math.log2(rank + 1) for rank in range(1, at + 1)]
    ideal = sum(gains[: sum(relevant)])
    return sum(gain for gain, hit in zip(gains, relevant, strict=False) if hit) / ideal if ideal else 0.0


def precision(relevant: Sequence[bool], at: int = 10) -> float:
    """Give the relevant share of the first `at`."""
    return sum(relevant[:at]) / at


def recall(relevant: Sequence[bool], at: int) -> float:
    """Give the share of all that is relevant which is among the first `at`; 0 where nothing is relevant."""
    return sum(relevant[:at]) / sum(relevant) if any(relevant) else 0.0


MEASURES: Final[Mapping[str, Callable[[Sequence[bool]], float]]] = {
    "ndcg@10": ndcg,
    "precision@10": precision,
    "recall@10": lambda relevant: recall(relevant, 10),
    "recall@20": lambda relevant: recall(relevant, 20),
}
"""What is measured of every order."""


def interval(values: Sequence[float]) -> tuple[float, float]:
    """
    Give the 95 % interval of the mean, by the percentile bootstrap (Efron 1979, doi:10.1214/aos/1176344552).

    The same values give the same interval: the seed is fixed.
    """
    if not values:
        return 0.0, 0.0
    chance = random.Random(11)  # noqa: S311 - a resample, no secret
    means = sorted(math.fsum(chance.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLED))
    return means[int(0.025 * RESAMPLED)], means[int(0.975 * RESAMPLED) - 1]
