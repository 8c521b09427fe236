"""What the process keeps of memory: what a big piece of work has let go of goes back to the system."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back() -> None:
    """
    Hand back to the system what the C library keeps free; for a thread, since it takes some milliseconds.

    Texts of more than 512 bytes are in glibc's heaps, one for each of several threads. What is freed in the middle of one stays with the
    process, and the next peak may fall into another: measured at sixty times real time, 37 MB were in use all the time, and what was free and
    kept went from 41 to 76 MB in three minutes (`benchmarks/soak.py --trace`). Where the C library is another one, nothing is done.
    """
    trim = _trim()
    if trim:
        trim(0)


@cache
def _trim() -> Callable[[int], Any] | None:
    """Give malloc_trim(3), which is glibc's own; since 2.8 it looks through all heaps, whichever thread's they are."""
    try:
        found: Callable[[int], Any] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # musl and macOS have none; Windows has no library without a name
        return None
    return found
