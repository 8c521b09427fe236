"""RSS and Atom, read by feedparser: it knows thirty years of oddities."""

from __future__ import annotations

import io
from calendar import timegm
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from time import struct_time
from typing import Any, Final
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser

from adapters.sources.documents import Document, Draft, Unreadable, what_else
from bot.text import safe_url


def read_xml_feed(body: bytes, url: str, content_type: str) -> Document:
    """
    Read RSS or Atom. Raises `Unreadable` if it is neither; faults in it are a remark, not an error.

    Always from a `BytesIO`: given bytes or text, feedparser opens the file of that name or fetches the address, so a
    server could have us read our own files by answering with a path. Its sanitiser and its resolver of addresses are
    three quarters of its cost (measured on 4,000 entries); our own text pipeline does both, where it is needed.
    """
    found = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": content_type},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not found.version and not found.entries:
        raise Unreadable(what_else(body))
    page = _resolved(url, found.feed.get("link"))
    return Document(
        drafts=tuple(_draft(entry, page or url) for entry in found.entries),
        title=_text(found.feed.get("title")),
        page=page or safe_url(url),
        broken=isinstance(found.get("bozo_exception"), SAXException),  # a wrong encoding is common, and guessed right
    )


def _draft(entry: dict[str, Any], base: str) -> Draft:
    # `dict.get`, for feedparser's own mapping answers `updated` with `published` and a warning.
    get = partial(dict.get, entry)
    contents = [_text(each.get("value")) for each in get("content") or ()]
    return Draft(
        guid=_text(get("id")),
        title=_text(get("title")),
        link=_resolved(_base_of(entry) or base, get("link")),
        authors=tuple(_authors(entry)),
        summary=_text(get("summary")),
        content=max(contents, key=len, default=""),
        published=next((date for name in _DATES if (date := _instant(get(name)))), None),
        tags=tuple(_text(tag.get("label") or tag.get("term")) for tag in get("tags") or ()),
    )


_DATES: Final = ("published_parsed", "updated_parsed", "created_parsed")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _base_of(entry: dict[str, Any]) -> str | None:
    """Relative addresses count from `xml:base` where the feed has one."""
    detail = dict.get(entry, "title_detail") or dict.get(entry, "summary_detail") or {}
    base = detail.get("base")
    return base if isinstance(base, str) and base.startswith(("http://", "https://")) else None


def _resolved(base: str, link: object) -> str | None:
    if not isinstance(link, str) or not link.strip():
        return None
    if link.startswith(("http://", "https://")):  # nearly all are, and joining costs more than all else here
        return safe_url(link)
    try:
        return safe_url(urljoin(base, link.strip()))
    except ValueError:
        return None


def _authors(entry: Mapping[str, Any]) -> Iterable[str]:
    people = [_text(person.get("name")) for person in entry.get("authors", ()) if isinstance(person, Mapping)]
    return [name for name in people if name] or [name for name in [_text(entry.get("author"))] if name]


def _instant(parsed: object) -> datetime | None:
    """A date as feedparser gives it, in UTC; one that no calendar has is none."""
    if not isinstance(parsed, struct_time):
        return None
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
