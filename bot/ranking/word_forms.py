"""Word forms by which a topic is found in a text that writes it in another way: put together or with a hyphen, and as another part of speech. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import regex

from bot.spellings import spellings

_HYPHENS: Final = frozenset("-‐‑")
_HYPHEN: Final = regex.compile(r"(?<=\p{L}{2})[-‐‑](?=\p{L}{2})")
_ANY_HYPHEN: Final = regex.compile(r"[-‐‑]")
_HYPHENED: Final = regex.compile(r"[\p{L}\p{N}]+(?:[-‐‑][\p{L}\p{N}]+)+")
_VERSION: Final = regex.compile(r"(?<=\p{L}{4})\p{N}+\b")
_ENDINGS: Final = regex.compile(
    r"(?<=\p{L}{4}a)(?:cy|te|tely)$|(?<=\p{L}{4}[ae]n)(?:t|tly|cy|ce)$|(?<=\p{L}{4}[ai]b)(?:le|ly|ility)$|(?<=\p{L}{4}iv)(?:e|ely|ity)$"
    r"|(?<=\p{L}{4}ic)(?:ity|ally)$|(?<=\p{L}{4}al)(?:ly|ity)$|(?<=\p{L}{4}i)[sz](?:e|ed|ing|er|ation)$"
)
"""In what the words of a family differ that is told as a noun, an adjective, an adverb or a verb: privacy and private, efficient and efficiently."""


def ways_of_writing(text: str) -> list[str]:
    """
    Give the ways of writing a phrase: as it is, spelt the American and the British way, and with its last word in the other number.

    >>> ways_of_writing("world model"), ways_of_writing("behavioural studies")[-1]
    (['world model', 'world models'], 'behavioral study')
    """
    return list(dict.fromkeys(way for spelt in spellings(text) for way in (spelt, *_in_other_number(spelt))))


_ABLE: Final = regex.compile(r"(?<=\p{L}{3}[ai]b)(?:le|ly|ility)$")


def able_forms(word: str) -> list[str]:
    """
    Give the forms of a word on what can be done, as noun, adjective and adverb; none of another word.

    >>> able_forms("interpretability"), able_forms("interpretation")
    (['interpretable', 'interpretably', 'interpretability'], [])
    """
    beginning = _ABLE.sub("", word.casefold())
    return [f"{beginning}{ending}" for ending in ("le", "ly", "ility")] if beginning != word.casefold() else []


_MADE: Final = regex.compile(r"(?<=\p{L}{3})i[sz](?:e[drs]?|ers|ing|ations?)$")


def made_forms(word: str) -> list[str]:
    """
    Give the forms of a word on what something is made into, behind that of which it is made; none of another word.

    >>> made_forms("tokenization")[:4], made_forms("tokens"), made_forms("sizes")
    (['token', 'tokenize', 'tokenizes', 'tokenized'], [], [])
    """
    beginning = _MADE.sub("", word.casefold())
    endings = ("e", "es", "ed", "er", "ers", "ing", "ation", "ations")
    made = [f"{beginning}i{letter}{ending}" for letter in "zs" for ending in endings]
    return [beginning, *made] if beginning != word.casefold() else []


def _in_other_number(text: str) -> list[str]:
    """Give a phrase in its other number; in two ways where 'biases' is of 'bias', and 'databases' of 'database'."""
    for ending, other in (
        (r"(?<=\p{L}{2})ies$", "y"),
        (r"(?<=(?:ch|sh|s|x))es$", ""),
        (r"(?<=\p{L}{2}[^isu\W])s$", ""),
    ):
        if found := regex.subn(ending, other, text)[0] if regex.search(ending, text) else "":
            return [found, text[:-1]] if text.endswith("ses") else [found]
    if text.endswith("y") and text[-2:-1] not in "aeiou":
        return [f"{text[:-1]}ies"]
    return [f"{text}es" if text.endswith(("s", "x", "ch", "sh")) else f"{text}s"]


def joined(text: str) -> str:
    """
    Give a text whose words with a hyphen are written as one.

    >>> joined("High-dimensional change-point detection")
    'Highdimensional changepoint detection'
    """
    return str(_HYPHEN.sub("", text))


def without_versions(text: str) -> str:
    """
    Give a text whose names are without the number of a version at their end.

    >>> without_versions("AlphaFold3 and Llama2, GPT4 on 24 H100")
    'AlphaFold and Llama, GPT4 on 24 H100'
    """
    return str(_VERSION.sub("", text))


def joined_words(text: str) -> list[str]:
    """
    Give the words with a hyphen of a text, each written as one.

    >>> joined_words("Change-point detection, on-device, k-NN, GPT-5")
    ['Changepoint', 'ondevice', 'kNN', 'GPT5']
    """
    # Few words of a text have a hyphen, and to try each letter of the others costs three times as much.
    parts = [part for part in text.split() if not _HYPHENS.isdisjoint(part)]
    return [_ANY_HYPHEN.sub("", word) for part in parts for word in _HYPHENED.findall(part)]


@lru_cache(maxsize=65536)
def root(word: str) -> str:
    """
    Give what the words of a family have in common, with which each of them begins; the word itself, without case, where it has none.

    >>> root("privacy") == root("private"), root("differential") == root("differentially"), root("world") == root("worldly")
    (True, True, False)
    """
    return str(_ENDINGS.sub("", word.casefold()))
