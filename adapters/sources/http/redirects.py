"""The requests that one question takes: the first, and those that redirects lead to. Nothing here touches the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from adapters.sources.http.body import ACCEPTED
from adapters.sources.http.pacing import HostPacing, HostQueue
from adapters.sources.http.request import Request, Unanswered
from adapters.sources.http.ssrf import forbidden
from adapters.sources.http.transport import Target, target
from adapters.sources.http.walls import REMEDY, kept_out

MOST_HOPS: Final = 5

_LASTING: Final = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_PASSING: Final = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT})
REDIRECTS: Final = _LASTING | _PASSING

_CONDITIONS: Final = frozenset({"If-None-Match", "If-Modified-Since"})
_OUR_OWN: Final = ("User-Agent", "Accept-Encoding", "Accept")


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One request of a question. `moved_to` is where permanent redirects have led so far, while `lasting` holds.

    `cookies` are those that the answers to this question have set. They live as long as it does: some publishers send a reader
    round until a cookie of theirs comes back. `refreshed` says that a page has sent us on already, `sent_by` which server did.
    """

    to: Target
    url: str
    trusted: bool
    headers: Mapping[str, str]
    lane: HostQueue = field(repr=False)
    lane_name: str | None = None
    moved_to: str | None = None
    lasting: bool = True
    form: Mapping[str, str] | None = None
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies, repr=False, compare=False)
    refreshed: bool = False
    sent_by: str = ""

    def request(self) -> httpx.Request:
        """Give the request; its extensions tell the transport what it must know (`transport.Connections`)."""
        about = {"trusted": self.trusted, "lane": self.lane_name}
        method, data = ("GET", None) if self.form is None else ("POST", dict(self.form))
        request = httpx.Request(method, self.to.url, headers=self.headers, data=data, extensions=about)
        if self.cookies:
            self.cookies.set_cookie_header(request)
        return request

    @property
    def conditional(self) -> bool:
        """Whether 'not modified' is an answer to it."""
        return not _CONDITIONS.isdisjoint(self.headers)

    @property
    def asked(self) -> tuple[str, str, bool]:
        """The address, the cookies, and whether there is a condition: with all the same, so is the answer."""
        return self.url, self.request().headers.get("Cookie", "") if self.cookies else "", self.conditional

    def matches(self, etag: str | None) -> bool:
        """Whether the mark that 'not modified' bears is the one that we sent, give or take what a packing in between adds to it."""
        sent = self.headers.get("If-None-Match")
        return not etag or not sent or _mark(etag) == _mark(sent)

    def unconditional(self) -> Hop:
        """The same request for everything."""
        kept = {name: value for name, value in self.headers.items() if name not in _CONDITIONS}
        return replace(self, headers=kept)


def _mark(etag: str) -> str:
    """
    An ETag without what says that it is weak, and without the suffix that servers add to those of packed answers.

    >>> _mark('W/"abc-gzip"')
    'abc'
    """
    return re.sub(r"(?:--?|;|:)(?:gzip|br|zstd|deflate|df)$", "", etag.strip().removeprefix("W/").strip('"'))


def first_hop(ask: Request, agent: str, lanes: HostPacing) -> Hop:
    """Give the first request of a question. Raises `Unanswered` if its address is none that we may ask."""
    to = target(ask.url)
    if ask.lane:
        lane = lanes.named(ask.lane, ask.interval or 0.0)
    else:
        lane = lanes.of_host(to.host_and_port, private=_is_private(to.url.host), interval=ask.interval)
    headers = {"User-Agent": agent, "Accept-Encoding": ACCEPTED, "Accept": "*/*", **ask.headers}
    if to.authorization:
        headers["Authorization"] = to.authorization
    # A mark of change that is no ASCII cannot be sent back as it came (RFC 9110, 5.5), so we ask without it.
    if ask.etag and ask.etag.isascii():
        headers["If-None-Match"] = ask.etag
    if ask.last_modified and ask.last_modified.isascii():
        headers["If-Modified-Since"] = ask.last_modified
    return Hop(to, ask.url, ask.trusted, headers, lane, ask.lane, form=ask.form)


def onward(hop: Hop, status: int, location: str | None, server: str = "") -> Hop:
    """
    Where a redirect leads. Trust ends at another host, and so is every header but our name: a key
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
        cookies=hop.cookies,
        refreshed=hop.refreshed,
        sent_by=server,
    )


def in_a_circle(hop: Hop) -> Unanswered:
    """The error for a redirect back to a request that was answered before."""
    if "sucuri" in hop.sent_by.lower():
        return Unanswered(kept_out(HTTPStatus.TEMPORARY_REDIRECT, "Sucuri's check for browsers"), remedy=REMEDY)
    return Unanswered("sends us round in a circle: each of its addresses leads back to one that we have asked")


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
