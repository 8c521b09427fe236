"""The requests that one question takes: the first, and those that redirects lead to. Nothing here touches the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from adapters.sources.http.pacing import HostPacing, HostQueue
from adapters.sources.http.request import Request, Unanswered
from adapters.sources.http.ssrf import forbidden
from adapters.sources.http.transport import Target, target

MOST_HOPS: Final = 5

_LASTING: Final = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_PASSING: Final = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT})
REDIRECTS: Final = _LASTING | _PASSING

_OUR_OWN: Final = ("User-Agent", "Accept-Encoding", "Accept")


@dataclass(frozen=True, slots=True)
class Hop:
    """One request of a question. `moved_to` is where permanent redirects have led so far, while `lasting` holds."""

    to: Target
    url: str
    trusted: bool
    headers: Mapping[str, str]
    lane: HostQueue = field(repr=False)
    lane_name: str | None = None
    moved_to: str | None = None
    lasting: bool = True
    form: Mapping[str, str] | None = None

    def request(self) -> httpx.Request:
        """Give the request; its extensions tell the transport what it must know (`wire.Connections`)."""
        about = {"trusted": self.trusted, "lane": self.lane_name}
        if self.form is not None:
            return httpx.Request("POST", self.to.url, headers=self.headers, data=dict(self.form), extensions=about)
        return httpx.Request("GET", self.to.url, headers=self.headers, extensions=about)


def first_hop(ask: Request, agent: str, lanes: HostPacing) -> Hop:
    """Give the first request of a question. Raises `Unanswered` if its address is none that we may ask."""
    to = target(ask.url)
    if ask.lane:
        lane = lanes.named(ask.lane, ask.interval or 0.0)
    else:
        lane = lanes.of_host(to.host_and_port, private=_is_private(to.url.host), interval=ask.interval)
    headers = {"User-Agent": agent, "Accept-Encoding": "gzip", "Accept": "*/*", **ask.headers}
    if to.authorization:
        headers["Authorization"] = to.authorization
    # A mark of change that is no ASCII cannot be sent back as it came (RFC 9110, 5.5), so we ask without it.
    if ask.etag and ask.etag.isascii():
        headers["If-None-Match"] = ask.etag
    if ask.last_modified and ask.last_modified.isascii():
        headers["If-Modified-Since"] = ask.last_modified
    return Hop(to, ask.url, ask.trusted, headers, lane, ask.lane, form=ask.form)


def onward(hop: Hop, status: int, location: str | None) -> Hop:
    """
    Where a redirect leads. Trust is left behind at the door of another host, and so is every header but our name: a key
    is meant for the host it was given to, and for no eavesdropper on a way that is not private any more.
    """
    if not location:
        raise Unanswered(f"answered {status} without saying where to go")
    if hop.form is not None:
        raise Unanswered(f"answered {status}, though a form is not to be sent elsewhere")
    url = urljoin(hop.url, location)
    to = target(url)
    same = to.origin == hop.to.origin and not (hop.to.url.scheme == "https" and to.url.scheme == "http")
    lasting = hop.lasting and status in _LASTING
    return Hop(
        to,
        url,
        hop.trusted and same,
        hop.headers if same else {name: hop.headers[name] for name in _OUR_OWN},
        hop.lane,
        hop.lane_name,
        moved_to=url if lasting else hop.moved_to,
        lasting=lasting,
    )


@lru_cache(maxsize=1024)
def _is_private(host: str) -> bool:
    """Whether an address names a private host by number (or this machine by name)."""
    try:
        return forbidden(ip_address(host))
    except ValueError:
        return host == "localhost"


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
