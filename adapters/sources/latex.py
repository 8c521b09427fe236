r"""Accents written in TeX, as arXiv's records of names and titles have them: `Andr\'e`, `{\"o}`, `\v{c}`, `\o`."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# The accent commands of LaTeX (The LaTeX Companion, table of text accents), as combining characters.
_MARKS: Final = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "d": "\u0323", "b": "\u0331", "k": "\u0328", "r": "\u030a", "t": "\u0361",
}  # fmt: skip
_LETTERS: Final = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
# A mark of punctuation takes the next letter as it stands; a mark that is a letter needs a brace or a space before it.
_ACCENT: Final = re.compile(
    r"""\{?\\(?:(?P<sign>['`^"~=.])\s*|(?P<name>[uvHcdbkrt])(?=[\s{\\])\s*)
        (?:\{\s*(?:\\(?P<dotless1>[ij])|(?P<one>[^\W\d_]))\s*\}|\\(?P<dotless2>[ij])(?![A-Za-z])|(?P<bare>[^\W\d_]))\}?""",
    re.VERBOSE,
)
_LETTER: Final = re.compile(
    r"\{?\\(" + "|".join(sorted(_LETTERS, key=len, reverse=True)) + r")(?![A-Za-z])(?:\{\}|\s|\})?"
)
_LEFT_OVER: Final = re.compile(r"[{}]")


def accents(text: str) -> str:
    r"""
    Write TeX accents and letters as the characters they stand for, and take braces off. Text without TeX comes through unchanged.

    >>> accents("Andr\\'e {\\O}rsted, Ji\\v{r}\\'{\\i} Vl{\\'a}dek")
    'André Ørsted, Jiří Vládek'
    """
    if "\\" not in text:
        return text
    text = _ACCENT.sub(_accented, text)
    text = _LETTER.sub(lambda found: _LETTERS[found[1]], text)
    # Where a backslash is left, the braces may belong to a formula.
    return text if "\\" in text else _LEFT_OVER.sub("", text)


def _accented(found: re.Match[str]) -> str:
    letter = found["one"] or found["bare"] or found["dotless1"] or found["dotless2"]
    return unicodedata.normalize("NFC", letter + _MARKS[found["sign"] or found["name"]])
