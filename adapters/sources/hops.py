"""The requests that one question takes: the first, and those that redirects lead to. Nothing here touches the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin

import httpx

from adapters.sources.asking import Ask, Unanswered
from adapters.sources.guard import forbidden
from adapters.sources.pacing import Lane, Lanes
from adapters.sources.wire import Target, target

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
    lane: Lane = field(repr=False)
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


def first_hop(ask: Ask, agent: str, lanes: Lanes) -> Hop:
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
