"""Connections that no process owns, where several share a database: what happens there is told to nobody until one does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.ports import Hearing
from scheduler.bootstrap import shards_of
from scheduler.idle import work_of
from scheduler.services import Services

REMEDY: Final = (
    "Start what listens there: `paperround web` for Slack, `paperround discord` for Discord, with `--shards FIRST-LAST` for the shards that have no owner "
    "where each process has some; or `paperround up`. What is missed meanwhile is looked for then."
)


async def unheard(services: Services) -> Sequence[str]:
    """
    Name the leases on connections to platforms that are set up here and of which nobody has one; none on a database that one process serves, and none
    before anybody worked, or while nobody does.
    """
    work = await work_of(services)
    if work is None or work.fault:
        return ()
    async with services.reading() as uow:
        held = {lease.name for lease in await uow.leases.held(services.clock())}
    return [one for name in sorted(services.platforms) for one in _wanted(services, name) if one not in held]


def _wanted(services: Services, platform: str) -> Sequence[str]:
    if services.platforms[platform].hearing is not Hearing.CONNECTION:
        return ()
    count = next((count for _, count in shards_of(services, platform)), None)
    name = f"listen/{platform}"
    return [f"{name}/{number}/{count}" for number in range(count)] if count else [name]


def unheard_line(found: Sequence[str]) -> str:
    """Say which they are, without a full stop; empty where there are none."""
    return f"Nobody listens to {', '.join(map(_called, found))}" if found else ""


def _called(lease: str) -> str:
    _, platform, *shard = lease.split("/")
    name = platform.title()
    return f"shard {shard[0]} of {shard[1]} of {name}" if shard else name
