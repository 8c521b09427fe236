"""
The source behind an address that a person gives: what the address is by itself, the feed that stands there or that its page names, or
what stands at one of the places where feeds usually are.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request, Response
from adapters.sources.http.walls import REMEDY, asks_to_sign_in, kept_out, wall
from adapters.sources.parse.document import Unreadable
from adapters.sources.parse.feed import ParsedFeed, Reading, parse_feed
from adapters.sources.parse.pool import Parser
from adapters.sources.pasted import NoSource, Recognised, recognised, youtube_channel
from bot.errors import SourceError
from bot.model import FoundFeed, ItemKind, Section
from bot.text import safe_url

_TYPES: Final = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/rss",
        "application/atom",
        "application/x.atom+xml",
        "application/x-rss+xml",
    }
)
_GENERIC: Final = frozenset(
    {"application/xml", "text/xml", "application/json", "text/rss", "text/rss+xml", "text/atom"}
)
"""Types that a feed may have, and much else: they are tried after the others."""
_NO_FEEDS: Final = re.compile(r"oembed|/wp-json\b|opensearch|sitemap|manifest|xmlrpc|\.xsl\b", re.IGNORECASE)
_COMMENTS_TITLE: Final = re.compile(
    r"\bcomments?\s*(?:$|[»:(\-]|feed|rss|atom|on\b|for\b|by\b)|\b(?:feed|rss)\s+(?:of|for)\s+(?:the\s+)?comments|"
    r"\bkommentare?\b|\bkommentar-feed|\bcommentaires?\b|\bcomentarios?\b|\bcomentários?\b|\bcommenti\b|\breacties\b|комментари|评论|評論|コメント|댓글",
    re.IGNORECASE,
)
_COMMENTS_ADDRESS: Final = re.compile(
    r"(?:^|/)comments?(?:[/._\-]|$)|comments?[_\-]?(?:feed|rss|atom)|(?:feed|rss|atom)[_\-]?comments|[?&](?:feed|type|mode)=comments",
    re.IGNORECASE,
)
_LINK_WORDS: Final = re.compile(r"\b(?:rss|atom|feeds?|xml)\b|フィード", re.IGNORECASE)
_LINK_ADDRESS: Final = re.compile(
    r"/(?:rss|feeds?|atom)(?:\.xml|\.json|\.php)?/?$|\.(?:rss|atom|rdf)$|/(?:index|rss|atom|feed|blog|news)\.(?:xml|rdf)$|/feed\.json$|[?&](?:feed|format)=(?:rss2?|atom|feed)",
    re.IGNORECASE,
)
_SUBSCRIBE: Final = re.compile(
    r"\b(?:subscribe|syndicat(?:e|ion)|follow (?:us|me|this (?:blog|site))|abonnieren|s['’]abonner|suscribirse|iscriviti|assinar)\b|подписаться|订阅|訂閱|購読|구독",
    re.IGNORECASE,
)
"""The label of a link that may lead to a feed; more often it leads to a form for an address."""
_PLACES: Final = ("feed", "rss", "feed.xml", "rss.xml", "atom.xml", "index.xml", "feed.json")
_MOST_NAMED: Final = 5
_MOST_OFFERED: Final = 3
_MOST_CANDIDATES: Final = 15
_TIMEOUT: Final = 8.0
"""Seconds for one guess; a person is waiting."""
_IN_ALL: Final = 60.0
_TITLES: Final = 20


class Finder:
    """Looks for sources through the same fetcher, and so under the same guard, as every source."""

    def __init__(self, fetcher: Fetcher, parser: Parser) -> None:
        self._fetcher = fetcher
        self._parser = parser

    async def find(self, url: str, *, trusted: bool) -> FoundFeed:
        try:
            known = recognised(url)
        except NoSource as reason:
            raise SourceError(shown(url), str(reason)) from None
        if known and known.kind != "feed":
            return FoundFeed(
                url=known.url,
                title=known.name,
                entries=None,
                kind=known.kind,
                options=known.options,
                section=known.section,
                item_kind=known.item_kind,
            )
        try:
            async with asyncio.timeout(_IN_ALL):
                return (
                    await self._known_feed(url, known, trusted=trusted)
                    if known
                    else await self._find(url, trusted=trusted)
                )
        except TimeoutError:
            raise SourceError(shown(url), f"showed no feed within {_IN_ALL:g} s") from None

    async def _known_feed(self, url: str, known: Recognised, *, trusted: bool) -> FoundFeed:
        """The feed of a well-known site, where it usually stands; if it does not stand there, the page is looked at."""
        name = shown(url)
        try:
            return await self._asked(
                name,
                known.url,
                trusted=trusted,
                section=known.section,
                item_kind=known.item_kind,
                instead=known.instead,
            )
        except SourceError as error:
            try:
                return await self._find(url, trusted=trusted)
            except SourceError:
                raise error from None

    async def _find(self, url: str, *, trusted: bool) -> FoundFeed:
        name = shown(url)
        page = await self._fetcher.get(Request(source_id=name, url=url, trusted=trusted, page=True, may_be_cut=True))
        try:
            return await self._read(name, page.moved_to or url, page)
        except SourceError as error:
            if "HTML" not in error.reason:
                raise
        named = await self._parser.run(name, feeds_in, page.body, page.url)
        instead = "all that the site publishes, not this page alone" if is_single_page(page.body, page.url) else ""
        for candidate in [*named, *guesses(page.url)][:_MOST_CANDIDATES]:
            # What a page names is the page's word, not the operator's: off its own host it is trusted no more.
            own = _origin(candidate) == _origin(url)
            try:
                found = await self._asked(name, candidate, trusted=trusted and own, deadline=_TIMEOUT, instead=instead)
            except SourceError:
                continue
            if not _COMMENTS_TITLE.search(found.title):
                return found
        raise SourceError(name, _why_none(page))

    async def _asked(
        self, name: str, url: str, *, trusted: bool, deadline: float | None = None, **more: Any
    ) -> FoundFeed:
        ask = Request(source_id=name, url=url, trusted=trusted, deadline=deadline, may_be_cut=True)
        return await self._read(name, url, await self._fetcher.get(ask), **more)

    async def _read(self, name: str, url: str, response: Response, **more: Any) -> FoundFeed:
        reading = Reading(
            source_id=name,
            kind=ItemKind.POST,
            section=Section.LABS,
            url=response.url,
            content_type=response.headers.get("content-type", ""),
        )
        feed: ParsedFeed = await self._parser.run(name, parse_feed, response.body, reading)
        titles = tuple(entry.title for entry in feed.entries[:_TITLES])
        return FoundFeed(
            url=response.moved_to or url, title=feed.title, entries=len(feed.entries), titles=titles, **more
        )


def _why_none(page: Response) -> str:
    """Say why a page leads to no feed."""
    called = wall(page.status, page.headers, page.body)
    if called:
        return f"{kept_out(page.status, called)}: {REMEDY}"
    if asks_to_sign_in(page.body):
        return "is a page to sign in that names no feed: it is not open to the public"
    return "is a page that names no feed, and none stands where feeds usually are"


_SINGLE_PAGE: Final = re.compile(
    rb"<meta\b(?=[^>]{0,300}\b(?:property|name)\s*=\s*[\"']?og:type\b)[^>]{0,300}\bcontent\s*=\s*[\"']?article\b",
    re.IGNORECASE,
)


def is_single_page(body: bytes, url: str) -> bool:
    """
    Tell whether a page is a single post, by its own word (ogp.me, `og:type`); the front page of a site is none, whatever it says.

    >>> is_single_page(b'<meta property="og:type" content="article">', "https://lab.example/blog/a-post")
    True
    """
    return urlsplit(url).path.strip("/") != "" and _SINGLE_PAGE.search(body[:200_000]) is not None


def feeds_in(body: bytes, url: str) -> tuple[str, ...]:
    """
    Give the addresses of the feeds that a page names: in its head, then as plain links to what looks like one, at most five of each, then
    of links to subscribe, at most three; each in its order. Feeds of comments are left out: nobody who gives the address of a blog means them.

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
    nodes = [
        ({name: value or "" for name, value in node.attributes.items()}, node)
        for node in tree.css("link[rel][href], a[href]")
    ]
    head = [given for given, node in nodes if node.tag == "link"]
    ranked = [
        [given for given in head if _is_feed_link(given, _TYPES)],
        [given for given in head if "feed" in _rel(given) and "html" not in given.get("type", "")],
        [given for given in head if _is_feed_link(given, _GENERIC)],
    ]
    named = [
        address for rank in ranked for given in rank if (address := _no_comments(base, given, given.get("title", "")))
    ]
    linked = [
        address
        for given, node in nodes
        if node.tag == "a" and _leads_to_feed(given, node.text() or "")
        if (address := _no_comments(base, given, f"{given.get('title', '')} {node.text() or ''}"))
    ]
    offered = [
        address
        for given, node in nodes
        if node.tag == "a" and len(label := _label(given, node.text() or "")) < _LABEL and _SUBSCRIBE.search(label)
        if not given["href"].lstrip().startswith("#") and (address := _no_comments(base, given, label))
    ]
    channel = youtube_channel(body) if (urlsplit(url).hostname or "").endswith("youtube.com") else None
    found = [*_first(named), *([channel] if channel else []), *_first(linked), *_first(offered, _MOST_OFFERED)]
    return tuple(dict.fromkeys(found))


