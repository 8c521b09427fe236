"""Reading order of the chosen works, and which of them come before all others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Final

from bot.model import Section
from bot.ranking.ranked import Ranked

FIRST_OF_ALL: Final = frozenset({"follow", "rare", "suggested"})
"""Reasons that nothing crowds out: what the channel follows, what comes rarely, what a member proposed."""


_NOTHING_BEHIND: Final[Mapping[str, int]] = MappingProxyType({})


def is_first(ranked: Ranked) -> bool:
    return bool(ranked.names) and not FIRST_OF_ALL.isdisjoint(ranked.names)


def in_order(
    chosen: Iterable[Ranked],
    worth: Callable[[str], float],
    unlike: AbstractSet[str] = frozenset(),
    behind: Mapping[str, int] = _NOTHING_BEHIND,
) -> list[Ranked]:
    """
    Give works in reading order: by section, in each those that come before all others, then those that are worth more (by key) among all or among the works
    of their topic, so that the best of each topic stand at the top. Those that are `unlike` what was liked, where others are like it, come last; so does what
    stands `behind` what was asked for, by key with its place there, whatever it is worth.
    """
    order = list(Section)
    return sorted(
        chosen,
        key=lambda r: (
            order.index(r.section),
            not is_first(r),
            behind.get(r.key, -1),
            r.key in unlike,
            -worth(r.key),
            -r.value,
            r.key,
        ),
    )


def by_section(candidates: Iterable[Ranked]) -> dict[Section, list[Ranked]]:
    """Give each section's candidates, in the order in which they come; sections of none, too."""
    found: dict[Section, list[Ranked]] = {section: [] for section in Section}
    for ranked in candidates:
        found[ranked.section].append(ranked)
    return found
