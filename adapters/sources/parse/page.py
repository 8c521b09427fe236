"""What a web page says it is: its title, and who wrote it when, as far as its head tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from adapters.sources.http.walls import asks_to_sign_in
from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.payload import instant
from bot.model import FoundWork, ItemKind
from bot.text import clean, cut, names, plain, plain_title

TITLE: Final = 300
ABSTRACT: Final = 2500
_HEAD: Final = 400_000
_NAME: Final = 100
_TITLES: Final = ("citation_title", "dc.title", "og:title", "twitter:title")
_ABSTRACTS: Final = ("citation_abstract", "dc.description", "og:description", "description")
_DATES: Final = ("citation_publication_date", "citation_date", "citation_online_date", "article:published_time")
_AUTHORS: Final = ("citation_author", "dc.creator")
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:\-]+)", re.IGNORECASE)
_GITHUB: Final = re.compile(r"^GitHub - ")
_PART: Final = re.compile(r"\s+[|·•–—:-]\s+")
_PAGE: Final = "a web page"


def read_page(body: bytes, url: str, content_type: str = "") -> FoundWork:
    """
    Read a page's title, authors, abstract and day. What scholarly sites say in their `citation_` tags goes before what is meant for previews.

    Raises `Unreadable` for what is no page, has no title, or wants its reader to sign in.
    """
    # Imported here: a reading process that only reads feeds does without.
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    if b"<" not in body[:2000] or body.startswith(b"%PDF"):
        raise Unreadable("is no web page with a title")
    if asks_to_sign_in(body):
        raise Unreadable("is a page to sign in: it is not open to the public")
    head = _decoded(body[:_HEAD], content_type)
    end = re.search(r"</head\s*>", head, re.IGNORECASE)
    try:
        tree = LexborHTMLParser(head[: end.end()] if end else head)
    except ValueError as error:
        raise Unreadable("gave a page that could not be read") from error
    said: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        given = {name: value or "" for name, value in node.attributes.items()}
        name = (given.get("name") or given.get("property") or "").strip().lower()
        said.setdefault(name, []).append(given["content"])
    shown = tree.css_first("title")
    title = next(iter(_titles(said, shown.text() if shown else "")), "")
    title = without_site(title, clean(next(iter(said.get("og:site_name", ())), "")), urlsplit(url).hostname or "")
    if not title:
        raise Unreadable("is a page without a title")
    authors = [author for name in _AUTHORS for author in said.get(name, ())]
    return FoundWork(
        url=url,
        title=cut(title, TITLE),
        authors=names(cut(_name_in_order(clean(author)), _NAME) for author in authors),
        abstract=plain(next((one for name in _ABSTRACTS for one in said.get(name, ()) if one.strip()), ""), ABSTRACT),
        published=next((at for name in _DATES for one in said.get(name, ()) if (at := _day(one))), None),
        kind=ItemKind.PAPER if "citation_title" in said and "citation_author" in said else None,
    )


def without_site(title: str, site: str, host: str) -> str:
    """
    Take off what a site puts beside every title: its own name.

    >>> without_site("Scaling Laws Revisited | Example Lab", "Example Lab", "lab.example")
    'Scaling Laws Revisited'
    >>> without_site("GitHub - owner/name: A tool", "GitHub", "github.com")
    'owner/name: A tool'
    """
    if host.removeprefix("www.") == "github.com":
        return _GITHUB.sub("", title)
    own = {one for one in (_letters(site), _letters(host.removeprefix("www.")), _letters(_label(host))) if one}
    while True:
        parts = list(_PART.finditer(title))
        if parts and _letters(title[parts[-1].end() :]) in own:
            title = title[: parts[-1].start()]
        elif parts and _letters(title[: parts[0].start()]) in own:
            title = title[parts[0].end() :]
        else:
            return title


def _label(host: str) -> str:
    """The host's own name without what is before and behind it: `openreview` of `www.openreview.net`."""
    return (host.split(".")[-2:] or [""])[0]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _titles(said: Mapping[str, list[str]], shown: str) -> Iterator[str]:
    for one in (*(title for name in _TITLES for title in said.get(name, ())), shown):
        if title := plain_title(one):
            yield title


def _name_in_order(name: str) -> str:
    """
    A name as it is read: scholarly sites put the family's first.

    >>> _name_in_order("Lovelace, Ada")
    'Ada Lovelace'
    """
    family, comma, given = name.partition(", ")
    return f"{given} {family}" if comma and "," not in given else name


def _day(text: str) -> datetime | None:
    return instant(text.strip().replace("/", "-"))


def _decoded(body: bytes, content_type: str) -> str:
    """The text of a page, by what its answer says it is written in, else what it says itself, else UTF-8."""
    named = _CHARSET.search(content_type) or _CHARSET.search(body[:2000].decode("latin-1"))
    try:
        return body.decode(named[1] if named else "utf-8", errors="replace")
    except LookupError:
        return body.decode("utf-8", errors="replace")
