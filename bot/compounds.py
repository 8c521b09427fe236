"""
Compounds: the words of which names in titles are put together. Pure.

What is called RigidBench is a bench, be it in no word of its own (Enslen, Hill, Pollock and Vijay-Shanker, 'Mining source code to automatically
split identifiers', MSR 2009).
"""

from __future__ import annotations

import re
from typing import Final

_COMPOUND: Final = re.compile(r"[A-Za-z0-9]*(?:[a-z][A-Z]|[A-Z]{2}[a-z]{2})[A-Za-z0-9]*")
_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")

_TELLING: Final = 3
"""Letters from which on a part of a name is a word of its own: of 'GoT' and 'mT5' nothing is left."""


def parts_of_names(title: str) -> list[str]:
    """
    Give the words of which a title's names are put together, in their order.

    >>> parts_of_names("DSAgentBench at work")
    ['Agent', 'Bench']
    """
    return [part for name in _COMPOUND.findall(title) for part in _PART.findall(name) if len(part) >= _TELLING]
