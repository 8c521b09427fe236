"""Connections that no process owns, where several share a database: what happens there is told to nobody until one does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from bot.ports import Hearing
from scheduler.bootstrap.platforms import shards_of
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
    return [one for name in sorted(services.platforms) for one in _wanted(services, name, held) if one not in held]


def _wanted(services: Services, platform: str, held: Collection[str]) -> Sequence[str]:
    if services.platforms[platform].hearing is not Hearing.CONNECTION:
        return ()
    name = f"listen/{platform}"
    # Where the settings name no number of shards, a process may have been told one.
    told = [int(one.rpartition("/")[2]) for one in held if one.startswith(f"{name}/")]
    count = next((count for _, count in shards_of(services, platform)), None) or max(told, default=0)
    return [f"{name}/{number}/{count}" for number in range(count)] if count else [name]


def unheard_line(found: Sequence[str]) -> str:
    """Say which they are, without a full stop; empty where there are none."""
    return f"Nobody listens to {', '.join(_called(found))}" if found else ""


def _called(found: Sequence[str]) -> list[str]:
    """Name them for people, shards that follow on each other by the first and the last one."""
    named: list[str] = []
    shards: dict[tuple[str, str], list[int]] = {}
    for lease in found:
        _, platform, *shard = lease.split("/")
        if shard:
            shards.setdefault((platform, shard[1]), []).append(int(shard[0]))
        else:
            named.append(platform.title())
    for (platform, count), numbers in shards.items():
        ranges: list[list[int]] = []
        for number in sorted(numbers):
            if ranges and number == ranges[-1][-1] + 1:
                ranges[-1].append(number)
            else:
                ranges.append([number])
        spelled = " and ".join(f"{one[0]}-{one[-1]}" if len(one) > 1 else str(one[0]) for one in ranges)
        named.append(f"{platform.title()}'s shards {spelled} of {count}")
    return named
