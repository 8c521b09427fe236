"""The kind `x`: the posts of an X list, by API v2, within a monthly budget: every post that is read costs money."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from adapters.sources.http.caching import Condition, condition, noted
from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.request import Request, Response, wait_asked
from adapters.sources.kinds.x_api import XPage, parse_x_page
from adapters.sources.parse.feed import newest_of, rhythm_days
from adapters.sources.parse.pool import Parser
from bot.errors import SourceError
from bot.model import Entry, FetchResult, SourceSpec
from bot.ports import Clock

MONTHLY_POSTS: Final = 2000
"""Half a cent a post (2026): ten dollars a month at most."""

_PAGE: Final = 100
_MOST_PAGES: Final = 50
_MOST_DEADLINES: Final = 2.5
"""Deadlines of a question that one fetch may take: whoever collects waits for three, and then all that was paid for is lost."""
_FIELDS: Final = {
    "max_results": _PAGE,
    "tweet.fields": "created_at,public_metrics,author_id,entities,referenced_tweets",
    "expansions": "author_id",
    "user.fields": "username,name",
}
_REFUSALS: Final = {
    HTTPStatus.UNAUTHORIZED: "does not accept the bearer token (answered 401)",
    HTTPStatus.PAYMENT_REQUIRED: "asks for money: the credits of the token are used up (answered 402)",
    HTTPStatus.FORBIDDEN: "does not let this bearer token read the list (answered 403)",
    HTTPStatus.TOO_MANY_REQUESTS: "answered 429 (asks us to slow down)",
}


@dataclass(slots=True)
class _Reading:
    """
    What one fetch has read so far, and until when (by the loop's clock) it may go on. `complete` says that nothing of the
    window is missing. `used` counts a page before it is asked for, since it may be paid for and never arrive. `first` is
    what to remember of the first page; `unchanged` says that it has not changed since it was read with all that followed.
    """

    budget: int
    used: int
    ends: float
    newest: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    note: str | None = None
    complete: bool = False
    first: Mapping[str, object] = field(default_factory=dict)
    unchanged: bool = False

    @property
    def may_ask(self) -> bool:
        return self.used + _PAGE <= self.budget


class XListSource:
    """
    One list, page by page back to the window's start, or to what was read last time. Option: `monthly_posts` (default
    2000), how many posts are read in a calendar month (UTC) at most; the count is kept in the state.

    A page that could exceed the budget is not asked for. One that was asked for and failed counts as a full one, unless X
    refused it. The first page is asked for on condition that it has changed, if everything back to the window's start was
    read with it the last time: a page that has not changed holds no posts, and costs nothing.
    """

    def __init__(
        self, spec: SourceSpec, fetcher: Fetcher, parser: Parser, clock: Clock, secrets: Mapping[str, str]
    ) -> None:
        self._spec = spec
        self._fetcher = fetcher
        self._parser = parser
        self._clock = clock
        # The token goes where the operator's own configuration sends it, and nowhere else.
        self._bearer = secrets.get("x_bearer_token") if spec.trusted else None
        budget = spec.options.get("monthly_posts", MONTHLY_POSTS)
        self._budget = budget if isinstance(budget, int) else MONTHLY_POSTS

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        if not self._bearer:
            raise SourceError(self._spec.id, "has no bearer token; set X_BEARER_TOKEN")
        now = self._clock()
        month = f"{now.astimezone(UTC):%Y-%m}"
        used = state.get("posts") if state.get("month") == month else 0
        kept = {name: state[name] for name in ("newest", "since", "first") if name in state}
        ends = asyncio.get_running_loop().time() + _MOST_DEADLINES * self._fetcher.deadline
        reading = _Reading(budget=self._budget, used=used if isinstance(used, int) else 0, ends=ends)
        try:
            await self._read(reading, since, _known(state, since), state.get("first"))
        except SourceError as error:
            error.state = {"month": month, "posts": reading.used, **kept}
            raise
        dates = [entry.published for entry in reading.entries.values()]
        if reading.complete and not reading.unchanged:
            kept = {"newest": max(reading.newest, _known(state, since)), "since": since.isoformat()}
            kept |= {"first": reading.first} if reading.first else {}
        return FetchResult(
            entries=tuple(reading.entries.values()),
            state={"month": month, "posts": reading.used, **kept},
            not_modified=reading.unchanged,
            note=reading.note,
            partial=reading.note is not None,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    async def _read(self, reading: _Reading, since: datetime, known: int, before: object) -> None:
        """Read pages until the window, the money or the time is at its end. What was read is kept if a later page fails."""
        token: str | None = None
        # Without a newest post that is known, what followed the first page was not read to its end.
        asked = condition(before, self._address(None)) if known else Condition()
        for number in range(_MOST_PAGES):
            reading.note = self._obstacle(reading, number)
            if reading.note:
                return
            try:
                response, page = await self._page(reading, token, Condition() if number else asked)
            except SourceError as error:
                if number == 0:
                    raise
                reading.note = f"{error.reason} after {number * _PAGE} posts"
                return
            if page is None:
                reading.complete = reading.unchanged = True
                return
            if number == 0:
                reading.first = noted(self._address(None), response)
            reading.newest = max(reading.newest, *page.ids, 0)
            reading.entries = {entry.external_id: entry for entry in page.entries} | reading.entries
            if _is_last(page, since, known, token):
                reading.complete = True
                return
            token = page.following
            if response.headers.get("x-rate-limit-remaining") == "0":
                reading.note = "allows no further page for now"
                return
        reading.note = f"was read for {_MOST_PAGES} pages and no further"

    def _obstacle(self, reading: _Reading, number: int) -> str | None:
        """Why the next page is not asked for, if it is not."""
        if not reading.may_ask:
            return f"has used {reading.used} of its {reading.budget} posts this month, so no further page was asked for"
        if number and asyncio.get_running_loop().time() + self._fetcher.deadline > reading.ends:
            return f"took too long to be read any further after {number * _PAGE} posts"
        return None

    async def _page(self, reading: _Reading, token: str | None, asked: Condition) -> tuple[Response, XPage | None]:
        """Ask for a page. It is counted as a full one at first, and as what it held once that is known; None if unchanged."""
        reading.used += _PAGE
        try:
            async with asyncio.timeout_at(reading.ends):
                response = await self._ask(token, asked)
                if response.status in _REFUSALS:
                    reading.used -= _PAGE  # X bills the posts it delivers, and a refusal has none
                    reason = _REFUSALS[HTTPStatus(response.status)]
                    raise SourceError(self._spec.id, reason, retry_after=self._wait(response))
                if response.not_modified and asked:
                    reading.used -= _PAGE
                    return response, None
                page = await self._parsed(response)
        except TimeoutError:
            raise SourceError(self._spec.id, "took too long to answer") from None
        reading.used += page.count - _PAGE
        return response, page

    def _address(self, token: str | None) -> str:
        query = {**_FIELDS, **({"pagination_token": token} if token else {})}
        return f"{self._spec.url}?{urlencode(query)}"

    async def _ask(self, token: str | None, asked: Condition) -> Response:
        return await self._fetcher.get(
            Request(
                source_id=self._spec.id,
                url=self._address(token),
                headers={"Authorization": f"Bearer {self._bearer}", "Accept": "application/json"},
                trusted=self._spec.trusted,
                accept=frozenset(_REFUSALS),
                paid=True,
                **asked,
            )
        )

    async def _parsed(self, response: Response) -> XPage:
        spec = self._spec
        return await self._parser.run(spec.id, parse_x_page, response.body, spec.id, spec.item_kind, spec.section)

    def _wait(self, response: Response) -> float | None:
        """When the limit ends: X says it in a header of its own, as seconds since 1970."""
        asked = wait_asked(response.headers.get("retry-after"), self._clock)
        reset = response.headers.get("x-rate-limit-reset", "")
        if asked is None and response.status == HTTPStatus.TOO_MANY_REQUESTS and reset.isascii() and reset.isdigit():
            asked = max(0.0, float(reset[:12]) - self._clock().timestamp())
        return asked


def _known(state: Mapping[str, object], since: datetime) -> int:
    """The newest post that was read with everything before it, back to the same window's start or an earlier one; else 0."""
    newest, before = state.get("newest"), state.get("since")
    return newest if isinstance(newest, int) and isinstance(before, str) and before <= since.isoformat() else 0


def _is_last(page: XPage, since: datetime, known: int, token: str | None) -> bool:
    if page.following is None or page.following == token or page.oldest is None or page.oldest < since:
        return True
    return bool(known) and any(number <= known for number in page.ids)
