"""Which signals ask the process to stop. Imports nothing that takes long: they are caught before anything else is loaded."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

NUMBERS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""The last one is what a terminal sends as it is closed, and who wants a configuration to be read again, which a start does."""


def catch(stop: Callable[[int, FrameType | None], object]) -> None:
    """Have `stop` called at each of these signals, but a SIGHUP that whoever started us (`nohup`) had ignored."""
    for number in NUMBERS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
