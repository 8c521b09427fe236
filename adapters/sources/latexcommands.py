"""Commands of LaTeX that take arguments, and what is read where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from adapters.sources.latextables import DOUBLE_STRUCK, LOWERED, MARKS, RAISED

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
