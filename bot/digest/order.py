"""Reading order of the chosen works, and which of them come before all others. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from bot.model import Section
from bot.ranking import Ranked

FIRST_OF_ALL: Final = frozenset({"follow", "rare", "suggested"})
"""Reasons that nothing crowds out: what the channel follows, what comes once in a blue moon, what a member proposed."""


def is_first(ranked: Ranked) -> bool:
    return bool(ranked.names) and not FIRST_OF_ALL.isdisjoint(ranked.names)


def in_order(chosen: Iterable[Ranked]) -> list[Ranked]:
    """Give works in reading order: by section, in each those that come before all others, then the better ones."""
    order = list(Section)
    return sorted(chosen, key=lambda r: (order.index(r.item.section), not is_first(r), -r.value, r.item.key))
