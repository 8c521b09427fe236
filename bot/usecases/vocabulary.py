"""Vocabulary: the words of the last week's works, offered as topics while somebody types one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.model import Window
from bot.ports import Clock, UnitOfWorkFactory
from bot.title_terms import frequent
from bot.usecases.suggest import SOURCE

WEEK: Final = timedelta(days=7)
FRESH: Final = timedelta(hours=1)
"""How long a vocabulary is offered before it is counted again: each letter that somebody types asks for it."""

MOST: Final = 400


class Vocabulary:
    """Cache of the last week's most frequent terms. What members proposed is not among them: it belongs to its channel."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._counted: Mapping[str, int] = {}
        self._counted_at: datetime | None = None
        self._counting = asyncio.Lock()

    async def terms(self) -> Mapping[str, int]:
        """Give the terms with the number of works that each stands in, the most frequent first."""
        async with self._counting:
            now = self._clock()
            if self._counted_at is None or now - self._counted_at > FRESH:
                async with self._unit_of_work() as uow:
                    rows = await uow.entries.between(Window(start=now - WEEK, end=now))
                titles = {key: stored.entry.title for key, stored, _ in rows if stored.entry.source_id != SOURCE}
                # Some thousands of titles: in a thread, so that whoever reacts meanwhile is heard.
                self._counted = await asyncio.to_thread(frequent, list(titles.values()), MOST)
                self._counted_at = now
        return self._counted
