"""Retain: what an operator wants dropped after a time is dropped, a little at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.ports import Clock, UnitOfWorkFactory

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 200
"""
Entries trimmed, and rows of each kind of members' acts dropped, in one transaction, so that nobody waits for long: where this is switched on late, of thousands of
channels, there are millions.
"""

_MOST: Final = 20_000
"""Entries trimmed in one go: the rest has its turn the next day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long what is kept; None keeps it for good. `entries` are those of no work that was sent, marked or written about."""

    entries: timedelta | None = None
    members: timedelta | None = None


async def retain(rule: RetentionRule, unit_of_work: UnitOfWorkFactory, clock: Clock) -> tuple[int, int]:
    """Drop what is older than the rule says; give how many entries were trimmed, and how many rows of members' dropped."""
    trimmed = 0
    while rule.entries and trimmed < _MOST:
        async with unit_of_work() as uow:
            found = await uow.retention.trim_entries(clock() - rule.entries, _AT_ONCE)
            await uow.commit()
        trimmed += found
        if found < _AT_ONCE:
            break
    dropped, found = 0, 1
    while rule.members and found:
        async with unit_of_work() as uow:
            found = await uow.retention.drop_acts(clock() - rule.members, _AT_ONCE)
            await uow.commit()
        dropped += found
    if trimmed or dropped:
        logger.info("Dropped %s texts and %s acts", trimmed, dropped, extra={"action": "retention_applied"})
    return trimmed, dropped
