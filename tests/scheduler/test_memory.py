"""What is let go of goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path
from typing import Any

import pytest

from scheduler import memory
from scheduler.memory import give_back

PIECES, SIZE, KEPT = 40_000, 2_000, 500


def resident() -> float:
    """In MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(sys.platform != "linux" or memory._trim() is None, reason="the C library is not glibc")
def test_holes_are_given_back() -> None:
    """What was let go of between things that stay is no part of the process any more."""
    pieces = [bytes(SIZE) + bytes([n % 7]) for n in range(PIECES)]
    full = resident()
    kept = pieces[::KEPT]
    del pieces
    give_back()

    assert full - resident() > 0.5 * PIECES * SIZE / 1e6
    assert PIECES / KEPT == len(kept)


def test_another_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such function, nothing is done."""

    class Nothing:
        def __init__(self, *_: Any) -> None:
            pass

    monkeypatch.setattr(ctypes, "CDLL", Nothing)
    memory._trim.cache_clear()
    try:
        give_back()
        assert memory._trim() is None
    finally:
        memory._trim.cache_clear()
