"""Second addresses of a source, and when they may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_at(url: str, site: str) -> bool:
    """
    Tell whether an address belongs to a site or one of its hosts.

    >>> is_at("https://www.reddit.com/r/x/.rss", "reddit.com"), is_at("https://notreddit.com/", "reddit.com")
    (True, False)
    """
    host = (urlsplit(url).hostname or "").lower()
    return host == site or host.endswith("." + site)


def other_address(options: Mapping[str, object], name: str, url: str, site: str, usual: str) -> str | None:
    """
    Give another address of a source: the option, if the operator set it; else the usual one, if the source's own address is
    at its usual site; else None.

    Who points a source at a mirror or a replay of it does not want the real one asked behind his back.
    """
    named = options.get(name)
    if isinstance(named, str) and named.strip():
        return named.strip()
    return usual if is_at(url, site) else None
