"""Other languages: whether a topic is hardly English, in which nearly all works are written. Pure."""

from __future__ import annotations

from typing import Final

import regex

_LETTER: Final = regex.compile(r"[^\P{L}\p{Latin}\p{Greek}]|\b\p{Ll}*(?![a-z])\p{Ll}(?<=\p{Latin})")
"""A letter of another script, or one with a mark in a word in small letters: with a capital it is a name, like Schrödinger's."""

_FUNCTION_WORDS: Final = frozenset(
    "und oder für mit von zur zum bei des et ou pour avec dans les du aux para los las del della delle dei nel".split()
)
"""Function words of German, French, Spanish, Italian and Portuguese that are no word or usual abbreviation in English."""

_ENDING: Final = regex.compile(
    r"\p{L}{3}(?:ung|ungen|heit|keit|schaft|lernen|netze|netzen|modelle|modellen|systeme|verfahren|ische[nrs]?|elle[nrs]|issage|eaux|aje|zione|zioni|ncia)\b"
)
"""Endings of their nouns and adjectives that English has not."""


def is_hardly_english(topic: str) -> bool:
    """
    Tell whether a topic is hardly English, by its letters, its function words and its endings. Not every word of another language is told so.

    >>> [is_hardly_english(one) for one in ("大模型", "обучение", "maschinelles Lernen", "modelos de lenguaje", "réseaux de neurones")]
    [True, True, True, True, True]
    >>> [is_hardly_english(one) for one in ("de novo protein design", "lung imaging", "Jürgen Schmidhuber", "β-VAE", "C++")]
    [False, False, False, False, False]
    """
    folded = topic.casefold()
    return bool(
        _LETTER.search(topic)
        or _ENDING.search(folded)
        or not _FUNCTION_WORDS.isdisjoint(regex.findall(r"\p{L}+", folded))
    )
