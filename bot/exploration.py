"""
Draw works that a channel's topics and decisions do not reach. Pure.

Each candidate is as likely as any other of the better half, so that what is drawn is worth a look and nobody's favourite; the seed makes each
week's draw its own, and the same for ever.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from bot.ranking import Ranked


def draw(candidates: Sequence[Ranked], number: int, seed: str) -> list[Ranked]:
    """Draw up to `number` of the candidates (best first), in the order in which they were drawn."""
    better = candidates[: max(number, (len(candidates) + 1) // 2)]
    return random.Random(seed).sample(better, min(number, len(better)))  # noqa: S311 - a choice of papers, no secret
