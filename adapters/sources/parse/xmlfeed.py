"""RSS and Atom, read by feedparser: it knows thirty years of oddities."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from functools import partial
from html import escape, unescape
from typing import Any, Final
from urllib.parse import urljoin
from xml.sax import SAXException

import feedparser

from adapters.sources.http.secrets import public_base
from adapters.sources.parse.dates import read_date
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
    literal = found.version.startswith("atom") and bool(_LITERAL.search(body))
    return Document(
        drafts=tuple(_draft(entry, page or base, captions, literal=literal) for entry in found.entries),
        title=_text(found.feed.get("title")),
        page=page or safe_url(base),
        broken=isinstance(found.get("bozo_exception"), SAXException),  # a wrong encoding is common, and guessed right
    )


_LITERAL: Final = re.compile(rb"""<(?:title|summary|content)\b[^<>]*\stype\s*=\s*["']text["']""")
"""Atom's way of saying that a text is no HTML. Most feeds that leave it out, which means the same, write HTML nevertheless."""


def _draft(entry: dict[str, Any], base: str, captions: frozenset[str], *, literal: bool) -> Draft:
    # `dict.get`, for feedparser's own mapping answers `updated` with `published` and a warning, and takes five times as long.
    get = partial(dict.get, entry)
    summary, content = _texts(entry, captions, literal=literal)
    written = [_text(get(name)) for name in _DATES]
    found = next((date for each in written if (date := read_date(each))), None)
    announced = _text(get("arxiv_announce_type")).lower()
    return Draft(
        guid=_text(get("id")),
        title=_html_of(get("title"), get("title_detail"), literal=literal),
        link=_resolved(_base_of(entry) or base, get("link")),
        authors=tuple(_authors(entry)),
        summary=summary,
        content=content,
        published=found.instant if found else None,
        whole_day=found is not None and found.whole_day,
        misdated=found is None and any(each.strip() for each in written),
        base=_base_of_text(entry),
        replaces=announced.startswith("replace"),
        crossed=announced.startswith("cross"),
        tags=tuple(_text(dict.get(tag, "label") or dict.get(tag, "term")) for tag in get("tags") or ()),
        picture=_resolved(_base_of(entry) or base, _picture(entry)),
    )


def _picture(entry: dict[str, Any]) -> object:
    """The address of an entry's picture: Media RSS's thumbnail, else the first picture that it has or encloses (rssboard.org/media-rss)."""
    named = [one for one in dict.get(entry, "media_thumbnail") or () if isinstance(one, dict)]
    # feedparser's own `enclosures` are the links of that relation, put together when its mapping is asked for them.
    enclosed = [one for one in dict.get(entry, "links") or () if dict.get(one, "rel") == "enclosure"]
    others = [*(dict.get(entry, "media_content") or ()), *enclosed]
    named += [one for one in others if isinstance(one, dict) and _is_picture(one)]
    return next((address for one in named if (address := dict.get(one, "url") or dict.get(one, "href"))), None)


def _is_picture(one: dict[str, Any]) -> bool:
    return dict.get(one, "medium") == "image" or _text(dict.get(one, "type")).startswith("image/")


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


def _html_of(text: object, detail: object, *, literal: bool) -> str:
    """A text as HTML: one that is literal is escaped, so that all that follows may read HTML."""
    is_text = literal and isinstance(detail, dict) and dict.get(detail, "type") == "text/plain"
    return escape(_text(text), quote=False) if is_text else _text(text)


def _texts(entry: dict[str, Any], captions: frozenset[str], *, literal: bool) -> tuple[str, str]:
    """An entry's summary and its full text; a caption is the summary only where there is nothing else."""
    said = _html_of(dict.get(entry, "summary"), dict.get(entry, "summary_detail"), literal=literal)
    contents = [
        _html_of(dict.get(each, "value"), each, literal=literal)
        for each in dict.get(entry, "content") or ()
        if isinstance(each, dict)
    ]
    if captions:
        kept = [content for content in contents if content.strip() not in captions]
        if kept and said.strip() in captions:
            said = kept.pop(0)
        contents = kept
    return said, max(contents, key=len, default="")


_DATES: Final = ("published", "updated", "created", "prism_publicationdate")
"""Where feedparser puts what a feed wrote: `pubDate`, `published`, `dc:date` and `updated` among it. Its own reading guesses too much."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _base_of(entry: dict[str, Any]) -> str | None:
    """Relative addresses count from `xml:base` where the feed has one."""
    detail = dict.get(entry, "title_detail") or dict.get(entry, "summary_detail") or {}
    base = detail.get("base")
    return base if isinstance(base, str) and base.startswith(("http://", "https://")) else None


def _base_of_text(entry: dict[str, Any]) -> str | None:
    """Where relative addresses in the full text count from, or in the summary where there is none: their own `xml:base`."""
    for detail in [*(dict.get(entry, "content") or ()), dict.get(entry, "summary_detail")]:
        base = dict.get(detail, "base") if isinstance(detail, dict) else None
        if isinstance(base, str) and base.startswith(("http://", "https://")):
            return base
    return None


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
