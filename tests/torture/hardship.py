"""
Hardship of a host while the program lives on it: a disk that is full, descriptors that have run out, a clock that is moved.

Each begins while a process works, lasts for a second or two, and is over before or after the plug is pulled.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import resource
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from tests.small_disk import SmallDisk

DISK, DESCRIPTORS, CLOCK = "disk", "descriptors", "clock"

AHEAD = timedelta(minutes=10)
"""How far the clock is put forward at most: what is dated by it must have come by the end, when a quarter of an hour goes by."""

BACK = timedelta(minutes=30)


class Hardships:
    """What can happen to the host of a world. `clock` is the file that says by how many seconds the program's clock is wrong."""

    def __init__(self, rng: random.Random, clock: Path, disk: SmallDisk | None) -> None:
        self._rng = rng
        self._clock = clock
        self._disk = disk
        self.counts = {DISK: 0, DESCRIPTORS: 0, CLOCK: 0}

    def drawn(self, chance: float = 0.3) -> str | None:
        """Draw what happens during a life, if anything does."""
        kinds = [DESCRIPTORS, CLOCK, *([DISK, DISK] if self._disk else [])]
        return self._rng.choice(kinds) if self._rng.random() < chance else None

    @asynccontextmanager
    async def during(
        self, kind: str | None, processes: Callable[[], Sequence[int]], until_due: timedelta
    ) -> AsyncIterator[None]:
        """Let it happen in the background; in the end it is over. `until_due` is how long it is until a digest falls due."""
        if kind is None:
            yield
            return
        task = asyncio.create_task(self._happen(kind, processes, until_due))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.end()

    def end(self) -> None:
        """End all of it."""
        self._clock.unlink(missing_ok=True)
        if self._disk:
            self._disk.free()

    async def _happen(self, kind: str, processes: Callable[[], Sequence[int]], until_due: timedelta) -> None:
        rng = self._rng
        await asyncio.sleep(rng.uniform(0, 1.5))
        self.counts[kind] += 1
        limits: list[tuple[int, tuple[int, int]]] = []
        if kind == DISK and self._disk:
            await asyncio.to_thread(self._disk.fill, leaving=rng.choice([0, 0, 20_000, 100_000]))
        elif kind == CLOCK:
            forward = rng.random() < 0.5 and until_due > AHEAD
            span = rng.uniform(1, AHEAD.total_seconds()) if forward else -rng.uniform(1, BACK.total_seconds())
            self._clock.write_text(str(span))
        else:
            limits = [(pid, few) for pid in processes() if (few := _limit(pid, rng.randint(0, 3)))]
        await asyncio.sleep(rng.uniform(0.5, 2.5))
        for pid, before in limits:
            with contextlib.suppress(OSError):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        self.end()


def _limit(pid: int, more: int) -> tuple[int, int] | None:
    """Let a process open `more` files than it has open now; gives its limits of before, None if it is gone."""
    with contextlib.suppress(OSError):
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        highest = max(int(open_file.name) for open_file in Path(f"/proc/{pid}/fd").iterdir())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + more, before[1]))
        return before
    return None
