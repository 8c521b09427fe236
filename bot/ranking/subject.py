"""
Subject: what a topic is on, beside that it is on our own field. Pure.

Nearly every work that is collected is on machine learning, and 'machine learning for time series' asks for those on time series: the words that all have for
reasons of their own would find any work that says them once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import regex

from bot.ranking.field_families import is_subject_beside
from bot.telling_words import telling_words

_LANGUAGE: Final = r"(?:NLP|natural language processing|(?:(?:large|small) )?language models?|S?LLMs?)"
_OUR_FIELD: Final = (
    rf"(?:AI|artificial intelligence|ML|machine learning|deep learning|(?:deep )?neural net(?:work)?s?|{_LANGUAGE})"
)
_BASED: Final = "(?:based|driven|powered|assisted|enabled|enhanced)"
_OUR_MODELS: Final = rf"(?:{_OUR_FIELD}|(?:foundation )?models?|transformers?)"
_APPLIED: Final = (
    rf"(?:applied |applying |applications? of |using )?{_OUR_MODELS}(?: methods| models| applied)? (?:for|in|on|to) (?:the )?(?P<subject>.+)",
    rf"{_OUR_FIELD}[- ]{_BASED} (?P<subject>.+)",
    rf"(?P<subject>.+) (?:with|using|by|via|through) {_OUR_FIELD}",
)
_WAYS: Final = [regex.compile(way, regex.IGNORECASE) for way in _APPLIED]
_PART: Final = regex.compile(rf"(?P<subject>.+) (?:of|in) (?:the )?{_OUR_FIELD}", regex.IGNORECASE)
"""What is asked of our field: its theory, or bias in language models."""
_THEORY: Final = regex.compile(
    r"(?:(?:theoretical|mathematical) )?(?:foundations?|fundamentals|underpinnings)", regex.IGNORECASE
)
"""What is theory by another name: by the word itself works on foundation models would be found."""
_KINDS: Final = (
    (_LANGUAGE, ("large language model", "large language models", "LLM", "LLMs", "NLP"), ("cs.CL",)),
    ("foundation models?", ("foundation model", "foundation models"), ()),
    ("transformers?", ("transformer", "transformers"), ()),
)
"""What is applied, where not all works of our field are on it: how it is said in a topic, by which names works have it, and in which categories."""

_BESIDE: Final = [
    regex.compile(way, regex.IGNORECASE)
    for way in (rf"(?P<field>\p{{L}}+) {_OUR_FIELD}", rf"{_OUR_FIELD} (?:and |& )?(?P<field>\p{{L}}+)")
]


@lru_cache(maxsize=4096)  # the topics of all channels
def applied_to(topic: str) -> str:
    """
    Give to what a topic applies our field; any other topic as it is.

    >>> applied_to("machine learning for drug discovery"), applied_to("AI-driven drug discovery"), applied_to("physics with deep learning")
    ('drug discovery', 'drug discovery', 'physics')
    >>> applied_to("LLMs in medicine"), applied_to("legal NLP"), applied_to("AI and law")
    ('medicine', 'legal', 'law')
    >>> applied_to("theory of deep learning"), applied_to("foundations of ML"), applied_to("bias in LLMs")
    ('theory', 'theory', 'bias')
    >>> applied_to("AI safety"), applied_to("machine learning"), applied_to("quantum machine learning")
    ('AI safety', 'machine learning', 'quantum machine learning')
    """
    spaced = " ".join(topic.split())
    ways = (*_WAYS, _PART)
    subject: str | None = next((found["subject"] for way in ways if (found := way.fullmatch(spaced))), None)
    if subject is not None:
        return "theory" if _PART.fullmatch(spaced) and _THEORY.fullmatch(subject) else subject
    # Two words side by side are a term of their own ('AI safety') unless the other one is a field.
    beside = (found["field"] for way in _BESIDE if (found := way.fullmatch(spaced)))
    return next((field for field in beside if is_subject_beside(field)), topic)


def is_part(topic: str) -> bool:
    """
    Tell whether a topic asks for a part of our field, as its theory is.

    >>> is_part("theory of deep learning"), is_part("bias in LLMs"), is_part("LLMs in medicine"), is_part("reasoning with LLMs")
    (True, True, False, False)
    """
    spaced = " ".join(topic.split())
    return _PART.fullmatch(spaced) is not None and not any(way.fullmatch(spaced) for way in _WAYS)


class Applied(NamedTuple):
    """A kind of works that is applied to something: what they say, and the categories of arXiv that hold it."""

    names: Sequence[str]
    categories: Sequence[str]


@lru_cache(maxsize=4096)  # the topics of all channels
def applied(topic: str) -> Applied | None:
    """
    Give the kind of works that a topic applies to something; None where it applies what all works are on, or nothing.

    >>> applied("clinical NLP").categories, applied("machine learning in medicine"), applied("LLMs")
    (('cs.CL',), None, None)
    """
    if applied_to(topic) == topic:
        return None
    said = (Applied(names, categories) for way, names, categories in _KINDS if _word(way).search(topic))
    return next(said, None)


@lru_cache(maxsize=4096)  # the topics of all channels
def without_our_field(topic: str) -> str:
    """
    Give a topic without the words of our field, if any others are left that tell something; else as it is.

    >>> without_our_field("mental health NLP"), without_our_field("NLP evaluation"), without_our_field("language models")
    ('mental health', 'NLP evaluation', 'language models')
    """
    left = " ".join(_word(_OUR_FIELD).sub(" ", topic).split())
    return left if left and telling_words(left) else topic


@lru_cache(maxsize=8)
def _word(way: str) -> regex.Pattern[str]:
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}-])(?:{way})(?![\p{{L}}\p{{N}}])(?!-(?!{_BASED}))", regex.IGNORECASE)
