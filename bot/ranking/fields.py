"""
Fields: topics that name a whole field, and the categories of arXiv that hold it (arxiv.org/category_taxonomy). Pure.

What is on machine learning hardly says so: the phrase stands in what applies it. Where a team asks for a field, its category tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ARCHIVES: Final = ("cs", "eess", "stat")
"""arXiv's archives, one of which nearly every work has that a team of machine learning reads, as words that stand in hardly any abstract."""

_LANGUAGE: Final = ("cs.CL",)
_LEARNING: Final = ("cs.LG", "stat.ML")
_VISION: Final = ("cs.CV",)
_PEOPLE: Final = ("cs.HC",)
_SECURITY: Final = ("cs.CR",)

CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "computation and language": _LANGUAGE,
        "computational linguistics": _LANGUAGE,
        "computer graphics": ("cs.GR",),
        "computer security": _SECURITY,
        "computer vision": _VISION,
        "cryptography": _SECURITY,
        "cryptography and security": _SECURITY,
        "cv": _VISION,
        "deep learning": (*_LEARNING, "cs.NE"),
        "hci": _PEOPLE,
        "human-computer interaction": _PEOPLE,
        "information retrieval": ("cs.IR",),
        "machine learning": _LEARNING,
        "ml": _LEARNING,
        "natural language processing": _LANGUAGE,
        "nlp": _LANGUAGE,
        "programming languages": ("cs.PL",),
        "robotics": ("cs.RO",),
        "signal processing": ("eess.SP",),
        "software engineering": ("cs.SE",),
    }
)
"""By topic, in small letters."""


def categories(topic: str) -> tuple[str, ...]:
    """
    Give the categories of the field that a topic names; none for a topic that is no field.

    >>> categories("Machine learning"), categories("machine unlearning")
    (('cs.LG', 'stat.ML'), ())
    """
    return CATEGORIES.get(" ".join(topic.casefold().split()), ())
