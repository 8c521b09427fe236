"""Freed memory goes back to the system."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scheduler import memory
from scheduler.memory import HEAPS, give_back, share_heaps

PIECES, SIZE, KEPT = 40_000, 2_000, 500


def resident() -> float:
    """In MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(
    sys.platform != "linux" or memory._of_glibc("malloc_trim") is None, reason="the C library is not glibc"
)
def test_holes_are_given_back() -> None:
    """Memory that was freed between what stays is no part of the process any more."""
    pieces = [bytes(SIZE) + bytes([n % 7]) for n in range(PIECES)]
    full = resident()
    kept = pieces[::KEPT]
    del pieces
    give_back()

    assert full - resident() > 0.5 * PIECES * SIZE / 1e6
    assert PIECES / KEPT == len(kept)


CROWD_OF_THREADS = """
import ctypes, re, sys, threading
from pathlib import Path
from scheduler.memory import share_heaps
if sys.argv[1] == "few":
    share_heaps()
gate = threading.Barrier(9)
def work():
    kept = [bytes(2000) for _ in range(100)]
    gate.wait(20); gate.wait(20)
for _ in range(8):
    threading.Thread(target=work, daemon=True).start()
gate.wait(20)
starts = [int(line.partition("-")[0], 16) for line in Path("/proc/self/maps").read_text().splitlines() if " rw-p 00000000 00:00 0" in line]
print(sum(1 for start in starts if start % (64 << 20) == 0))
gate.wait(20)
"""


@pytest.mark.skipif(sys.platform != "linux" or memory._of_glibc("mallopt") is None, reason="the C library is not glibc")
@pytest.mark.process
def test_threads_share_heaps() -> None:
    """Eight threads have no more heaps than two together, where each would have one of its own."""
    own = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    few, many = [
        int(
            subprocess.run(
                [sys.executable, "-c", CROWD_OF_THREADS, how], env=own, check=True, capture_output=True
            ).stdout
        )
        for how in ("few", "many")
    ]

    assert few < HEAPS < many


def test_another_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such function, nothing is done."""

    class Nothing:
        def __init__(self, *_: Any) -> None:
            pass

    monkeypatch.setattr(ctypes, "CDLL", Nothing)
    memory._of_glibc.cache_clear()
    try:
        give_back()
        share_heaps()
        assert memory._of_glibc("malloc_trim") is None
    finally:
        memory._of_glibc.cache_clear()
