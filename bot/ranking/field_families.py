"""
Field families: nouns that name a field and the adjectives that papers on it have in their stead. Pure.

Who asks for 'medicine' wants what is medical: in a captured week of 2,460 works five abstracts have the noun, 59 'medical' and 113 'clinical'. The pairs are
WordNet's ('pertains to', https://wordnet.princeton.edu), of fields to which machine learning is applied; 'scientific' and 'healthcare' are beside these, as
papers say them. Left out are adjectives that are said of anything ('physical', 'industrial', 'historical').
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bot.ranking.spaced_text import tokens

_FAMILIES: Final = (
    ("agriculture", "agricultural"),
    ("astronomy", "astronomical"),
    ("biology", "biological"),
    ("chemistry", "chemical"),
    ("climate", "climatic"),
    ("ecology", "ecological"),
    ("economics", "economic"),
    ("education", "educational", "pedagogy", "pedagogical"),
    ("finance", "financial"),
    ("geology", "geological"),
    ("journalism", "journalistic"),
    ("medicine", "medical", "clinical", "biomedicine", "biomedical", "healthcare", "health care"),
    ("politics", "political"),
    ("psychiatry", "psychiatric"),
    ("psychology", "psychological"),
    ("science", "scientific"),
    ("surgery", "surgical"),
)
"""Words for one field. A clinic and a hospital are where medicine is practised."""

_OTHERWISE: Final = MappingProxyType({"environment": "environmental", "law": "legal"})
"""Nouns that most works of our field mean otherwise, an agent's environment and a scaling law, by the adjective that says which is meant."""

_A_TERM: Final = frozenset({"environment", "science", "scientific"})
"""Words that are a term of their own beside our field's: an agent's environment, and scientific machine learning, which solves equations."""

_MADE_OF: Final = 4
"""Letters with which words begin that are made of one."""

_FAMILY_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {" ".join(tokens(word)): family for family in _FAMILIES for word in family}
)


def family_of(topic: str) -> tuple[str, ...]:
    """
    Give the words for the field that a topic is a word for; nothing for any other topic.

    >>> family_of("Medical")[:2], family_of("medical imaging")
    (('medicine', 'medical'), ())
    """
    return _FAMILY_OF.get(" ".join(tokens(topic)), ())


def derived_words(word: str) -> tuple[str, ...]:
    """
    Give the words for the field of a word that are made of the same one, as adjective or noun; nothing for one that may be another field's.

    >>> derived_words("surgery"), derived_words("medicine"), derived_words("clinical"), derived_words("science")
    (('surgical',), ('medical',), (), ())
    """
    own = word.casefold()
    if own in _A_TERM:
        return ()
    return tuple(one for one in family_of(own) if one != own and one[:_MADE_OF] == own[:_MADE_OF])


def unambiguous(topic: str) -> str:
    """
    Give the adjective of a field whose noun works of our field mean otherwise; any other topic as it is.

    >>> unambiguous("law"), unambiguous("scaling law")
    ('legal', 'scaling law')
    """
    return _OTHERWISE.get(topic.casefold(), topic)


def is_of_a_field(word: str) -> bool:
    """Tell whether a word is the noun or the adjective of a field."""
    return bool(family_of(word)) or word.casefold() in {*_OTHERWISE, *_OTHERWISE.values()}


def is_subject_beside(word: str) -> bool:
    """
    Tell whether a word beside one of our field is that to which this is applied.

    >>> is_subject_beside("legal"), is_subject_beside("quantum"), is_subject_beside("scientific")
    (True, False, False)
    """
    return word.casefold() not in _A_TERM and is_of_a_field(word)
