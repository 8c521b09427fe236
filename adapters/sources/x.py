"""The kind `x`: the posts of an X list, by API v2, within a monthly budget: every post that is read costs money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from adapters.sources.asking import Ask, Response, wait_asked
from adapters.sources.fetcher import Fetcher
from adapters.sources.parsing import Parser
from adapters.sources.rhythm import newest_of, rhythm_days
from adapters.sources.xpage import XPage, parse_x_page
from bot.errors import SourceError
from bot.model import Entry, FetchResult, SourceSpec
from bot.ports import Clock

MONTHLY_POSTS: Final = 2000
"""Half a cent a post (2026): ten dollars a month at most."""

_PAGE: Final = 100
_MOST_PAGES: Final = 50
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
    """What one fetch has read so far. `complete` says that nothing of the window is missing."""

    budget: int
    used: int
    newest: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    note: str | None = None
    complete: bool = False

    @property
    def may_ask(self) -> bool:
        return self.used + _PAGE <= self.budget


class XListSource:
    """
    One list, page by page back to the window's start, or to what was read last time. Option: `monthly_posts` (default
    2000), how many posts are read in a calendar month (UTC) at most; the count is kept in the state.

    A page that could exceed the budget is not asked for.
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
        reading = _Reading(budget=self._budget, used=used if isinstance(used, int) else 0)
        await self._read(reading, since, known=_known(state, since))
        dates = [entry.published for entry in reading.entries.values()]
        kept = {name: state[name] for name in ("newest", "since") if name in state}
        if reading.complete:
            kept = {"newest": max(reading.newest, _known(state, since)), "since": since.isoformat()}
        return FetchResult(
            entries=tuple(reading.entries.values()),
            state={"month": month, "posts": reading.used, **kept},
            note=reading.note,
            newest=newest_of(dates, now),
            rhythm_days=rhythm_days(dates, now),
        )

    async def _read(self, reading: _Reading, since: datetime, known: int) -> None:
        """Read pages until the window or the money is at its end. What was read is kept if a later page fails."""
        token: str | None = None
        for number in range(_MOST_PAGES):
            if not reading.may_ask:
                reading.note = f"has used {reading.used} of its {reading.budget} posts this month, so no further page was asked for"
                return
            try:
                response = await self._ask(token)
                page = await self._parsed(response)
            except SourceError as error:
                if number == 0:
                    raise
                reading.note = f"{error.reason} after {number * _PAGE} posts"
                return
            reading.used += page.count
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

    async def _ask(self, token: str | None) -> Response:
        query = {**_FIELDS, **({"pagination_token": token} if token else {})}
        response = await self._fetcher.get(
            Ask(
                source_id=self._spec.id,
                url=f"{self._spec.url}?{urlencode(query)}",
                headers={"Authorization": f"Bearer {self._bearer}", "Accept": "application/json"},
                trusted=self._spec.trusted,
                accept=frozenset(_REFUSALS),
            )
        )
        if response.status in _REFUSALS:
            reason = _REFUSALS[HTTPStatus(response.status)]
            raise SourceError(self._spec.id, reason, retry_after=self._wait(response))
        return response

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
