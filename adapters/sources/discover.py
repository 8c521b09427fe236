"""
The feed behind an address that a person gives: the address itself, what its page names by `<link rel="alternate">`, or what
stands at one of the places where feeds usually are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request, Response
from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.feed import ParsedFeed, Reading, parse_feed
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.model import FoundFeed, ItemKind, Section
from bot.text import safe_url

_TYPES: Final = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
_PLACES: Final = ("feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json")
_MOST_NAMED: Final = 5
_MOST_CANDIDATES: Final = 12
_PATIENCE: Final = 8.0
"""Seconds for one guess; a person is waiting."""
_IN_ALL: Final = 60.0


class Finder:
    """Looks for feeds through the same fetcher, and so under the same guard, as every source."""

    def __init__(self, fetcher: Fetcher, parser: Parser) -> None:
        self._fetcher = fetcher
        self._parser = parser

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        try:
            async with asyncio.timeout(_IN_ALL):
                return await self._find(url, trusted=trusted)
        except TimeoutError:
            raise SourceError(shown(url), f"showed no feed within {_IN_ALL:g} s") from None

    async def _find(self, url: str, *, trusted: bool) -> FoundFeed:
        name = shown(url)
        page = await self._fetcher.get(Request(source_id=name, url=url, trusted=trusted))
        try:
            return await self._read(name, page.moved_to or url, page)
        except SourceError as error:
            if "HTML" not in error.reason:
                raise
        named = await self._parser.run(name, feeds_in, page.body, page.url)
        for candidate in [*named, *guesses(page.url)][:_MOST_CANDIDATES]:
            # What a page names is the page's word, not the operator's: off its own host it is trusted no more.
            own = _origin(candidate) == _origin(url)
            try:
                ask = Request(source_id=name, url=candidate, trusted=trusted and own, deadline=_PATIENCE)
                return await self._read(name, candidate, await self._fetcher.get(ask))
            except SourceError:
                continue
        raise SourceError(name, "is a page that names no feed, and none stands where feeds usually are")

    async def _read(self, name: str, url: str, response: Response) -> FoundFeed:
        reading = Reading(
            source_id=name,
            kind=ItemKind.POST,
            section=Section.LABS,
            url=response.url,
            content_type=response.headers.get("content-type", ""),
        )
        feed: ParsedFeed = await self._parser.run(name, parse_feed, response.body, reading)
        return FoundFeed(url=url, title=feed.title, entries=len(feed.entries))


def feeds_in(body: bytes, url: str) -> tuple[str, ...]:
    """
    Give the addresses of the feeds that a page names in its head, at most five, in its order; feeds of comments come last.

    Raises `Unreadable` if it is no page.
    """
    # Imported here: whoever gives the address of a feed does not need it.
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415

    from adapters.sources.parse.links import TOO_MANY_TAGS  # noqa: PLC0415

    if body.count(b"<") > TOO_MANY_TAGS:
        body = body[: body.find(b"</head") + 1] or body[:100_000]
    try:
        tree = LexborHTMLParser(body)
    except ValueError as error:
        raise Unreadable("gave a page that could not be read") from error
    base = _base(tree, url)
    found: dict[str, bool] = {}
    for node in tree.css("link[rel][href]"):
        given = {name: value or "" for name, value in node.attributes.items()}
        if "alternate" not in given["rel"].lower().split() or given.get("type", "").lower().strip() not in _TYPES:
            continue
        address = _joined(base, given["href"])
        if address:
            found.setdefault(address, "comment" in f"{address} {given.get('title', '')}".lower())
    return tuple(sorted(found, key=lambda address: found[address]))[:_MOST_NAMED]


def guesses(url: str) -> tuple[str, ...]:
    """
    Give the places where the feed of a page may stand, below the page first, then at the root of its host.

    >>> guesses("https://example.org/blog")[:2]
    ('https://example.org/blog/feed', 'https://example.org/blog/rss')
    """
    return tuple(dict.fromkeys(_places(url)))


def _places(url: str) -> Iterator[str]:
    path = urlsplit(url).path
    folder = path.rsplit("/", 1)[0] if "." in path.rsplit("/", 1)[-1] else path.rstrip("/")
    for place in _PLACES[:4] if folder else ():
        if address := _joined(url, f"{folder}/{place}"):
            yield address
    for place in _PLACES:
        if address := _joined(url, f"/{place}"):
            yield address


def shown(url: str) -> str:
    """
    An address as it may be repeated to people: without user, password and query, which may hold secrets.

    >>> shown("https://me:pw@example.org:8000/feed?token=x")
    'example.org:8000/feed'
    """
    rest = url.partition("://")[2] or url
    authority, slash, path = rest.partition("/")
    return (authority.rpartition("@")[2] + slash + path).partition("?")[0].partition("#")[0] or "the address"


def _base(tree: object, url: str) -> str:
    node = tree.css_first("base[href]")  # type: ignore[attr-defined]  # a parser of selectolax, imported late
    return _joined(url, (node.attributes.get("href") or "") if node else "") or url


def _joined(base: str, href: str) -> str | None:
    try:
        return safe_url(urljoin(base, href.strip()))
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()
