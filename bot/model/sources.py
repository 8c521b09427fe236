"""Sources: what is asked, what came of it, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.model.works import Entry, ItemKind, Section


class SourceStatus(StrEnum):
    """How a source stands after a collect. The glossary says what each word means."""

    OK = "ok"
    UNCHANGED = "unchanged"
    QUIET = "quiet"
    STALE = "stale"
    FAILING = "failing"
    OFF = "off"
    NEW = "new"

    @property
    def asked(self) -> bool:
        """Whether the source was asked at all: neither is it off, nor has it just not had its turn yet."""
        return self not in {SourceStatus.OFF, SourceStatus.NEW}

    @property
    def answered(self) -> bool:
        """Whether the source was asked and could be read."""
        return self.asked and self is not SourceStatus.FAILING

    @classmethod
    def _missing_(cls, value: object) -> SourceStatus | None:
        """What is stored from before says `failed`."""
        return cls.FAILING if value == "failed" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpec:
    """
    A configured place we collect from.

    `kind` names the adapter that can ask it (`feed`, `arxiv`, `huggingface`, ...), `url` is its whole endpoint,
    `options` is what only that adapter understands (say, arXiv's categories). `quiet` marks a source that publishes
    rarely, so that its silence is no fault. `trusted` is true for what the operator's own configuration named: only such
    a source may point at a private address, and only if `fetch.allow_private` says so.
    `usual_days` is how often it usually publishes, in days, as known beforehand; None where nothing is known.
    `seconds` is how long asking it may take in all, where that is longer than is usual. One that is `offered` is off until
    somebody switches it on: no receipt tells of it. One of a channel's `own` was added in chat, and is read by those channels alone that
    added it (`bot.channel_sources`).
    """

    id: str
    kind: str
    name: str
    url: str
    section: Section
    item_kind: ItemKind = ItemKind.POST
    enabled: bool = True
    quiet: bool = False
    trusted: bool = True
    usual_days: float | None = None
    seconds: float | None = None
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    off_because: str | None = None
    offered: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """
    How one source did in one collect. `seconds` is wall time; `newest` the newest entry's instant, as far as is known.

    `error` is a sentence for the reader where `state` is failing, stale, off or new. `fetched` counts the entries the source
    gave, `new` those never seen before. `partial`: it answered, but not with everything of the window, and `error` says why.
    `failing_since` is the instant (UTC) of the first failure in a row, where `state` is failing; `answered_at` that of its last answer (UTC).
    """

    id: str
    kind: str
    state: SourceStatus
    fetched: int = 0
    new: int = 0
    newest: datetime | None = None
    seconds: float = 0.0
    error: str | None = None
    name: str = ""
    partial: bool = False
    failing_since: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchResult:
    """
    What asking a source gave.

    `state` is the source's own note to itself for next time (ETag, cursor); the core keeps it and never looks inside.
    `not_modified` says that the source answered that nothing has changed; `entries` is then empty.
    `note` is a sentence about something odd that did not stop us (say, entries dropped over the cap); `partial` says that
    something of the window is missing for it. `newest` is the instant of the source's newest entry even where that one is not among `entries`; `rhythm_days` the usual distance
    between its entries in days, as its own dates show it. `rests_until` is the instant before which the source says that
    it will have nothing new. `gap` is a sentence that says why something of the time since the last look may be lost for good:
    the source showed it in between, and shows it no more.
    """

    entries: tuple[Entry, ...] = ()
    state: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    not_modified: bool = False
    note: str | None = None
    partial: bool = False
    newest: datetime | None = None
    rhythm_days: float | None = None
    rests_until: datetime | None = None
    gap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSetting:
    """
    What people set for a source while we run: laid over the catalogue and the configuration file. Unique by `id`.

    `values` are keys of a `[sources.<id>]` table. `trusted` is true where the operator set it at the command line; only then may
    a new source point at a private address. `by` says who set it, for people.
    """

    id: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    trusted: bool = False
    by: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """
    A source that was found behind an address: its own address, what it calls itself, and how many entries it gave, None where it was
    not asked.

    Of another kind than `feed`, it is told from the address alone, with the `options` that say what to ask for. `section` and
    `item_kind` are where such a source belongs, if that is known. `titles` are those of its newest entries. `instead` says what is
    followed where the address that was given is of a part of it alone, like one post: 'all of the newsletter'.
    """

    url: str
    title: str
    entries: int | None = 0
    kind: str = "feed"
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    section: Section | None = None
    item_kind: ItemKind | None = None
    titles: tuple[str, ...] = ()
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundWork:
    """
    What was found out of a work behind an address that a person gave.

    `url` is the address that answered in the end; `published` is when the work appeared (UTC), `kind` what it is, each None where nobody
    says.
    """

    url: str
    title: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    published: datetime | None = None
    code_url: str | None = None
    kind: ItemKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """
    A feed in somebody's list, not asked yet: its address, its title there, and the `section` it stands under, if that is one of ours.

    `problem` says what the row is instead, if it is no feed.
    """

    url: str
    title: str = ""
    section: Section | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """
    What we remember of a source between collects. Unique by `id`.

    `full_read` is when it was last asked for everything, and not only for what has changed. `gap` says why something of it may
    be lost for good, `gap_at` when that was noticed; it is then asked every `look_every` hours. All instants are UTC.
    """

    id: str
    state: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    first_success: datetime | None = None
    last_success: datetime | None = None
    newest: datetime | None = None
    rhythm_days: float | None = None
    failures: int = 0
    failing_since: datetime | None = None
    next_try: datetime | None = None
    report: SourceReport | None = None
    full_read: datetime | None = None
    gap: str | None = None
    gap_at: datetime | None = None
    look_every: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One thing that `doctor` examined: whether it is well, what was found, and the remedy where it is not. `about` is what there may be thousands of, as
    "channel": of such findings those that are well are told in one line.
    """

    well: bool
    what: str
    remedy: str = ""
    about: str = ""
