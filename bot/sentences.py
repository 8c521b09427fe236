"""
Sentence splitter for running text, in any script. Pure.

Abstracts are the worst of prose for this: 'et al.', 'e.g.', decimals, versions ('GPT-4.1'), initials and what is left of LaTeX
all bear a full stop that ends nothing. What a stop means is decided by the word before it and by the character behind it; where
both leave it open there is no boundary, since a sentence too long reads better than half of one.
"""

from __future__ import annotations

from typing import Final

import regex

# What English sentences begin with, so that 'plan B. It works' ends at the stop and 'J. Smith' does not.
_OPENER_WORDS: Final = (
    "However|Moreover|Furthermore|Additionally|Therefore|Thus|Yet|But|To|In|We|Our|It|Its|This|That|These|Those|The|There|Here|A|An|"
    "Despite|Although|While|When|As|If|Unlike|Recent|Existing|Extensive|Experiments?|Experimental|Results?|By|On|Across|At|For|From|"
    "With|Through|Based|Building|Specifically|First|Second|Third|Finally|Code"
)
_OPENER: Final = regex.compile(rf"(?:{_OPENER_WORDS})\b")
_ENDS: Final = regex.compile(
    r"""
    (?P<stop>
        [。！？｡．]+ [”’」』）)\]"'»]*                       # Chinese and Japanese: no white space follows
      | [.!?…؟۔।॥։።]+ [”’)\]}"'»]* (?=\s|$)                  # everybody else's
      | (?<=\p{Ll}{3}) \. (?=(?:"""
    + _OPENER_WORDS
    + r""")\b[\s,])              # a forgotten space: 'representations.However, we'
    )
    \s*
    """,
    regex.VERBOSE,
)
# Never the last word of a sentence: what they shorten or introduce comes behind them.
_NEVER_LAST: Final = frozenset(
    "e.g i.e cf vs viz fig figs eq eqs sec secs tab ref refs ch chap app thm lem prop def nos vol pp dr mr mrs ms prof "
    "st approx ca resp w.r.t wrt a.k.a aka incl esp dept univ".split()
)
# The last word of a sentence now and then: the next character decides.
_SOMETIMES_LAST: Final = frozenset("etc inc ltd corp co jr sr i.i.d a.m p.m no".split())
_LAST_WORD: Final = regex.compile(r"[\p{L}\p{N}.\-]*\p{L}[\p{L}.]*$")
_OPENERS: Final = "\"'“‘«„([{$\\"
# The next item of a list in running text: '(i) A protocol'.
_ITEM: Final = regex.compile(r"\((?:[ivx]{1,4}|[a-h]|\d{1,2})\)\s+\p{Lu}")
_UNIT: Final = regex.compile(r"\d\s?(?:ms|sec|secs|pp|st)$")
"""A unit of measurement that is written as an abbreviation of something else."""
# What begins with a small letter and may begin a sentence: a name ('vToken', 'xLSTM'), and an address that stands by itself.
_LOWER_BEGINNING: Final = regex.compile(r"\p{Ll}{1,3}\p{Lu}|https?://")
_UNSPACED: Final = frozenset("。！？｡．")
_NUMBERED: Final = regex.compile(r"\s*\(?[\p{N}ivx]{1,4}\)?")
_CLOSED_AHEAD: Final = regex.compile(r"[^()]{0,300}\)")
# Pandoc's rule for TeX between dollars: no white space inside them, no digit behind the second ('costs $5 to $10' is money).
_FORMULA: Final = regex.compile(r"\$(?=\S)[^$]{1,200}(?<=\S)\$(?!\d)")


def sentences(text: str) -> list[str]:
    """
    Give the sentences of a plain text in order; joined by a space they are the text again, but for its white space.

    A stop ends a sentence where white space follows (in Chinese and Japanese always), the word before it is no abbreviation,
    initial or number of a list, it stands in no bracket and no formula, and what follows does not begin with a small letter.

    >>> sentences("Liu et al. reach 3.5 points, e.g. on MMLU. We reach 4.1! 我们提出新方法。结果更好。")
    ['Liu et al. reach 3.5 points, e.g. on MMLU.', 'We reach 4.1!', '我们提出新方法。', '结果更好。']
    """
    formulas = [match.span() for match in _FORMULA.finditer(text)]
    found, start = [], 0
    for match in _ENDS.finditer(text):
        inside = any(first < match.start() < last for first, last in formulas)
        if not inside and _ends(text, start, match):
            found.append(" ".join(text[start : match.end("stop")].split()))
            start = match.end()
    rest = " ".join(text[start:].split())
    return [one for one in (*found, rest) if one]


def _ends(text: str, start: int, match: regex.Match[str]) -> bool:
    stop, before, behind = (
        match["stop"],
        text[start : match.start()],
        text[match.end() : match.end() + 40].lstrip(_OPENERS),
    )
    if not behind:
        return True
    if before.count("(") > before.count(")") + stop.count(")") and _CLOSED_AHEAD.match(text, match.end()):
        return False
    if stop[0] in _UNSPACED:
        return True
    if _ITEM.match(text, match.end()):
        return True
    if (behind[0].islower() and not _LOWER_BEGINNING.match(behind)) or _NUMBERED.fullmatch(before):
        return False
    return stop[0] != "." or not _shortens(before, behind, text)


def _shortens(before: str, behind: str, text: str) -> bool:
    """
    Tell whether a full stop belongs to the word before it: an abbreviation, or a name's initial ('J.' in 'J. Smith'). A letter that stands elsewhere in
    the text without a stop is a quantity's name, and ends a sentence as any word does.
    """
    found = _LAST_WORD.search(before)
    written = found[0].strip(".-") if found else ""
    word = written.casefold()
    if word == "al":
        return before.casefold().endswith("et al")
    if word in _SOMETIMES_LAST:
        return not behind[0].isupper()
    opens = _OPENER.match(behind) is not None
    parts = [part for part in regex.split(r"[.\-]+", written) if part]
    initials = bool(parts) and all(len(part) == 1 and part.isupper() and part.isascii() for part in parts)
    quantity = (
        len(written) == 1
        and initials
        and regex.search(rf"(?<![\p{{L}}\p{{N}}.\-]){written}(?![\p{{L}}\p{{N}}.'’\-])", text)
    )
    shortened = word in _NEVER_LAST and not _UNIT.search(before)
    return shortened or (initials and not opens and written != "I" and not quantity)
