"""Excerpts of a text in which the words of a question are marked. Pure; nothing is escaped."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.search.query import Term
from bot.search.tokens import Token, located, normal

WIDTH: Final = 220
"""Length of an excerpt in characters, about two lines."""

_LEAD: Final = 50
"""Characters before the first marked word, at most."""


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of an excerpt; `marked` where it is what was looked for."""

    text: str
    marked: bool = False


def marked(text: str, terms: Iterable[Term], *, width: int = WIDTH) -> tuple[Run, ...]:
    """
    Give the place of a text where most of the terms stand, at most about `width` characters, with what was found marked.

    Empty where none of them is found. An ellipsis stands where something is left out.
    """
    wanted = list(terms)
    if text.isascii() and not any(_may_stand(term, text.lower()) for term in wanted):
        return ()
    spelt = normal(" ".join(text.split()))
    places = _places(list(located(spelt)), wanted)
    if not places:
        return ()
    start, end = _window(spelt, places, width)
    runs = [Run("… ")] if start else []
    at = start
    for left, right in _joined((left, right) for left, right, _ in places if left >= start and right <= end):
        runs += [*([Run(spelt[at:left])] if left > at else []), Run(spelt[left:right], marked=True)]
        at = right
    rest = spelt[at:end] + (" …" if end < len(spelt) else "")
    return (*runs, *([Run(rest)] if rest else []))


def beginning(text: str, *, width: int = WIDTH) -> tuple[Run, ...]:
    """
    Give how a text begins, at most about `width` characters up to the end of a word, for where none of it was looked for. Empty for none.

    >>> beginning("They drift once the policy leaves the data.", width=20)
    (Run(text='They drift once the …', marked=False),)
    """
    spelt = normal(" ".join(text.split()))
    if len(spelt) > width:
        spelt = spelt[: max(spelt.rfind(" ", 0, width + 1), 0) or width] + " …"
    return (Run(spelt),) if spelt else ()


def _may_stand(term: Term, lowered: str) -> bool:
    """A quick look, since most texts of a result hold none of the words."""
    return all(token in lowered for token in term.tokens) or any(other in lowered for other in term.others)


def _places(words: Sequence[Token], terms: Iterable[Term]) -> list[tuple[int, int, int]]:
    """Where terms stand: (first character, one after the last, number of the term)."""
    texts = [word.text for word in words]
    single: dict[str, list[int]] = defaultdict(list)
    found = []
    for number, term in enumerate(terms):
        size, first = len(term.tokens), term.tokens[0]
        if size == 1 and not term.prefix:
            for alike in {first, *term.others}:
                single[alike].append(number)
            continue
        places = [
            at for at, word in enumerate(texts) if word.startswith(first) and _stands(term, texts[at : at + size])
        ]
        found += [(words[at].start, words[at + size - 1].end, number) for at in places]
    # All single words in one pass: a question may have two dozen of them.
    found += [(word.start, word.end, number) for word in words for number in single.get(word.text, ())]
    return sorted(found)


def _stands(term: Term, words: Sequence[str]) -> bool:
    *before, last = term.tokens
    if len(words) < len(term.tokens) or list(words[:-1]) != before:
        return False
    return words[-1].startswith(last) if term.prefix else words[-1] == last


def _window(text: str, places: Sequence[tuple[int, int, int]], width: int) -> tuple[int, int]:
    """The stretch of at most `width` characters in which most terms stand; it begins and ends between words."""
    if len(text) <= width:
        return 0, len(text)
    lead = min(_LEAD, width // 4)
    best, most, all_terms = places[0][0], 0, len({number for _, _, number in places})
    lefts = [left for left, _, _ in places]
    for at, first in enumerate(lefts):
        last = first + width - lead
        near = places[at : bisect_left(lefts, last)]
        inside = len({number for _, right, number in near if right <= last})
        if inside > most:
            best, most = first, inside
        if most == all_terms:
            break
    start = max(best - lead, 0)
    end = min(start + width, len(text))
    longest = max(right for left, right, _ in places if left == best)
    start = _at_a_space(text, start, best) if start else 0
    return start, max(text.rfind(" ", longest, end), longest) if end < len(text) and " " in text[longest:end] else end


def _at_a_space(text: str, start: int, latest: int) -> int:
    space = text.find(" ", start, latest)
    return start if space < 0 else space + 1


def _joined(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that touch or overlap as one."""
    joined: list[tuple[int, int]] = []
    for left, right in places:
        if joined and left <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(right, joined[-1][1])
        else:
            joined.append((left, right))
    return joined
