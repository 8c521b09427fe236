"""A source of our own making, which passes the same contract as the real ones, and a parser without processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError
from bot.model import Entry, FetchResult, SourceSpec


class FakeSource:
    """
    Says what it was told to say, and reports 'not modified' when asked again without anything new.

    `error` makes the next fetches fail with that reason, until it is set to None again.
    """

    def __init__(self, spec: SourceSpec, entries: Sequence[Entry] = (), error: str | None = None) -> None:
        self.spec = spec
        self.entries = list(entries)
        self.error = error
        self.note: str | None = None
        self.gap: str | None = None
        self.fetches: list[datetime] = []

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        self.fetches.append(since)
        if self.error:
            raise SourceError(self.spec.id, self.error)
        seen = {"count": len(self.entries)}
        if state == seen:
            return FetchResult(state=state, not_modified=True)
        return FetchResult(entries=tuple(self.entries), state=seen, note=self.note, gap=self.gap)


class ReadHere:
    """Stands in for `Parser`: reads in this process, without a limit on time or memory."""

    async def run(self, source_id, function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Unreadable as error:
            raise SourceError(source_id, str(error)) from error

    async def aclose(self) -> None:
        pass
