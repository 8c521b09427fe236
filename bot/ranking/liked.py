"""Explanations by liked works, in a colleague's words: 'like "Sparse Attention Revisited", which two of you marked must-read'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bot.model import Decision, Meaning
from bot.text import cut

TITLE_LENGTH: Final = 80
"""Characters of a liked work's title that are quoted."""

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

HANDED_OVER: Final = "is on the list you gave us"
"""What is said of a work that nobody marked, and that the team told of before its first week."""

SHARED_HERE: Final = "was shared here before"
"""What is said of a work that nobody marked, and that the channel's own past links to."""

_MARKED: Final = (Meaning.MUST_READ, Meaning.TO_READ)
"""What is said of a liked work, the strongest first; that it was merely read is not called liking it."""


def liked_words(
    decisions: Iterable[Decision],
    summaries: Iterable[tuple[str, str]],
    titles: Mapping[str, str],
    told: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str]:
    """
    Give, by key of each liked work whose title is known, the words that say which work it is and who liked it.

    `summaries` are (member's id, item key); `told` says by key of works that the channel liked
    before where they come from (`HANDED_OVER`, `SHARED_HERE`). Of what a member said last of must-read, to-read and skip, the last counts.
    """
    last: dict[tuple[str, str], Meaning] = {}
    for one in sorted(decisions, key=lambda decision: decision.at):
        if one.meaning is not Meaning.READ:
            last[one.member.id, one.item_key] = one.meaning
    by_key: dict[str, dict[Meaning, int]] = defaultdict(lambda: defaultdict(int))
    for (_, key), meaning in last.items():
        by_key[key][meaning] += 1
    wrote: dict[str, set[str]] = defaultdict(set)
    for member, key in summaries:
        wrote[key].add(member)
    said = {key: words for key in {*by_key, *wrote} if (words := _said(by_key[key], len(wrote[key])))}
    said = {key: words for key, words in told.items() if key not in _spoken_of(last)} | said
    return {key: f'"{cut(titles[key], TITLE_LENGTH)}", which {said[key]}' for key in sorted(said) if titles.get(key)}


def _spoken_of(last: Mapping[tuple[str, str], Meaning]) -> set[str]:
    """Give the works of which somebody said something himself."""
    return {key for _, key in last}


def _said(marked: Mapping[Meaning, int], wrote: int) -> str | None:
    for meaning in _MARKED:
        if marked.get(meaning):
            return f"{_number(marked[meaning])} of you marked {meaning.value}"
    return f"{_number(wrote)} of you wrote about" if wrote else None


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)
