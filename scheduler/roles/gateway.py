"""The role that listens on Discord's gateway: one connection, or a range of shards, which one of all such processes owns."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from bot.errors import UsageError
from scheduler.bootstrap import choose_discord_shards
from scheduler.roles.health import RoleHealth
from scheduler.roles.listening import Listening
from scheduler.roles.process import run_parts, tidied
from scheduler.services import Services

PLATFORM: Final = "discord"


async def gateway(
    services: Services,
    shards: str,
    machines: Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]],
    say: Callable[[str], None],
) -> None:
    """Listen until a signal comes. Raises `UsageError` where Discord is not set up, or has no such shards."""
    if PLATFORM not in services.platforms:
        raise UsageError(f"Discord is not set up here. {services.remedy(PLATFORM)}.")
    if shards:
        choose_discord_shards(services, shards)
    # Which part of the bot it is may be a setting, too: two parts have an owner each.
    part = shards or getattr(services.settings.platforms[PLATFORM], "shard", None) or ""
    health = RoleHealth(services, [PLATFORM])
    say(
        f"Listening on Discord{f', shards {part}' if part else ''}, as soon as no other process does.   (Ctrl-C stops it)"
    )
    await run_parts(
        {
            "listening": Listening(services, [PLATFORM], health, part).run(),
            "event-loop lag": health.feel(),
            "memory": tidied(services),
            **machines(health),
        },
        say,
    )
