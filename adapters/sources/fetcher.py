"""
The fetcher: our manners towards those we ask, and our guards against them.

One for the whole process. It says who we are, asks only for what has changed, keeps each host's pace, follows redirects
itself (each hop is checked anew), tries again where that may help, and lets nobody take more time or memory than it was
given. What goes wrong is a `SourceError` in plain words that holds no part of an address, for addresses may hold secrets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urljoin

from adapters.sources.asking import Ask, Response, Unanswered, refusal
from adapters.sources.decoding import Body
from adapters.sources.guard import forbidden
from adapters.sources.pacing import Lane, Lanes
from adapters.sources.wire import Target, Wire, target
from bot.ports import Clock

_LASTING: Final = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
_PASSING: Final = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT})
_HOPS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """
    The settings of the fetcher. `agent` says who asks and where to complain; `deadline` (seconds) covers one question
    with its redirects and repetitions, but not the wait for its turn; `max_bytes` is the size of a decoded body.
    """

    agent: str = "PaperRound"
    deadline: float = 20.0
    max_bytes: int = 5_000_000
    attempts: int = 3
    wait_initial: float = 0.5
    wait_max: float = 8.0


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request of a question, and where it leads."""

    to: Target
    url: str
    trusted: bool
    headers: Mapping[str, str]
    lane: Lane = field(repr=False)
    moved_to: str | None = None
    lasting: bool = True


@dataclass(slots=True)
class _Tries:
    """The attempts at one question: when its time ends, how many have failed, and how the last one did."""

    ends: float
    count: int = 0
    last: Unanswered | None = None

    def worth_another(self, error: Exception) -> bool | float:
        """Note a failure; tell whether another attempt may help, or after how many seconds it may."""
        if not isinstance(error, Unanswered):
            return False
        if error is not self.last:
            self.count, self.last = self.count + 1, error
        if not error.again or error.retry_after is None:
            return error.again
        # What we were asked to wait, if the deadline leaves room for it; otherwise the next collect is soon enough.
        left = self.ends - asyncio.get_running_loop().time()
        return max(error.retry_after, 0.01) if error.retry_after < left else False


def user_agent(version: str, contact_url: str, contact: str = "") -> str:
    """
    Who we are, as hosts ask to be told (Reddit, arXiv and LessWrong turn nameless clients away).

    >>> user_agent("1.0", "https://example.org", "team@example.org")
    'PaperRound/1.0 (+https://example.org; team@example.org)'
    """
    about = "; ".join(part for part in (f"+{contact_url}" if contact_url else "", contact) if part)
    return f"PaperRound/{version} ({about})" if about else f"PaperRound/{version}"


