"""
Lost names of works: where an abstract's TeX macro for its own name was taken for a plain word, as in 'We present ours, a defense', the name
that its title has is put back. Pure.

A word is taken for such only where it is introduced as a name is ('we introduce gc, a plugin'), without article and in small letters, and the abstract never writes the
name that the title begins with: who calls a library gsplat writes gsplat in the title, too.
"""

from __future__ import annotations

from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS

_MOST_WORDS: Final = 3
_OURS: Final = "ours"
_INTRODUCED: Final = regex.compile(
    r"(?i:\b(?:present|introduce|propose|develop|release|describe|construct|build|design)s? )(?P<word>\p{Ll}{2,16})(?=, (?:an?|the|which|two|three)\b)"
)
_KIND: Final = regex.compile(
    r"\bours, (?:an?|the) (?:[\w-]+ ){0,5}?(?P<kind>framework|model|method|benchmark|dataset|system|approach|algorithm|agent|technique|library|pipeline)\b"
)
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
_ADDRESS: Final = regex.compile(r"https?://\S+")
_IN_LANGUAGE: Final = r"\b(?:an?|the|this|our|each|its|their|such|new|novel)\s+"


def with_its_name(title: str, abstract: str) -> str:
    """
    Give an abstract with its work's name where that was lost; any other as it stands.

    >>> with_its_name("Tripwire: triggering refusal", "We present ours, a defense. Tests show that ours halves it.")
    'We present Tripwire, a defense. Tests show that Tripwire halves it.'
    >>> with_its_name("Refusal on time", "We present ours, a training-free method. Ours is fast.")
    'We present our method, a training-free method. Our method is fast.'
    """
    found = next((one for one in _INTRODUCED.finditer(abstract) if _stands_for_a_name(one["word"])), None)
    if found is None:
        return abstract
    word, name = found["word"], _name_in(title)
    if word == _OURS:
        kind = _KIND.search(abstract)
        return _instead_of_ours(abstract, name or f"our {kind['kind'] if kind else 'work'}")
    if not name or word in _WORD.findall(title.casefold()) or name.casefold() in _ADDRESS.sub("", abstract).casefold():
        return abstract
    places = rf"(?<![\p{{L}}\p{{N}}-]){word}(?![\p{{L}}\p{{N}}-])"
    if regex.search(rf"(?i:{_IN_LANGUAGE}){word}(?![\p{{L}}\p{{N}}-])", abstract):
        # A word of the language, too: only where it stands as a name would.
        places = rf"(?<=[.!?] ){word}\b|(?<={regex.escape(found[0].removesuffix(word))}){word}(?=,)"
    return _put(name, places, abstract)


def _stands_for_a_name(word: str) -> bool:
    return word == _OURS or (word not in FUNCTION_WORDS and not word.endswith("ly"))


def _name_in(title: str) -> str:
    """Give the name that a title begins with, as in 'Tripwire: triggering refusal'; nothing where it begins with a phrase."""
    name, colon, _ = title.partition(":")
    name = name.strip()
    words = name.split()
    named = bool(colon) and len(words) <= _MOST_WORDS and any(map(str.isupper, name))
    return name if named and FUNCTION_WORDS.isdisjoint(map(str.casefold, words)) else ""


def _instead_of_ours(text: str, name: str) -> str:
    """Put a name in the place of 'ours'; at a sentence's beginning with a capital."""
    return _put(name[:1].upper() + name[1:], r"\bOurs\b", _put(name, r"\bours\b", text))


def _put(name: str, places: str, text: str) -> str:
    found: str = regex.sub(places, lambda _: name, text)
    return found
