"""
Bytes → what a feed says. Pure functions, run in a process of their own that may be killed (`parse/pool.py`).

Nothing here touches network, disk or clock, and nothing heavy is imported but feedparser: the process that runs this
holds nothing else. What crosses back is small values, not parse trees.
"""

from __future__ import annotations

import pyexpat
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from statistics import median
from typing import Final

from adapters.sources.http.secrets import holds, keys_of, without
from adapters.sources.parse.announcements import announced
from adapters.sources.parse.boilerplate import issue_name, stripped
from adapters.sources.parse.document import Document, Draft, Unreadable
from adapters.sources.parse.latex import readable_prose
from adapters.sources.parse.marketing import TAG as MARKETING
from adapters.sources.parse.marketing import decided, is_marketing
from adapters.sources.parse.post_title import without_addresses
from adapters.sources.parse.releases import with_project
from adapters.sources.parse.subject import LinksOfFeed, subject_of
from bot.item_keys import PAPERS, WORKS, entry_address, item_key, may_be_shared
from bot.model import A_DAY, Entry, ItemKind, Link, Section
from bot.pictures import safe_picture
from bot.text import closed, cut, names, plain, plain_title, safe_url, words
from bot.withdrawal import TAG as WITHDRAWN
from bot.withdrawal import is_withdrawn

# Older ones can be made to eat all memory by a few lines of entities (CVE-2013-0340 and others, expat's own Changes file).
assert pyexpat.version_info >= (2, 4, 1), "This Python's expat is too old to be shown foreign XML: 2.4.1 is needed."  # noqa: S101

ABSTRACT: Final = 1500
TITLE: Final = 300
MOST_ENTRIES: Final = 500
ARCHIVE: Final = 20
"""How many of the newest entries are kept whatever their age: enough to learn a feed's rhythm from, few enough to store."""

CROSS_LIST: Final = "cross-list"
"""The tag of a paper that is listed under another category than its own."""

_LONGEST_ID: Final = 300
_TAGS: Final = 20
_AUTHORS: Final = 100


class LinkUse(StrEnum):
    """What the links of an entry are for: a short text about one linked work is that work's mention, or links only mention, or are not read."""

    ABOUT = "about"
    MENTIONS = "mentions"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """
    How a feed is to be read: for which source, at which address it was found (and at which it was `asked` for, if that
    is another), and which of its entries are wanted.

    Entries from before `since` are left out beyond the newest `archive`. `now` is when it was fetched: a later date in
    an entry says nothing about how fresh the feed is. `links` says what the addresses inside the texts are for (`LinkUse`).

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
    links: LinkUse = LinkUse.OFF
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
    announced = [draft for draft in map(_announced, document.drafts) if not draft.replaces]
    distinct = _distinct(announced, by_title=reading.by_title)
    dated = sorted((draft for draft in distinct if draft.published), key=_dated, reverse=True)
    # Dated ones come first, lest a feed's undated archive push its news out.
    drafts = [*dated, *(draft for draft in distinct if not draft.published)]
    kept = drafts[:MOST_ENTRIES]
    wanted = [draft for place, draft in enumerate(kept) if _is_wanted(draft, place, reading)]
    shared = _shared_pages(distinct)
    linked = LinksOfFeed(distinct)
    entries = [_entry(draft, document, reading, shared, linked) for draft in wanted]
    found = tuple(entry for entry in entries if entry is not None)
    return ParsedFeed(
        entries=found,
        title=plain_title(document.title, TITLE),
        page=document.page,
        newest=newest_of((draft.published for draft in drafts), reading.now),
        rhythm_days=rhythm_days((draft.published for draft in drafts), reading.now),
        note=_note(
            drafts[MOST_ENTRIES:],
            len(entries) - len(found),
            misdated=sum(draft.misdated for draft in distinct),
            broken=document.broken,
        ),
        partial=_misses(drafts[MOST_ENTRIES:], reading.since),
        marks=_marks(kept),
    )


def _marks(drafts: Sequence[Draft]) -> tuple[str, ...]:
    """
    Entries by their identity, by title and date, and by an instant or a text that no other entry has.

    So a feed that changes all its guids, or corrects a headline and the address made of it, still shows the same entries; one whose
    titles repeat, or that speaks of many things at one instant, shows others.
    """
    instants, texts = Counter(map(_instant, drafts)), Counter(map(_text, drafts))
    named: list[str] = []
    for draft in drafts:
        at, text = _instant(draft), _text(draft)
        named += [
            draft.guid or draft.link or "",
            f"{draft.title} {draft.published}" if draft.title and draft.published else "",
        ]
        named += [f"at {at}" if instants[at] == 1 and at else "", text if texts[text] == 1 else ""]
    return tuple(sha256(name.encode("utf-8", "replace")).hexdigest()[:8] for name in named if name)


def _instant(draft: Draft) -> str:
    return draft.published.isoformat() if draft.published and not draft.whole_day else ""


def _text(draft: Draft) -> str:
    """A text that is long enough to be told from another."""
    text = draft.content or draft.summary
    return text if len(text) >= _TELLING_TEXT else ""


_TELLING_TEXT: Final = 40


def _announced(draft: Draft) -> Draft:
    """The same with what the first words of arXiv's announcement say of it, where a mirror leaves out the element for that."""
    found = _ANNOUNCED.match(draft.summary[:200]) or _ANNOUNCED.match(draft.content[:200])
    if not found:
        return draft
    kind = found["type"].lower()
    return replace(
        draft,
        replaces=draft.replaces or kind.startswith("replace"),
        crossed=draft.crossed or kind.startswith("cross"),
    )


