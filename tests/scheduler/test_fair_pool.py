"""The pool in which deliveries run: no lane waits for another, and nothing runs twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable

import pytest

from scheduler.fair_pool import FairPool, PoolBounds
from tests.waiting import PATIENCE


class Work:
    """Pieces of work that end when they are told to, and the order in which they began."""

    def __init__(self) -> None:
        self.began: list[tuple[Hashable, str]] = []
        self.at_once: Counter[Hashable] = Counter()
        self.most: Counter[Hashable] = Counter()
        self.gates: dict[Hashable, asyncio.Event] = {}

    def piece(self, lane: Hashable, key: str) -> Callable[[], Awaitable[str]]:
        async def run() -> str:
            self.began.append((lane, key))
            for counted in (lane, "all"):
                self.at_once[counted] += 1
                self.most[counted] = max(self.most[counted], self.at_once[counted])
            if lane in self.gates:
                await self.gates[lane].wait()
            else:
                await asyncio.sleep(0)
            for counted in (lane, "all"):
                self.at_once[counted] -= 1
            return key

        return run


def pool_of(running: int = 4, in_lane: int = 2, held: int = 1000) -> FairPool[str]:
    return FairPool(PoolBounds(running=running, in_lane=in_lane, held=held))


async def all_of(pool: FairPool[str], work: Work, lanes: dict[str, int]) -> list[str]:
    futures = [
        pool.submit(f"{lane}{number}", lane, work.piece(lane, f"{lane}{number}"))
        for lane, count in lanes.items()
        for number in range(count)
    ]
    return await asyncio.gather(*(one for one in futures if one))


async def test_lanes_take_turns() -> None:
    """A lane with five hundred pieces and ten with one each: the ten do not wait for the five hundred."""
    work, pool = Work(), pool_of()
    given = await all_of(pool, work, {"big": 500, **{f"small{number}.": 1 for number in range(10)}})

    assert 510 == len(set(given))
    assert 40 > max(place for place, (lane, _) in enumerate(work.began) if lane != "big")


async def test_bounds() -> None:
    """No more than so many run at once, in all and of one lane."""
    work, pool = Work(), pool_of(running=5, in_lane=2)
    await all_of(pool, work, {"a": 30, "b": 30, "c": 30})

    assert (5, 2, 2, 2) == tuple(work.most[one] for one in ("all", "a", "b", "c"))


async def test_one_that_hangs() -> None:
    """A lane that hangs holds its own places, and all others come to their end."""
    work, pool = Work(), pool_of()
    work.gates["hangs"] = asyncio.Event()
    hanging = [pool.submit(f"h{number}", "hangs", work.piece("hangs", f"h{number}")) for number in range(50)]
    async with asyncio.timeout(PATIENCE):
        given = await all_of(pool, work, {f"lane{number}.": 3 for number in range(20)})

    assert 60 == len(given)
    assert (2, 48) == (pool.running, pool.waiting)
    work.gates["hangs"].set()
    assert 50 == len(await asyncio.gather(*(one for one in hanging if one)))
    assert (0, 0) == (pool.running, pool.waiting)


async def test_many_that_fail() -> None:
    """Lanes that fail are tried with a single piece each, so that they leave places to the others."""
    work, pool = Work(), pool_of(running=6, in_lane=3)
    for lane in ("a", "b", "c"):
        pool.failed(lane)
        work.gates[lane] = asyncio.Event()
        for number in range(5):
            pool.submit(f"{lane}{number}", lane, work.piece(lane, f"{lane}{number}"))
    async with asyncio.timeout(PATIENCE):
        await all_of(pool, work, {"well": 20})

    assert (3, 3) == (pool.running, pool.failing)
    pool.well("a")
    assert 5 == pool.running
    await pool.close()


async def test_once_for_a_key() -> None:
    """What waits or runs already is not begun again; who asks gets the same result. Afterwards it may be."""
    work, pool = Work(), pool_of()
    first, second = (pool.submit("key", "lane", work.piece("lane", "key")) for _ in range(2))
    assert first is second
    assert first is not None
    assert pool.holds("key")
    assert "key" == await first
    await asyncio.sleep(0)

    assert not pool.holds("key")
    assert pool.submit("key", "lane", work.piece("lane", "key")) is not first
    await pool.close(1)
    assert 2 == len(work.began)


async def test_full() -> None:
    """A pool that is full takes nothing more, and takes something again when there is room."""
    work, pool = Work(), pool_of(held=3)
    given = [pool.submit(f"k{number}", "lane", work.piece("lane", f"k{number}")) for number in range(5)]
    assert [True] * 3 + [False] * 2 == [one is not None for one in given]
    await asyncio.gather(*(one for one in given if one))
    await asyncio.sleep(0)

    assert pool.submit("k4", "lane", work.piece("lane", "k4")) is not None
    await pool.close(1)


async def test_a_failure() -> None:
    """What fails fails for the one who waits for it, and gives its place back."""
    pool = pool_of(running=1)

    async def fails() -> str:
        raise ValueError("no")

    first = pool.submit("a", "lane", fails)
    second = pool.submit("b", "lane", Work().piece("lane", "b"))
    assert first
    assert second
    with pytest.raises(ValueError, match="no"):
        await first
    assert "b" == await second


async def test_close() -> None:
    """At the end nothing more begins; what runs has its time, and is cancelled then."""
    work, pool = Work(), pool_of(running=2)
    work.gates["slow"] = asyncio.Event()
    slow = pool.submit("slow", "slow", work.piece("slow", "slow"))
    quick = pool.submit("quick", "quick", work.piece("quick", "quick"))
    waits = [pool.submit(f"w{number}", "waits", work.piece("waits", "w")) for number in range(3)]
    await asyncio.sleep(0)
    await pool.close(0.05)

    assert quick is not None
    assert slow is not None
    assert "quick" == await quick
    assert slow.cancelled()
    assert all(one is not None and one.cancelled() for one in waits)
    assert ["slow", "quick"] == [key for _, key in work.began]
    assert pool.submit("late", "late", work.piece("late", "late")) is None
