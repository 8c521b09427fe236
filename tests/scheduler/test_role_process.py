"""The process of a role: what ends it, and what does not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator

import pytest

from scheduler.roles.process import run_parts


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Signals are the test's own again in the end."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


async def fails() -> None:
    raise RuntimeError("a fault of ours")


async def test_a_helper_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """What is only a help may fail: that is logged with its traceback, and everything else goes on until it comes to its end."""
    helper_failed = False

    async def part() -> None:
        nonlocal helper_failed
        await asyncio.sleep(0.05)
        helper_failed = "helper_ended" in {getattr(one, "action", "") for one in caplog.records}

    await run_parts({"jobs": part()}, {"live updates": fails()}, _silent)

    assert helper_failed
    assert "The live updates of this process came to an end" in caplog.text
    assert "RuntimeError: a fault of ours" in caplog.text


async def test_a_part_that_fails() -> None:
    """What the process is for may not: it ends with the error, and its helpers with it."""
    forever = asyncio.Event()
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await run_parts({"jobs": fails()}, {"live updates": _wait(forever)}, _silent)


async def _wait(forever: asyncio.Event) -> None:
    await forever.wait()


def _silent(_: str) -> None:
    """Nobody reads it."""
