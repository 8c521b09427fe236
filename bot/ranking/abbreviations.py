"""
Abbreviations and what they stand for, as the works themselves say it: 'reinforcement learning from human feedback (RLHF)'. Pure.

A long form before a short one in brackets, matched from the right letter by letter (Schwartz and Hearst, 'A Simple Algorithm for Identifying
Abbreviation Definitions in Biomedical Text', PSB 2003).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Final

from bot.ranking.spaced_text import tokens

WORKS: Final = 2
"""Works that must say that a short form stands for a long one; a single one may have coined it."""

SENSE: Final = 0.7
"""Which part of the works that explain a short form must mean the same by it. 'ASR' has two senses, and a team that says so means one of them."""

FORMS: Final = 3
"""Spellings of a long form that are looked for: 'large language model' and 'large language models'."""

TELLING: Final = 3
OFTEN: Final = 10
"""
Letters of a short form from which on it stands for its long one, or works that must explain it so: 'SD' may be speculative decoding, and a standard
deviation; 'RL' is reinforcement learning to dozens.
"""

_BEFORE: Final = 100
_SHORT: Final = re.compile(r"\(([A-Za-z0-9][A-Za-z0-9-]{1,9})\)")

_WORD: Final = re.compile(r"[^\W_]+")

Pair = tuple[str, str]
"""A short form and the long one, both without case."""


def explained(text: str) -> set[Pair]:
    """Give the short forms that a text explains, each with its long form."""
    found = set()
    for match in _SHORT.finditer(text):
        short = match[1]
        if short[-1] == "s" and short[:-1].isupper():
            short = short[:-1]
        if sum(letter.isupper() for letter in short) < 2:  # noqa: PLR2004 - a word in brackets is no abbreviation
            continue
        if long := _long_form(short, text[max(0, match.start() - _BEFORE) : match.start()]):
            found.add((short.casefold(), long))
    return found


def _long_form(short: str, before: str) -> str | None:
    """Give the long form at the end of what stands before a short one; None where its letters are not found there."""
    place = len(before)
    for number, letter in reversed(list(enumerate(short.casefold()))):
        if not letter.isalnum():
            continue
        place -= 1
        while place >= 0 and not (
            before[place].casefold() == letter and (number or place == 0 or not before[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return None
    words = _WORD.findall(before[place:].casefold())
    return " ".join(words) if 1 < len(words) <= min(len(short) + 5, 2 * len(short)) else None


class Abbreviations:
    """What short forms stand for, by what many works say. Long forms that differ in the plural are one."""

    def __init__(self, works: Iterable[Iterable[Pair]]) -> None:
        counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        for pairs in works:
            for short, long in pairs:
                counts[short][" ".join(tokens(long))][long] += 1
        self._forms: dict[str, tuple[str, ...]] = {}
        of_long: dict[str, tuple[int, str, Counter[str]]] = {}
        for short, of in sorted(counts.items()):
            long, said = max(of.items(), key=lambda pair: (pair[1].total(), pair[0]))
            times = said.total()
            if times >= WORKS and times >= SENSE * sum(each.total() for each in of.values()):
                self._forms[short] = (short, *(each for each, _ in said.most_common(FORMS)))
                if long not in of_long or of_long[long][0] < times:
                    of_long[long] = (times, short, said)
        for long, (times, short, _) in of_long.items():
            if len(short) >= TELLING or times >= OFTEN:
                self._forms.setdefault(long, self._forms[short])

    def forms(self, topic: str) -> tuple[str, ...]:
        """Give the ways of saying a topic that is an abbreviation or has one, without case; none for any other."""
        singular = " ".join(tokens(topic))
        return self._forms.get(topic.strip().casefold()) or self._forms.get(singular) or ()

    def long_forms(self, word: str) -> tuple[str, ...]:
        """
        Give the ways of writing out a word of a topic that is an abbreviation; none of any other. Of two letters, which mean several things, only those that
        many works explain are.
        """
        short, *long = self._forms.get(" ".join(tokens(word))) or (word,)
        return tuple(form for form in long if form != short and self.forms(form))
