"""
Bytes → what a feed says. Pure functions, run in a process of their own that may be killed (`parsing.py`).

Nothing here touches network, disk or clock, and nothing heavy is imported but feedparser: the process that runs this
holds nothing else. What crosses back is small values, not parse trees.
"""

from __future__ import annotations

import pyexpat
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from statistics import median
from typing import Final

from adapters.sources.http.secrets import holds, keys_of, without
from adapters.sources.parse.boilerplate import issue_name, stripped
from adapters.sources.parse.document import Document, Draft, Unreadable
from adapters.sources.parse.marketing import TAG as MARKETING
from adapters.sources.parse.marketing import is_marketing
from bot.keys import entry_address
from bot.model import Entry, ItemKind, Link, Section
from bot.text import closed, cut, names, plain, safe_url

# Older ones can be made to eat all memory by a few lines of entities (CVE-2013-0340 and others, expat's own Changes file).
assert pyexpat.version_info >= (2, 4, 1), "This Python's expat is too old to be shown foreign XML: 2.4.1 is needed."  # noqa: S101

ABSTRACT: Final = 1500
TITLE: Final = 300
MOST_ENTRIES: Final = 500
ARCHIVE: Final = 20
"""How many of the newest entries are kept whatever their age: enough to learn a feed's rhythm from, few enough to store."""

