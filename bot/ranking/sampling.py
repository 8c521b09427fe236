"""Deterministic sample of works that stands for all of them: the same for the same works, whatever their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

SAMPLE: Final = 1_000
"""Works of a sample."""


def sampled(keys: Sequence[str], size: int = SAMPLE) -> list[int]:
    """
    Give the places of at most `size` of the keys, ascending.

    Each key has its own place in the draw (its checksum), so that a work which comes in or goes changes one place of the sample at most.
    """
    order = sorted(range(len(keys)), key=lambda place: (crc32(keys[place].encode()), keys[place]))
    return sorted(order[:size])