def _shared_pages(drafts: Sequence[Draft]) -> frozenset[str]:
    """
    Give the pages that several entries lead to: a changelog's with its anchors, a podcast's show. They are no entry's own.

    A repository that is named twice under one title is spoken of twice, and shared by nobody.
    """
    told: dict[str, list[str]] = {}
    for draft in drafts:
        if draft.link and (key := item_key(draft.link)) and may_be_shared(key):
            told.setdefault(key, []).append(plain_title(draft.title))
    return frozenset(key for key, titles in told.items() if len(set(titles) if key.startswith("code:") else titles) > 1)


def _dated(draft: Draft) -> float:
    """For comparing; of two with one identity, it is unknown whether the one without a date is the older."""
    return draft.published.timestamp() if draft.published else float("inf")


def _is_wanted(draft: Draft, place: int, reading: Reading) -> bool:
    if place < reading.archive or draft.published is None or reading.since is None:
        return True
    return draft.published + A_DAY > reading.since if draft.whole_day else draft.published >= reading.since


def _misses(dropped: Sequence[Draft], since: datetime | None) -> bool:
    """What is older than the window is missed by nobody; a whole archive is no news that was read in part."""
    return since is not None and any(each.published and each.published >= since for each in dropped)


def _note(dropped: Sequence[Draft], skipped: int, *, misdated: int, broken: bool) -> str | None:
    parts = ["read a feed with faults in it"] if broken else []
    if misdated:
        parts.append(
            f"could not read the date{'s' if misdated > 1 else ''} of {misdated} entr{'ies' if misdated > 1 else 'y'}"
        )
    if dropped:
        parts.insert(0, f"kept the newest {MOST_ENTRIES} entries and left {len(dropped)} out")
    if skipped:
        parts.append(f"left out {skipped} without title and address")
    return "; ".join(parts) or None


