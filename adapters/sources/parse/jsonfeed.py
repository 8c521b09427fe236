"""
JSON Feed 1 and 1.1 (jsonfeed.org), by hand: feedparser does not know it, and real ones have fields of every wrong type.

feedparser 6.0.14 gives no entry and an empty version for a valid feed of one item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final
from urllib.parse import urljoin

from adapters.sources.http.secrets import public_base
from adapters.sources.parse.dates import read_date
from adapters.sources.parse.document import Document, Draft, Unreadable, what_else
from bot.text import safe_url

_VERSION: Final = re.compile(r"jsonfeed\.org/version/1|^1(?:\.\d)?$")  # some write the number only


def read_json_feed(body: bytes, url: str) -> Document:
    """Read a JSON Feed. Raises `Unreadable` if it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("gave JSON that is broken") from None
    version, items = found.get("version"), found.get("items")
    if not isinstance(version, str) or not _VERSION.search(version) or not isinstance(items, list):
        raise Unreadable(what_else(body))
    base = public_base(url)
    page = _resolved(base, found.get("home_page_url"))
    feed_authors = tuple(_authors(found))
    return Document(
        drafts=tuple(_draft(item, page or base, feed_authors) for item in items if isinstance(item, Mapping)),
        title=_literal(found.get("title")),
        page=page or safe_url(base),
    )


def _draft(item: Mapping[str, Any], base: str, feed_authors: tuple[str, ...]) -> Draft:
    html, text = _text(item.get("content_html")), _literal(item.get("content_text"))
    number = item.get("id")
    dates = [str(date) for name in ("date_published", "date_modified") if (date := item.get(name))]
    found = next((date for each in dates if (date := read_date(each))), None)
    return Draft(
        guid=str(number) if isinstance(number, int | float) and not isinstance(number, bool) else _text(number),
        title=_literal(item.get("title")),
        link=_resolved(base, item.get("url")) or _resolved(base, item.get("external_url")),
        authors=tuple(_authors(item)) or feed_authors,
        summary=_literal(item.get("summary")),
        content=html or text,
        published=found.instant if found else None,
        whole_day=found is not None and found.whole_day,
        misdated=bool(dates) and found is None,
        tags=tuple(_text(tag) for tag in _list(item.get("tags"))),
        picture=_resolved(base, item.get("image")) or _resolved(base, item.get("banner_image")),
    )


def _authors(holder: Mapping[str, Any]) -> Iterator[str]:
    """1.1 has `authors`, 1 has `author`; both may be there for old readers."""
    for person in [*_list(holder.get("authors")), holder.get("author")]:
        if isinstance(person, Mapping) and _text(person.get("name")):
            yield _text(person.get("name"))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _literal(value: object) -> str:
    """A field that holds plain text (all but `content_html` do), as HTML."""
    return escape(_text(value), quote=False)


def _resolved(base: str, link: object) -> str | None:
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        return safe_url(urljoin(base, link.strip()))
    except ValueError:
        return None
