"""
Outage of the job queue's database: each kind of fault is told once, and once that it is over.

Each queue of a worker, its beats and its looks for stalled jobs meet the same fault every few seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

import psycopg
from procrastinate.exceptions import ConnectorException

logger = logging.getLogger(__name__)

AWAY: Final = (ConnectorException, psycopg.Error, OSError)
"""What procrastinate and its pool raise where the database is away."""

OVER_SECONDS: Final = 30.0
"""After how long without a fault the outage is over: a statement that is not answered is a fault after twenty, of the same outage."""


def cause_of(error: BaseException) -> BaseException:
    """What the driver raised: procrastinate's own words are those of its documentation, and the same for everything."""
    return error.__cause__ or error


def sentence_of(error: BaseException) -> str:
    """What went wrong, in a line."""
    cause = cause_of(error)
    if isinstance(cause, psycopg.errors.ReadOnlySqlTransaction):
        return "its database takes no writes now, as one that only follows another. See that it becomes the one that does, or that DATABASE_URL names that one"
    said = str(cause).strip().splitlines()
    return said[0] if said else type(cause).__name__


class Outage:
    """Tells of an outage what `explain` says of the driver's error, once for each kind of fault, however these alternate. `now` counts seconds."""

    def __init__(self, explain: Callable[[BaseException], str], now: Callable[[], float] = time.monotonic) -> None:
        self._explain = explain
        self._now = now
        self._told: set[object] = set()
        """The kinds of fault that were told in this outage."""
        self._failed_at = 0.0

    def failed(self, error: BaseException) -> None:
        """Note a fault; log it, unless one of its kind was told in this outage."""
        self._failed_at = self._now()
        kind = _kind(error)
        if kind not in self._told:
            self._told.add(kind)
            logger.error(
                "The job queue is not served: %s It goes on by itself once that is mended",
                f"{self._explain(cause_of(error)).rstrip('.')}.",
                extra={"action": "queue_not_served"},
            )

    def answered(self) -> None:
        """Note that the database answered; tell that the outage is over, if there was one, and no fault for a while."""
        if self._told and self._now() - self._failed_at >= OVER_SECONDS:
            self._told.clear()
            logger.warning("The job queue has been served again for half a minute", extra={"action": "queue_served"})


def _kind(error: BaseException) -> object:
    """What a server says has a code; whatever is said of one that does not answer is one kind, however the connection broke off."""
    cause = cause_of(error)
    code = getattr(cause, "sqlstate", None)
    # Class 57: it shuts down or starts; 08: the connection broke off.
    return "away" if code is None or code[:2] in {"57", "08"} else code


def is_news(record: logging.LogRecord) -> bool:
    """Whether a record of procrastinate's says something else than that the database is away, with a traceback: an `Outage` tells that."""
    return not (record.exc_info and isinstance(record.exc_info[1], AWAY))