def _distinct(drafts: Sequence[Draft], *, by_title: bool = False) -> list[Draft]:
    """
    Give each entry an identity that is its own: the guid; the link, where a careless feed gives one guid to different
    pages; a hash of page, title and date, where neither tells them apart or there is no guid.

    Of two with the same identity the newer one stays, and of those that say the same under several identities the first.
    """
    if by_title:
        named_drafts = ((draft, issue_name(plain_title(draft.title))) for draft in drafts)
        drafts = [replace(draft, guid=name) if name else draft for draft, name in named_drafts]
    pages: dict[str, set[str | None]] = {}
    titles: dict[str, set[tuple[object, ...]]] = {}
    for draft in drafts:
        pages.setdefault(draft.guid, set()).add(draft.link)
        titles.setdefault(draft.guid, set()).add((draft.title, draft.published))
    named: dict[str, Draft] = {}
    for draft in drafts:
        name = _short(draft.guid)
        if not draft.guid or (len(pages[draft.guid]) == 1 < len(titles[draft.guid]) and not by_title):
            name = _hash_of(draft)
        elif len(pages[draft.guid]) > 1 and not by_title:
            name = _short(draft.link or draft.guid)
        if name != draft.guid:
            draft = replace(draft, guid=name)  # noqa: PLW2901 - the same entry, named
        other = named.get(draft.guid)
        if other is None or _dated(draft) > _dated(other):
            named[draft.guid] = draft
    said: dict[object, Draft] = {}
    for draft in named.values():
        said.setdefault(_what_is_said(draft), draft)
    return list(said.values())


def _what_is_said(draft: Draft) -> object:
    """Title, instant and body, which together no two works share; where one is missing, the identity."""
    body = draft.content or draft.summary
    return (draft.title, draft.published, body) if draft.title and draft.published and body else draft.guid


def _short(identity: str) -> str:
    return identity if len(identity) <= _LONGEST_ID else _hash(identity)


def _hash_of(draft: Draft) -> str:
    page = (item_key(draft.link) or draft.link) if draft.link else ""
    return _hash(f"{page}\n{draft.title}\n{draft.published}\n{'' if draft.title else draft.summary or draft.content}")


def _hash(text: str) -> str:
    return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _entry(
    draft: Draft, document: Document, reading: Reading, shared: Collection[str], linked: LinksOfFeed
) -> Entry | None:
    url = draft.link or document.page
    if url is None:
        return None
    # Those who have no page of their own, or but a place on the feed's, would all be one work: the feed's page.
    page = item_key(draft.link or "")
    own = page is not None and page not in shared and _bare(draft.link or "") != _bare(document.page or "")
    url = _rewritten(url, reading)
    abstract, length, links = _texts(draft, url, reading)
    title = _title(draft, abstract) or cut((draft.link or "").partition("://")[2], 100)
    if not title:
        return None
    title = cut(with_project(title, draft.link or "", document.title), TITLE)
    shown = words(f"{title} {abstract}") if length is None else length
    # A page that is a paper's own, or a repository's, is about itself, whatever it links to.
    linking = reading.links is LinkUse.ABOUT and not (page or "").startswith(WORKS)
    about = subject_of(draft, title, abstract, shown, links, linked) if linking else None
    return Entry(
        source_id=reading.source_id,
        external_id=draft.guid,
        kind=reading.kind,
        section=reading.section,
        title=title,
        url=url,
        about=about or (None if own else entry_address(reading.source_id, draft.guid)),
        authors=_names(draft.authors),
        abstract=abstract,
        published=draft.published,
        whole_day=draft.whole_day,
        words=length,
        tags=_tags_of(draft, title, abstract, page, reading),
        picture=safe_picture(draft.picture),
        links=links,
    )


_REPOSTED: Final = re.compile(r"^(?:RT by @\w{1,30}|RT @\w{1,30}):\s*")


def _title(draft: Draft, abstract: str) -> str:
    """The title without the addresses that short posts have in it; of a post without a title, its first words."""
    written = readable_prose(plain_title(draft.title))
    if "://" in written:
        written = without_addresses(_REPOSTED.sub("", written)) or written
    if written:
        return cut(written, TITLE)
    return cut(without_addresses(abstract) or abstract, 100)


def _tags_of(draft: Draft, title: str, abstract: str, page: str | None, reading: Reading) -> tuple[str, ...]:
    labels = _labels(draft.tags, title, abstract, reading)
    if draft.crossed:
        labels = (*labels, CROSS_LIST)
    is_paper = reading.kind is ItemKind.PAPER or (page or "").startswith(PAPERS)
    return (*labels, WITHDRAWN) if is_paper and is_withdrawn(title, abstract) else labels


