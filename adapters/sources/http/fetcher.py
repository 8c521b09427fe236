"""
The HTTP client of all sources: pacing, conditional requests, redirects, retries, and limits on time and size.

One for the whole process. It says who we are, asks only for what has changed, keeps each host's pace, follows redirects
itself (each hop is checked again), tries again where that may help, and lets nobody take more time or memory than it was
given. What goes wrong is a `SourceError` in plain words that holds no part of an address, for addresses may hold secrets.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final

import httpx
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from adapters.sources.http.body import Body
from adapters.sources.http.pacing import HostPacing
from adapters.sources.http.redirects import MOST_HOPS, REDIRECTS, Hop, first_hop, in_a_circle, onward
from adapters.sources.http.request import FetchLimits, Request, Response, Unanswered, refusal
from adapters.sources.http.transport import broken_off, without_answer
from adapters.sources.http.walls import HEAD, REMEDY, asks_to_sign_in, kept_out, kept_out_by_a_page, sends_on, wall
from bot.errors import SourceError, StorageError
from bot.ports import Clock


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


class CutOff(Unanswered):
    """An answer broke off; `response` is what came before, if there is anything."""

    def __init__(self, error: Unanswered, response: Response | None) -> None:
        super().__init__(error.reason, again=error.again)
        self.response = response


class Fetcher:
    """Asks the outside, one `Request` at a time each; any number of them side by side. `transport` is what it sends with."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        limits: FetchLimits | None = None,
        lanes: HostPacing | None = None,
        *,
        full: bool = False,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._limits = limits or FetchLimits()
        self._lanes = lanes or HostPacing()
        self._full = full

    @property
    def deadline(self) -> float:
        """Seconds that one question may take, unless it brings its own."""
        return self._limits.deadline

    def unconditional(self) -> Fetcher:
        """The same fetcher, that asks for everything and not only for what has changed; where answers cost money, it does not."""
        return Fetcher(self._transport, self._clock, self._limits, self._lanes, full=True)

    async def get(self, ask: Request) -> Response:
        """
        Ask, and give the answer: a success, 'not modified', or a status that the question accepts.

        Raises `SourceError` in bounded time for everything else.
        """
        if self._full and not ask.paid:
            ask = replace(ask, etag=None, last_modified=None)
        try:
            first = first_hop(ask, self._limits.agent, self._lanes)
        except Unanswered as error:
            raise error.of(ask.source_id) from error
        try:
            async with first.lane.turn():
                return await self._within_deadline(ask, first)
        except StorageError as error:
            reason = f"not asked, for its pace is agreed on with other processes in the database: {error}"
            raise SourceError(ask.source_id, reason) from error

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _within_deadline(self, ask: Request, first: Hop) -> Response:
        deadline = ask.deadline or self._limits.deadline
        tries = _Tries(asyncio.get_running_loop().time() + deadline)
        try:
            async with asyncio.timeout(deadline):
                return await self._with_retries(ask, first, tries)
        except TimeoutError:
            # What went wrong before the time was over says more than that it is over.
            last = tries.last or Unanswered(f"did not answer within {deadline:g} s")
            return _given_up(ask, last, tries.count)

    async def _with_retries(self, ask: Request, first: Hop, tries: _Tries) -> Response:
        try:
            return await self._follow(ask, first)
        except Unanswered as error:
            if not tries.worth_another(error):
                return _given_up(ask, error)
            return await self._repeated(ask, first, tries, error)

    async def _repeated(self, ask: Request, first: Hop, tries: _Tries, error: Unanswered) -> Response:
        limits = self._limits
        try:
            async for attempt in attempts(tries.worth_another, limits.attempts, limits.wait_initial, limits.wait_max):
                with attempt:
                    if attempt.num == 1:
                        raise error
                    return await self._follow(ask, first)
        except Unanswered as last:
            return _given_up(ask, last, tries.count)
        raise AssertionError  # the last attempt returns or raises

    async def _follow(self, ask: Request, hop: Hop) -> Response:
        been = set()
        for _ in range(MOST_HOPS + 1):
            been.add(hop.asked)
            found = await self._once(ask, hop)
            if isinstance(found, Response):
                return found
            if found.asked in been:
                raise in_a_circle(found)
            hop = found
        raise Unanswered(f"sent us on more than {MOST_HOPS} times")

    async def _once(self, ask: Request, hop: Hop) -> Response | Hop:
        await hop.lane.pace()
        try:
            request = hop.request()
            answer = await self._transport.handle_async_request(request)
        except (httpx.LocalProtocolError, UnicodeEncodeError):
            # Not `from` these errors: they quote what could not be sent, and that may be a key.
            raise Unanswered(_UNSENDABLE) from None
        except httpx.TransportError as error:
            raise without_answer(error) from error
        finally:
            hop.lane.answered()
        try:
            answer.request = request
            return await self._read(ask, hop, answer)
        finally:
            await answer.aclose()
            hop.lane.answered()

    async def _read(self, ask: Request, hop: Hop, answer: httpx.Response) -> Response | Hop:
        status, headers = answer.status_code, answer.headers
        if "set-cookie" in headers:
            hop.cookies.extract_cookies(answer)
        if status in REDIRECTS:
            return onward(hop, status, headers.get("location"), headers.get("server", ""))
        if status == HTTPStatus.NOT_MODIFIED and not hop.conditional:
            raise Unanswered("answered that nothing has changed (304), which it was not asked: its cache is at fault")
        if status == HTTPStatus.NOT_MODIFIED and not hop.matches(headers.get("etag")):
            return hop.unconditional()  # a cache speaks of another version than the one that we know
        if not _is_answer(status, ask):
            raise refusal(status, headers, ask, self._clock, await self._beginning(answer))
        found = await self._answer(ask, hop, answer)
        return found if status in ask.accept else _judged(ask, hop, found)

    async def _answer(self, ask: Request, hop: Hop, answer: httpx.Response) -> Response:
        headers = answer.headers
        # A kind may know that its answers are larger than most; who configured an even larger size gets that.
        limit = max(ask.max_bytes or 0, self._limits.max_bytes)
        body, broken = Body(headers.get("content-encoding", ""), limit, may_be_cut=ask.may_be_cut), None
        try:
            async for chunk in _stream(answer):
                body.add(chunk)
        except httpx.TransportError as error:
            broken = broken_off(error)
            if not ask.may_be_cut:
                raise broken from error
        whole = body.whole(cut=broken is not None)
        response = Response(
            status=answer.status_code, url=hop.url, headers=headers, body=whole, moved_to=hop.moved_to, cut=body.cut
        )
        if broken is not None:
            raise CutOff(broken, response if whole else None)
        return response

    async def _beginning(self, answer: httpx.Response) -> bytes:
        """The first bytes of what comes with a refusal, as far as they come: they may say who refuses."""
        body = Body(answer.headers.get("content-encoding", ""), 10 * HEAD, may_be_cut=True)
        size = 0
        with contextlib.suppress(httpx.TransportError, Unanswered):
            async for chunk in _stream(answer):
                body.add(chunk)
                size += len(chunk)
                if size >= HEAD:
                    break
        with contextlib.suppress(Unanswered):
            return body.whole(cut=True)
        return b""


