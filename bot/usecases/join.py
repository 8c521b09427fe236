"""Join: works that no address joined, but their titles do. What is joined stays joined: the one key becomes an alias of the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import Row
from bot.model import ItemKind, Window
from bot.ports import UnitOfWorkFactory
from bot.titles import TitleIndex

logger = logging.getLogger(__name__)

REACH: Final = timedelta(days=21)
"""How far back a paper may lie that somebody names by its title alone: talk follows a paper by days, not by months."""

_SPEAKS_OF_ONE: Final = frozenset({ItemKind.PAPER, ItemKind.POST, ItemKind.DISCUSSION, ItemKind.CODE})


async def join_by_title(
    unit_of_work: UnitOfWorkFactory, now: datetime, *, reading: UnitOfWorkFactory | None = None
) -> int:
    """
    Merge what bears the title of a known arXiv paper into that paper; give how many were merged.

    Two arXiv papers are never merged, whatever their titles, and neither is a newsletter's issue. Mentions, decisions and
    summaries of what is merged are found under the paper from then on. Running it twice is harmless. With `reading`, whoever
    writes meanwhile does not wait until three weeks of entries are read.
    """
    async with (reading or unit_of_work)() as uow:
        rows = await uow.entries.between(Window(start=now - REACH, end=now + timedelta.resolution))
    # A few hundred milliseconds of work at 10,000 titles: not on the event loop, where heartbeats wait.
    pairs = await asyncio.to_thread(same_works, rows)
    if pairs:
        async with unit_of_work() as uow:
            for loser, winner in pairs:
                await uow.items.merge(loser, winner)
            await uow.commit()
        logger.info("Joined %s items by title", len(pairs), extra={"action": "joined_by_title"})
    return len(pairs)


def same_works(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Find the items that are a known arXiv paper under another key: (the other key, the paper's key), sorted."""
    papers, others = TitleIndex(), []
    for key, stored, mention in rows:
        entry = stored.entry
        if not mention.direct:
            continue
        if key.startswith("arxiv:"):
            papers.add(key, entry.title, entry.authors if entry.kind is ItemKind.PAPER else ())
        elif entry.kind in _SPEAKS_OF_ONE:
            others.append((key, entry.title, entry.authors if entry.kind is ItemKind.PAPER else ()))
    found = {key: paper for key, title, authors in others if (paper := papers.find(title, authors))}
    return sorted(found.items())
