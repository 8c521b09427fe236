"""
Subject: what a topic is on, beside that it is on our own field. Pure.

Nearly every work that is collected is on machine learning, and 'machine learning for time series' asks for those on time series: the words that all have for
reasons of their own would find any work that says them once more.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import regex

_OUR_FIELD: Final = r"(?:AI|artificial intelligence|ML|machine learning|deep learning|(?:deep )?neural net(?:work)?s?)"
_APPLIED: Final = (
    rf"(?:applied |applying |applications? of |using )?{_OUR_FIELD}(?: methods| models| applied)? (?:for|in|on|to) (?P<subject>.+)",
    rf"{_OUR_FIELD}[- ](?:based|driven|powered|assisted|enabled|enhanced) (?P<subject>.+)",
    rf"(?P<subject>.+) (?:with|using|by|via|through) {_OUR_FIELD}",
)
_WAYS: Final = [regex.compile(way, regex.IGNORECASE) for way in _APPLIED]


@lru_cache(maxsize=4096)  # the topics of all channels
def applied_to(topic: str) -> str:
    """
    Give to what a topic applies our field; any other topic as it is.

    >>> applied_to("machine learning for drug discovery"), applied_to("AI-driven drug discovery"), applied_to("physics with deep learning")
    ('drug discovery', 'drug discovery', 'physics')
    >>> applied_to("AI safety"), applied_to("machine learning")
    ('AI safety', 'machine learning')
    """
    spaced = " ".join(topic.split())
    return next((found["subject"] for way in _WAYS if (found := way.fullmatch(spaced))), topic)
