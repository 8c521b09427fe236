"""
Tokenizer: a work's text as hashed words, pairs of words and stems, with their counts.

A work's features depend on nothing but its own text, so they are made once for all channels and kept for as long as `VERSION`
is the same. Which terms count, and how much, is decided later, from the works that were known by then (`tfidf`).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import regex
import Stemmer

from bot.compounds import parts_of_names
from bot.phrasal_nouns import MARK, phrasal_nouns_marked
from bot.ranking.letter_compounds import letter_compounds_joined, with_letter_compounds

VERSION: Final = 4
"""Changes whenever the same text gives other features."""

_WORD: Final = regex.compile(r"[\p{L}\p{N}_]{2,}")
_ASCII_WORD: Final = re.compile(r"[a-z0-9_]{2,}")
"""The same in a text of ASCII, case folded, in half the time."""
_PAIR: Final = np.uint64(0x9E3779B97F4A7C15)
"""An odd number, 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4): it spreads the first word's hash over the pair's."""
_KEPT_BITS: Final = np.uint64(32)
_PARTS: Final = np.uint64(3)
_TIMES_BITS: Final = np.uint64(2)
_TIMES: Final = np.uint64(3)

_TOGETHER: Final = 256
"""Works whose terms are sorted together: enough to pay for the calls, few enough for a processor's cache."""

PLAIN_KEPT: Final = 8_192
"""Plain words and phrases whose terms are kept, some 300 bytes each: a topic has twenty. Where they would be more, all are forgotten."""

TITLE: Final = 3
"""How many times the title's words are counted. Measured: docs/ranking.md."""

_MOST_WORDS: Final = 3_000
"""Words of a text that count. An abstract has some 200; a newsletter may have 20,000, most of them of other works."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text: `ids` ascending, each once, and beside each the `counts`; at most 255."""

    ids: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.uint8]

    def to_bytes(self) -> bytes:
        """Give the same as bytes, little-endian: the ids, then the counts."""
        return self.ids.astype("<u4").tobytes() + self.counts.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Terms:
        """Read what `to_bytes` gave. Raises ValueError for what cannot be its."""
        size, rest = divmod(len(data), 5)
        if rest:
            raise ValueError(f"{len(data)} bytes are no terms: each takes five")
        ids = np.frombuffer(data, dtype="<u4", count=size).astype(np.uint32, copy=False)
        return cls(ids, np.frombuffer(data, dtype=np.uint8, offset=4 * size))


class _Numbers(dict[str, int]):
    """The words that were met, numbered as they came, each with its hash and that of its stem."""

    def __init__(self) -> None:
        self.words = array("Q")
        self.stems = array("Q")
        # One of its own beside `bot.stems`: this process has one thread, and of a million words none waits for a lock.
        self._stemmer = Stemmer.Stemmer("english")

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self.words)
        self.words.append(_hash(word.removesuffix(MARK)))
        # A stem's hash begins with what no word has, so that a stem is never taken for a word.
        self.stems.append(_hash(f"={self._stemmer.stemWord(word)}"))
        return number


