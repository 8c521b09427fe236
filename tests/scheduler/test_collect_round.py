"""A round of the sources beside other processes: asked once, whoever begins it, and begun again by another one if that dies amid it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Entry
from bot.ports import UnitOfWork
from bot.usecases.unreleased import UnreleasedLeases
from scheduler import jobs, kept_leases
from scheduler.backoff import Backoff
from scheduler.jobs.collect_round import LEASE
from scheduler.jobs.collecting import COLLECT, ROUND, ROUND_DONE, collect_unless_fresh
from scheduler.jobs.requests import collect_job
from scheduler.jobs.shared import do
from scheduler.queue import InProcessQueue
from scheduler.services import Services
from tests.scheduler.test_jobs import SPECS, Lodge
from tests.waiting import PATIENCE, until


def beside(lodge: Lodge, name: str) -> Services:
    """Another process on the same database."""
    own = {"collect_turn": asyncio.Lock(), "collecting": Backoff(), "unreleased": UnreleasedLeases()}
    return replace(lodge.services, owner=name, speed=1000.0, **own)


def asked(lodge: Lodge) -> list[int]:
    """How often each source was asked."""
    return [len(source.fetches) for source in lodge.services.settings.wired.values()]


@asynccontextmanager
async def asking(
    lodge: Lodge,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[Services], Coroutine[Any, Any, Any]] = jobs.tick,
) -> AsyncIterator[asyncio.Task[Any]]:
    """A tick, or other work, that is amid its round, in which the first source answers as the context ends."""
    began, answers = asyncio.Event(), asyncio.Event()
    source = next(iter(lodge.services.settings.wired.values()))
    fetch = source.fetch

    async def slow(*given: object, **named: object) -> tuple[Entry, ...]:
        began.set()
        await answers.wait()
        return await fetch(*given, **named)

    monkeypatch.setattr(source, "fetch", slow)
    ticking = asyncio.create_task(work(services))
    await asyncio.wait_for(began.wait(), PATIENCE)
    try:
        yield ticking
    finally:
        answers.set()
        await asyncio.wait([ticking], timeout=PATIENCE)


async def test_asked_once_in_both_ways_of_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one `up` asks, another one makes no digest and asks nobody, a worker does not either, and whoever asks by hand is given its answers."""
    lodge, queue = Lodge(), InProcessQueue()
    async with asking(lodge, beside(lodge, "first"), monkeypatch) as ticking:
        await asyncio.wait_for(jobs.tick(beside(lodge, "second")), PATIENCE)
        await asyncio.wait_for(do(replace(beside(lodge, "worker"), queue=queue), collect_job()), PATIENCE)
        by_hand = asyncio.create_task(jobs.collect(beside(lodge, "by hand")))
        await asyncio.sleep(0.05)
        assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 0)
        assert not by_hand.done()
        assert await queue.depths() == {}, "a tick would ask again at once, and so on"
    await ticking

    assert len(SPECS) == len(await asyncio.wait_for(by_hand, PATIENCE))
    assert [1] * len(SPECS) == asked(lodge)
    await jobs.tick(beside(lodge, "second"))
    assert (lodge.sent("slack"), lodge.sent("discord")) == (4, 4)
    assert [1] * len(SPECS) == asked(lodge)
    await queue.close()


async def test_a_long_round_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that takes longer than the lease lasts is nobody else's meanwhile."""
    monkeypatch.setattr(kept_leases, "RENEWALS", 3000)
    lodge = Lodge()

    async def renewed() -> bool:
        async with lodge.database.unit_of_work() as uow:
            return any(
                one.until > lodge.clock.now + 0.9 * kept_leases.HELD for one in await uow.leases.held(lodge.clock.now)
            )

    async with asking(lodge, beside(lodge, "first"), monkeypatch) as ticking:
        for _ in range(5):
            lodge.clock.now += kept_leases.HELD / 2
            await until(renewed)
            assert not await collect_unless_fresh(beside(lodge, "second"))
    await ticking

    assert [1] * len(SPECS) == asked(lodge)


async def test_died_amid_it() -> None:
    """A round whose process died is begun again by another one, once the lease has run out."""
    lodge = Lodge()
    other = beside(lodge, "second")
    async with lodge.database.unit_of_work() as uow:
        await uow.leases.claim(LEASE, "died", lodge.clock(), lodge.clock() + kept_leases.HELD)
        await uow.notes.put(ROUND_DONE, "")
        await uow.notes.put(ROUND, lodge.clock().isoformat())
        await uow.commit()

    await jobs.tick(other)
    lodge.clock.now += kept_leases.HELD - timedelta(seconds=1)
    await jobs.tick(other)
    assert [0] * len(SPECS) == asked(lodge)
    assert (lodge.sent("slack"), lodge.sent("discord")) == (0, 0)

    lodge.clock.now += timedelta(seconds=2)
    await jobs.tick(other)
    assert [1] * len(SPECS) == asked(lodge)
    assert (lodge.sent("slack"), lodge.sent("discord")) == (4, 4)


async def test_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that is stopped gives its lease back: another process begins one at once."""
    lodge = Lodge()
    async with asking(lodge, beside(lodge, "first"), monkeypatch) as ticking:
        ticking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ticking
    monkeypatch.undo()

    await jobs.tick(beside(lodge, "second"))
    assert (lodge.sent("slack"), lodge.sent("discord")) == (4, 4)


async def test_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round whose process is given no answer by the database is left by the time that another one may begin it, and that is no failure to collect."""
    monkeypatch.setattr(kept_leases, "HELD", timedelta(seconds=0.5))
    monkeypatch.setattr(kept_leases, "GIVE_BACK_SECONDS", 0.1)
    lodge, hangs = Lodge(), asyncio.Event()

    @asynccontextmanager
    async def unit_of_work() -> AsyncIterator[UnitOfWork]:
        if hangs.is_set():
            await asyncio.Event().wait()
        async with lodge.services.unit_of_work() as uow:
            yield uow

    first = replace(beside(lodge, "first"), unit_of_work=unit_of_work)
    async with asking(lodge, first, monkeypatch, collect_unless_fresh) as asks:
        hangs.set()
        assert not await asyncio.wait_for(asks, PATIENCE), "though the source has not answered yet"
    monkeypatch.undo()
    assert not first.collecting.is_failing(COLLECT)

    lodge.clock.now += kept_leases.HELD
    await jobs.tick(beside(lodge, "second"))
    assert (lodge.sent("slack"), lodge.sent("discord")) == (4, 4)


async def test_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks by hand, and loses the round to another process, waits for its turn again."""
    monkeypatch.setattr(kept_leases, "RENEWALS", 3000)
    lodge = Lodge()
    async with asking(lodge, beside(lodge, "first"), monkeypatch, jobs.collect) as by_hand:
        lodge.clock.now += kept_leases.HELD + timedelta(seconds=1)
        async with lodge.database.unit_of_work() as uow:
            other = await uow.leases.claim(LEASE, "other", lodge.clock(), lodge.clock() + timedelta(hours=1))
            await uow.commit()
        assert other
        await asyncio.sleep(0.5)
        assert not by_hand.done()
        before = asked(lodge)
        async with lodge.database.unit_of_work() as uow:
            await uow.leases.release(other)
            await uow.commit()

    assert len(SPECS) == len(await by_hand)
    assert [one + 1 for one in before] == asked(lodge)
    assert [1] * len(SPECS) != asked(lodge), "those that had answered by then are asked again"
