"""Stopping of the process: the first signal asks it to stop, a second one ends it, and nothing keeps it for longer than its last seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from typing import Final

_CUT_OFF: Final = (
    b"Paper Round was cut off: something did not end in time. Nothing is lost; it is taken up at the next start.\n"
)


class StopSignals:
    """SIGTERM and SIGINT of a process. `wanted` is set by the first one."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self._signals = 0

    def catch(self, last_seconds: float) -> None:
        """
        Catch them from now on; `last_seconds` after the first one the process exits, whatever still hangs.

        Not by the loop's own handlers: those wait for the loop to turn, and one that hangs is just what a second signal is for.
        """
        loop = asyncio.get_running_loop()

        def stop(number: int, _frame: object) -> None:
            self._signals += 1
            if self._signals > 1:
                os._exit(128 + number)
            last = threading.Timer(last_seconds, _cut_off)
            last.daemon = True
            last.start()
            with contextlib.suppress(RuntimeError):  # the loop is closed: we are as good as gone
                loop.call_soon_threadsafe(self.wanted.set)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)


def _cut_off() -> None:
    with contextlib.suppress(OSError):
        os.write(2, _CUT_OFF)
    os._exit(1)
