"""A connection is owned by one process at a time, whoever dies or sleeps."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Lease
from scheduler.roles import ownership
from scheduler.roles.ownership import OwnershipLost, owned
from tests.scheduler.test_jobs import Lodge


class Processes:
    """Two processes on one database, whose pauses are a thousand times as short. The first one may also be asleep: then it renews nothing."""

    def __init__(self) -> None:
        lodge = Lodge()
        self.clock = lodge.clock
        self.first = replace(lodge.services, owner="first", speed=1000.0)
        self.asleep = replace(self.first, speed=0.001)
        self.second = replace(lodge.services, owner="second", speed=1000.0)


@pytest.fixture
def processes() -> Processes:
    return Processes()


async def test_one_owns_and_the_other_waits(processes: Processes) -> None:
    """The second one owns it as soon as the first one lets it go, and no sooner."""
    got = asyncio.Event()

    async def wait() -> None:
        async with owned(processes.second, "listen/slack"):
            got.set()

    async with owned(processes.first, "listen/slack"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        assert not got.is_set()
    await asyncio.wait_for(waiting, 5)


async def test_an_owner_that_slept(processes: Processes) -> None:
    """Who told nothing for longer than the lease has lost it to the one that waited, and is told to stop."""
    async with owned(processes.asleep, "listen/slack"):
        processes.clock.now += ownership.HELD + timedelta(seconds=1)
        async with owned(processes.second, "listen/slack"):
            lease = Lease(name="listen/slack", owner="first", token=1, until=processes.clock.now)
            with pytest.raises(OwnershipLost, match="took over listen/slack"):
                await asyncio.wait_for(ownership._keep(processes.first, lease), 10)


async def test_ranges_are_owned_apart(processes: Processes) -> None:
    """Two ranges of shards have an owner each."""
    async with (
        asyncio.timeout(5),
        owned(processes.first, "listen/discord/0-3"),
        owned(processes.second, "listen/discord/4-7"),
    ):
        pass
