"""
The fetcher: our manners towards those we ask, and our guards against them.

One for the whole process. It says who we are, asks only for what has changed, keeps each host's pace, follows redirects
itself (each hop is checked anew), tries again where that may help, and lets nobody take more time or memory than it was
given. What goes wrong is a `SourceError` in plain words that holds no part of an address, for addresses may hold secrets.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httpx
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from adapters.sources.http.body import Body
from adapters.sources.http.pacing import HostPacing
from adapters.sources.http.redirects import MOST_HOPS, REDIRECTS, Hop, first_hop, onward
from adapters.sources.http.request import FetchLimits, Request, Response, Unanswered, refusal
from adapters.sources.http.transport import broken_off, without_answer
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


class Fetcher:
    """Asks the outside, one `Request` at a time each; any number of them side by side. `transport` is what it sends with."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        clock: Clock,
        manners: FetchLimits | None = None,
        lanes: HostPacing | None = None,
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._manners = manners or FetchLimits()
        self._lanes = lanes or HostPacing()

    @property
    def deadline(self) -> float:
        """Seconds that one question may take, unless it brings its own."""
        return self._manners.deadline

    async def get(self, ask: Request) -> Response:
        """
        Ask, and give the answer: a success, 'not modified', or a status that the question accepts.

        Raises `SourceError` in bounded time for everything else.
        """
        try:
            first = first_hop(ask, self._manners.agent, self._lanes)
        except Unanswered as error:
            raise error.of(ask.source_id) from error
        async with first.lane.turn():
            return await self._within_deadline(ask, first)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def _within_deadline(self, ask: Request, first: Hop) -> Response:
        deadline = ask.deadline or self._manners.deadline
        tries = _Tries(asyncio.get_running_loop().time() + deadline)
        try:
            async with asyncio.timeout(deadline):
                return await self._with_patience(ask, first, tries)
        except TimeoutError:
            # What went wrong before the time was over says more than that it is over.
            last = tries.last or Unanswered(f"did not answer within {deadline:g} s")
            raise last.of(ask.source_id, tries.count) from None

    async def _with_patience(self, ask: Request, first: Hop, tries: _Tries) -> Response:
        try:
            return await self._follow(ask, first)
        except Unanswered as error:
            if not tries.worth_another(error):
                raise error.of(ask.source_id) from error
            return await self._repeated(ask, first, tries, error)

    async def _repeated(self, ask: Request, first: Hop, tries: _Tries, error: Unanswered) -> Response:

        manners = self._manners
        try:
            async for attempt in attempts(
                tries.worth_another, manners.attempts, manners.wait_initial, manners.wait_max
            ):
                with attempt:
                    if attempt.num == 1:
                        raise error
                    return await self._follow(ask, first)
        except Unanswered as last:
            raise last.of(ask.source_id, tries.count) from last
        raise AssertionError  # the last attempt returns or raises

    async def _follow(self, ask: Request, hop: Hop) -> Response:
        for _ in range(MOST_HOPS + 1):
            found = await self._once(ask, hop)
            if isinstance(found, Response):
                return found
            hop = found
        raise Unanswered(f"sent us on more than {MOST_HOPS} times")

    async def _once(self, ask: Request, hop: Hop) -> Response | Hop:
        await hop.lane.pace()
        try:
            answer = await self._transport.handle_async_request(hop.request())
        except (httpx.LocalProtocolError, UnicodeEncodeError):
            # Not `from` these errors: they quote what could not be sent, and that may be a key.
            raise Unanswered(_UNSENDABLE) from None
        except httpx.TransportError as error:
            raise without_answer(error) from error
        finally:
            hop.lane.answered()
        try:
            return await self._read(ask, hop, answer)
        finally:
            await answer.aclose()
            hop.lane.answered()

    async def _read(self, ask: Request, hop: Hop, answer: httpx.Response) -> Response | Hop:
        status, headers = answer.status_code, answer.headers
        if status in REDIRECTS:
            return onward(hop, status, headers.get("location"))
        if not _is_answer(status, ask):
            raise refusal(status, headers, ask, self._clock)
        body = Body(headers.get("content-encoding", ""), ask.max_bytes or self._manners.max_bytes)
        assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous transport gives no other
        try:
            async for chunk in answer.stream:
                body.add(chunk)
        except httpx.TransportError as error:
            raise broken_off(error) from error
        return Response(status=status, url=hop.url, headers=headers, body=body.whole(), moved_to=hop.moved_to)


_UNSENDABLE: Final = "could not be asked: its key, password or address has characters that HTTP does not allow"


def _is_answer(status: int, ask: Request) -> bool:
    return (
        HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        or status == HTTPStatus.NOT_MODIFIED
        or status in ask.accept
    )


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
