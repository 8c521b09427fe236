"""Ports of full-text search."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.search.query import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuestion:
    """
    What the index is asked: the terms, and what the work must have beside them.

    `sources` are ids of which one spoke of it; `weeks` (first and last) are of the digests that brought it; `only` are the keys among
    which it must be, None for any. `has_summary`: somebody wrote of it.
    """

    terms: tuple[Term, ...] = ()
    sources: tuple[str, ...] = ()
    weeks: tuple[str, str] | None = None
    has_code: bool = False
    has_summary: bool = False
    only: frozenset[str] | None = None


class Search(Protocol):
    """
    The full-text index of works and of what members wrote of them. Key: (item key, scope), see `bot.search_documents`.

    It is kept up in the transaction that changes what it holds: what is committed is found, and what is deleted is not.
    """

    async def find(self, question: SearchQuestion, readable: Collection[str], most: int, skip: int = 0) -> list[str]:
        """
        Give the canonical keys of the works that answer, best first, at most so many after the first `skip`.

        Best is by weight, the channels' own works first, where hundreds answer. Where more do, some hundreds of them are weighed at most, and
        of a common word those that say it in their titles come first, then the newest. So many are too many where a database estimates
        that; how far one can leaf through them is at least the first thousand.
        What was said in a channel that is not `readable` (channel names, and the scopes of own sources) is not looked at. Without terms the latest come first.
        """
        ...

    async def refresh(self, keys: Collection[str]) -> None:
        """Index these works again, from what is stored; one of which nothing is stored any more leaves the index."""
        ...

    async def keys_after(self, key: str, most: int) -> list[str]:
        """Give the keys of works that ought to be in the index, in their order, after this one."""
        ...
