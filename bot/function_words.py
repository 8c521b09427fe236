"""Function words: words of English that say nothing of what a text is about. Pure."""

from __future__ import annotations

from typing import Final

FUNCTION_WORDS: Final = frozenset(
    "a an the and or of for in on to with via by from is are was were be been as at that this these those it its we our their they can which while "
    "using use used based through towards toward into over under than then how what when where why not no new novel more most both such also".split()
)
