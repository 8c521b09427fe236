"""
Tokenizer: a work's text as hashed words, pairs of words and stems, with their counts.

A work's features depend on nothing but its own text, so they are made once for all channels and kept for as long as `VERSION`
is the same. Which terms count, and how much, is decided later, from the works that were known by then (`tfidf`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt
import regex
import Stemmer

VERSION: Final = 1
"""Changes whenever the same text gives other features."""

_WORD: Final = regex.compile(r"[\p{L}\p{N}_]{2,}")
_PAIR: Final = np.uint64(0x9E3779B97F4A7C15)
"""An odd number, 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4): it spreads the first word's hash over the pair's."""
_KEPT_BITS: Final = np.uint64(32)

TITLE: Final = 3
"""How many times the title's words are counted. Measured: docs/ranking.md."""

_MOST_WORDS: Final = 3_000
"""Words of a text that count. An abstract has some 200; a newsletter may have 20,000, most of them of other works."""


Hashes = npt.NDArray[np.uint64]


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


class Tokenizer:
    """Turns texts into terms. Remembers the hashes of every word that it has met, so one is for many texts."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}
        self._stemmer = Stemmer.Stemmer("english")

    def terms(self, title: str, abstract: str, authors: Iterable[str]) -> Terms:
        """
        Give the terms of a work: words and pairs of words of its title, its abstract and its authors' names, each apart.

        Of title and abstract the stems as well, apart from the words: 'agentic' is a term of its own, and one with 'agents'.
        """
        heading, stems = self._hashes(title)
        body, more = self._hashes(abstract)
        names, _ = self._hashes("\n".join(authors))
        found = [heading, _pairs(heading), stems] * TITLE + [body, _pairs(body), more, names, _pairs(names)]
        ids, counts = np.unique((np.concatenate(found) >> _KEPT_BITS).astype(np.uint32), return_counts=True)
        return Terms(ids, np.minimum(counts, 255).astype(np.uint8))

    def _hashes(self, text: str) -> tuple[Hashes, Hashes]:
        """Give the hashes of a text's words, and of their stems."""
        known = self._known
        words = _WORD.findall(text.casefold())[:_MOST_WORDS]
        pairs = [known.get(word) or self._learn(word) for word in words]
        found = np.array(pairs, dtype=np.uint64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def _learn(self, word: str) -> tuple[int, int]:
        # A stem's hash begins with what no word has, so that a stem is never taken for a word.
        found = self._known[word] = (_hash(word), _hash(f"={self._stemmer.stemWord(word)}"))
        return found


def _hash(term: str) -> int:
    return int.from_bytes(blake2b(term.encode(errors="replace"), digest_size=8).digest(), "little")


def _pairs(hashes: Hashes) -> Hashes:
    return hashes[:-1] * _PAIR + hashes[1:]


def stacked(works: Sequence[Terms]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Give the ids and counts of many works one after the other, and where each begins (one more than there are works)."""
    starts = np.zeros(len(works) + 1, np.int64)
    np.cumsum([len(work.ids) for work in works], out=starts[1:])
    if not works:
        return np.zeros(0, np.uint32), np.zeros(0, np.uint8), starts
    return np.concatenate([work.ids for work in works]), np.concatenate([work.counts for work in works]), starts
