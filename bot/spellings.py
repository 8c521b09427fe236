"""
British and American spellings of a word: a team that writes 'optimisation' means the works that write 'optimization', too. Pure.

By the endings that differ regularly, so that no list of words grows old. A spelling that nobody uses does no harm: it finds nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import regex

from bot.clipped_words import unclipped

_WORD: Final = regex.compile(r"\p{L}+")
_AFTER_IS: Final = r"(?=(?:e|es|ed|er|ers|ing|ation|ations|ational|able|ability)$)"
_AFTER_OUR: Final = r"(?=(?:s|ed|ing|al|ally|less|able|hood|hoods|ite|ites|ful)?$)"
_AFTER_LL: Final = r"(?=(?:ing|ings|ed|er|ers)$)"

_TO_AMERICAN: Final = tuple(
    (regex.compile(pattern), american)
    for pattern, american in (
        (rf"(?<=\p{{L}}{{3}})is{_AFTER_IS}", "iz"),
        (r"(?<=\p{L}{2})lys(?=(?:e|es|ed|er|ers|ing)$)", "lyz"),
        (rf"(?<=\p{{L}}{{3}})our{_AFTER_OUR}", "or"),
        (rf"(?<=[aeiouy]\p{{L}}*[^aeiouy][ae])ll{_AFTER_LL}", "l"),
        (r"(?<=\p{L}{2}(?:t|fib))re(?=s?$)", "er"),
        (r"(?<=^fib)re(?=s?$)", "er"),
        (r"(?<=^(?:def|off|pret|lic))ence(?=s?$)", "ense"),
        (r"(?<=al)ogue(?=s?$)", "og"),
        (r"(?<=^(?:p|h|an|orthop))ae", "e"),
    )
)
_TO_BRITISH: Final = tuple(
    (regex.compile(pattern), british)
    for pattern, british in (
        (rf"(?<=\p{{L}}{{3}})iz{_AFTER_IS}", "is"),
        (r"(?<=\p{L}{2})lyz(?=(?:e|es|ed|er|ers|ing)$)", "lys"),
        (rf"(?<=\p{{L}}{{3}})or{_AFTER_OUR}", "our"),
        (rf"(?<=[aeiouy]\p{{L}}*[^aeiouy][ae])l{_AFTER_LL}", "ll"),
        (r"(?<=^(?:def|off|pret|lic))ense(?=s?$)", "ence"),
    )
)


def american(text: str) -> str:
    """
    Give a text without case, with its words as American English spells them.

    >>> american("Optimisation of neural behaviour, noise modelling")
    'optimization of neural behavior, noise modeling'
    """
    return str(_WORD.sub(lambda found: _spelt(found[0], _TO_AMERICAN), text.casefold()))


@lru_cache(maxsize=4096)
def spellings(text: str) -> tuple[str, ...]:
    """
    Give the ways of spelling a text, itself first: as it is, all American, all British; and with clipped words written out, in American.

    >>> spellings("tokenisation"), spellings("maths modelling")
    (('tokenisation', 'tokenization'), ('maths modelling', 'maths modeling', 'mathematical modeling'))
    >>> spellings("behavior model")
    ('behavior model', 'behaviour model')
    """
    british = _WORD.sub(lambda found: _spelt(found[0], _TO_BRITISH), text.casefold())
    ways = (american(text), british, american(unclipped(text)))
    others = (other for other in ways if other != text.casefold())
    return tuple(dict.fromkeys([text, *others]))


def _spelt(word: str, rules: tuple[tuple[regex.Pattern[str], str], ...]) -> str:
    for pattern, other in rules:
        if pattern.search(word):
            return str(pattern.sub(other, word, count=1))
    return word