_LONGEST_ID: Final = 300
_TAGS: Final = 20
_AUTHORS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    How a feed is to be read: for which source, at which address it was found (and at which it was `asked` for, if that
    is another), and which of its entries are wanted.

    Entries from before `since` are left out beyond the newest `archive`. `now` is when it was fetched: a later date in
    an entry says nothing about how fresh the feed is. `links` asks for the addresses inside the full text.

    `boilerplate` is taken out of the texts (`boilerplate.stripped`), addresses are changed as `rewrite` says
    (`links.rewritten`), `marketing` holds the words of that rule (None: it does not apply), and with `by_title` an entry's
    identity is the name of its issue, since a newsletter at two addresses has two of everything else.
    """

    source_id: str
    kind: ItemKind
    section: Section
    url: str = field(repr=False)
    asked: str = field(default="", repr=False)
    content_type: str = ""
    since: datetime | None = None
    now: datetime | None = None
    archive: int = ARCHIVE
    links: bool = False
    boilerplate: tuple[str, ...] = ()
    rewrite: tuple[tuple[str, str], ...] = ()
    marketing: tuple[str, ...] | None = None
    by_title: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """
    What a feed said. `newest` is the latest date of any of its entries, also of those left out, `rhythm_days` the usual
    distance between them; `note` is a sentence about what was left out because there was too much of it or nothing to lead to;
    `partial` says that some of that is of the window. `marks` are short hashes that tell the newest entries again, those left out
    among them.
    """

    entries: tuple[Entry, ...]
    title: str = ""
    page: str | None = None
    newest: datetime | None = None
    rhythm_days: float | None = None
    note: str | None = None
    partial: bool = False
    marks: tuple[str, ...] = ()


def parse_feed(body: bytes, reading: Reading) -> ParsedFeed:
    """
    Read RSS, Atom or JSON Feed. Raises `Unreadable` if it is none of these.

    At most 500 entries are kept: the newest ones, then undated ones in the feed's order. A document with faults is read as far as it goes.
    """
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if not text:
        raise Unreadable("gave an empty answer")
    if text.startswith(b"{"):
        from adapters.sources.parse.jsonfeed import read_json_feed  # noqa: PLC0415 - one of the two is needed, seldom both

        return _chosen(read_json_feed(text, reading.url), reading)
    from adapters.sources.parse.xmlfeed import read_xml_feed  # noqa: PLC0415 - as above

    return _chosen(read_xml_feed(body, reading.url, reading.content_type), reading)


def _discreet(document: Document, reading: Reading) -> Document:
    """The same without what opens a private feed: some repeat the query of their own address in their links and guids."""
    keys = keys_of(reading.url, reading.asked)
    if not keys:
        return document
    drafts = (
        replace(
            draft,
            link=without(draft.link, keys) if draft.link else None,
            guid=_hash(draft.guid) if holds(draft.guid, keys) else draft.guid,
        )
        for draft in document.drafts
    )
    return replace(document, drafts=tuple(drafts), page=without(document.page, keys) if document.page else None)


def _chosen(document: Document, reading: Reading) -> ParsedFeed:
    document = _discreet(document, reading)
    distinct = _distinct(document.drafts, by_title=reading.by_title)
    dated = sorted((draft for draft in distinct if draft.published), key=_dated, reverse=True)
    # Dated ones come first, lest a feed's undated archive push its news out.
    drafts = [*dated, *(draft for draft in distinct if not draft.published)]
    kept = drafts[:MOST_ENTRIES]
    wanted = [draft for place, draft in enumerate(kept) if _is_wanted(draft, place, reading)]
    entries = [_entry(draft, document, reading) for draft in wanted]
    found = tuple(entry for entry in entries if entry is not None)
    return ParsedFeed(
        entries=found,
        title=plain(document.title, TITLE),
        page=document.page,
        newest=newest_of((draft.published for draft in drafts), reading.now),
        rhythm_days=rhythm_days((draft.published for draft in drafts), reading.now),
        note=_note(drafts[MOST_ENTRIES:], len(entries) - len(found), broken=document.broken),
        partial=_misses(drafts[MOST_ENTRIES:], reading.since),
        marks=tuple(mark for draft in kept for mark in _marks(draft)),
    )


def _marks(draft: Draft) -> tuple[str, ...]:
    """
    An entry by its identity, and by its title and date: a feed that changes all its guids still shows the same entries, and one whose
    titles come again shows others.
    """
    at = draft.published.isoformat() if draft.published else ""
    named = (draft.guid or draft.link or "", f"{draft.title} {at}" if draft.title and at else "")
    return tuple(sha256(name.encode("utf-8", "replace")).hexdigest()[:8] for name in named if name)


def _dated(draft: Draft) -> float:
    """For comparing; of two with one identity, nobody knows that the one without a date is the older."""
    return draft.published.timestamp() if draft.published else float("inf")


def _is_wanted(draft: Draft, place: int, reading: Reading) -> bool:
    if place < reading.archive or draft.published is None or reading.since is None:
        return True
    return draft.published >= reading.since


def _misses(dropped: Sequence[Draft], since: datetime | None) -> bool:
    """What is older than the window is missed by nobody; a whole archive is no news that was read in part."""
    return since is not None and any(each.published and each.published >= since for each in dropped)


def _note(dropped: Sequence[Draft], skipped: int, *, broken: bool) -> str | None:
    parts = ["read a feed with faults in it"] if broken else []
    if dropped:
        parts.insert(0, f"kept the newest {MOST_ENTRIES} entries and left {len(dropped)} out")
    if skipped:
        parts.append(f"left out {skipped} without title and address")
    return "; ".join(parts) or None


def _distinct(drafts: Sequence[Draft], *, by_title: bool = False) -> list[Draft]:
    """
    Give each entry an identity that is its own: the guid; the link, where a careless feed gives one guid to different
    pages; a hash of title and date, where there is neither. Of two with the same identity the newer one stays.
    """
    if by_title:
        drafts = [replace(draft, guid=name) if (name := issue_name(plain(draft.title))) else draft for draft in drafts]
    pages: dict[str, set[str | None]] = {}
    for draft in drafts:
        pages.setdefault(draft.guid, set()).add(draft.link)
    named: dict[str, Draft] = {}
    for draft in drafts:
        own = draft.guid if draft.guid and (by_title or len(pages[draft.guid]) == 1) else draft.link or draft.guid
        name = _short(own) if own else _hash_of(draft)
        if name != draft.guid:
            draft = replace(draft, guid=name)  # noqa: PLW2901 - the same entry, named
        other = named.get(draft.guid)
        if other is None or _dated(draft) > _dated(other):
            named[draft.guid] = draft
    return list(named.values())


def _short(identity: str) -> str:
    return identity if len(identity) <= _LONGEST_ID else _hash(identity)


def _hash_of(draft: Draft) -> str:
    return _hash(f"{draft.title}\n{draft.published}\n{'' if draft.title else draft.summary or draft.content}")


def _hash(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _entry(draft: Draft, document: Document, reading: Reading) -> Entry | None:
    url = draft.link or document.page
    if url is None:
        return None
    # Those who have no page of their own, or but a place on the feed's, would all be one work: the feed's page.
    own = draft.link is not None and _bare(draft.link) != _bare(document.page or "")
    url = _rewritten(url, reading)
    abstract, length, links = _texts(draft, url, reading)
    title = plain(draft.title, TITLE) or cut(abstract, 100) or cut((draft.link or "").partition("://")[2], 100)
    if not title:
        return None
    return Entry(
        source_id=reading.source_id,
        external_id=draft.guid,
        kind=reading.kind,
        section=reading.section,
        title=title,
        url=url,
        about=None if own else entry_address(reading.source_id, draft.guid),
        authors=_names(draft.authors),
        abstract=abstract,
        published=draft.published,
        words=length,
        tags=_labels(draft.tags, title, reading),
        links=links,
    )


def _bare(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def _texts(draft: Draft, url: str, reading: Reading) -> tuple[str, int | None, tuple[Link, ...]]:
    """The abstract, the length of the full text where there is one, and the links in it where they are wanted."""
    full = draft.content if len(draft.content) > len(draft.summary) else draft.summary
    summary = _words(draft.summary, reading)
    if not draft.content or full is draft.content:  # else the summary is all there is, and ends where its author ended
        summary = closed(summary)
    abstract = cut(summary or _words(full, reading), ABSTRACT)
    links: tuple[Link, ...] = ()
    if reading.links and ("href" in full or "arxiv.org/" in full):
        from adapters.sources.parse.links import links_in  # noqa: PLC0415 - newsletters only

        links = links_in(full, url, reading.rewrite)
    return abstract, _length(full) if draft.content else None, links


def _words(html: str, reading: Reading) -> str:
    return stripped(plain(html[:_ENOUGH]), reading.boilerplate)


def _rewritten(url: str, reading: Reading) -> str:
    if not reading.rewrite:
        return url
    from adapters.sources.parse.links import rewritten  # noqa: PLC0415 - as above

    return safe_url(rewritten(url, reading.rewrite)) or url


_ENOUGH: Final = 20_000
"""Characters of HTML in which an abstract is looked for; a whole newsletter has a hundred thousand."""
_TAG: Final = re.compile(r"<[^>]*>")
_ASCII_TAG: Final = re.compile(rb"<[^>]*>")
_SHAPE: Final = bytes(ord(" ") if chr(code).isspace() else ord("x") for code in range(128)) + b"x" * 128
"""Every character of ASCII as a space or an x: a word begins where an x follows a space, and that is counted without making the words."""


def _length(html: str) -> int:
    """Count words without building a tree: for the reading time it is near enough, at a fifth of the cost."""
    if html.isascii():  # four fifths of all full text: much of the web's software writes the rest as references
        text = b" " + _ASCII_TAG.sub(b" ", html.encode("ascii"))
        return text.translate(_SHAPE).count(b" x")
    return len(_TAG.sub(" ", html).split())


def _names(authors: Sequence[str]) -> tuple[str, ...]:
    return names(plain(author, 100) for author in authors[:_AUTHORS])


def _labels(tags: Sequence[str], title: str, reading: Reading) -> tuple[str, ...]:
    """The publisher's own labels, then what our rule makes of the title."""
    named = (plain(tag, 60) for tag in tags)
    labels = tuple(dict.fromkeys(name for name in named if name))[:_TAGS]
    sold = reading.marketing is not None and is_marketing(title, labels, reading.marketing)
    return (*labels, MARKETING) if sold and MARKETING not in labels else labels


_DAYS: Final = 20
_LEAST: Final = 3
AHEAD: Final = timedelta(days=1)
"""How far a date may lie in the future and still be believed: some feeds write their local time and call it UTC."""


def rhythm_days(dates: Iterable[datetime | None], now: datetime | None = None) -> float | None:
    """
    Give the median distance in days between the newest 20 days on which something was published; None for fewer than three.

    Several entries of one day count once: ten papers on the first day of a conference are no rhythm. Dates after `now` say nothing.

    >>> rhythm_days([datetime(2026, 8, day, tzinfo=UTC) for day in (3, 3, 10, 17)])
    7.0
    """
    days = sorted({each.astimezone(UTC).date() for each in _believed(dates, now)}, reverse=True)[:_DAYS]
    return float(median((later - earlier).days for later, earlier in pairwise(days))) if len(days) >= _LEAST else None


def newest_of(dates: Iterable[datetime | None], now: datetime | None = None) -> datetime | None:
    """Give the latest date that is not after `now`; None if there is none."""
    return max(_believed(dates, now), default=None)


def _believed(dates: Iterable[datetime | None], now: datetime | None) -> Iterable[datetime]:
    latest = now + AHEAD if now else None
    return (each for each in dates if each and (latest is None or each <= latest))
