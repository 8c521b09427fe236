"""Stopping of the process: the first signal asks it to stop, a second one ends it, and nothing keeps it for longer than its last seconds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from types import FrameType
from typing import Final

from scheduler.stop_signals import catch

_CUT_OFF: Final = (
    b"Paper Round was cut off: something did not end in time. Nothing is lost; it is taken up at the next start.\n"
)


ONE_ACT: Final = 0.4
"""Seconds within which signals are one act of whoever stops us: shorter than it takes until a person is told that we are stopping."""


class StopSignals:
    """Signals that ask a process to stop (`stop_signals`). `wanted` is set by the first one."""

    def __init__(self) -> None:
        self.wanted = asyncio.Event()
        self._first: float | None = None

    def catch(self, last_seconds: float) -> None:
        """
        Catch them from now on; `last_seconds` after the first one the process exits, whatever still hangs.

        A later one ends it at once, unless it came with the first: `timeout`, a shell and a supervisor may send one to the process and
        to its group.

        Not by the loop's own handlers: those wait for the loop to turn, and one that hangs is just what a second signal is for.
        """
        loop = asyncio.get_running_loop()

        def stop(number: int, _frame: FrameType | None) -> None:
            if self._first is not None:
                if time.monotonic() - self._first > ONE_ACT:
                    os._exit(128 + number)
                return
            self._first = time.monotonic()
            last = threading.Timer(last_seconds, _cut_off)
            last.daemon = True
            last.start()
            with contextlib.suppress(RuntimeError):  # the loop is closed: we are as good as gone
                loop.call_soon_threadsafe(self.wanted.set)

        catch(stop)


def _cut_off() -> None:
    with contextlib.suppress(OSError):
        os.write(2, _CUT_OFF)
    os._exit(1)
