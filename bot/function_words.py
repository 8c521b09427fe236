"""Function words: words of English that say nothing of what a text is about. Pure."""

from __future__ import annotations

from typing import Final

import regex

FUNCTION_WORDS: Final = frozenset(
    "a an the and or of for in on to with via by from is are was were be been as at that this these those it its we our their they can which while "
    "all any some you your i he she his her they them do does did has have had will would should could may might must need if but so there here who whose "
    "using use used based through towards toward into over under than then how what when where why not no new novel more most both such also".split()
)

_WORD: Final = regex.compile(r"[\p{L}\p{N}_]+")


def content_words(text: str) -> str:
    """
    Give a text's words without function words, with one space between; the text itself where nothing else is in it.

    >>> content_words("Attention Is All You Need")
    'Attention'
    """
    return " ".join(word for word in _WORD.findall(text) if word.casefold() not in FUNCTION_WORDS) or text
