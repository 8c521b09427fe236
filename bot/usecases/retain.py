"""Retain: what an operator wants dropped after a time is dropped, a little at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.ports import Clock, UnitOfWorkFactory
from bot.ports.people import EntryId

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 200
"""Entries trimmed in one transaction, so that nobody waits for long."""

_ACTS_AT_ONCE: Final = 2_000
"""Rows of members' dropped in one transaction."""

_MOST: Final = 20_000
"""Entries trimmed in one go: the rest has its turn the next day."""

_MOST_ACTS: Final = 200_000
"""Rows of members' dropped in one go. Where years of them are to be dropped, that takes some days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long what is kept; None keeps it for good. `entries` are those of no work that was sent, marked or written about."""

    entries: timedelta | None = None
    members: timedelta | None = None


async def retain(rule: RetentionRule, unit_of_work: UnitOfWorkFactory, clock: Clock) -> tuple[int, int]:
    """Drop what is older than the rule says; give how many entries were trimmed, and how many rows of members' dropped."""
    trimmed = 0
    after: EntryId | None = ("", "")  # before all of them
    while rule.entries and after is not None and trimmed < _MOST:
        async with unit_of_work() as uow:
            found, after = await uow.retention.trim_entries(clock() - rule.entries, after, _AT_ONCE)
            await uow.commit()
        trimmed += found
    dropped = 0
    while rule.members and dropped < _MOST_ACTS:
        async with unit_of_work() as uow:
            rows = await uow.retention.drop_acts(clock() - rule.members, _ACTS_AT_ONCE)
            await uow.commit()
        dropped += rows
        if rows < _ACTS_AT_ONCE:
            break
    if trimmed or dropped:
        logger.info("Dropped %s texts and %s acts", trimmed, dropped, extra={"action": "retention_applied"})
    return trimmed, dropped
