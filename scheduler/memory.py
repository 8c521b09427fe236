"""Memory tuning of the C library: few malloc arenas, and freed memory returned to the system after a big piece of work."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from typing import Any, Final

HEAPS: Final = 2
"""Number of glibc's malloc arenas for all threads; its default is eight for each core."""

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of malloc.h."""


def share_heaps() -> None:
    """
    Limit the malloc arenas that all threads share; to be called before there are many threads. `MALLOC_ARENA_MAX` in the
    environment goes before.

    A connection to SQLite is a thread, and what is read in one is freed in another. Each of the fifteen arenas that came of it
    kept the holes of its own highest peak, up to 35 MB of 173; Python runs one thread at a time anyway, so that there is little
    to wait for.
    """
    tell = _of_glibc("mallopt")
    if tell and "MALLOC_ARENA_MAX" not in os.environ:
        tell(_ARENA_MAX, HEAPS)


def give_back() -> None:
    """
    Return what the C library keeps free to the system; for a thread, since it takes some milliseconds.

    Texts of more than 512 bytes are in glibc's arenas, one for each of several threads. What is freed in the middle of one
    stays with the process, and the next peak may fall into another: measured at sixty times real time, 37 MB were in use all
    the time, and what was free and not returned went from 41 to 76 MB in three minutes (`benchmarks/soak.py --trace`). Where
    the C library is another one, nothing is done.
    """
    trim = _of_glibc("malloc_trim")  # since 2.8 it looks through all heaps, whichever thread's they are
    if trim:
        trim(0)


@cache
def _of_glibc(name: str) -> Callable[..., Any] | None:
    try:
        found: Callable[..., Any] = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):  # musl and macOS have none; Windows has no library without a name
        return None
    return found
