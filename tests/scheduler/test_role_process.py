"""The process of a role: what ends it, and what does not."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from bot.errors import StorageError
from bot.model import ChannelOrigin, ChannelState
from bot.ports import UnitOfWorkFactory
from scheduler.roles.process import channels_read, leases_released, run_parts
from scheduler.roles.worker import warn_of_platforms_left_out
from scheduler.services import Services
from scheduler.settings.settings import Settings
from scheduler.stop_signals import NUMBERS
from tests.factories import NOW
from tests.scheduler.test_jobs import HOUR, Lodge
from tests.waiting import PATIENCE, until


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Signals are the test's own again in the end."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
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
        helper_failed = await until(lambda: "helper_ended" in {getattr(one, "action", "") for one in caplog.records})

    await run_parts({"jobs": part()}, {"live updates": fails()}, _silent)

    assert helper_failed
    assert "The live updates of this process came to an end" in caplog.text
    assert "RuntimeError: a fault of ours" in caplog.text


async def test_a_part_that_fails() -> None:
    """What the process is for may not: it ends with the error, and its helpers with it."""
    forever = asyncio.Event()
    with pytest.raises(RuntimeError, match="a fault of ours"):
        await run_parts({"jobs": fails()}, {"live updates": _wait(forever)}, _silent)


async def test_leases_that_could_not_be_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are given back as soon as the database answers, which is tried every few seconds."""
    services = replace(Lodge().services, speed=1000.0)
    async with services.unit_of_work() as uow:
        lease = await uow.leases.claim("deliver/vision/2026-W33", "we", NOW, NOW + HOUR)
        await uow.commit()
    assert lease
    services.unreleased.add(lease)
    tries, released = 0, asyncio.Event()

    async def comes_back(unit_of_work: UnitOfWorkFactory, *, release: Release = services.unreleased.release) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StorageError("The database is away.")
        number = await release(unit_of_work)
        released.set()
        return number

    monkeypatch.setattr(services.unreleased, "release", comes_back)
    task = asyncio.create_task(leases_released(services))
    await asyncio.wait_for(released.wait(), PATIENCE)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with services.unit_of_work() as uow:
        assert await uow.leases.claim(lease.name, "they", NOW, NOW + HOUR)


async def test_channels_that_another_process_sets_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are known soon, whether the database was away meanwhile or not, to a process that has no clock and listens."""
    services = replace(Lodge().services, speed=1000.0)
    read, refusals = services.channels.read, [StorageError("The database does not answer.")]

    async def away_at_first() -> object:
        if refusals:
            raise refusals.pop()
        return await read()

    monkeypatch.setattr(services.channels, "read", away_at_first)
    async with services.unit_of_work() as uow:
        await uow.channels.save(ChannelState(name="new", platform="discord", id="77", origin=ChannelOrigin.CHAT))
        await uow.commit()
    task = asyncio.create_task(channels_read(services))
    try:
        await until(lambda: any(channel.id == "77" for channel in services.channels.on("discord")))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


Release = Callable[[UnitOfWorkFactory], Awaitable[int]]


async def _wait(forever: asyncio.Event) -> None:
    await forever.wait()


def _silent(_: str) -> None:
    """Nobody reads it."""


async def test_a_worker_without_a_token(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Of a platform that is in use and that it cannot reach it says so, with what to do; of one that it can it says nothing."""

    async def in_use(_: Services) -> tuple[str, ...]:
        return "discord", "slack", "web"

    monkeypatch.setattr("scheduler.roles.worker.platforms_in_use", in_use)
    lodge = Lodge()
    some = next(iter(lodge.services.platforms.values()))
    services = replace(lodge.services, settings=Settings(), platforms={"web": some, "discord": some})

    await warn_of_platforms_left_out(services)

    assert [("slack", "WARNING")] == [
        (getattr(one, "platform", ""), one.levelname)
        for one in caplog.records
        if getattr(one, "action", "") == "platform_left_out"
    ]
    assert "Nothing is done on slack by this worker" in caplog.text