def _bare(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def _texts(draft: Draft, url: str, reading: Reading) -> tuple[str, int | None, tuple[Link, ...]]:
    """The abstract, the length of the full text where there is one, and the links in it where they are wanted."""
    full = draft.content if len(draft.content) > len(draft.summary) else draft.summary
    summary = _words(draft.summary, reading)
    if not draft.content or full is draft.content:  # else the summary is all there is, and ends where its author ended
        summary = closed(summary)
    if draft.content and full is draft.content and summary:
        summary = _unbroken(summary, _words(full, reading))
    abstract = cut(summary or _words(full, reading), ABSTRACT)
    length = _length(full) if draft.content else None
    links: tuple[Link, ...] = ()
    if "://" in draft.title:  # a post whose title is its text
        full = f"{full}\n<p>{draft.title}</p>"
    if reading.links is not LinkUse.OFF and ("href" in full or "://" in full or "arxiv" in full.lower()):
        from adapters.sources.parse.links import links_in  # noqa: PLC0415 - many feeds have none

        links = links_in(full, url, reading.rewrite, base=draft.base)
    return abstract, length, links


def _words(html: str, reading: Reading) -> str:
    return readable_prose(stripped(_ANNOUNCED.sub("", _unmarked(_head(html))), reading.boilerplate))


def _head(html: str) -> str:
    """As much of a text as an abstract is looked for in, ended where a tag or a word ends."""
    if len(html) <= _ENOUGH:
        return html
    head = html[:_ENOUGH]
    return head[: max(head.rfind(" "), head.rfind(">") + 1) or None]


def _unmarked(html: str) -> str:
    """The plain text of HTML, or of Markdown that a feed hands on as it was written."""
    if not _MARKDOWN.search(html):
        return plain(html)
    from adapters.sources.parse.markdown import unmarked  # noqa: PLC0415 - few feeds have any

    return plain(unmarked(html)) if not _TAG.search(html) else plain(unmarked(_LINES.sub("\n", plain(html))))


def _unbroken(summary: str, full: str) -> str:
    """The same summary, ended at a whole word where the full text shows that it was cut inside one."""
    bare = summary.rstrip("….").rstrip()
    if bare == full or not full.startswith(bare) or not (bare[-1:].isalnum() and full[len(bare)].isalnum()):
        return summary
    space = bare.rfind(" ")
    return bare[:space].rstrip(" ,;:.-–—") + "…" if space > 0 else summary


def _rewritten(url: str, reading: Reading) -> str:
    if not reading.rewrite:
        return url
    from adapters.sources.parse.links import rewritten  # noqa: PLC0415 - as above

    return safe_url(rewritten(url, reading.rewrite)) or url


_ENOUGH: Final = 20_000
"""Characters of HTML in which an abstract is looked for; a whole newsletter has a hundred thousand."""
_TAG: Final = re.compile(r"<[^>]*>")
_MARKDOWN: Final = re.compile(
    r"\*\*\S|\]\(\s?<?https?://|(?m:^ {0,3}(?:#{1,6}|[*+-]|>) \S)|`[^`\n]+`|(?<!\w)__\S|~~\S"
    r"|!\[[^\[\]\n]{0,500}\][(\[]|(?m:^ {0,3}(?:```|~~~)|^ {0,3}\|? ?:?-{2,}:? ?\|)"
)
_LINES: Final = re.compile(r"\n+")
_ANNOUNCED: Final = re.compile(
    r"^\s*(?:<p>\s*)?arXiv:\S+\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE
)
"""How arXiv's announcement begins an abstract."""
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


def _labels(tags: Sequence[str], title: str, abstract: str, reading: Reading) -> tuple[str, ...]:
    """The publisher's own labels, then what our rules make of the title: that it sells something, or announces it."""
    named = (plain(tag, 60) for tag in tags)
    labels = tuple(dict.fromkeys(name for name in named if name))[:_TAGS]
    if reading.marketing is None:
        return labels
    if is_marketing(title, labels, reading.marketing):
        remark: str | None = MARKETING
    else:
        remark = announced(title, abstract, labels) if decided(title, reading.marketing) is None else None
    return labels if remark is None or remark in labels else (*labels, remark)


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
