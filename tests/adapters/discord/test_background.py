"""Work by key beside the events."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from adapters.discord.background import Background
from tests.waiting import until


class Gate:
    """Work that runs until it is let go; counts how often each key was run."""

    def __init__(self) -> None:
        self.opens = asyncio.Event()
        self.ran: Counter[str] = Counter()
        self.under_way = 0
        self.most = 0

    async def work(self, key: str) -> None:
        self.ran[key] += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.opens.wait()
        finally:
            self.under_way -= 1


async def test_so_many_at_once() -> None:
    """So many keys are run at once, the others wait; each is run once, however often it was put meanwhile."""
    gate = Gate()
    ours = Background(gate.work, 2, "looks")
    for key in "abcc":
        ours.put(key)
    await until(lambda: gate.under_way == 2)
    ours.put("c")
    gate.opens.set()
    await ours.settled()

    assert (2, {"a": 1, "b": 1, "c": 1}) == (gate.most, gate.ran)


async def test_put_while_it_runs() -> None:
    """What is put while it runs is run once more, and not at the same time."""
    gate = Gate()
    ours = Background(gate.work, 2, "looks")
    ours.put("a")
    await until(lambda: gate.under_way == 1)
    for _ in range(3):
        ours.put("a")
    gate.opens.set()
    await ours.settled()

    assert (1, 2) == (gate.most, gate.ran["a"])


async def test_one_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """One that fails is logged, and keeps nobody waiting."""
    done: list[str] = []

    async def work(key: str) -> None:
        if key == "a":
            raise RuntimeError("the database is away")
        done.append(key)

    ours = Background(work, 1, "looks")
    for key in "ab":
        ours.put(key)
    await ours.settled()

    assert ["b"] == done
    assert "the database is away" in caplog.text


async def test_closed() -> None:
    """What runs is cancelled and what waits is not begun; afterwards it may be put again."""
    gate = Gate()
    ours = Background(gate.work, 1, "looks")
    for key in "ab":
        ours.put(key)
    await until(lambda: gate.under_way == 1)
    await ours.close()
    await ours.settled()
    assert {"a": 1} == dict(gate.ran)

    gate.opens.set()
    ours.put("b")
    await ours.settled()
    assert 1 == gate.ran["b"]
