"""Shortening of a sentence at the end of a clause, so that what is left reads whole and keeps its figure. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex

from bot.text import cut

_END: Final = regex.compile(r"(?<!\be\.g\.)(?<!\bi\.e\.)[,;:](?=\s)|[，；：]|\s(?=(?:while|whereas|but)\s)")
"""Where a clause ends; a mark without white space behind it ('1,000') ends none."""
_LEADS_IN: Final = 8
"""Of fewer words what stands between a semicolon or colon and the next comma tells nothing by itself."""
_MARKS: Final = ",;: "
_OPENING: Final = "([{（"
_CLOSING: Final = ")]}）"

_NUMBER: Final = r"(?<![\p{L}\p{N}\-_.])[+\-−~≈<>±]?\d[\d.,]{0,15}(?:\s?[-–]\s?\d[\d.,]{0,15})?"
# 'GPT-5.2' and 'Qwen2.5' are names; of '7.6B' nobody learns what came of a work.
_FIGURES: Final = (
    regex.compile(_NUMBER + r"\s?(?:\\?%|percent\b|×|x\b|times\b|-?fold\b|(?:percentage )?points?\b|pp\b)"),
    regex.compile(r"(?<![\p{L}\p{N}\-_.])[+\-−]?\d{1,9}\.\d{1,9}(?![\p{L}\p{N}])(?! ?(?:[BMK]\b|[bm]illion\b))"),
)
"""Figures that tell a result, the plainest kind first."""
_OF_THE_FIGURE: Final = 0.6
"""Which share of the room the clause with the figure has at most, so that the beginning still says what it speaks of."""


def cut_at_clause(sentence: str, limit: int) -> str:
    """
    Shorten a sentence to at most `limit` code points, at the end of a clause of its second half, else at a word.

    >>> cut_at_clause("We present Foo, a fast attention, and a kernel for every device that there is.", 50)
    'We present Foo, a fast attention…'
    """
    if len(sentence) <= limit:
        return sentence
    end = before = 0
    for start, begin in _ends(sentence[: limit - 1]):
        # 'Accuracy rises; for error handling, …': what only leads in to the next clause ends none.
        if not (sentence[:before].rstrip().endswith((";", ":")) and len(sentence[before:start].split()) < _LEADS_IN):
            end = start
        before = begin
    return sentence[:end].rstrip(_MARKS) + "…" if end > limit // 2 else cut(sentence, limit)


def cut_to_figure(sentence: str, limit: int) -> str:
    """
    Shorten a sentence to at most `limit` code points, at the end of a clause, and keep its first figure with the clause it stands in.

    >>> cut_to_figure("Tests on many models show a gap that grows with length, with hardly any exception, and the best reaches only 31.4%.", 80)
    'Tests on many models show a gap that grows… and the best reaches only 31.4%.'
    """
    figure = next((found for kind in _FIGURES if (found := kind.search(sentence))), None)
    shown = cut_at_clause(sentence, limit)
    if len(sentence) <= limit or figure is None:
        return shown
    for whole in (shown, cut(sentence, limit)):
        if figure.end() < len(whole):
            return whole
    # The clause with the figure lies behind: what stands between it and the beginning is left out.
    most = int(limit * _OF_THE_FIGURE)
    begin = max((end for _, end in _ends(sentence) if end <= figure.start()), default=0)
    if figure.end() - begin >= most:
        begin = sentence.find(" ", figure.end() - most, figure.start()) + 1
    if not begin:
        return shown
    told = sentence[begin:]
    if len(told) > most:
        shorter = cut_at_clause(told, most)
        told = shorter if figure.end() - begin < len(shorter) else cut(told, most)
    opening = cut_at_clause(sentence[:begin], limit - len(told) - 1)
    return f"{opening} {told}" if opening != sentence[:begin] else opening + told


def _ends(sentence: str) -> Iterator[tuple[int, int]]:
    """Give where each clause but the last ends and the next one begins; what stands in brackets ends none."""
    depth, place = 0, 0
    for found in _END.finditer(sentence):
        for sign in sentence[place : found.start()]:
            depth = depth + 1 if sign in _OPENING else max(0, depth - (sign in _CLOSING))
        place = found.start()
        if not depth:
            yield found.start(), found.end() + (sentence[found.end() : found.end() + 1] == " ")
