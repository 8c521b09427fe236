"""The role that serves: the page, what platforms send over HTTP, and Slack's Socket Mode, which one of all such processes owns."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Final

from bot.errors import StorageError
from scheduler.bootstrap.pages import live_relay, page_server
from scheduler.jobs.shared import have_looked_over
from scheduler.listening import Listening
from scheduler.roles.gateway import DISCORD
from scheduler.roles.health import LIVE, RoleHealth
from scheduler.roles.process import channels_read, helpers, run_parts, serve
from scheduler.runner import address_of, listening_socket
from scheduler.running import Running, note_running, running_noted
from scheduler.schema_watch import watch_schema
from scheduler.services import Services

ELSEWHERE: Final = frozenset({DISCORD})
"""Platforms whose connection has a role of its own."""


async def web(services: Services, host: str, port: int, say: Callable[[str], None]) -> None:
    """
    Serve until a signal comes. What people do is stored and applied here, before it is acknowledged; what follows from it is deferred.

    Raises `SettingsError` for an address that cannot be listened on, or that is open without a password.
    """
    platforms = [name for name in services.platforms if name not in ELSEWHERE]
    relay = live_relay(services)
    health = RoleHealth(services, platforms, is_live=lambda: relay.hears)
    server = page_server(services, host, port, health)
    bound = listening_socket(host, port, "web")
    address = address_of(bound, host)
    running = Running(command="web", address=address, host=host, port=bound.getsockname()[1])
    with contextlib.suppress(StorageError):  # where it takes no writes now, it is told and tried again below
        await note_running(services, running)
    say(f"Paper Round is at {address}   (Ctrl-C stops it)")
    await run_parts(
        {
            "schema": watch_schema(services),
            "page": serve(server, bound),
            "listening": Listening(services, platforms, health, partial(have_looked_over, services)).run(),
        },
        {
            LIVE: relay.run(),
            "reading of channels": channels_read(services),
            "note of its address": running_noted(services, running),
            **helpers(services, health),
        },
        say,
    )
