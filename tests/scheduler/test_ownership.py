"""A connection is owned by one process at a time, whoever dies or sleeps."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.discord.shard_range import ShardRange
from bot.model import Lease
from scheduler import kept_leases
from scheduler.kept_leases import LeaseLost
from scheduler.ownership import Connection, owned
from tests.fake_storage import FakeLeases
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE

SLACK = Connection("listen/slack")


def discord(shards: str) -> Connection:
    """Discord's connection, or a range of its shards as it is written in settings."""
    return Connection("listen/discord", tuple(ShardRange.parse(shards) or ()))


class Processes:
    """Three processes on one database."""

    def __init__(self) -> None:
        lodge = Lodge()
        self.clock = lodge.clock
        self.first = replace(lodge.services, owner="first")
        self.second = replace(lodge.services, owner="second")
        self.third = replace(lodge.services, owner="third")


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Processes:
    """They renew their leases twenty times a second, and have lost one that they could not renew for three seconds."""
    monkeypatch.setattr(kept_leases, "HELD", timedelta(seconds=3))
    monkeypatch.setattr(kept_leases, "RENEWALS", 60)
    return Processes()


async def test_one_owns_and_the_other_waits(processes: Processes) -> None:
    """The second one owns it as soon as the first one lets it go, and no sooner."""
    got = asyncio.Event()

    async def wait() -> None:
        async with owned(processes.second, SLACK):
            got.set()

    async with owned(processes.first, SLACK):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        assert not got.is_set()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_an_owner_that_slept(processes: Processes) -> None:
    """Who told nothing for longer than the lease has lost it to the one that waited, and is told to stop, once."""
    async with processes.first.unit_of_work() as uow:
        lease = await uow.leases.claim("listen/slack", "first", processes.clock.now, processes.clock.now)
        await uow.commit()
    assert lease
    async with owned(processes.second, SLACK):
        awake = asyncio.get_running_loop().time()
        with pytest.raises(LeaseLost, match="Another process has listen/slack now"):
            async with asyncio.timeout(PATIENCE), kept_leases.kept(processes.first, [lease], awake):
                await asyncio.Event().wait()
        async with processes.third.unit_of_work() as uow:
            assert ["second"] == [one.owner for one in await uow.leases.held(processes.clock.now)]


async def test_an_owner_that_stood_still(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that stood still for as long as the lease lasts begins nothing under it any more, whether or not another one has it."""
    monkeypatch.setattr(kept_leases, "HELD", timedelta(seconds=0.5))
    done = []

    async def stands_still() -> None:
        async with owned(processes.first, SLACK):
            time.sleep(kept_leases.HELD.total_seconds() + 0.1)  # noqa: ASYNC251 - so that everything of this process does
            await asyncio.sleep(0.01)
            done.append("something")

    with pytest.raises(LeaseLost, match="listen/slack could not be renewed"):
        await stands_still()
    assert done == []


async def test_a_failure_under_a_lease(processes: Processes) -> None:
    """What fails under a lease fails as it does without; the lease is given back."""
    with pytest.raises(TimeoutError, match="of its own"):
        async with owned(processes.first, SLACK):
            raise TimeoutError("of its own")
    async with processes.first.unit_of_work() as uow:
        assert await uow.leases.held(processes.clock.now) == []


async def test_ranges_are_owned_apart(processes: Processes) -> None:
    """Two ranges of shards have an owner each."""
    async with (
        asyncio.timeout(PATIENCE),
        owned(processes.first, discord("0-3/8")),
        owned(processes.second, discord("4-7/8")),
    ):
        pass


@pytest.mark.parametrize("other", ["0-3/8", "00-03/8", "2-5/8", "0-7/8", "3/8", "1/2", "4-6/99", ""])
async def test_a_shard_has_one_owner(processes: Processes, caplog: pytest.LogCaptureFixture, other: str) -> None:
    """However a range is written, and wherever it overlaps: of a shard there is one owner, and of two divisions of the bot one is served."""
    got = asyncio.Event()

    async def wait() -> None:
        async with owned(processes.second, discord(other)):
            got.set()

    async with owned(processes.first, discord("0-3/8")):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        assert not got.is_set()
    await asyncio.wait_for(waiting, PATIENCE)

    told = [one.getMessage() for one in caplog.records if getattr(one, "action", "") == "ownership_overlaps"]
    if other in {"0-3/8", "00-03/8"}:
        assert told == [], "who stands by waits in silence"
    else:
        assert len(told) == 1, "said once, not at every look"
        assert "listen/discord/0/8, listen/discord/1/8" in told[0]


async def test_all_shards_or_none(processes: Processes) -> None:
    """Who waits for one of its shards holds none of the others, so that no two wait for each other."""
    async with owned(processes.first, discord("3/8")):
        waiting = asyncio.create_task(owned(processes.second, discord("2-3/8")).__aenter__())
        await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE), owned(processes.third, discord("2/8")):
            pass
        waiting.cancel()


@pytest.mark.parametrize(("connection", "renewed"), [(SLACK, "listen/slack"), (discord("0-1/2"), "listen/discord/1/2")])
async def test_renewed_amid_the_claim(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, connection: Connection, renewed: str
) -> None:
    """An owner that wakes between the look at its lease, which had run out, and the claim keeps it; who waited holds nothing, and goes on waiting."""
    claim, in_vain = FakeLeases.claim, asyncio.Event()

    async def too_late(leases: FakeLeases, name: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        if name == renewed and not in_vain.is_set():
            in_vain.set()
            return None
        return await claim(leases, name, owner, now, until)

    monkeypatch.setattr(FakeLeases, "claim", too_late)
    monkeypatch.setattr(kept_leases, "RENEWALS", 30)
    got = asyncio.Event()

    async def wait() -> None:
        async with owned(processes.second, connection):
            got.set()
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.wait_for(in_vain.wait(), PATIENCE)
    await asyncio.sleep(0.02)
    async with processes.third.unit_of_work() as uow:
        assert await uow.leases.held(processes.clock.now) == [], "all of it or nothing"
    assert not waiting.done()
    await asyncio.wait_for(got.wait(), PATIENCE)
    async with processes.third.unit_of_work() as uow:
        assert {one.name for one in await uow.leases.held(processes.clock.now)} == set(connection.leases)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_a_shard_that_is_lost(processes: Processes) -> None:
    """Losing one of several is losing all: the process cannot tell which of its connections is another one's."""

    async def has_both() -> None:
        async with owned(processes.first, discord("0-1/2")):
            async with processes.first.unit_of_work() as uow:
                processes.clock.now += kept_leases.HELD + timedelta(seconds=1)
                assert await uow.leases.claim("listen/discord/1/2", "second", processes.clock.now, processes.clock.now)
                await uow.commit()
            await asyncio.Event().wait()

    with pytest.raises(LeaseLost, match="Another process has listen/discord/1/2 now"):
        await asyncio.wait_for(has_both(), PATIENCE)
