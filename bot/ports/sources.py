"""Ports of the places we collect from, and of what finds a feed or a work behind an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.model import FetchResult, FoundFeed, FoundWork


class Source(Protocol):
    """A place we collect from. Called by `usecases.collect`, at most one call at a time for each source."""

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        """
        Give what the source has said since `since`; older entries may be among it. In no particular order.

        `state` is what the last successful call returned, empty at first. Entries are unique by `external_id`.
        Takes bounded time and memory whatever the other side does. Raises `SourceError` and nothing else that is expected.
        """
        ...


class FeedFinder(Protocol):
    """Looks for the source behind an address that a person gave."""

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        """
        Tell from the address what source it is, or ask it; if it is a page, follow the feed that it names. Only with `trusted` may it
        be a private address.

        Raises `SourceError` in the name of the address where it cannot be asked, or there is no source.
        """
        ...


class WorkFinder(Protocol):
    """Looks up what stands behind an address that a person gave."""

    async def find(self, url: str) -> FoundWork:
        """
        Tell the title of the work at an address, and what else is known of it; a private address is never asked.

        Raises `SourceError` in the name of the address where nobody says, in bounded time.
        """
        ...

    async def find_together(self, urls: Sequence[str]) -> Mapping[str, FoundWork | None]:
        """
        Tell what stands at several addresses, of those works that a registry tells of many at once: each by the address that was asked for, and
        None for what the registry does not know. What is not in it is to be asked for by itself (`find`). Never raises `SourceError`.
        """
        ...

    def is_list(self, url: str) -> bool:
        """Tell whether an address is of a list that is known. Nobody is asked."""
        ...

    async def listed(self, url: str) -> Sequence[FoundWork]:
        """
        Give the works that stand in the list at an address, with their titles where it tells them; none, and nobody is asked, where the address is of
        no list that is known (`is_list`).

        Raises `SourceError` in the name of the address where the list does not answer, in bounded time.
        """
        ...
