"""What `status` and `doctor` say of several processes: queues near their bound, connections that nobody owns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bot.ports import Hearing, QueueDepth
from scheduler.full_queues import full_line, full_queues
from scheduler.jobs.ticks import note_tick
from scheduler.services import Services
from scheduler.unheard import unheard, unheard_line
from tests.scheduler.test_jobs import Lodge

ONE_FILE: Any = SimpleNamespace(dialect=SimpleNamespace(name="sqlite"))
SHARED: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))


def lengths(**waiting: int) -> Any:
    async def given(_: Services) -> dict[str, QueueDepth]:
        return {name: QueueDepth(waiting=number, bound=100) for name, number in waiting.items()}

    return SimpleNamespace(queue_lengths=given)


async def test_a_queue_near_its_bound() -> None:
    """From four fifths of its bound on a queue is named, with how many wait and how many may."""
    services = Lodge().services
    found = await full_queues(replace(services, builders=lengths(slack=80, discord=79)))

    assert "Nearly as many jobs as may wait do: slack with 80 of 100 jobs" == full_line(found)
    assert "" == full_line(await full_queues(replace(services, builders=lengths(slack=79))))


def platforms(shards: tuple[tuple[int, int], ...]) -> Any:
    return {
        "discord": SimpleNamespace(hearing=Hearing.CONNECTION, shards=shards),
        "slack": SimpleNamespace(hearing=Hearing.CONNECTION),
        "web": SimpleNamespace(hearing=Hearing.REQUESTS),
    }


async def test_connections_without_an_owner() -> None:
    """Once somebody works, each connection, and each shard of the number that is set, has to have a living lease."""
    services = Lodge().services
    services = replace(services, engine=SHARED, platforms=platforms(((0, 3), (1, 3))))
    assert [] == list(await unheard(services)), "nobody has worked yet, which is said"
    await note_tick(services, services.clock())
    async with services.unit_of_work() as uow:
        now = services.clock()
        for name in ("listen/discord/0/3", "listen/slack"):
            await uow.leases.claim(name, "we", now, now + timedelta(seconds=30))
        await uow.commit()

    assert "Nobody listens to Discord's shards 1-2 of 3" == unheard_line(await unheard(services))
    whole = replace(services, platforms=platforms(()))
    assert "Nobody listens to Discord's shards 1-2 of 3" == unheard_line(await unheard(whole)), (
        "a process says how many there are"
    )
    async with services.unit_of_work() as uow:
        await uow.leases.forget("we")
        await uow.commit()
    assert "Nobody listens to Discord, Slack" == unheard_line(await unheard(whole))
    assert "" == unheard_line(await unheard(replace(services, platforms={})))
    assert [] == list(await unheard(replace(services, engine=ONE_FILE)))
