"""One page of an X list (API v2) → entries. Pure; run in the reading process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.sources.http.redirects import is_at
from adapters.sources.kinds.arxiv_api import instant
from adapters.sources.parse.document import Unreadable, what_else
from adapters.sources.parse.short_post import about_and_links, headline
from bot.model import Attention, Entry, ItemKind, Section
from bot.text import clean, cut, names, plain, safe_url

_TEXT: Final = 1500
_MOST: Final = 200
_ID: Final = re.compile(r"\d{1,20}")
_HANDLE: Final = re.compile(r"[A-Za-z0-9_]{1,20}")
_TOKEN: Final = re.compile(r"[\w\-=.]{1,500}")
_REPOSTED: Final = re.compile(r"^RT @(?P<who>\w{1,20}):\s*")
_SHORTENED: Final = re.compile(r"\s*https?://t\.co/\w+…?")
_EPOCH: Final = datetime(2010, 11, 4, 1, 42, 54, 657_000, UTC)
"""X counts the milliseconds of an id from here (its Snowflake announcement, 2010): an id tells when it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class XPage:
    """
    `count` is how many posts were read (and are paid for), `ids` theirs, `oldest` the date of the oldest (by its id, where
    nothing else says it), `following` the next page's token.
    """

    entries: tuple[Entry, ...]
    count: int
    ids: tuple[int, ...]
    oldest: datetime | None
    following: str | None


def parse_x_page(body: bytes, source_id: str, kind: ItemKind, section: Section) -> XPage:
    """Read a page. A repost is given as the post it repeats. Raises `Unreadable` for what is none."""
    if not body.strip():
        raise Unreadable("gave an empty answer")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(what_else(body, "a list of posts")) from None
    if not isinstance(found, Mapping) or not isinstance(found.get("data", []), list):
        raise Unreadable("gave JSON of another shape than a list of posts")
    meta, posts = _table(found, "meta"), found.get("data", [])
    if not posts and not meta:
        raise Unreadable(f"gave no list of posts, but: {cut(clean(_text(found, 'title')) or 'something else', 80)}")
    people = {_text(user, "id"): user for user in _rows(_table(found, "includes"), "users")}
    more = {_text(post, "id"): post for post in _rows(_table(found, "includes"), "tweets")}
    entries: dict[str, Entry] = {}
    for post in _mappings(posts[:_MOST]):
        entry = _entry(post, people, more, (source_id, kind, section))
        if entry and (entry.external_id not in entries or entry.attention.votes is not None):
            entries[entry.external_id] = entry
    dates = [date for post in _mappings(posts[:_MOST]) if (date := _date(post))]
    token = _text(meta, "next_token")
    return XPage(
        entries=tuple(entries.values()),
        count=len(posts) + len(more),
        ids=tuple(int(number) for post in _mappings(posts[:_MOST]) if _ID.fullmatch(number := _text(post, "id"))),
        oldest=min(dates, default=None),
        following=token if _TOKEN.fullmatch(token) else None,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """What a post says itself, or what the post it repeats says. `counts` are none where X gave only the repost's own."""

    id: str
    text: str
    addresses: list[str]
    name: str
    handle: str
    counts: Attention


def _said(
    post: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]], more: Mapping[str, Mapping[str, Any]]
) -> _Said:
    repeats = (_text(each, "id") for each in _rows(post, "referenced_tweets") if _text(each, "type") == "retweeted")
    original = next(repeats, "")
    head = _REPOSTED.match(_text(post, "text"))
    record = more.get(original, post)
    text, addresses = _expanded(record)
    if record is post and (original or head):
        # Only the repost is given: its text is the original's, cut short, behind the author's name.
        handle, text = (head["who"], text[head.end() :]) if head else ("", text)
        return _Said(original or _text(post, "id"), text, addresses, "", handle, Attention())
    person = people.get(_text(record, "author_id"), {})
    handle = _text(person, "username")
    handle = handle if _HANDLE.fullmatch(handle) else ""
    return _Said(
        original or _text(post, "id"), text, addresses, clean(_text(person, "name")), handle, _attention(record)
    )


def _entry(
    post: Mapping[str, Any],
    people: Mapping[str, Mapping[str, Any]],
    more: Mapping[str, Mapping[str, Any]],
    of: tuple[str, ItemKind, Section],
) -> Entry | None:
    said = _said(post, people, more)
    if not _ID.fullmatch(said.id) or not said.text:
        return None
    about, links = about_and_links(said.text, said.addresses)
    shown = names((said.name,)) or (f"@{said.handle}",)  # a name may be emoji alone
    return Entry(
        source_id=of[0],
        external_id=said.id,
        kind=of[1],
        section=of[2],
        title=headline(said.text, said.handle),
        url=f"https://x.com/{said.handle or 'i'}/status/{said.id}",
        about=about,
        authors=names(shown),
        abstract=cut(said.text, _TEXT),
        published=instant(_text(post, "created_at")),  # a repost speaks when it repeats
        attention=said.counts,
        words=len(said.text.split()),
        links=links,
    )


def _expanded(post: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The text with its addresses written out, and those that lead out of X."""
    text = _text(post, "text")[:25_000]
    outside: list[str] = []
    for link in _rows(_table(post, "entities"), "urls")[:20]:
        address = safe_url(_text(link, "unwound_url") or _text(link, "expanded_url"))
        short = _text(link, "url")
        inside = address is None or is_at(address, "x.com") or is_at(address, "twitter.com")
        if short:
            text = text.replace(short, "" if inside else str(address))
        if address and not inside and address not in outside:
            outside.append(address)
    return plain(_SHORTENED.sub("", text)), outside


def _attention(post: Mapping[str, Any]) -> Attention:
    counts = _table(post, "public_metrics")
    return Attention(votes=_number(counts, "like_count"), comments=_number(counts, "reply_count"))


def _date(post: Mapping[str, Any]) -> datetime | None:
    return instant(_text(post, "created_at")) or _from_id(_text(post, "id"))


def _from_id(number: str) -> datetime | None:
    """
    When an id was given out; None for what is no id.

    >>> _from_id("1578510160623853570").isoformat()
    '2022-10-07T22:18:44.250000+00:00'
    """
    if not _ID.fullmatch(number):
        return None
    try:
        return _EPOCH + timedelta(milliseconds=int(number) >> 22)
    except OverflowError:
        return None


def _table(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def _rows(holder: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    return tuple(_mappings(holder.get(name)))


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()


def _text(holder: Mapping[str, Any], name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _number(holder: Mapping[str, Any], name: str) -> int | None:
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
