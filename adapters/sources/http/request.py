"""What a source is asked, and what came back. Values only: nothing here touches the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from adapters.sources.http.walls import REMEDY, kept_out, wall
from bot.errors import SourceError
from bot.ports import Clock

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One question to the outside, on behalf of the source `source_id`.

    `etag` and `last_modified` are what the last answer carried, sent back as they were. Questions with the same `lane`
    wait for one another, one connection and `interval` seconds apart; without a lane the host's own is used.
    `accept` lists statuses that are an answer although they are no success, `throttled` those that mean 'slow down'
    here besides 429. `deadline` and `max_bytes` replace the fetcher's own where given.
    `wanted` is what is asked for, in words. `page` says that an HTML page is an answer, too. With `may_be_cut`, what came before an answer broke off is one, if it breaks
    off each time. `paid`: each answer costs money, so the condition is sent even where all is to be read in full.
    With a `form`, the question is a POST of it (only where a key is asked for), and no redirect is followed.
    Address, headers and form may hold secrets, so none of them is in the repr.
    """

    source_id: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    etag: str | None = None
    last_modified: str | None = None
    trusted: bool = False
    lane: str | None = None
    interval: float | None = None
    deadline: float | None = None
    max_bytes: int | None = None
    accept: frozenset[int] = frozenset()
    throttled: frozenset[int] = frozenset()
    wanted: str = "a feed"
    page: bool = False
    may_be_cut: bool = False
    paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """
    An answer. `headers` have lower-case names; `url` is the address that answered in the end, and may hold a secret.

    `moved_to` is where permanent redirects (301, 308) led from the asked address, None if it answered itself or sent us
    on for the moment only. `cut`: the answer broke off, and `body` is what came before.
    """

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    body: bytes = b""
    moved_to: str | None = None
    cut: bool = False

    @property
    def not_modified(self) -> bool:
        return self.status == HTTPStatus.NOT_MODIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
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


def user_agent(version: str, contact_url: str, contact: str = "") -> str:
    """
    Who we are, as hosts ask to be told (Reddit, arXiv and LessWrong turn nameless clients away).

    >>> user_agent("1.0", "https://example.org", "team@example.org")
    'PaperRound/1.0 (+https://example.org; team@example.org)'
    """
    about = "; ".join(part for part in (f"+{contact_url}" if contact_url else "", contact) if part)
    return f"PaperRound/{version} ({about})" if about else f"PaperRound/{version}"


class Unanswered(Exception):
    """
    One attempt failed. `reason` is the sentence for people, without any part of the address, and `remedy` what they can do where
    there is something; `again` says that another attempt may help, `retry_after` how many seconds the other side asked us to wait before it.
    """

    def __init__(
        self,
        reason: str,
        *,
        remedy: str = "",
        again: bool = False,
        retry_after: float | None = None,
        gone: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.again = again
        self.retry_after = retry_after
        self.gone = gone

    def of(self, source_id: str, attempts: int = 1) -> SourceError:
        """The same as the error of one source, after so many attempts."""
        reason = f"{self.reason} {_TIMES.get(attempts, f'{attempts} times')}" if attempts > 1 else self.reason
        reason = f"{reason}: {self.remedy}" if self.remedy else reason
        return SourceError(source_id, reason, retry_after=self.retry_after, gone=self.gone)


_TIMES: Final = {2: "twice", 3: "three times", 4: "four times"}

_MEANING: Final = {
    204: "has nothing to show",
    205: "has nothing to show",
    300: "offers several addresses instead of an answer",
    401: "asks for a key or password that we do not have",
    403: "does not let us in",
    404: "knows no such page; its address may have changed",
    405: "does not answer programs that only read",
    407: "stands behind a proxy that asks for a password",
    410: "says that it is gone for good",
    426: "wants another version of HTTP than the one we speak",
    429: "asks us to slow down",
    451: "may not answer for legal reasons",
    464: "wants HTTP/2, which we do not speak",
    505: "wants another version of HTTP than the one we speak",
    525: "has a fault in its encryption behind Cloudflare",
    526: "has a fault in its encryption behind Cloudflare",
    530: "cannot be reached behind Cloudflare",
}
_AGAIN: Final = frozenset({429, 502, 503, 504, *range(520, 525)})
_BEHIND_CLOUDFLARE: Final = range(520, 525)
"""Cloudflare's own statuses: the host it stands before gave no answer, or one that is none; some so turn programs away."""


def refusal(status: int, headers: Mapping[str, str], ask: Request, clock: Clock, body: bytes = b"") -> Unanswered:
    """Put a status that is no success into words. `body` is the beginning of what came with it."""
    meaning = _MEANING.get(429 if status in ask.throttled else status)
    called = wall(status, headers, body)
    if called is None and status in _BEHIND_CLOUDFLARE:
        called = "or its server fails behind Cloudflare"
    said = kept_out(status, called) if called else f"answered {status}" + (f" ({meaning})" if meaning else "")
    return Unanswered(
        said,
        remedy=REMEDY if called else "",
        again=status in _AGAIN or status in ask.throttled,
        retry_after=wait_asked(headers.get("retry-after"), clock),
        gone=status == HTTPStatus.GONE,
    )


def wait_asked(value: str | None, clock: Clock) -> float | None:
    """
    Read a Retry-After header, which is a number of seconds or a date (RFC 9110, 10.2.3); None if it is neither.

    >>> wait_asked("120", None)
    120.0
    """
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - clock()).total_seconds())
    except (TypeError, ValueError):
        return None
