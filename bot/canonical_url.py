"""Canonical URLs: the ways of writing one page's address are folded into one, without what only tells of the visit."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

# Sites whose posts are told by their path alone, and what such a path looks like.
_QUERY_MATTERS_NOT: Final = {
    "reddit.com": re.compile("/comments/"),
    "medium.com": re.compile("-[0-9a-f]{8,12}$"),
    "substack.com": re.compile("/p/"),
    "x.com": re.compile("/status/"),
}
SAME_HOST: Final = {"twitter.com": "x.com", "old.reddit.com": "reddit.com", "np.reddit.com": "reddit.com", "new.reddit.com": "reddit.com",
                     "m.youtube.com": "youtube.com", "music.youtube.com": "youtube.com", "youtube-nocookie.com": "youtube.com",
                     "yewtu.be": "youtube.com", "piped.video": "youtube.com",
                     "hf.co": "huggingface.co", "mobile.twitter.com": "x.com", "mobile.x.com": "x.com",
                     # Sites that show X's posts to those without an account, under the same paths.
                     "fxtwitter.com": "x.com", "vxtwitter.com": "x.com", "fixupx.com": "x.com", "fixvx.com": "x.com",
                     "twittpr.com": "x.com", "xcancel.com": "x.com", "twiiit.com": "x.com",
                     "d.fxtwitter.com": "x.com", "g.fxtwitter.com": "x.com"}  # fmt: skip
NITTER: Final = re.compile(r"nitter\.[a-z0-9.\-]+")
"""Nitter is run by many people, each under a host of their own that begins with its name."""
_TRACKING: Final = re.compile(
    r"^(?:utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|mkt_tok|ref|ref_src|ref_url|spm|_hs(?:enc|mi)|__s|vero_.*|cmpid|s_cid|share_id|"
    r"isfreemail|guccounter|_bhlid|j?sessionid|session_id|phpsessid|aspsessionid\w*)$",
    re.IGNORECASE,
)
# Which feed led here (Medium: source=rss----7f60cf5620c9---4), and a session's random name. A `sid` may also be a story's number.
_FROM_FEED: Final = re.compile(r"(?:source|src|from|via|medium)=(?:rss|atom|feed)(?:[\-_.%].*)?", re.IGNORECASE)
_SESSION: Final = re.compile(r"sid=(?=[^&]*\d)(?=[^&]*[a-z])[a-z0-9\-_]{8,}", re.IGNORECASE)
_SESSION_IN_PATH: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
# The form of a post for telephones, before or behind its own path. Only where a post's path is plain to see (words with hyphens between
# them, or a year and a word): on other sites amplifiers and mixed precision have pages under the same name.
_POST_NAME: Final = r"/[^/\-]+(?:-[^/\-]+){2,}"
_AMP_BEGIN: Final = re.compile(rf"^(?:/amp)+(?=(?:/[^/]+)*{_POST_NAME}$)", re.IGNORECASE)
_AMP_END: Final = re.compile(
    rf"(?P<page>(?:/[^/]+)*?(?:{_POST_NAME}|/(?:19|20)\d\d(?:/[^/]+)+?))(?:/amp)+", re.IGNORECASE
)
_AMP_ASKED: Final = re.compile(r"amp(?:=(?:1|true)?)?|output_?type=amp", re.IGNORECASE)
_PATH_END: Final = re.compile(r"(?:/(?:index|default)\.(?:html?|php|aspx)|[/;])+$", re.IGNORECASE)


def canonical_url(url: str) -> str:
    """
    Fold the ways of writing one page's address: https, lower-case host without `www.`, no default port, no fragment, no
    tracking parameters, sorted query, no trailing slash. Percent-encoding is made uniform by w3lib.
    """
    # Scrapy's own canonicaliser does the encoding and sorting right (RFC 3986, WHATWG); it is imported late for start-up's sake.
    from w3lib.url import canonicalize_url  # noqa: PLC0415

    parts = urlsplit(canonicalize_url(url, keep_fragments=False))
    host = host_of(parts)
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    path = _folded_path(re.sub(r"/{2,}", "/", _SESSION_IN_PATH.sub("", parts.path)))
    post = _QUERY_MATTERS_NOT.get(site_of(host))
    query = "" if post and post.search(path) else _telling(parts.query)
    shown = f"[{host}]" if ":" in host else host
    return f"https://{shown}{port}{path}" + (f"?{query}" if query else "")


def _folded_path(path: str) -> str:
    """The path without its index page and without its form for telephones, as often as one stands behind the other."""
    while True:
        shorter = _PATH_END.sub("", path)
        found = _AMP_END.fullmatch(shorter) if "/amp" in shorter.lower() else None
        shorter = _AMP_BEGIN.sub("", found["page"] if found else shorter)
        if shorter == path:
            return path
        path = shorter


def _telling(query: str) -> str:
    """Keep the parameters that tell one page from another, byte for byte: not every site's query is UTF-8."""
    return "&".join(part for part in query.split("&") if part and not _is_about_the_visit(part))


def _is_about_the_visit(part: str) -> bool:
    name = part.partition("=")[0]
    return bool(
        _TRACKING.match(name) or _FROM_FEED.fullmatch(part) or _SESSION.fullmatch(part) or _AMP_ASKED.fullmatch(part)
    )


def host_of(parts: SplitResult) -> str:
    """Give the host of an address without `www.`, and under the one name that sites with several have here."""
    host = re.sub(r"^(?:www\.)+(?=.)", "", (parts.hostname or "").rstrip("."))
    return "x.com" if NITTER.fullmatch(host) else SAME_HOST.get(host, host)


def site_of(host: str) -> str:
    """Give the last two labels of a host: `blog.medium.com` is of the site `medium.com`."""
    return ".".join(host.split(".")[-2:])