def _first(addresses: list[str], most: int = _MOST_NAMED) -> list[str]:
    return list(dict.fromkeys(addresses))[:most]


_LABEL: Final = 80
"""Letters of a link's label; what is longer is a sentence."""


def _label(given: dict[str, str], text: str) -> str:
    return " ".join(f"{text} {given.get('title', '')} {given.get('aria-label', '')}".split())


def _rel(given: dict[str, str]) -> list[str]:
    return given.get("rel", "").lower().split()


def _is_feed_link(given: dict[str, str], types: frozenset[str]) -> bool:
    kind = given.get("type", "").lower().partition(";")[0].strip()
    return "alternate" in _rel(given) and kind in types


def _leads_to_feed(given: dict[str, str], text: str) -> bool:
    """Whether a plain link says, or looks like, that it leads to a feed."""
    address = given["href"].strip()
    if _LINK_ADDRESS.search(address.partition("#")[0]) or given.get("type", "").lower().strip() in _TYPES:
        return True
    label = _label(given, text)
    return len(label) < _LABEL and _LINK_WORDS.search(label) is not None


def _no_comments(base: str, given: dict[str, str], title: str) -> str | None:
    address = _joined(base, given["href"])
    if address is None or _COMMENTS_TITLE.search(title.strip()) or _NO_FEEDS.search(address):
        return None
    return None if _COMMENTS_ADDRESS.search(address.partition("://")[2].partition("/")[2]) else address


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
