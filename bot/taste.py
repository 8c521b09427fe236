"""
Distinctive words of the works that a channel likes, against the others. Pure.

The weighted log-odds ratio with a Dirichlet prior of B. Monroe, M. Colaresi and K. Quinn, 'Fightin' Words' (Political Analysis
16, 2008): how much more often a word or pair of words stands in one pile than in the other, in units of its standard error, so
that neither rare nor common words win by chance.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS

_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{N}\-]+")
_SURE: Final = 1.64
"""Standard errors from which on a difference is told: one in twenty by chance."""
_LEAST_WORKS: Final = 2
_FEW: Final = 20
_TOPIC: Final = 3
_MOSTLY: Final = 0.8
_OFTEN: Final = 0.1
_COMMON: Final = FUNCTION_WORDS | frozenset(
    "paper propose proposed present introduce show method methods approach approaches model models results learning large language data task "
    "tasks performance training training-free framework existing however work study".split()
)


def distinctive(mine: Sequence[str], others: Sequence[str], number: int = 8) -> list[str]:
    """
    Give the words and pairs of words that tell `mine` from `others`, the surest first; none where too little is known.

    A pair takes the place of its words. Beside fewer than twenty others nothing can be compared: then it is the words that a tenth of
    the works share.
    """
    ours, theirs = _counts(mine), _counts(others)
    if len(others) < _FEW:
        least = max(_OFTEN * len(mine), _LEAST_WORKS + 1)
        found_often = ((float(count), term) for term, count in ours.items() if count >= least)
    else:
        found_often = (
            (score, term) for term, n in ours.items() if n >= _LEAST_WORKS and (score := _z(term, ours, theirs)) > _SURE
        )
    scored = sorted(found_often, key=lambda pair: (-pair[0], pair[1]))
    found: list[str] = []
    for _, term in scored:
        if not any(set(term.split()) & set(known.split()) for known in found):
            pair = next((longer for _, longer in scored if " " in longer and term in longer.split()), term)
            found.append(pair)
        if len(found) == number:
            break
    return found


def frequent(titles: Sequence[str], number: int) -> dict[str, int]:
    """
    Give the words and pairs of words that stand in three titles or more, with in how many, the most frequent first.

    A word that nearly always stands in one pair is left to the pair.

    >>> frequent(["Reward models", "On reward models", "Reward models again", "Agents"], 9)
    {'reward models': 3}
    """
    counts = _counts(titles, within_pairs=FUNCTION_WORDS)
    often = {term: count for term, count in counts.items() if count >= _TOPIC}
    paired: Counter[str] = Counter()
    for term, count in often.items():
        if " " in term:
            for word in term.split():
                paired[word] = max(paired[word], count)
    kept = [(term, count) for term, count in often.items() if " " in term or paired[term] < _MOSTLY * count]
    return dict(sorted(kept, key=lambda one: (-one[1], one[0]))[:number])


def _counts(texts: Iterable[str], within_pairs: AbstractSet[str] = _COMMON) -> Counter[str]:
    """Count in how many texts each word and pair of words stands; neither word of a pair is one of `within_pairs`."""
    counts: Counter[str] = Counter()
    for text in texts:
        words = [word.casefold() for word in _WORD.findall(text)]
        pairs = {f"{a} {b}" for a, b in itertools.pairwise(words) if not {a, b} & within_pairs}
        counts.update({word for word in words if word not in _COMMON} | pairs)
    return counts


def _z(term: str, ours: Counter[str], theirs: Counter[str]) -> float:
    prior = 0.5
    mine, other = ours[term] + prior, theirs[term] + prior
    all_mine, all_other = sum(ours.values()) + 1.0, sum(theirs.values()) + 1.0
    odds = math.log(mine / (all_mine - mine + prior)) - math.log(other / (all_other - other + prior))
    return odds / math.sqrt(1 / mine + 1 / other)
