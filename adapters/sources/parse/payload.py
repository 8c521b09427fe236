"""Typed access to JSON payloads, whatever they hold: a field of the wrong type counts as missing. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from adapters.sources.parse.document import Unreadable, what_else
from bot.text import clean, cut

_SAID: Final = 140
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def loaded(body: bytes, wanted: str) -> Mapping[str, Any]:
    """Read a JSON object. Raises `Unreadable` if it is none; `wanted` says what it should be, in words."""
    if not body.strip():
        raise Unreadable("gave an empty answer")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(what_else(body, wanted)) from None
    if not isinstance(found, Mapping):
        raise Unreadable(f"gave JSON of another shape than {wanted}")
    return found


def listed(found: Mapping[str, Any], name: str, wanted: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list that a payload must have. Raises `Unreadable` with what the other side says instead, if it says anything."""
    if not isinstance(found.get(name), list):
        said = next((text(found, each) for each in ("message", "error", "detail") if text(found, each)), "")
        raise Unreadable(
            f"gave no list, but: {cut(clean(said), _SAID)}" if said else f"gave JSON of another shape than {wanted}"
        )
    return rows(found, name)


def table(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object of a payload; an empty one where there is none."""
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def rows(holder: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    """The objects in a list of a payload."""
    return tuple(_mappings(holder.get(name)))


def text(holder: Mapping[str, Any], name: str) -> str:
    """A text of a payload; an empty one where there is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def number(holder: Mapping[str, Any], name: str) -> int | None:
    """A count of a payload; None where there is none, or it is less than 0."""
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def instant(value: str) -> datetime | None:
    """
    An ISO 8601 instant or day, in UTC; None for anything else.

    >>> instant("2026-08-13").isoformat()
    '2026-08-13T00:00:00+00:00'
    """
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def epoch(value: object, *, milliseconds: bool = False) -> datetime | None:
    """An instant that is counted from 1970, in seconds or milliseconds; None for what is no number of our time."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = _EPOCH + (timedelta(milliseconds=value) if milliseconds else timedelta(seconds=value))
    except (OverflowError, ValueError):
        return None
    return found if found.year > _EPOCH.year else None


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, Mapping)) if isinstance(value, list) else ()