class Tokenizer:
    """Turns texts into terms. Remembers the hashes of every word that it has met, so one is for many texts."""

    def __init__(self) -> None:
        self._numbers = _Numbers()
        self._plain: dict[str, Terms] = {}

    def terms(self, title: str, abstract: str, authors: Iterable[str]) -> Terms:
        """
        Give the terms of a work: words and pairs of words of its title, its abstract and its authors' names, each apart.

        Of title and abstract the stems as well, apart from the words: 'agentic' is a term of its own, and one with 'agents'. Names in the title that are
        put together of words count as these, too (`bot.compounds`); words with a single letter or digit are one (`bot.ranking.letter_compounds`). The 'trade' of a
        trade-off has the word's term, and a stem of its own (`bot.phrasal_nouns`): it is no form of 'trading'.
        """
        return self.terms_of([(title, abstract, authors)])[0]

    def stems(self, text: str) -> npt.NDArray[np.uint32]:
        """Give the stems of a topic's words, as they are among the terms of a title or abstract, ascending and each once."""
        numbers = [self._numbers[word] for word in _words(_topic(text))]
        stems = np.array([self._numbers.stems[number] for number in numbers], np.uint64)
        return np.unique((stems >> _KEPT_BITS).astype(np.uint32))

    def terms_of(self, works: Sequence[tuple[str, str, Iterable[str]]]) -> list[Terms]:
        """Give the terms of many works, each given by title, abstract and authors; a fraction of what they cost one by one."""
        return [
            terms for start in range(0, len(works), _TOGETHER) for terms in self._some(works[start : start + _TOGETHER])
        ]

    def plain_terms_of(self, texts: Sequence[str]) -> list[Terms]:
        """
        Give the terms of plain words, one work's for each text, as of a title but without its case: a capital inside would make a title's name of them, which
        counts as its parts, and who asks for DeepMind asks for no mind. Nor do parts of letter compounds count. Kept, for topics share their words.
        """
        known = self._plain
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if len(known) + len(new) > PLAIN_KEPT:
            known.clear()
            new = list(dict.fromkeys(texts))
        if new:
            works = [(_topic(text), "", ()) for text in new]
            known.update(zip(new, self.terms_of(works), strict=True))
        return [known[text] for text in texts]

    def _some(self, works: Sequence[tuple[str, str, Iterable[str]]]) -> list[Terms]:
        known, numbers, ends = self._numbers, array("q"), array("q", [0])
        for title, abstract, authors in works:
            said = (
                with_letter_compounds(phrasal_nouns_marked(text.casefold())) for text in (_with_parts(title), abstract)
            )
            for text in (*said, "\n".join(authors)):
                numbers.extend(map(known.__getitem__, _words(text)))
                ends.append(len(numbers))
        places, sizes = np.asarray(numbers), np.diff(ends)
        words, stems = np.asarray(known.words)[places], np.asarray(known.stems)[places]
        # Three parts a work: title, abstract, names. A pair is of two words of one part, and names have no stems.
        part = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
        stemmed = part % _PARTS < _PARTS - np.uint64(1)
        within = part[1:] == part[:-1]
        hashes = np.concatenate([words, (words[:-1] * _PAIR + words[1:])[within], stems[stemmed]])
        parts = np.concatenate([part, part[1:][within], part[stemmed]])
        # In one number: the work, the term, and how many times it counts. Sorted, what belongs together stands together.
        times = np.where(parts % _PARTS == 0, np.uint64(TITLE), np.uint64(1))
        found = np.sort((parts // _PARTS << _KEPT_BITS | hashes >> _KEPT_BITS) << _TIMES_BITS | times)
        terms = found >> _TIMES_BITS
        first = np.flatnonzero(np.concatenate([np.ones(min(1, len(terms)), bool), terms[1:] != terms[:-1]]))
        counts = np.add.reduceat(found & _TIMES, first) if len(first) else np.zeros(0, np.uint64)
        ids, counted = terms[first].astype(np.uint32), np.minimum(counts, 255).astype(np.uint8)
        ends = np.searchsorted(terms[first], np.arange(len(works) + 1, dtype=np.uint64) << _KEPT_BITS).tolist()
        return [Terms(ids[start:end], counted[start:end]) for start, end in pairwise(ends)]


def _with_parts(title: str) -> str:
    parts = parts_of_names(title)
    return f"{title}\n{' '.join(parts)}" if parts else title


def _topic(text: str) -> str:
    return letter_compounds_joined(phrasal_nouns_marked(text.casefold()), apart=True)


def _words(text: str) -> list[str]:
    folded = text.casefold()
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)[:_MOST_WORDS]


def _hash(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(errors="replace"), digest_size=8).digest(), "little")


def stacked(works: Sequence[Terms]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Give the ids and counts of many works one after the other, and where each begins (one more than there are works)."""
    starts = np.zeros(len(works) + 1, np.int64)
    np.cumsum([len(work.ids) for work in works], out=starts[1:])
    if not works:
        return np.zeros(0, np.uint32), np.zeros(0, np.uint8), starts
    return np.concatenate([work.ids for work in works]), np.concatenate([work.counts for work in works]), starts
