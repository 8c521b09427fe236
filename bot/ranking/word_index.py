"""Word index: which of many texts have a piece of a word, looked for in the words that stand in any of them instead of in each text. Pure."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final

_WORD: Final = re.compile(r"\w+")

LETTERS: Final = 4
"""By so many of its first letters words are looked for first: a topic's word, its stem and its root have them in common, so that all words are looked through once."""

KEPT: Final = 2_048
"""Such beginnings of pieces for which it is kept which words have them, some two kilobytes each. Where they would be more, all are forgotten."""


class WordIndex:
    """
    The words of some texts in order, and in which of them each stands. A week's 2,300 works have 30,000 words, which take two megabytes here.

    A piece of a word stands inside a word wherever it stands in a text, so that a tenth of what the texts hold is looked through.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        having: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            for word in dict.fromkeys(_WORD.findall(text)):
                having.setdefault(word, []).append(place)
        words = sorted(having)
        self._words = _Words(words)
        self._places = array("I", (place for word in words for place in having[word]))
        self._starts = array("I", [0, *accumulate(len(having[word]) for word in words)])
        self._narrowed: dict[str, tuple[_Words, array[int]]] = {}
        """Of the first letters of a piece the words that have them, and the number of each among all."""

    @staticmethod
    def knows(piece: str) -> bool:
        """Tell whether this is a piece of a word: one with a space or a sign in it may stand in a text, but in no word."""
        return _WORD.fullmatch(piece) is not None

    def having(self, piece: str) -> set[int]:
        """Give the places of the texts that have a piece of a word (`knows`)."""
        words, numbers = self._narrowed_to(piece[:LETTERS])
        having = numbers if len(piece) <= LETTERS else [numbers[each] for each in words.having(piece)]
        starts, places = self._starts, self._places
        return set().union(*[places[starts[word] : starts[word + 1]] for word in having])

    def _narrowed_to(self, letters: str) -> tuple[_Words, array[int]]:
        if (found := self._narrowed.get(letters)) is None:
            if len(self._narrowed) >= KEPT:
                self._narrowed.clear()
            numbers = array("I", self._words.having(letters))
            found = self._narrowed[letters] = _Words([self._words[number] for number in numbers]), numbers
        return found

    def beginning(self, piece: str, meant: Callable[[str], bool] | None = None) -> set[int]:
        """Give the places of the texts with a word that begins with this, and that is `meant`."""
        words, size = self._words, len(piece)
        first = bisect_left(range(len(words)), piece, key=lambda word: words[word][:size])
        end = bisect_right(range(len(words)), piece, lo=first, key=lambda word: words[word][:size])
        if meant is None:
            return set(self._of(first, end))
        return {place for word in range(first, end) if meant(words[word]) for place in self._of(word, word + 1)}

    def _of(self, first: int, end: int) -> array[int]:
        """Give the places of the texts that have words from one to before another."""
        return self._places[self._starts[first] : self._starts[end]]


class _Words:
    """Words by number. Flat, for thirty thousand strings would take five times as much, and each be looked at by the garbage collector."""

    def __init__(self, words: Sequence[str]) -> None:
        self._text = "".join(f"\n{word}" for word in words)
        self._ends = array("I", accumulate(len(word) + 1 for word in words))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        return self._text[(self._ends[number - 1] if number else 0) + 1 : self._ends[number]]

    def having(self, piece: str) -> list[int]:
        """Give the numbers of the words that have a piece."""
        text, ends = self._text, self._ends
        found: list[int] = []
        at = text.find(piece)
        while at >= 0:
            found.append(bisect_right(ends, at))
            at = text.find(piece, ends[found[-1]])
        return found
