"""Word index: which of many texts have a piece of a word, looked for in the words that stand in any of them instead of in each text. Pure."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Final

_WORD: Final = re.compile(r"\w+")


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
        # Flat, for thirty thousand strings and lists would take five times as much, and each be looked at by the garbage collector.
        words = sorted(having)
        self._words = "".join(f"\n{word}" for word in words)
        self._ends = array("I", accumulate(len(word) + 1 for word in words))
        self._places = array("I", (place for word in words for place in having[word]))
        self._starts = array("I", [0, *accumulate(len(having[word]) for word in words)])

    @staticmethod
    def knows(piece: str) -> bool:
        """Tell whether this is a piece of a word: one with a space or a sign in it may stand in a text, but in no word."""
        return _WORD.fullmatch(piece) is not None

    def having(self, piece: str) -> set[int]:
        """Give the places of the texts that have a piece of a word (`knows`)."""
        found: set[int] = set()
        at = self._words.find(piece)
        while at >= 0:
            word = bisect_right(self._ends, at)
            found.update(self._of(word, word + 1))
            at = self._words.find(piece, self._ends[word])
        return found

    def beginning(self, piece: str, meant: Callable[[str], bool] | None = None) -> set[int]:
        """Give the places of the texts with a word that begins with this, and that is `meant`."""
        words, size = range(len(self._ends)), len(piece)
        first = bisect_left(words, piece, key=lambda word: self._word(word)[:size])
        end = bisect_right(words, piece, lo=first, key=lambda word: self._word(word)[:size])
        if meant is None:
            return set(self._of(first, end))
        return {place for word in words[first:end] if meant(self._word(word)) for place in self._of(word, word + 1)}

    def _word(self, number: int) -> str:
        return self._words[(self._ends[number - 1] if number else 0) + 1 : self._ends[number]]

    def _of(self, first: int, end: int) -> array[int]:
        """Give the places of the texts that have words from one to before another."""
        return self._places[self._starts[first] : self._starts[end]]
