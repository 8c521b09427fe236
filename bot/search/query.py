"""
The query language of the search: words, "phrases", prefix*, -without, by:, decision:, source:, week:A..B, has:code, has:summary. Pure.

Everything asked for must hold. A word finds its plain English singular or plural, too; what is quoted is found as it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

from bot.errors import UsageError
from bot.model import Meaning
from bot.periods import due_day, is_period
from bot.search.tokens import is_one_character, tokens
from bot.weeks import is_week, week_of

LONGEST: Final = 500
"""Longest question in characters."""

MOST_TERMS: Final = 24

LANGUAGE: Final = (
    'words, "a phrase", begin*, -without, by:MEMBER, decision:must-read, source:import-ai, week:2026-W30..2026-W34, '
    "has:code, has:summary"
)
"""The language in one line, for whoever asks what can be asked."""

_PIECE: Final = regex.compile(
    r"(?P<minus>-)?(?:(?P<name>[a-z]+):(?=\S))?(?:\"(?P<quoted>[^\"]*)\"?|(?P<bare>[^\s\"]+))(?P<star>\*)?",
    regex.IGNORECASE,
)
_TYPOGRAPHIC: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})
_FILTERS: Final = ("by", "decision", "source", "week", "has")
_MORE_THAN_WORDS: Final = regex.compile(rf"-\w|-?(?:{'|'.join(_FILTERS)}):\S|.+\*$", regex.IGNORECASE)
_SAYS_ONE_WORD: Final = regex.compile(r"(?:decision|source|week|has):\S|.+\*$", regex.IGNORECASE)
_HAS: Final = ("code", "summary")
_SHORTEST_PLURAL: Final = 4


@dataclass(frozen=True, slots=True)
class Term:
    """
    Something to be found: `tokens` one after the other, of which the last may be the beginning of a word (`prefix`).

    `others` are words that do as well as a single token. One that is `without` must not be found.
    """

    tokens: tuple[str, ...]
    prefix: bool = False
    without: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """
    A question as it was understood. `weeks` are the first and the last one, both included.

    `by` are members as people call them, `sources` source ids; `has` is of 'code' and 'summary'.
    """

    terms: tuple[Term, ...] = ()
    by: tuple[str, ...] = ()
    decisions: tuple[Meaning, ...] = ()
    sources: tuple[str, ...] = ()
    weeks: tuple[str, str] | None = None
    has: frozenset[str] = frozenset()

    @property
    def wanted(self) -> tuple[Term, ...]:
        """What must be found."""
        return tuple(term for term in self.terms if not term.without)

    @property
    def unwanted(self) -> tuple[Term, ...]:
        """What must not be found."""
        return tuple(term for term in self.terms if term.without)


def parse(text: str) -> Query:
    """Read a question. Raises `UsageError`, which names what is wrong and what would be right."""
    if len(text) > LONGEST:
        raise UsageError(f"The question has {len(text)} characters; {LONGEST} is the most. Ask for fewer words.")
    terms: list[Term] = []
    found: dict[str, list[str]] = {name: [] for name in _FILTERS}
    for piece in _PIECE.finditer(text.translate(_TYPOGRAPHIC)):
        name, value = (piece["name"] or "").lower(), piece["quoted"] if piece["quoted"] is not None else piece["bare"]
        if name in found and not piece["minus"]:
            found[name].append(value.strip())
            continue
        words = f"{piece['name']}:{value}" if piece["name"] else value
        if term := _term(
            words, quoted=piece["quoted"] is not None, star=bool(piece["star"]), minus=bool(piece["minus"])
        ):
            terms.append(term)
    if len(terms) > MOST_TERMS:
        raise UsageError(f"The question has {len(terms)} words; {MOST_TERMS} is the most.")
    query = Query(
        terms=tuple(terms),
        by=tuple(name.removeprefix("@") for name in found["by"]),
        decisions=tuple(_meaning(word) for word in found["decision"]),
        sources=tuple(found["source"]),
        weeks=_weeks(found["week"]),
        has=frozenset(_has(word) for word in found["has"]),
    )
    if query == Query():
        raise UsageError(f"There is nothing to look for in it. Ask with {LANGUAGE}.")
    if query.unwanted and query == Query(terms=query.unwanted):
        raise UsageError("That says only what is not wanted. Say what is, too.")
    return query


def is_question(text: str) -> bool:
    """
    Tell whether words say more than a phrase can: a `begin*`, a `-without`, or a filter, unless it is a name of several words (`by:`).

    >>> [is_question(one) for one in ("reward models", "by:Ada Brandt", "by:Ada has:code", "agent* -safety", "week:2026-W30 art")]
    [False, False, True, True, True]
    """
    first, *others = text.split()
    return bool(_SAYS_ONE_WORD.match(first)) or any(_MORE_THAN_WORDS.match(word) for word in others)


def within(period: str, weeks: tuple[str, str]) -> bool:
    """
    Tell whether a digest's period is in these weeks, whatever its rhythm.

    >>> [within(one, ("2026-W34", "2026-W35")) for one in ("2026-W34", "2026-08-20", "2026-W34-4", "2026-W36", "sample")]
    [True, True, True, False, False]
    """
    return is_period(period) and weeks[0] <= week_of(due_day(period, 1)) <= weeks[1]


def _term(words: str, *, quoted: bool, star: bool, minus: bool) -> Term | None:
    prefix = star or (not quoted and words.endswith("*"))
    found = tuple(tokens(words, asked=True))
    if not found:
        return None
    one = len(found) == 1
    others = _numbers(found[0]) if one and not quoted and not prefix else ()
    return Term(found, prefix or is_one_character(found[-1]), minus, others)


def _numbers(word: str) -> tuple[str, ...]:
    """Give a plain English word in its other number, as far as that is a letter or two."""
    if not (word.isascii() and word.isalpha()) or len(word) < _SHORTEST_PLURAL:
        return ()
    if word.endswith("ies"):
        return (f"{word[:-3]}y",)
    if word.endswith(("sses", "shes", "ches", "xes")):
        return (word[:-2],)
    if word.endswith("s"):
        return () if word.endswith(("ss", "us", "is")) else (word[:-1],)
    if word.endswith("y") and word[-2] not in "aeiou":
        return (f"{word[:-1]}ies",)
    return (f"{word}es",) if word.endswith(("sh", "ch", "x")) else (f"{word}s",)


def _meaning(word: str) -> Meaning:
    try:
        return Meaning(word.lower())
    except ValueError:
        known = ", ".join(meaning.value for meaning in Meaning)
        raise UsageError(f"decision:{word} is no decision. There are {known}.") from None


def _has(word: str) -> str:
    if word.lower() not in _HAS:
        raise UsageError(f"has:{word} is not known. There are has:code and has:summary.")
    return word.lower()


def _weeks(said: list[str]) -> tuple[str, str] | None:
    """Read `2026-W30`, `2026-W30..2026-W34`, and either end left open."""
    if not said:
        return None
    first, dots, last = said[-1].upper().partition("..")
    first, last = first or "0000-W01", last or ("9999-W53" if dots else first)
    for week in (first, last):
        if week not in {"0000-W01", "9999-W53"} and not is_week(week):
            raise UsageError(
                f"week:{said[-1]} is no week. Write week:2026-W30, or week:2026-W30..2026-W34 for several."
            )
    if first > last:
        raise UsageError(f"week:{said[-1]} ends before it begins. Write week:{last}..{first}.")
    return first, last
