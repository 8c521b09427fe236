"""Filter for repeated log records, as strangers or an outage cause them: each sentence once a minute, with how many were left out."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Collection
from typing import Final

_SECONDS: Final = 60.0
_REMEMBERED: Final = 100


class OnceAMinute(logging.Filter):
    """
    Lets a sentence pass once a minute; `left_out` of the next one says how many did not. Below WARNING everything passes.

    A sentence is what the record says before its facts are put in; one about an error is another for each place of the error.
    With `actions`, only records with one of these are held back.
    """

    def __init__(self, *, actions: Collection[str] = (), now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._actions = actions
        self._now = now
        self._told: dict[object, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record passes."""
        if record.levelno < logging.WARNING or (self._actions and getattr(record, "action", None) not in self._actions):
            return True
        key, now = _sentence(record), self._now()
        last, left_out = self._told.get(key, (None, 0))
        if last is not None and now - last < _SECONDS:
            self._told[key] = (last, left_out + 1)
            return False
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told[key] = (now, 0)
        if left_out:
            record.left_out = left_out
        return True


def _sentence(record: logging.LogRecord) -> object:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return record.msg
    places = traceback.extract_tb(error.__traceback__, limit=-1)
    return record.msg, type(error), *((place.filename, place.lineno) for place in places)
