"""
Repairs of running text that lost something on its way: hyphens from a page's line ends, signs and accents of TeX whose backslash is gone,
footnotes, citation keys, a space that was forgotten. Pure.

Publishers and mirrors leave such traces in abstracts; a card shows two sentences of one, and there each of them hurts. What may be
meant as it stands is left: 'three- to four-fold', 'torch.Tensor', '6.0 times'.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Final

import regex

from bot.function_words import FUNCTION_WORDS

# A word that a line's end parted ('archi- tectures'); a hyphen that is meant stands before a word like 'and' or 'to', a dash before any of them.
_PARTED: Final = regex.compile(
    r"(?<![\p{L}\p{N}])(?P<before>(?:[\p{L}\p{N}]+-)*)(?P<first>\p{L}{2,})- (?P<second>\p{Ll}{3,})(?!\p{L})"
)
_COUNTED: Final = regex.compile(r"(?<=\d)- (?=\p{Ll}{3})(?!(?:and|or|to)\b)")
_HYPHENED: Final = frozenset(
    "self fine well high low real long short cross open end large small large state hard soft zero few one two three multi non pre post co out on off in "
    "data task time user model domain context energy cost event human machine vision image text audio video graph tree token class world closed deep "
    "full half semi quasi ill best worst first second third ground goal fast slow hand rule policy value weight risk sample".split()
)
_SECOND_HALVES: Final = frozenset(
    "rich free based aware driven related level wise specific box agnostic oriented efficient guided constrained trained tuning grained scale dependent "
    "invariant adaptive quality sensitive centric conditioned augmented enhanced informed preserving".split()
)
"""What makes a compound of whatever stands before it."""
_ENDINGS: Final = frozenset(
    "ful tion tions sion sions ment ments ness less able ally ing ings ity ive ous ance ence ism ist ers".split()
)
_AFTER_A_DASH: Final = frozenset("nor versus than rather instead even".split())

# Names with an accent, of which a source that drops backslashes leaves the mark before the letter: Fr'echet. Elsewhere it is an apostrophe.
_NAMES: Final = {
    name.replace("é", "'e").replace("ö", '"o').replace("ü", '"u').replace("ä", '"a'): name
    for name in "Fréchet Rényi Poincaré Bézier Cramér Lévy Padé Carathéodory Hénon Gödel Schrödinger Möbius Hölder Kähler Grünwald Müller Schölkopf".split()
}
_ACCENTED: Final = regex.compile("|".join(map(regex.escape, _NAMES)))

_FOOTNOTE: Final = regex.compile(r"(?<=[\p{L}\p{N})])(?:\\?footnote)?\{\s*https?://[^\s{}]*\s*\}")
# What \href leaves behind an address: 'https://a.example/{Project Website}'.
_LINKED: Final = regex.compile(r"(?<=https?://[^\s{}]{1,300})\{[^{}]{0,80}\}")
# A brace whose fellow is gone: '6x faster}.'
_LONE_BRACE: Final = regex.compile(r"(?<=[\p{L}\p{N}%])\}(?=[\s.,;:)]|$)")
_EXPONENT: Final = regex.compile(r"(?<=[\p{L}\p{N})])\^\{([^{}\s]{1,20})\}")
_ORDINAL: Final = regex.compile(r"(?<=\d)\^(?=(?:st|nd|rd|th)\b)")
_APOSTROPHES: Final = regex.compile(r"(?<![\p{L}\p{N}'])''(?=[^'\s])([^'\"]{1,100}?)''(?![\p{L}\p{N}'])")
_CITATION: Final = regex.compile(r"\[(?P<keys>\p{Ll}{3,}\d{4}\w*(?:\s*[,;]\s*\p{Ll}{3,}\d{4}\w*)*)\]")
_KEY: Final = regex.compile(r"(\p{Ll}+)(\d{4})\w*")
_TIMES: Final = regex.compile(r"(?<=\d)times(?=\d|\b)")
_PLUS_MINUS: Final = regex.compile(r"(?<=\s)\+/?-(?=\s?\d)")
_TEX_QUOTED: Final = regex.compile(r"``([^`\"]{1,200}?)(?:''|\")")
# A stop or colon without its space; a module's name before a class's is none.
_STOP: Final = regex.compile(
    r"(?<=(?<!\S)(?!torch|numpy|pandas|keras|scipy|sklearn|transformers|tensorflow)\p{Ll}{5,30}|\p{L}{2}\))\.(?=\p{Lu}\p{Ll}*[\s,:-])"
)
_COLON: Final = regex.compile(r"(?<=\p{L}{2}):(?=\p{Lu}\p{Ll}{2,}[\s-])")
_COMMA: Final = regex.compile(r"(?<=(?<!\S)\p{Ll}{3,30}),(?=\p{Ll}{2,}\s)")
# A newsletter's line ends, which its feed joins: 'at 2,000% a year:…The more'.
_RUN_ON: Final = regex.compile(r"(?<=\p{L})(?P<sign>[:!?]?)…(?=\p{L})")
_SPACE_BEFORE: Final = regex.compile(r"(?<=[\p{L}\p{N})]) (?=[,;](?:\s|$))")
_BRACKET: Final = regex.compile(r"(?<=(?<!\S)\p{L}{4,30})\((?=\p{Lu}[\p{Lu}\p{N}-]+s?\))")
_WORD: Final = regex.compile(r"\p{L}+")
_SUSPECT: Final = regex.compile(
    r"- | [,;]|…\p{L}|times|\+/?-|[{}]|``|''|\d\^[snrt]|['\"][eoau]|[\p{Ll})][.:,(]\p{L}|\[\p{Ll}+\d"
)


@lru_cache(maxsize=2048)
def repaired(text: str) -> str:
    """
    Give a text with what was lost put back; one that lost nothing as it stands.

    >>> repaired("Archi- tectures, 16times faster (+- 0.1%).")
    'Architectures, 16× faster (+- 0.1%).'
    >>> repaired("The Fr'echet distance of the baseline(FID){https://a.example/x} is low in practice.We lower it.")
    'The Fréchet distance of the baseline (FID) is low in practice. We lower it.'
    """
    if not _SUSPECT.search(text):
        return text
    text = _SPACE_BEFORE.sub("", _RUN_ON.sub(lambda found: f"{found['sign'] or '…'} ", text))
    text = _ORDINAL.sub("", _braces_off(text)) if "^" in text or "}" in text else text
    text = _FOOTNOTE.sub("", _ACCENTED.sub(lambda found: _NAMES[found[0]], text))
    text = _CITATION.sub(_cited, _APOSTROPHES.sub(r"“\1”", _TEX_QUOTED.sub(r"“\1”", text)))
    text = _PLUS_MINUS.sub("±", _TIMES.sub("×", text))
    text = _BRACKET.sub(" (", _COMMA.sub(", ", _COLON.sub(": ", _STOP.sub(". ", text))))
    if "- " in text:
        text = _COUNTED.sub("-", _PARTED.sub(partial(_joined, words=_words_of(text)), text))
    return text


def _braces_off(text: str) -> str:
    """Take off the braces of a link's words, of an exponent, and one that stands alone."""
    text = _EXPONENT.sub(r"^(\1)", _LINKED.sub("", text))
    return text if "{" in text else _LONE_BRACE.sub("", text)


def _cited(found: regex.Match[str]) -> str:
    """Write keys of a bibliography, 'pham2013fast', as people cite."""
    return "[" + ", ".join(f"{name.capitalize()} {year}" for name, year in _KEY.findall(found["keys"])) + "]"


def _words_of(text: str) -> frozenset[str]:
    """Give a text's words without case, but for the first halves of those that may be parted."""
    return frozenset(map(str.casefold, _WORD.findall(_PARTED.sub(r"\g<before>\g<second>", text))))


def _joined(found: regex.Match[str], *, words: frozenset[str]) -> str:
    before, first, second = found["before"], found["first"], found["second"]
    if second in FUNCTION_WORDS or second in _AFTER_A_DASH:
        return str(found[0])
    if second in _SECOND_HALVES:
        return f"{before}{first}-{second}"
    folded = first.casefold()
    if f"{folded}{second}" in words:
        return f"{before}{first}{second}"
    compound = folded in _HYPHENED or (folded in words and folded not in FUNCTION_WORDS)
    meant = second not in _ENDINGS and (before or compound)
    return f"{before}{first}{'-' if meant else ''}{second}"
