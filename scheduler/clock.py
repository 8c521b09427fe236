"""Clocks of the process: the system's, and one that starts at a given instant."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bot.ports import Clock


def system_clock() -> datetime:
    """The present instant, UTC."""
    return datetime.now(UTC)


def running_clock(start: datetime | None, speed: float = 1.0) -> Clock:
    """
    Give a clock that shows `start` (aware) now and runs on from there; the system's clock without one.

    For replaying a recorded week (`PAPERROUND_NOW`): everything that asks for the time asks this clock. It runs `speed` times as fast
    as the wall's; no setting reaches that, it is there for those who measure (`benchmarks/soak.py`).
    """
    if start is None:
        return system_clock
    began = time.monotonic()
    return lambda: start + timedelta(seconds=speed * (time.monotonic() - began))
