"""Few words: why a work is in a list, told in a line, out of the reason that a card gives in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_MOST: Final = 6
"""Words of a line's reason at most, what it quotes among them."""

_UNQUOTED: Final = 5
"""Of these such as quote nothing."""

_LEAST: Final = 2
"""Words that are left of what is quoted at least: fewer do not tell what it is."""

QUOTED: Final = re.compile(r"(?<!\S)(?:'.+?'|“.+?”|\".+?\")(?=[\s,;:.)]|$)")
"""A topic, a word or a title, as reasons quote them."""

_NAME: Final = "\ue000"
"""Stands for what is quoted while the rest is looked at: a character for private use, which no cleaned text has."""

_NAMES: Final = rf"{_NAME}(?:, {_NAME})*(?: and {_NAME})?"
_CLOSE: Final = re.compile(rf"^close to your topics? (?={_NAME})")
_TOPICS: Final = re.compile(rf"^(your topics|close to) ({_NAMES})")
_HAS: Final = re.compile(rf"^has ({_NAMES}) of {_NAME}")
_CLAUSE_END: Final = re.compile(r"[,;:.] ")
_UNFINISHED: Final = frozenset("a an the of on in at to by for from with and or than which whom that".split())


def in_few_words(reason: str) -> str:
    """
    Tell a reason in at most six words: its first clause, of several topics as many as there is room for, and the beginning of a long one.

    That a work is on a topic, close to one, or has words of one stays told apart.

    >>> for reason in (
    ...     "your topic 'reinforcement learning from human feedback'",
    ...     "close to your topics 'LLM agents' and 'agent benchmarks'",
    ...     "has the words of 'agent benchmarks', though not together",
    ...     "has 'robot' and 'arms' of 'world models for robot arms'",
    ... ):
    ...     print(in_few_words(reason))
    your topic 'reinforcement learning from human…'
    close to 'LLM agents', 'agent benchmarks'
    has the words of 'agent benchmarks'
    has 'robot' of 'world models…'
    """
    names = [found[0] for found in QUOTED.finditer(reason)]
    told = _CLOSE.sub("close to ", QUOTED.sub(_NAME, reason))
    if found := _TOPICS.match(told):
        return _of_topics(found[1], names[: found[2].count(_NAME)])
    if found := _HAS.match(told):
        number = found[1].count(_NAME)
        return _filled(f"has {_NAME} of {_NAME}", [names[0], names[number]])
    words: list[str] = []
    for word in _CLAUSE_END.split(told)[0].split():
        if word != _NAME and sum(1 for one in words if one != _NAME) == _UNQUOTED:
            break
        words.append(word)
    return _filled(" ".join(_finished(words)).rstrip(",;:."), names)


def _of_topics(lead: str, topics: Sequence[str]) -> str:
    """Name two of several topics, if there is room for them, else the first."""
    for joint in (" and ", ", "):
        said = f"{lead} {joint.join(topics[:2])}"
        if len(said.split()) <= _MOST:
            return said
    return _filled(f"{lead.removesuffix('s')} {_NAME}", topics)


def _filled(told: str, names: Sequence[str]) -> str:
    """Put what was quoted back; of the last one, if it is too long, its beginning."""
    number = told.count(_NAME)
    unquoted = len(told.split()) - number
    for place, name in enumerate(names[:number], start=1):
        others = sum(len(other.split()) for other in names[: number - 1])
        fitting = _begun(name, max(_LEAST, _MOST - unquoted - others)) if place == number else name
        told = told.replace(_NAME, fitting, 1)
    return told


def _begun(quoted: str, most: int) -> str:
    """Give so many words of what is quoted, with its quotation marks."""
    words = quoted[1:-1].split()
    if len(words) <= most:
        return quoted
    return f"{quoted[0]}{' '.join(_finished(words[:most])).rstrip(',;:.…')}…{quoted[-1]}"


def _finished(words: Sequence[str]) -> list[str]:
    """Leave out the words at the end after which something would have to come."""
    kept = list(words)
    while len(kept) > 1 and kept[-1].casefold() in _UNFINISHED:
        kept.pop()
    return kept
