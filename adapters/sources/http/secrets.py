"""What of a feed's own address may be shown. A private feed's address is its password: whoever has it can read the feed."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, unquote_plus, urlsplit, urlunsplit

_SECRET_NAME: Final = re.compile(
    r"token|secret|key|auth|pass|pwd|sig|session|user|feed|private|uuid|hash|code", re.IGNORECASE
)
_SECRET_LOOK: Final = re.compile(r"(?=[\w~-]*\d)(?=[\w~-]*[A-Za-z])[\w~]{20,}")
_PUBLIC_NUMBERS: Final = frozenset({"channel_id", "playlist_id"})
"""Parameters whose values look like keys and are public: which channel of YouTube a feed is of."""
_TELLING: Final = 6
"""A value of fewer characters is a word like `me`, and stands in other places by chance."""


def may_keep(url: str) -> bool:
    """
    Tell whether an address may be written down: not if it holds user, password, or anything that looks like a key.

    >>> may_keep("https://example.org/feed?page=1"), may_keep("https://example.org/feed?token=1")
    (True, False)
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if "@" in parts.netloc or any(_SECRET_NAME.search(name) for name, _ in query):
        return False
    values = (value for name, value in query if name not in _PUBLIC_NUMBERS)
    return not any(_SECRET_LOOK.search(piece) for piece in [*parts.path.split("/"), *values])


def public_base(url: str) -> str:
    """
    Give what may be shown of the address of a feed: no user, no query, no fragment, and no path with a key in it.

    >>> public_base("https://me:pw@example.org:8443/feed.xml?token=1#top")
    'https://example.org:8443/feed.xml'
    """
    parts = urlsplit(url)
    path = "/" if _SECRET_LOOK.search(parts.path) else parts.path
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, "", ""))


def keys_of(*urls: str) -> frozenset[str]:
    """
    Give the values of a feed's query that may be what opens it, as they stand there and decoded.

    >>> sorted(keys_of("https://example.org/?feed=rss2&category=research&token=abcdef"))
    ['abcdef']
    """
    pairs = (pair.partition("=") for url in urls for pair in urlsplit(url).query.split("&"))
    found = {value for name, _, value in pairs if value and _is_secret(name, value)}
    return frozenset(found | {unquote_plus(value) for value in found})


def _is_secret(name: str, value: str) -> bool:
    return bool(_SECRET_LOOK.search(value)) or (name.lower() != "feed" and bool(_SECRET_NAME.search(name)))


def holds(text: str, keys: frozenset[str]) -> bool:
    """Tell whether one of the keys stands in a text. Those of a few characters are looked for in a query only (`without`)."""
    return any(key in text for key in keys if len(key) >= _TELLING)


def without(url: str, keys: frozenset[str]) -> str:
    """
    Take the parts of the query that hold a key out of an address.

    >>> without("https://example.org/p?id=1&token=abcdef", frozenset({"abcdef"}))
    'https://example.org/p?id=1'
    """
    if not keys or "?" not in url:
        return url
    parts = urlsplit(url)
    kept = [pair for pair in parts.query.split("&") if not _is_key(pair, keys)]
    return url if len(kept) == parts.query.count("&") + 1 else urlunsplit(parts._replace(query="&".join(kept)))


def _is_key(pair: str, keys: frozenset[str]) -> bool:
    value = pair.partition("=")[2]
    return any(each in keys or holds(each, keys) for each in (value, unquote_plus(value)))
