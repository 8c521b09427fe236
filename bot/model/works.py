"""Works, and what sources say of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

A_DAY = timedelta(days=1)


class ItemKind(StrEnum):
    """What sort of thing an item is. Decides how its reading time is estimated."""

    PAPER = "paper"
    POST = "post"
    NEWSLETTER = "newsletter"
    DISCUSSION = "discussion"
    CODE = "code"
    TALK = "talk"


class Section(StrEnum):
    """The parts of a digest, in the order in which they are read. A source belongs to one of them."""

    PAPERS = "papers"
    LABS = "labs"
    NEWSLETTERS = "newsletters"
    COMMUNITY = "community"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """How much notice a source's readers took. None where the source does not count it."""

    votes: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address inside an entry's text, with the words of the anchor and the words around it (at most 280 characters)."""

    url: str
    text: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What one source said once, kept as said. Unique by (`source_id`, `external_id`).

    Text fields are plain text: markup is removed and control characters are stripped, but nothing is escaped yet, since
    escaping belongs to the platform that shows it. `url` is what the source links to, `about` the address of the work
    itself where that is another one (a Hugging Face page speaks of an arXiv paper), or what stands for one where `url` is
    but the page of the source (`keys.entry_address`). `brief` is the source's own one-line summary, made by machine as a rule, so
    never shown as the author's. `institutions` are the labs that stand behind the work, where the source names them.
    `published` is the instant at which *this source* spoke, None where it did not say. With `whole_day` the source gave a day only,
    and `published` is the first instant of that day in the source's zone. `work_date` is when the work itself appeared (a paper's
    submission), where the source says that beside its own date. `words` is the length of the full text in words where the source
    gives it. `picture` is the address of a picture that the source shows beside it (`bot.pictures`). An entry that is only `supporting` adds to a work that others speak of, and makes no item where nobody else does.
    """

    source_id: str
    external_id: str
    kind: ItemKind
    section: Section
    title: str
    url: str
    about: str | None = None
    authors: tuple[str, ...] = ()
    abstract: str = ""
    brief: str = ""
    published: datetime | None = None
    whole_day: bool = False
    work_date: datetime | None = None
    attention: Attention = Attention()
    words: int | None = None
    code_url: str | None = None
    code_stars: int | None = None
    project_url: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    institutions: tuple[str, ...] = ()
    supporting: bool = False
    picture: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """
    An entry, or a link inside a newsletter's entry, that speaks of an item.

    Unique by (`key`, `source_id`, `external_id`). `direct` is true where the entry itself is about the item, false where
    it only links to it; `quote` is then the words around the link. `at` is when it counts: when the source spoke, or when we first saw it.
    `spoke` is the source's own date for it, None where it gave none; with `whole_day` that is a day, and `spoke` its first instant.
    """

    key: str
    source_id: str
    external_id: str
    url: str
    title: str
    direct: bool = True
    quote: str = ""
    at: datetime
    spoke: datetime | None = None
    whole_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """
    An entry as the database holds it: with the instant we first saw it.

    `backlog`: it was old already when we first asked its source. `late`: it reached us after the time its date speaks of had
    been read, so it counts from when we saw it.
    """

    entry: Entry
    first_seen: datetime
    backlog: bool = False
    late: bool = False

    @property
    def at(self) -> datetime:
        """When it counts: when its source spoke, or when we first saw it, if it is late, undated or dated in the future."""
        published = self.entry.published
        return self.first_seen if self.late or published is None or published > self.first_seen else published

    @property
    def until(self) -> datetime:
        """
        The end of the time in which its source may have spoken: `at` itself, or of an entry that has a day only, that day's end.

        The end is not included, as in a `Window`.
        """
        published = self.entry.published
        if self.late or published is None or not self.entry.whole_day:
            return self.at
        return max(self.at, published + A_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    The one thing (paper, post, code, talk) behind one or more entries: what is ranked and triaged.

    `brief` is the short summary that the source `brief_by` (its id) gives, made by a machine. `institutions` are the labs behind
    the work, where a source names them.
    `published` is when a source first spoke of it, `work_date` when the work itself appeared, where a source says so.
    """

    key: str
    kind: ItemKind
    section: Section
    title: str
    url: str
    authors: tuple[str, ...] = ()
    abstract: str = ""
    published: datetime
    work_date: datetime | None = None
    words: int | None = None
    code_url: str | None = None
    code_stars: int | None = None
    project_url: str | None = None
    tags: tuple[str, ...] = ()
    attention: Mapping[str, Attention] = field(default_factory=lambda: MappingProxyType({}))
    mentions: tuple[Mention, ...] = ()
    brief: str = ""
    brief_by: str = ""
    institutions: tuple[str, ...] = ()
    picture: str | None = None
