"""RSS and Atom, read by feedparser: it knows thirty years of oddities."""

from __future__ import annotations

import contextlib
import io
import re
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from html import unescape
from time import struct_time
from typing import Any, Final
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser

from adapters.sources.http.secrets import public_base
from adapters.sources.parse.document import Document, Draft, Unreadable, what_else
from bot.text import safe_url


def read_xml_feed(body: bytes, url: str, content_type: str) -> Document:
    """
    Read RSS or Atom. Raises `Unreadable` if it is neither; faults in it are a remark, not an error.

    Always from a `BytesIO`: given bytes or text, feedparser opens the file of that name or fetches the address, so a
    server could have us read our own files by answering with a path. Its sanitiser and its resolver of addresses are
    three quarters of its cost (measured on 4,000 entries); our own text pipeline does both, where it is needed.
    """
    try:
        found = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except ValueError:  # of a name of an encoding with a null character in it
        raise Unreadable(what_else(body)) from None
    if not found.version and not found.entries:
        raise Unreadable(what_else(body))
    base, captions = public_base(url), _captions(body)
    page = _resolved(base, found.feed.get("link"))
    return Document(
        drafts=tuple(_draft(entry, page or base, captions) for entry in found.entries),
        title=_text(found.feed.get("title")),
        page=page or safe_url(base),
        broken=isinstance(found.get("bozo_exception"), SAXException),  # a wrong encoding is common, and guessed right
    )


def _draft(entry: dict[str, Any], base: str, captions: frozenset[str]) -> Draft:
    # `dict.get`, for feedparser's own mapping answers `updated` with `published` and a warning, and takes five times as long.
    get = partial(dict.get, entry)
    summary, content = _texts(entry, captions)
    return Draft(
        guid=_text(get("id")),
        title=_text(get("title")),
        link=_resolved(_base_of(entry) or base, get("link")),
        authors=tuple(_authors(entry)),
        summary=summary,
        content=content,
        published=next((date for name in _DATES if (date := _instant(get(name)))), None),
        tags=tuple(_text(dict.get(tag, "label") or dict.get(tag, "term")) for tag in get("tags") or ()),
    )


def _captions(body: bytes) -> frozenset[str]:
    """
    What a feed says under its pictures.

    feedparser takes a `media:description` for a description of the item: on blog.google the caption is then the summary,
    and the real description a content. There is no telling from the outcome, so the captions are looked up in the source.
    """
    if b"media:description" not in body:
        return frozenset()
    found = (match[1] or match[2] or b"" for match in _CAPTION.finditer(body))
    return frozenset(unescape(each.decode("utf-8", "replace")).strip() for each in found) - {""}


_CAPTION: Final = re.compile(
    rb"<media:description[^<>]*>\s*(?:<!\[CDATA\[(.{0,5000}?)\]\]>|([^<]{0,5000}))\s*</media:description", re.DOTALL
)


def _texts(entry: dict[str, Any], captions: frozenset[str]) -> tuple[str, str]:
    """An entry's summary and its full text; a caption is the summary only where there is nothing else."""
    said = _text(dict.get(entry, "summary"))
    contents = [_text(dict.get(each, "value")) for each in dict.get(entry, "content") or () if isinstance(each, dict)]
    if captions:
        kept = [content for content in contents if content.strip() not in captions]
        if kept and said.strip() in captions:
            said = kept.pop(0)
        contents = kept
    return said, max(contents, key=len, default="")


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


def _authors(entry: dict[str, Any]) -> Iterable[str]:
    people = [
        _text(dict.get(person, "name")) for person in dict.get(entry, "authors") or () if isinstance(person, dict)
    ]
    return [name for name in people if name] or [name for name in [_text(dict.get(entry, "author"))] if name]


def _instant(parsed: object) -> datetime | None:
    """A date as feedparser gives it, in UTC; one that no calendar has is none."""
    if not isinstance(parsed, struct_time):
        return None
    with contextlib.suppress(ValueError):
        return datetime(*parsed[:6], tzinfo=UTC)
    try:  # the thirty-first of a short month, or a leap second
        return datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
