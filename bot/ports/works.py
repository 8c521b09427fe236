"""Repositories of what sources said: their records and settings, entries, items, and a language model's sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import Entry, MachineSentence, Mention, SourceRecord, SourceSetting, StoredEntry, Window
from bot.ranking.question import Text


@dataclass(frozen=True, slots=True)
class Upserted:
    """What storing entries changed: external ids never seen before, and those whose content is now another one."""

    new: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one source gave in one fetch, as it is to be stored: its entries and what each of them speaks of."""

    source_id: str
    entries: tuple[StoredEntry, ...]
    mentions: tuple[Mention, ...]
    titles: Mapping[str, str]


class SourceRecords(Protocol):
    """What we remember of sources. Key: source id."""

    async def all(self) -> dict[str, SourceRecord]:
        """Every record, by source id."""
        ...

    async def save(self, records: Collection[SourceRecord]) -> None:
        """Insert or replace each record."""
        ...


class SourceSettings(Protocol):
    """What people set for sources while we run. Key: source id."""

    async def all(self) -> dict[str, SourceSetting]:
        """Every setting, by source id."""
        ...

    async def save(self, setting: SourceSetting) -> None:
        """Insert or replace one source's setting."""
        ...

    async def forget(self, source_id: str) -> bool:
        """Remove a source's setting; False if there is none."""
        ...


class Entries(Protocol):
    """Entries and what they mention. Keys: (source id, external id) for entries, that plus item key for mentions."""

    async def store(self, batches: Sequence[Batch]) -> dict[str, Upserted]:
        """
        Store each batch's entries, items and mentions; tell by source id what was new and what changed.

        An entry already stored with the same content is left alone, one with other content is replaced but keeps its
        `first_seen`, `backlog` and `late`. A mention's key is first followed through the aliases. Items that do not exist yet
        are created from `titles` (item key → title).
        """
        ...

    async def between(self, window: Window) -> list[tuple[str, StoredEntry, Mention]]:
        """Every mention (canonical item key, its entry, itself) of the items that were spoken of inside the window, backlog left out."""
        ...

    async def speakers(self, asked: Collection[tuple[str, str]]) -> dict[tuple[str, str], frozenset[str]]:
        """
        Which entries of a source speak directly of a work, by (source id, item key); a pair that has none is missing.

        Each key is first followed through the aliases; it is answered under the key that was asked.
        """
        ...

    async def texts(self, window: Window, most: int) -> list[Text]:
        """
        What the works say that were spoken of directly inside the window: the latest `most` of them, by the day on which they were first
        spoken of inside it, the latest first. Of what several entries say of a work it is the longest abstract, with its title.
        """
        ...

    async def revision(self) -> str:
        """A text that is another one as soon as an entry was stored or replaced, two items were found to be one, or the record of a source changed."""
        ...

    async def counts(self) -> dict[str, int]:
        """How many entries are stored of each source that gave any."""
        ...

    async def of_items(self, keys: Collection[str]) -> list[tuple[str, StoredEntry, Mention]]:
        """Every mention (canonical item key, its entry, itself) of these items."""
        ...

    async def withdrawn(self, since: datetime) -> set[str]:
        """
        The canonical keys of the works of which an entry says directly that they were withdrawn (`bot.withdrawal.TAG`), of those that a message
        posted at or after `since` is about. It costs as much as there are such entries, however many messages there are.
        """
        ...

    async def seen_after(self, instant: datetime, window: Window) -> set[str]:
        """
        The canonical keys of the items that were spoken of inside the window by an entry which was first seen after an instant, backlog left out.
        What the entries say is not read for it.
        """
        ...

    async def newest(self, source_ids: Collection[str], most: int) -> dict[str, list[Entry]]:
        """The newest entries of each of these sources, at most so many of each; a source without any is missing."""
        ...


class Items(Protocol):
    """Identity of items. Key: item key; an alias leads to exactly one item, for ever."""

    async def canonical(self, keys: Collection[str]) -> dict[str, str]:
        """Follow each key through the aliases; a key that is nobody's alias stands for itself."""
        ...

    async def merge(self, loser: str, winner: str) -> None:
        """
        Make `loser` an alias of `winner`: its mentions and aliases move over, and everything that was decided or written
        under the old key is found under the new one. Doing it twice is harmless.
        """
        ...


class Sentences(Protocol):
    """
    What a language model answered, and what it cost. Key: what it was asked.

    What a question may cost is reserved before it is asked: `leases.lock` held around reading what is spent and reserving keeps several
    processes within one bound.
    """

    async def get_all(self, keys: Collection[str]) -> dict[str, str]:
        """The answers that are known, by key; an empty one was not taken."""
        ...

    async def open_since(self, keys: Collection[str] | None, since: datetime) -> set[str]:
        """Those of the questions, or of all of them, that were asked after `since` and wait for their answer."""
        ...

    async def reserve(self, tokens: Mapping[str, int], now: datetime) -> None:
        """Reserve tokens for questions, by key. What was reserved for one before and never settled stays spent; a known answer stays as it is."""
        ...

    async def release(self, keys: Collection[str], *, paid: bool) -> None:
        """Wait for no answer to questions any more: what is reserved is spent, or given back if nothing was paid. Doing it twice is harmless."""
        ...

    async def put(self, sentences: Sequence[MachineSentence]) -> None:
        """Keep answers with what they cost, in place of what was reserved; one that is kept already stays as it is."""
        ...

    async def tokens_since(self, since: datetime) -> int:
        """How many tokens the questions since then have cost, or may have cost."""
        ...

    async def dearest_since(self, since: datetime) -> int:
        """What the dearest answer since then has cost; 0 without any."""
        ...
