"""Samples of what there may be thousands of, where each is a question to a platform that counts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from bot.model import Finding
from bot.text import counted

Thing = TypeVar("Thing")


def spread_over(many: Iterable[Thing], most: int | None) -> list[Thing]:
    """
    Give `most` of them in their order, spread evenly, the same ones each time; all of them where there are no more, or without a `most`.

    >>> spread_over("abcdefghij", 4), spread_over("ab", 4), spread_over("abcdef", None)
    (['a', 'c', 'f', 'h'], ['a', 'b'], ['a', 'b', 'c', 'd', 'e', 'f'])
    """
    every = list(many)
    if most is None or len(every) <= most:
        return every
    return [every[number * len(every) // most] for number in range(most)]


def sample_findings(looked: int, of: int, what: str) -> list[Finding]:
    """Say how many were looked at, where these are not all."""
    if looked == of:
        return []
    told = f"{looked:,} of {counted(of, what)} were looked at, spread evenly over them; all of them: paperround doctor --all"
    return [Finding(well=True, what=told)]