def _given_up(ask: Request, error: Unanswered, attempts: int = 1) -> Response:
    """What came before the last answer broke off, if that will do; else the failure is raised."""
    if isinstance(error, CutOff) and error.response:
        return error.response
    raise error.of(ask.source_id, attempts) from error


_UNSENDABLE: Final = "could not be asked: its key, password or address has characters that HTTP does not allow"


def _stream(answer: httpx.Response) -> httpx.AsyncByteStream:
    assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous transport gives no other
    return answer.stream


def _is_answer(status: int, ask: Request) -> bool:
    return (
        (HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES and status not in _WITHOUT_CONTENT)
        or status == HTTPStatus.NOT_MODIFIED
        or status in ask.accept
    )


_WITHOUT_CONTENT: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT})


def _judged(ask: Request, hop: Hop, found: Response) -> Response | Hop:
    """
    An answer, if it is one: a success may be a bot wall, a page to sign in, or one that sends us on. Raises `Unanswered`.

    Where a page is an answer, too, its scripts may be those of a wall that let us in; whoever asked looks for that himself.
    """
    if found.not_modified:
        return found
    called = None if ask.page and found.status == HTTPStatus.OK else wall(found.status, found.headers, found.body)
    if called:
        ok = found.status == HTTPStatus.OK and bool(found.body)
        said = kept_out_by_a_page(called, ask.wanted) if ok else kept_out(found.status, called)
        raise Unanswered(said, remedy=REMEDY)
    if found.status == HTTPStatus.ACCEPTED and not found.body.strip():
        raise Unanswered(
            "took our question and gave no answer (202), as hosts do that keep programs out", remedy=REMEDY
        )
    target = sends_on(found.body)
    if target and not hop.refreshed:
        return replace(onward(hop, HTTPStatus.FOUND, target), refreshed=True)
    if not ask.page and asks_to_sign_in(found.body):
        raise Unanswered("gave a page to sign in: it is not open to the public, or has moved")
    return found


logger = logging.getLogger(__name__)


def attempts(
    on: Callable[[Exception], bool | float], most: int, wait_initial: float, wait_max: float
) -> AsyncIterator[stamina.Attempt]:
    """Give up to `most` attempts, ever longer apart; `on` tells whether a failure is worth another, or after how long."""
    # For the whole process, since stamina knows no other way: left alone, it prints through structlog on standard output,
    # where `--json` promises one document and nothing else.
    set_on_retry_hooks([say_so])
    return aiter(
        stamina.retry_context(
            on=on,
            attempts=most,
            timeout=None,  # the deadline around us is the limit
            wait_initial=wait_initial,
            wait_max=wait_max,
            wait_jitter=wait_initial / 2,
        )
    )


def say_so(details: RetryDetails) -> None:
    """Tell the log. The reasons of our errors hold no addresses, so nothing secret gets there."""
    logger.info(
        "Trying again in %.1f s: %s", details.wait_for, details.caused_by, extra={"action": "question_repeated"}
    )