class Fetcher:
    """Asks the outside, one `Ask` at a time each; any number of them side by side."""

    def __init__(self, wire: Wire, clock: Clock, manners: Manners | None = None, lanes: Lanes | None = None) -> None:
        self._wire = wire
        self._clock = clock
        self._manners = manners or Manners()
        self._lanes = lanes or Lanes()

    async def get(self, ask: Ask) -> Response:
        """
        Ask, and give the answer: a success, 'not modified', or a status that the question accepts.

        Raises `SourceError` in bounded time for everything else.
        """
        try:
            first = self._first_hop(ask)
        except Unanswered as error:
            raise error.of(ask.source_id) from error
        async with first.lane.turn():
            return await self._within_deadline(ask, first)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._wire.aclose()

    def _first_hop(self, ask: Ask) -> _Hop:
        to = target(ask.url)
        if ask.lane:
            lane = self._lanes.named(ask.lane, ask.interval or 0.0)
        else:
            lane = self._lanes.of_host(to.host_header, private=_is_private(to.host), interval=ask.interval)
        headers = {
            "Host": to.host_header,
            "User-Agent": self._manners.agent,
            "Accept-Encoding": "gzip",
            "Accept": "*/*",
        }
        headers |= ask.headers
        if to.authorization:
            headers["Authorization"] = to.authorization
        if ask.etag:
            headers["If-None-Match"] = ask.etag
        if ask.last_modified:
            headers["If-Modified-Since"] = ask.last_modified
        return _Hop(to, ask.url, ask.trusted, headers, lane)

    async def _within_deadline(self, ask: Ask, first: _Hop) -> Response:
        deadline = ask.deadline or self._manners.deadline
        tries = _Tries(asyncio.get_running_loop().time() + deadline)
        try:
            async with asyncio.timeout(deadline):
                return await self._with_patience(ask, first, tries)
        except TimeoutError:
            # What went wrong before the time was over says more than that it is over.
            last = tries.last or Unanswered(f"did not answer within {deadline:g} s")
            raise last.of(ask.source_id, tries.count) from None

    async def _with_patience(self, ask: Ask, first: _Hop, tries: _Tries) -> Response:
        try:
            return await self._follow(ask, first)
        except Unanswered as error:
            if not tries.worth_another(error):
                raise error.of(ask.source_id) from error
            return await self._repeated(ask, first, tries, error)

    async def _repeated(self, ask: Ask, first: _Hop, tries: _Tries, error: Unanswered) -> Response:
        # Imported late, and only for those who failed once: the machinery of a retry costs as much as half an exchange.
        import stamina  # noqa: PLC0415

        manners = self._manners
        try:
            async for attempt in stamina.retry_context(
                on=tries.worth_another,
                attempts=manners.attempts,
                timeout=None,  # the deadline around us is the limit
                wait_initial=manners.wait_initial,
                wait_max=manners.wait_max,
                wait_jitter=manners.wait_initial / 2,
            ):
                with attempt:
                    if attempt.num == 1:
                        raise error
                    return await self._follow(ask, first)
        except Unanswered as last:
            raise last.of(ask.source_id, tries.count) from last
        raise AssertionError  # the last attempt returns or raises

    async def _follow(self, ask: Ask, hop: _Hop) -> Response:
        for _ in range(_HOPS + 1):
            found = await self._once(ask, hop)
            if isinstance(found, Response):
                return found
            hop = found
        raise Unanswered(f"sent us on more than {_HOPS} times")

    async def _once(self, ask: Ask, hop: _Hop) -> Response | _Hop:
        await hop.lane.pace()
        try:
            async with self._wire.exchange(hop.to, hop.headers, trusted=hop.trusted, lane=ask.lane) as answer:
                if answer.status in _LASTING | _PASSING:
                    return _onward(hop, answer.status, answer.headers.get("location"))
                if not _is_answer(answer.status, ask):
                    raise refusal(answer.status, answer.headers, ask, self._clock)
                body = Body(answer.headers.get("content-encoding", ""), ask.max_bytes or self._manners.max_bytes)
                async for chunk in answer.chunks():
                    body.add(chunk)
                return Response(
                    status=answer.status,
                    url=hop.url,
                    headers=answer.headers,
                    body=body.whole(),
                    moved_to=hop.moved_to,
                )
        finally:
            hop.lane.answered()


def _is_answer(status: int, ask: Ask) -> bool:
    return (
        HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        or status == HTTPStatus.NOT_MODIFIED
        or status in ask.accept
    )


def _onward(hop: _Hop, status: int, location: str | None) -> _Hop:
    """
    Where a redirect leads. Trust is left behind at the door of another host, and so is every header but our name: a key
    is meant for the host it was given to.
    """
    if not location:
        raise Unanswered(f"answered {status} without saying where to go")
    url = urljoin(hop.url, location)
    to = target(url)
    same = to.origin == hop.to.origin
    kept = hop.headers if same else {name: hop.headers[name] for name in _OUR_OWN}
    lasting = hop.lasting and status in _LASTING
    return _Hop(
        to,
        url,
        hop.trusted and same,
        {**kept, "Host": to.host_header},
        hop.lane,
        moved_to=url if lasting else hop.moved_to,
        lasting=lasting,
    )


_OUR_OWN: Final = ("Host", "User-Agent", "Accept-Encoding", "Accept")


@lru_cache(maxsize=1024)
def _is_private(host: str) -> bool:
    """Whether an address names a private host by number (or this machine by name)."""
    try:
        return forbidden(ip_address(host))
    except ValueError:
        return host == "localhost"
