"""
Addresses of redirectors: pages that do nothing but lead on to the page that their own address names. Pure.

They count clicks, warn of leaving a site, hide where a reader comes from, or keep a copy for telephones (AMP). Which parameter names
the page is known for each of them, so that no other site's `?url=` is taken for one.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bot.text import safe_url

_WHOLE_QUERY: Final = ""
"""The query is the address: href.li/?https://example.org/a."""

_REDIRECTORS: Final = {
    ("google.com", "/url"): ("q", "url"),
    ("scholar.google.com", "/scholar_url"): ("url",),
    ("youtube.com", "/redirect"): ("q",),
    ("duckduckgo.com", "/l"): ("uddg",),
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("l.instagram.com", ""): ("u",),
    ("linkedin.com", "/redir/redirect"): ("url",),
    ("linkedin.com", "/safety/go"): ("url",),
    ("medium.com", "/r"): ("url",),
    ("medium.com", "/m/global-identity"): ("redirectUrl",),
    ("medium.com", "/m/global-identity-2"): ("redirectUrl",),
    ("out.reddit.com", ""): ("url",),
    ("t.umblr.com", "/redirect"): ("z",),
    ("vk.com", "/away.php"): ("to",),
    ("slack-redir.net", "/link"): ("url",),
    ("lesswrong.com", "/out"): ("url",),
    ("href.li", ""): (_WHOLE_QUERY,),
    ("nullrefer.com", ""): (_WHOLE_QUERY,),
    ("anonym.to", ""): (_WHOLE_QUERY,),
}
_OUTLOOK: Final = ".safelinks.protection.outlook.com"
_GOOGLE: Final = re.compile(r"google\.(?:com?\.)?[a-z]{2}|google\.com")
_FOLDED_HOSTS: Final = {"m.youtube.com": "youtube.com", "m.facebook.com": "l.facebook.com"}
# google.com/amp/s/example.org/a, and example-org.cdn.ampproject.org/c/s/example.org/a: `s` says that the page is at https
# (developers.google.com/amp/cache/overview).
_GOOGLE_AMP: Final = re.compile(r"^/+amp/+(?P<secure>s/+)?(?P<page>[^/\s]+\.[^/\s]+(?:/\S*)?)$")
_AMP_CACHE: Final = re.compile(r"^/+[cv]/+(?P<secure>s/+)?(?P<page>[^/\s]+\.[^/\s]+(?:/\S*)?)$")
_MAY_BE_ONE: Final = re.compile(
    r"^https?://(?:[\w\-]+\.)*(?:"
    + "|".join(
        sorted({re.escape(host) for host, _ in _REDIRECTORS} | {r"outlook\.com", r"ampproject\.org", _GOOGLE.pattern})
    )
    + r")\.?[/:?]",
    re.IGNORECASE,
)


def target_of(url: str) -> str | None:
    """
    Give the address to which a redirector leads, as its own address names it; None for any other page.

    >>> target_of("https://www.google.com/url?sa=t&q=https%3A%2F%2Fexample.org%2Fa")
    'https://example.org/a'
    >>> target_of("https://shop.example/?url=https://example.org/a") is None
    True
    """
    if not _MAY_BE_ONE.match(url):
        return None
    parts = urlsplit(url)
    host = re.sub(r"^(?:www\.)+(?=.)", "", (parts.hostname or "").rstrip("."))
    host = "google.com" if _GOOGLE.fullmatch(host) else _FOLDED_HOSTS.get(host, host)
    named = _cached(host, parts) or _named(host, parts)
    found = safe_url(named) if named and named.lower().startswith(("http://", "https://")) else None
    return found if found and found != url and "." in urlsplit(found).netloc else None


def _named(host: str, parts: SplitResult) -> str | None:
    names = ("url",) if host.endswith(_OUTLOOK) else _REDIRECTORS.get((host, parts.path.rstrip("/")), ())
    if _WHOLE_QUERY in names:
        # A canonical address (w3lib's) has an equals sign behind a parameter without a value, and this query is one parameter.
        query = parts.query[:-1] if parts.query.endswith("=") and parts.query.count("=") == 1 else parts.query
        return query if "://" in query else unquote(query)
    asked = dict(reversed(parse_qsl(parts.query)))
    return next((asked[name] for name in names if asked.get(name)), None)


def _cached(host: str, parts: SplitResult) -> str | None:
    """The page of which Google keeps a copy for telephones."""
    pattern = _GOOGLE_AMP if host == "google.com" else _AMP_CACHE if host.endswith(".ampproject.org") else None
    found = pattern.match(parts.path) if pattern else None
    if found is None:
        return None
    query = f"?{parts.query}" if parts.query else ""
    return f"http{'s' if found['secure'] else ''}://{found['page']}{query}"
