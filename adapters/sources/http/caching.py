"""What allows to ask only for what has changed: an answer's ETag and date, kept with the question that they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Final, TypedDict

from adapters.sources.http.request import Response

_READER: Final = 1
"""Counts up when entries are read differently: what was read by an older one is then asked for as a whole."""


class Condition(TypedDict, total=False):
    """The part of an `Request` that makes it conditional; empty where the whole answer is wanted."""

    etag: str
    last_modified: str


def noted(url: str, response: Response) -> dict[str, object]:
    """
    Give what to remember of an answer to `url`, as plain values; empty where the server gave neither ETag nor date.

    To be kept only once everything that the answer led to is given: what a 'not modified' stands for must be stored already.
    The address itself is kept as a hash, since it may hold a secret.
    """
    told = {"etag": response.headers.get("etag"), "last_modified": response.headers.get("last-modified")}
    found = {name: value for name, value in told.items() if value and value.isascii()}
    return {"asked": _asked(url), **found} if found else {}


def condition(note: object, url: str) -> Condition:
    """Make of a remembered answer the condition of the next question; empty if it was an answer to another one."""
    found = Condition()
    if isinstance(note, Mapping) and note.get("asked") == _asked(url):
        if isinstance(note.get("etag"), str):
            found["etag"] = note["etag"]
        if isinstance(note.get("last_modified"), str):
            found["last_modified"] = note["last_modified"]
    return found


def _asked(url: str) -> str:
    return sha256(f"{_READER} {url}".encode()).hexdigest()[:16]


_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})")
_ASK_ALWAYS: Final = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b")


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """
    Give the instant until which a cache would not ask again (RFC 9111, 4.2): `max-age` less the age, else `Expires`.

    None where the server says nothing of the kind, or that the time is over already.
    """
    said = headers.get("cache-control", "").lower()
    if _ASK_ALWAYS.search(said):
        return None
    found = _MAX_AGE.search(said)
    if found:
        age = headers.get("age", "")
        until = now + timedelta(seconds=int(found[1]) - (int(age) if age.isascii() and age.isdigit() else 0))
    else:
        until = _instant(headers.get("expires", "")) or now
    return until if until > now else None


def _instant(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (TypeError, ValueError, OverflowError):  # `Expires: 0` and `Expires: -1` are common, and mean 'at once'
        return None
