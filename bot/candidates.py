"""
Candidates of a digest: what was spoken of inside its window, and was not sent before. Pure.

Two rules make sure that nothing falls between two digests. A date that names a day may mean any hour of it, so it counts in
every window that has an hour of that day: a Monday's listing competes in the digest that falls due on that Monday and, where it
was not sent, once more in the next, with the votes that it has by then. And what was stored only after the last digest was
compiled could not compete there, whatever its date: it competes in this one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import Row
from bot.model import A_DAY, Item, StoredEntry, Window
from bot.withdrawal import TAG as WITHDRAWN

REACH: Final = 2 * A_DAY
"""How far before a window's start entries must be read: a day that began before it may reach into it, whatever the zone."""


def spoken_in(stored: StoredEntry, window: Window, compiled_before: datetime | None = None) -> bool:
    """
    Tell whether a source may have spoken inside the window.

    What counts from the instant at which we saw it was seen by the collect that was made for this digest, be it a moment after the
    window's end: it belongs to this one. `compiled_before` is when the digest before this one was compiled, UTC.
    """
    if not _timely(stored, window):
        return False
    return (
        stored.at >= window.start
        or stored.until > window.start
        or (compiled_before is not None and stored.first_seen > compiled_before)
    )


def _timely(stored: StoredEntry, window: Window) -> bool:
    return stored.at < window.end or stored.at == stored.first_seen


def within(rows: Iterable[Row], window: Window, compiled_before: datetime | None = None) -> list[Row]:
    """Keep what was said, up to the window's end, of the items that were spoken of inside the window (`spoken_in`)."""
    timely = [row for row in rows if _timely(row[1], window)]
    spoken_of = {key for key, stored, _ in timely if spoken_in(stored, window, compiled_before)}
    return [row for row in timely if row[0] in spoken_of]


def candidates(told: Iterable[Item], sent: Collection[str]) -> list[Item]:
    """Give the items that may be picked, of those that were told inside a window (`within`): neither sent before, nor withdrawn."""
    return [item for item in told if item.key not in sent and WITHDRAWN not in item.tags]


def reading_window(window: Window, until: datetime) -> Window:
    """Give the span of which entries must be read to know all that compete in `window`, up to what was seen at `until`."""
    return Window(start=window.start - REACH, end=max(window.end, until + timedelta.resolution))
