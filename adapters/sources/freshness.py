"""How long an answer stays good, in its server's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

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
