r"""
LaTeX made readable, as arXiv's records have it: accents in names (`Andr\'e`, `{\"o}`, `\v{c}`, `\o`), and commands and formulas
in titles and abstracts.

Own code, since these texts are prose with LaTeX in it and no documents: pylatexenc 2.11 (`LatexNodes2Text`), on the 538 titles and
abstracts of arXiv's week 2026-W33 that hold a backslash or a dollar, raised on 8, took the rest of the line after a bare `%` for a
comment in all 73 that have one, left `D^2` as it is, and took eight times as long (2.7 s against 0.3 s).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from adapters.sources.parse.latex_symbols import (
    DOUBLE_STRUCK,
    GREEK,
    LOWERED,
    MARKS,
    OWN,
    RAISED,
    SIGNS,
    SWITCHES,
    WORDS,
)

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


_HINT: Final = re.compile(r"[\\$~]|--|``|\{,\}")
_DEEPEST: Final = 40
# Of an unknown command, the name is read. In a text it must stand where a word may begin, and be more than an escape:
# 'C:\Users' and '\n' are meant as they stand.
_BEGINS_A_WORD: Final = re.compile(r"(?:^|(?<=[\s(\[{\"'“‘,~–—-]))\\(?=[A-Z]|[a-z]{2})")
_LOOKS: Final = re.compile(r"text|math|emph|url|underline|mbox")
_CALLIGRAPHIC: Final = re.compile(r"c([A-Z])")
_NAME: Final = re.compile(r"[A-Za-z]+\*?")
_KEPT: Final = frozenset("%$&_#{}")
_BLANK: Final = {
    **dict.fromkeys(" ,;:\\\n", " "),
    **dict.fromkeys("!-/@()[]", ""),
    "|": "‖",
}
# Pandoc's rule for a dollar sign that begins a formula: nothing blank inside it, no digit behind it. '$90 to $190' is money.
# A digit may follow what cannot be an amount: '$\sim$97' and '$<$2' are common. And a blank inside is forgiven where a sign of
# mathematics shows what is meant: '$ n \sim B$'.
_FORMULA: Final = re.compile(
    r"(?<![\\$])\$\$(?P<display>(?:[^$\\]|\\.){1,2000}?)\$\$"
    r"|(?<![\\$])\$(?=[^\s$])(?P<inline>(?:[^$\\]|\\.){1,2000}?)(?<=\S)\$(?!\d)"
    r"|(?<![\\$])\$(?=[^\s$\d])(?P<sign>(?:[^$\\\s]|\\.){1,100}?)\$"
    r"|(?<![\\$\w])\$(?=\s*[^\s$\d])(?=[^$]{0,300}[\\^_=<>])(?P<loose>(?:[^$\\]|\\.){1,300}?)\$(?![\w$])"
    r"|(?<!\\)\\\((?P<round>.{1,2000}?)\\\)|(?<!\\)\\\[(?P<square>.{1,2000}?)\\\]",
    re.DOTALL,
)
_PLAIN_TEX: Final = re.compile(
    r"(?<![\\\w:])\\[A-Za-z]{2,}\s*\{|(?<![\\$])\$(?![\s\d])[^$\n]{0,200}?[\\^_=<>][^$\n]{0,200}?\$(?!\w)|(?<!\\)\\[(\[][^\n]{1,200}?\\[)\]]"
)
"""A command with its argument, or a formula that is none by mistake: no amount, and with a sign of mathematics in it."""
_KINDS: Final = tuple(_FORMULA.groupindex)
_DASHES: Final = re.compile(r"(?<=[^\s-])(-{2,3})(?=[^\s-])|(?<=\s)(-{2,3})(?=\s)")
# A tie stands between words, or before or after a number; '5~10' is a range, 'about ~5' an estimate, '/~name' an address.
_TIE: Final = re.compile(r"(?<=[\w.,;:)\]}$%])~(?=[^\W\d]|[$\\(\[{])|(?<=[^\W\d]|[.,;:)\]}])~(?=\d)")
_QUOTED: Final = re.compile(r"``([^`]{1,500}?)''")
_THOUSANDS: Final = re.compile(r"(?<=\d)\{,\}(?=\d)")
_SPACES: Final = re.compile(r" {2,}")


def readable(text: str) -> str:
    r"""
    Make a title or an abstract that was written in LaTeX readable as plain text. Nothing that is read is lost.

    Commands that only change the looks go, signs become characters, formulas lose their dollar signs; an unknown command
    keeps its argument, or its name if it has none. Text without LaTeX comes through unchanged.

    >>> readable(r"\textbf{Fast} $\mathrm{SE}(3)$ nets: $10^{-3}$--$10^2$, 5\% of Table~2")
    'Fast SE(3) nets: 10⁻³–10², 5% of Table 2'
    """
    return _read(text, bibtex=False) if _HINT.search(text) else text


def readable_prose(text: str) -> str:
    r"""
    Make what people wrote in a post or on a blog readable, as `readable` does, where formulas or commands stand in it; there dollars are money as a rule.

    >>> readable_prose(r"The step is $\nabla L$, by \textbf{Adam}"), readable_prose("Is it 50$ or 60$ a month -- or $HOME and $PATH?")
    ('The step is ∇ L, by Adam', 'Is it 50$ or 60$ a month -- or $HOME and $PATH?')
    """
    return readable(text) if _PLAIN_TEX.search(text) else text


def readable_bibtex(text: str) -> str:
    r"""
    Make a field of a BibTeX file readable, as `readable` does: there every brace only holds together, and goes.

    >>> readable_bibtex(r"{{LongLoRA}: {Efficient} {Fine}-tuning of the set \{a, b\}}")
    'LongLoRA: Efficient Fine-tuning of the set {a, b}'
    """
    return _read(text, bibtex=True) if "{" in text or _HINT.search(text) else text


def _read(text: str, *, bibtex: bool) -> str:
    text = _TIE.sub(" ", _QUOTED.sub(r"“\1”", accents(_THOUSANDS.sub(",", text))))
    return _SPACES.sub(" ", _DASHES.sub(_dash, _Reader(text, bibtex=bibtex).read()))


def _dash(found: re.Match[str]) -> str:
    return "–" if found[0] == "--" else "—"


class _Reader:
    """Reads a text from left to right, each character once. Inside a formula, braces and scripts mean something else than outside."""

    def __init__(self, text: str, *, bibtex: bool = False) -> None:
        self._text = text
        self._bibtex = bibtex
        self._formulas = {found.start(): found for found in _FORMULA.finditer(text)}
        self._formula = False
        self._ends = _closing_braces(text)
        self._at = 0

    def read(self) -> str:
        return self._until(len(self._text), 0)

    def _until(self, end: int, depth: int) -> str:
        out: list[str] = []
        while self._at < end:
            sign = self._text[self._at]
            formula = self._formulas.get(self._at)
            self._at += 1
            if formula and formula.end() <= end:
                out.append(self._inside(formula, depth))
            elif sign == "\\" and self._at < end:
                out.append(self._apart(out, self._command(end, depth)))
            elif sign == "{" and self._only_groups(depth):
                out.append(self._group(depth))
            elif sign in "^_" and self._formula and self._at < end:
                out.append(scripted(sign, self._single(end, depth)))
            else:
                out.append(sign)
        return "".join(out)

    def _inside(self, formula: re.Match[str], depth: int) -> str:
        start, end = next(span for span in map(formula.span, _KINDS) if span[0] >= 0)
        self._at, self._formula = start, True
        said = self._until(end, depth + 1)
        self._at, self._formula = formula.end(), False
        return said.strip()

    def _apart(self, out: list[str], said: str) -> str:
        """An operator that is a word keeps its distance from what stands before and after it."""
        if said not in WORDS:
            return said
        before = " " if out and out[-1][-1:].isalnum() else ""
        after = " " if self._text[self._at : self._at + 1].isalnum() else ""
        return f"{before}{said}{after}"

    def _only_groups(self, depth: int) -> bool:
        """Whether the brace just read holds something together and is not meant itself. In a text, it then begins with a command."""
        close = self._ends.get(self._at - 1)
        if close is None or depth >= _DEEPEST:
            return False
        return self._formula or self._bibtex or close == self._at or self._text[self._at] == "\\"

    def _group(self, depth: int) -> str:
        """What stands in the braces whose first one was just read."""
        close = self._ends[self._at - 1]
        inner = self._until(close, depth + 1)
        self._at = close + 1
        return inner

    def _argument(self, depth: int) -> str | None:
        """The argument in braces that begins here, if one does."""
        if self._at not in self._ends or depth >= _DEEPEST:
            return None
        self._at += 1
        return self._group(depth)

    def _single(self, end: int, depth: int) -> str:
        """An argument that may go without braces: a sign, or a command."""
        while self._at < end and self._text[self._at] == " ":
            self._at += 1
        given = self._argument(depth)
        if given is not None or self._at >= end:
            return given or ""
        sign = self._text[self._at]
        self._at += 1
        return self._command(end, depth + 1) if sign == "\\" and self._at < end and depth < _DEEPEST else sign

    def _command(self, end: int, depth: int) -> str:
        found = _NAME.match(self._text, self._at, end)
        if found is None:
            sign = self._text[self._at]
            self._at += 1
            if sign in "^~" and self._text.startswith(
                "{}", self._at
            ):  # an accent on nothing is how a program writes the sign itself
                return sign
            return sign if sign in _KEPT else _BLANK.get(sign, "\\" + sign)
        self._at = found.end()
        name = found[0].rstrip("*")
        if name in SWITCHES:
            return self._switch(end)
        if name in WITH_ARGUMENTS:
            return WITH_ARGUMENTS[name](lambda: self._single(end, depth))
        if name in SIGNS and name.startswith("text") and self._text.startswith(" ", self._at):
            self._at += 1  # the blank ends the name, and is not printed
        if name in SIGNS or name in GREEK:
            return SIGNS.get(name, GREEK.get(name, ""))
        return name if name in WORDS else self._unknown(found[0], depth)

    def _switch(self, end: int) -> str:
        """What only changes the looks goes, with the blank that ends its name and the dot that stands for no bracket at all."""
        if self._at < end and self._text[self._at] in " .":
            self._at += 1
        return ""

    def _unknown(self, name: str, depth: int) -> str:
        begins = self._at - len(name) - 1
        given = self._argument(depth)
        if given or (given is not None and _LOOKS.match(name)):
            return given
        unclosed = given is None and self._text[self._at : self._at + 1] == "{"
        if unclosed or not (self._formula or given is not None or _BEGINS_A_WORD.match(self._text, begins)):
            return "\\" + name
        calligraphic = _CALLIGRAPHIC.fullmatch(name)
        return calligraphic[1] if calligraphic else OWN.get(name, name)


def _closing_braces(text: str) -> dict[int, int]:
    """Where each opening brace is closed; those that never are, are not among them. One pass."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == "{":
            waiting.append(at)
        elif text[at] == "}" and waiting:
            found[waiting.pop()] = at
        at += 1
    return found


Argument = Callable[[], str]
"""Reads the next argument, made readable already."""


def scripted(sign: str, said: str) -> str:
    """Raise (`^`) or lower (`_`) what was said: in small figures where there are such, else with the sign before it."""
    table = RAISED if sign == "^" else LOWERED
    if said and all(each in table for each in said):
        return "".join(table[each] for each in said)
    return sign + (said if len(said) == 1 or said.isalnum() else f"({said})")


def _fraction(argument: Argument) -> str:
    return f"{_held(argument())}/{_held(argument())}"


def _root(argument: Argument) -> str:
    return "√" + _held(argument())


def _choose(argument: Argument) -> str:
    return f"({argument()} choose {argument()})"


def _anchor(argument: Argument) -> str:
    address, words = argument(), argument()
    return address if words in {"", address} else f"{words} ({address})"


def _aside(argument: Argument) -> str:
    return f" ({argument()})"


def _cited(argument: Argument) -> str:
    return f"[{argument()}]"


def _coloured(argument: Argument) -> str:
    argument()
    return argument()


def _dropped(argument: Argument) -> str:
    argument()
    return ""


def _styled(argument: Argument) -> str:
    return argument()


def _double_struck(argument: Argument) -> str:
    said = argument()
    return DOUBLE_STRUCK.get(said, said)


def _held(said: str) -> str:
    """In brackets, if it is more than one thing."""
    return said if len(said) <= 1 or said.replace(".", "").isdigit() else f"({said})"


def _marked(name: str) -> Callable[[Argument], str]:
    def mark(argument: Argument) -> str:
        said = argument()
        return said + MARKS[name] if len(said) == 1 else said

    return mark


WITH_ARGUMENTS: Final[dict[str, Callable[[Argument], str]]] = {
    **dict.fromkeys(("frac", "tfrac", "dfrac"), _fraction),
    **dict.fromkeys(("cite", "citep", "citet", "citealp", "ref", "eqref"), _cited),
    **dict.fromkeys(("textcolor", "colorbox"), _coloured),
    **dict.fromkeys(("color", "label", "vspace", "hspace"), _dropped),
    **dict.fromkeys(("mathrm", "mathcal", "mathbf", "mathfrak", "mathsf", "mathit", "boldsymbol", "bm", "operatorname"), _styled),
    **{name: _marked(name) for name in MARKS},
    "sqrt": _root,
    "binom": _choose,
    "href": _anchor,
    "footnote": _aside,
    "mathbb": _double_struck,
    "textsuperscript": lambda argument: scripted("^", argument()),
    "textsubscript": lambda argument: scripted("_", argument()),
}  # fmt: skip
