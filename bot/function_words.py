"""Function words: words of English that say nothing of what a text is about. Pure."""

from __future__ import annotations

from typing import Final

import regex

FUNCTION_WORDS: Final = frozenset(
    "a an the and or of for in on to with via by from is are was were be been as at that this these those it its we our their they can which while "
    "all any some you your i he she his her they them do does did has have had will would should could may might must need if but so there here who whose "
    "really just only once again matter matters made make makes easy let look want know one using use used based through towards toward into over under than then how what when where why not no new novel more most both such also".split()
)

A_TITLE: Final = 6
"""Words of content in a usual title, at least."""

_WORD: Final = regex.compile(r"[\p{L}\p{N}_]+")


def without_function_words(text: str) -> str:
    """
    Give a text's words without function words, with one space between; the text itself where nothing else is in it.

    >>> without_function_words("Attention Is All You Need")
    'Attention'
    """
    return " ".join(_content(text)) or text


def weight_of_title(title: str) -> float:
    """
    Give how much a title says by itself, more than 0 and at most 1: a slogan of one word of content says a sixth of what a usual title does.

    >>> [round(weight_of_title(title), 2) for title in ("Attention Is All You Need", "Neural Radiance Fields for View Synthesis", "What Is It?")]
    [0.17, 0.83, 0.08]
    """
    return min(1.0, max(0.5, len(_content(title))) / A_TITLE)


def _content(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.casefold() not in FUNCTION_WORDS]
