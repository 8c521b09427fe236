"""Sought topic: a topic, plain words, as it is looked for in the titles and abstracts of works. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS
from bot.ranking.letter_compounds import letter_compounds_joined, numbered_name
from bot.ranking.spaced_text import WORD, spaced, spaced_compounds, spaced_joined, spaced_roots, tokens
from bot.ranking.word_forms import joined, root
from bot.spellings import spellings

IN_TITLE: Final = 1.0
IN_ABSTRACT: Final = 0.7
NEAR: Final = 0.2
_WITHIN: Final = 4
"""How many other words may stand between those of a topic that is only near."""

_SIGNED: Final = regex.compile(
    r"(?<![\p{L}\p{N}])(?:[\p{L}\p{N}]+(?:\++|#)|\p{L}\*|\p{L}{1,2}&\p{L}{1,2}|\.\p{L}{2,})(?!\p{L})"
)
"""Words whose signs are part of them: C++, F#, A*, R&D, .NET."""


class SoughtTopic:
    """
    A topic, taken apart once: it is looked for in hundreds of works.

    `says_something` tells whether it has a word by which works can be told apart: 'the' is in all of them, and an emoji has none.
    """

    def __init__(self, topic: str) -> None:
        self.says_something = says_something(topic)
        numbered = numbered_name(topic)
        self._is_name = numbered is not None
        self._ways = [_Way.of(spelt) for spelt in dict.fromkeys([*spellings(topic), *(numbered or ())])]
        words = tokens(topic)
        self._joined = _phrase(tokens(joined(topic)))
        self._compound = _phrase(tokens(letter_compounds_joined(topic)))
        self._roots = _phrase([root(word) for word in words]) if len(words) > 1 else None
        self._is_signed = bool(signed_words(topic))

    def strength(self, title: str, abstract: str) -> float:
        """Say how strongly a work has the topic, as `features.match_topics` does."""
        if not self.says_something:
            return 0.0
        for text, strength in ((title, IN_TITLE), (abstract, IN_ABSTRACT)):
            if self._stands_in(text) or self._stands_in_other_forms(text):
                return strength
        if self._is_name:  # of 'Llama 3' neither a llama nor a 3 says anything
            return 0.0
        return NEAR if any(way.is_near(title) or way.is_near(abstract) for way in self._ways) else 0.0

    def is_only_joined(self, title: str, abstract: str) -> bool:
        """Tell whether a work writes as one what the topic writes with a hyphen, and has it in no other way."""
        return any(self._joined in spaced_joined(text) for text in (title, abstract)) and not any(
            self._stands_in(text) for text in (title, abstract)
        )

    def _stands_in(self, text: str) -> bool:
        said = spaced(text)
        # Plain loops here and below, for they run hundreds of times for each new topic.
        for way in self._ways:  # noqa: SIM110
            if way.phrase in said and way.signs_stand_in(text):
                return True
        return False

    def _stands_in_other_forms(self, text: str) -> bool:
        """Tell whether a text joins or parts the topic's words, or, of several, has them in another part of speech."""
        if self._is_signed:
            return False
        return (
            self._joined in spaced_joined(text)
            or self._compound in spaced_compounds(text)
            or (self._roots is not None and self._roots in spaced_roots(text))
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of spelling a topic: its words as a `phrase` of a spaced text, each of them with spaces around it, and those that have `signs`."""

    words: frozenset[str]
    phrase: str
    apart: Sequence[str]
    signs: Sequence[str]
    span: int
    """In how many words all of them must stand to be near; 0 of one word."""

    @classmethod
    def of(cls, spelt: str) -> _Way:
        words = tokens(spelt)
        return cls(
            words=frozenset(words),
            phrase=_phrase(words),
            apart=[_phrase([word]) for word in dict.fromkeys(words)],
            signs=signed_words(spelt),
            span=len(words) + _WITHIN if len(words) != 1 else 0,
        )

    def is_near(self, text: str) -> bool:
        """Tell whether the words of a topic of several stand in a text, hardly apart."""
        if not self.span:
            return False
        said = spaced(text)
        for word in self.apart:
            if word not in said:
                return False
        if not self.signs_stand_in(text):
            return False
        # They are all around the rarest one, so that most of the text need not be taken apart.
        rarest, others = min(self.apart, key=said.count), self.span - 1
        at = said.find(rarest)
        while at >= 0:
            around = [*said[:at].rsplit(None, others)[-others:], *said[at:].split(None, self.span)[: self.span]]
            if any(
                self.words.issubset(around[start : start + self.span])
                for start, word in enumerate(around)
                if word in self.words
            ):
                return True
            at = said.find(rarest, at + 1)
        return False

    def signs_stand_in(self, text: str) -> bool:
        return not self.signs or all(stands_signed(word, text) for word in self.signs)


@lru_cache(maxsize=1024)
def sought(topic: str) -> SoughtTopic:
    """Give a topic as it is looked for; kept, for channels share their topics."""
    return SoughtTopic(topic)


def _phrase(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def says_something(topic: str) -> bool:
    """
    Tell whether a topic has a word by which works can be told apart: 'the' is in all of them, and an emoji has none.

    >>> [says_something(topic) for topic in ("agents", "the", "...")]
    [True, False, False]
    """
    return bool(signed_words(topic)) or any(word not in FUNCTION_WORDS for word in WORD.findall(topic.casefold()))


@lru_cache(maxsize=1024)
def signed_words(topic: str) -> tuple[str, ...]:
    """
    Give the words of a topic that their signs make what they are, without case: of 'C++' nothing is left without them.

    >>> signed_words("modern C++ for R&D, text+image")
    ('c++', 'r&d')
    """
    return tuple(_SIGNED.findall(topic.casefold()))


def stands_signed(word: str, text: str) -> bool:
    """Tell whether a word with its signs stands in a text; 'c++' stands in 'C++17'."""
    folded_text = text.casefold()
    return word in folded_text and bool(
        regex.search(rf"(?<![\p{{L}}\p{{N}}]){regex.escape(word)}(?![\p{{L}}+#*&])", folded_text)
    )
