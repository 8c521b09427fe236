"""Telling words: the words of a topic that tell it from others of our field. Pure."""

from __future__ import annotations

from functools import lru_cache

from bot.boilerplate import is_general
from bot.function_words import without_function_words
from bot.stems import stems


@lru_cache(maxsize=1024)
def telling_words(topic: str) -> frozenset[str]:
    """
    Give the stems of the words of a topic that tell it from others of our field.

    >>> sorted(telling_words("agent safety")), sorted(telling_words("LLM agents"))
    (['agent', 'safeti'], ['agent'])
    """
    return frozenset(word for word in stems(without_function_words(topic)) if not is_general((word,)))
