"""The role that listens on Discord's gateway: one connection, or a range of shards, which one of all such processes owns."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

from bot.errors import UsageError
from scheduler.bootstrap.platforms import choose_discord_shards, shards_of
from scheduler.jobs.shared import have_looked_over
from scheduler.listening import Listening
from scheduler.roles.health import RoleHealth
from scheduler.roles.process import channels_read, helpers, run_parts
from scheduler.schema_watch import watch_schema
from scheduler.services import Services

DISCORD: Final = "discord"
"""The platform whose connection has this role to itself."""


async def gateway(
    services: Services,
    shards: str,
    machines: Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]],
    say: Callable[[str], None],
) -> None:
    """Listen until a signal comes. Raises `UsageError` where Discord is not set up, or has no such shards."""
    if DISCORD not in services.platforms:
        raise UsageError(f"Discord is not set up here. {services.remedy(DISCORD)}.")
    if shards:
        choose_discord_shards(services, shards)
    health = RoleHealth(services, [DISCORD])
    part = shards_of(services, DISCORD)
    which = f", {shards_in_words(part)}" if part else ""
    served = machines(health)  # first: where its port is taken, or needs a password, nothing else is begun
    say(f"Listening on Discord{which}, as soon as no other process does.   (Ctrl-C stops it)")
    await run_parts(
        {
            "schema": watch_schema(services),
            "listening": Listening(services, [DISCORD], health, partial(have_looked_over, services)).run(),
            **served,
        },
        {"reading of channels": channels_read(services), **helpers(services, health)},
        say,
    )


def shards_in_words(shards: Sequence[tuple[int, int]]) -> str:
    """Which shards these are, of how many."""
    first, (last, count) = shards[0][0], shards[-1]
    return f"shard {first} of {count}" if first == last else f"shards {first} to {last} of {count}"
