"""Spoken: what the sources said in a window, read and folded once for all channels that have the same window."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.dedupe import Folded, Row, fold
from bot.model import Item, Window
from bot.ports import UnitOfWork

KEPT: Final = 2
"""Windows that are kept: that of the digests which are due, and one more that somebody looks at."""


@dataclass(slots=True)
class Spoken:
    """The rows of a window, and the items that were folded from them so far."""

    rows: list[Row]
    folded: Folded = field(default_factory=dict)

    def until(self, end: datetime) -> list[Row]:
        """Give what was said before an instant."""
        return [row for row in self.rows if row[2].at < end]

    def fold(self, rows: Iterable[Row]) -> list[Item]:
        """Fold rows of this window; what was folded before from the same rows is not folded again."""
        return fold(rows, self.folded)


class SpokenCache:
    """Cache of windows. What it gives is as the store has it: whatever was stored since then makes it read again."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[datetime, datetime, str], Spoken] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, window: Window, uow: UnitOfWork) -> Spoken:
        """
        Give what was said in a window, and for what is to be cut off by `Spoken.until` up to the end of its last day (UTC), so that windows which
        end at other hours of a day are one.
        """
        end = end_of_day(window.end)
        async with self._turn:
            name = (window.start, end, await uow.entries.revision())
            if name not in self._known:
                self._known[name] = Spoken(await uow.entries.between(Window(start=window.start, end=end)))
            self._known.move_to_end(name)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return self._known[name]


def end_of_day(instant: datetime) -> datetime:
    """Give the midnight (UTC) after an instant; itself, if it is one."""
    day = datetime.combine(instant.astimezone(UTC).date(), time(), UTC)
    return day if day == instant else day + timedelta(days=1)
