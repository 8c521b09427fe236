"""Spoken: what the sources said in a window, read, folded and prepared once for all channels whose windows are inside it."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from threading import Lock
from typing import Final

from bot.candidates import candidates, spoken_in, within
from bot.dedupe import Folded, Row, fold
from bot.item_keys import PAPERS
from bot.model import Channel, Entry, Item, ItemKind, SourceRecord, Window
from bot.ports import UnitOfWork
from bot.ranking.candidate_index import CandidateIndex
from bot.titles import TitleIndex
from bot.usecases.suggest import SOURCE, is_for
from bot.volumes import is_volume

KEPT: Final = 2
"""Windows that are kept: that of the digests which are due, whatever their rhythms, and one more that somebody looks at."""


KINDS: Final = 16
"""Kinds of channels (by sources, window, what they were sent before) of which is kept what competes in their digests."""


@dataclass(frozen=True, slots=True)
class Told:
    """
    What was told to a kind of channels: the items, in the order of their keys, those of them that may be picked where none was sent before
    (`bot.candidates.candidates`), and how many entries of each source counted.
    """

    items: Sequence[Item]
    candidates: tuple[Item, ...]
    read: Mapping[str, int]


class Spoken:
    """The rows of a window as of a `revision` of the entries, and what was made of them so far. Threads may share it."""

    def __init__(self, rows: list[Row], revision: str, records: Mapping[str, SourceRecord]) -> None:
        self.rows = rows
        self.revision = revision
        self.records = records
        """What is known of each source, as of the same revision."""
        self.index = CandidateIndex()
        """The items as candidates."""
        self._folded: Folded = {}
        self._seen = sorted({stored.first_seen for _, stored, _ in rows})
        self._at = sorted({mention.at for _, _, mention in rows})
        self._proposed = [stored.entry for _, stored, _ in rows if stored.entry.source_id == SOURCE]
        self._told: OrderedDict[Hashable, Told] = OrderedDict()
        self._titles: TitleIndex | None = None
        self._turn = Lock()

    def titles(self) -> TitleIndex:
        """Give the papers of this window by their titles and authors, made when somebody first asks."""
        with self._turn:
            if self._titles is None:
                told = {(key, stored.entry.title): stored.entry for key, stored, mention in self.rows if mention.direct}
                papers = ((key, title, one.authors) for (key, title), one in told.items() if key.startswith(PAPERS))
                self._titles = TitleIndex(papers)
            return self._titles

    def during(self, span: Window) -> list[Row]:
        """Give what was said, up to the end of a span inside this window, of the works that were spoken of in it."""
        said = [row for row in self.rows if row[2].at < span.end]
        spoken_of = {key for key, _, mention in said if mention.at >= span.start}
        return [row for row in said if row[0] in spoken_of]

    def fold(self, rows: Iterable[Row]) -> list[Item]:
        """Fold rows of this window; what was folded before from the same rows is not folded again."""
        return fold(rows, self._folded)

    def told(
        self,
        channel: Channel,
        sources: frozenset[str],
        window: Window,
        reading: Window,
        compiled_before: datetime | None,
    ) -> Told:
        """
        Give what these sources, and the channel's own members, said in `reading` that counts in `window` (`bot.candidates.within`).

        It is worked out once for all channels to which the same was told. The end of `reading` and when the digest before was compiled differ by
        moments; what matters of them is what was said before the one and seen after the other.
        """
        proposals = frozenset(entry.external_id for entry in self._proposed if is_for(entry, channel))
        seen = None if compiled_before is None else bisect_right(self._seen, compiled_before)
        kind = (
            sources,
            proposals,
            window,
            bisect_left(self._at, reading.start),
            bisect_left(self._at, reading.end),
            seen,
        )
        with self._turn:
            if kind not in self._told:
                self._told[kind] = self._tell(sources, proposals, window, reading, compiled_before)
            self._told.move_to_end(kind)
            while len(self._told) > KINDS:
                self._told.popitem(last=False)
            return self._told[kind]

    def _tell(
        self,
        sources: AbstractSet[str],
        proposals: AbstractSet[str],
        window: Window,
        reading: Window,
        compiled_before: datetime | None,
    ) -> Told:
        said = [row for row in self.during(reading) if _counts(row[1].entry, sources, proposals)]
        rows = within(said, window, compiled_before)
        # The receipt counts what the week brought, not what the last of several answers happened to hold.
        brought = {
            (stored.entry.source_id, stored.entry.external_id)
            for _, stored, _ in rows
            if spoken_in(stored, window, compiled_before)
        }
        items = [item for item in self.fold(rows) if not _is_volume(item)]
        return Told(items, tuple(candidates(items, ())), Counter(source_id for source_id, _ in brought))


def _is_volume(item: Item) -> bool:
    """Tell whether an item is what papers stand in; what a member proposed is always worth a look."""
    return (
        item.kind is ItemKind.PAPER
        and is_volume(item.title)
        and not any(mention.source_id == SOURCE for mention in item.mentions)
    )


def _counts(entry: Entry, sources: AbstractSet[str], proposals: AbstractSet[str]) -> bool:
    return entry.external_id in proposals if entry.source_id == SOURCE else entry.source_id in sources


_WindowKey = tuple[datetime, datetime, str]
"""The beginning and end of what was read, and the revision of the entries."""


def _covers(wide: _WindowKey, narrow: _WindowKey) -> bool:
    return wide[0] <= narrow[0] and wide[1] >= narrow[1] and wide[2] == narrow[2]


class SpokenCache:
    """Cache of windows. What it gives is as the store has it: whatever was stored since then makes it read again."""

    def __init__(self) -> None:
        self._known: OrderedDict[_WindowKey, Spoken] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, window: Window, uow: UnitOfWork) -> Spoken:
        """
        Give what was said in a window, and beyond it at least from the beginning of its first day to the end of its last one (UTC), so that channels
        which are due at other hours of a day share what is read and made of it. Those of shorter rhythms share what was read for a longer one.
        `Spoken.during` cuts it to the window.
        """
        start, end = start_of_day(window.start), end_of_day(window.end)
        async with self._turn:
            revision = await uow.entries.revision()
            wanted = (start, end, revision)
            key = next((known for known in self._known if _covers(known, wanted)), wanted)
            if key not in self._known:
                rows = await uow.entries.between(Window(start=start, end=end))
                self._known[key] = Spoken(rows, revision, await uow.sources.all())
                for known in [known for known in self._known if known != key and _covers(key, known)]:
                    del self._known[known]
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return self._known[key]


def start_of_day(instant: datetime) -> datetime:
    """Give the midnight (UTC) before an instant; itself, if it is one."""
    return datetime.combine(instant.astimezone(UTC).date(), time(), UTC)


def end_of_day(instant: datetime) -> datetime:
    """Give the midnight (UTC) after an instant; itself, if it is one."""
    day = start_of_day(instant)
    return day if day == instant else day + timedelta(days=1)
