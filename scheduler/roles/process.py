"""The process of a role: its parts run side by side until a signal comes or one of them fails, and end within a bounded time."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.errors import StorageError
from bot.ports import JobRequest
from scheduler.clock_check import warn_of_disagreement
from scheduler.configuration_check import configuration_watched
from scheduler.jobs.upkeep import tidy
from scheduler.services import Services
from scheduler.stopping import StopSignals
from scheduler.token_check import tokens_watched

if TYPE_CHECKING:
    from adapters.web.http.server import PageServer
    from scheduler.health import Health

logger = logging.getLogger(__name__)

END_SECONDS: Final = 16.0
"""How long the parts may take to end: a worker's jobs get ten seconds, the page five."""

LAST_SECONDS: Final = 22.0
"""After this the process exits, whatever still hangs."""

TIDY_SECONDS: Final = 600.0

CLOCK_CHECK_SECONDS: Final = 600.0

RELEASE_SECONDS: Final = 3.0

CHANNELS_SECONDS: Final = 5.0
"""How often a process that listens reads which channels there are: one statement, of an index alone where nothing changed."""


async def run_parts(
    parts: Mapping[str, Coroutine[Any, Any, None]],
    aside: Mapping[str, Coroutine[Any, Any, None]],
    say: Callable[[str], None],
) -> None:
    """
    Run parts until a signal comes (`StopSignals`), or until one of `parts` ends; raises what ended it. Those that are run `aside` are a help: without one of
    them the process does its work all the same.
    """
    signals = StopSignals()
    signals.catch(LAST_SECONDS)
    tasks = [asyncio.create_task(part, name=name) for name, part in parts.items()]
    helpers = [asyncio.create_task(_aside(name, part), name=name) for name, part in aside.items()]
    wanted = asyncio.create_task(signals.wanted.wait())
    await asyncio.wait({wanted, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in tasks if task.done()]
    if not failed:
        say("Stopping: what is under way comes to its end first, for a few seconds. Once more stops at once.")
    for task in (wanted, *tasks, *helpers):
        task.cancel()
    await asyncio.wait([*tasks, *helpers], timeout=END_SECONDS)
    for task in failed:
        if not task.cancelled() and (error := task.exception()):
            raise _first(error)


async def _aside(name: str, part: Coroutine[Any, Any, None]) -> None:
    try:
        await part
    except Exception:
        # The edge: what ends here is missed, and no reason to end the rest.
        logger.exception(
            "The %s of this process came to an end; everything else goes on. Restart it when that suits",
            name,
            extra={"action": "helper_ended"},
        )


def _first(error: BaseException) -> BaseException:
    """What was raised, out of the group that tasks raise it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def serve(server: PageServer, bound: socket.socket) -> None:
    """Serve until this is cancelled; then end live streams, and let answers under way come to their end."""
    serving = asyncio.create_task(server.serve(sockets=[bound]), name="page")
    try:
        await asyncio.shield(serving)
    finally:
        server.should_exit = True
        await asyncio.wait({serving})


def helpers(services: Services, health: Health) -> dict[str, Coroutine[Any, Any, None]]:
    """What every role runs `aside`, by how it is called in the log."""
    return {
        "measuring of the event loop": health.feel(),
        "return of freed memory": tidied(services),
        "clock check": clock_checked(services),
        "comparison of configuration files": configuration_watched(services),
        "comparison of tokens": tokens_watched(services),
        "giving back of leases": leases_released(services),
    }


async def tidied(services: Services) -> None:
    """Return freed memory to the system every ten minutes."""
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        await tidy(services)


async def clock_checked(services: Services) -> None:
    """Say whether the machine's clock is wrong, and say it again every ten minutes."""
    while True:
        await warn_of_disagreement(services)
        await asyncio.sleep(CLOCK_CHECK_SECONDS)


async def leases_released(services: Services) -> None:
    """Give back leases that could not be while the database was away, as soon as it answers: who is to go on with a digest need not wait for their end."""
    while True:
        await asyncio.sleep(RELEASE_SECONDS / services.speed)
        try:
            number = await services.unreleased.release(services.unit_of_work)
        except StorageError:
            continue  # whoever needs the database says so
        if number:
            logger.info("%s leases are given back, now that the database answers", number, extra={"action": "leases_released", "number": number})  # fmt: skip


async def channels_read(services: Services) -> None:
    """
    Read again and again which channels there are, for a process that listens and has no clock: what happens in a channel that another process set
    up is otherwise taken for something in none of ours.
    """
    while True:
        await asyncio.sleep(CHANNELS_SECONDS / services.speed)
        try:
            await services.current_channels()
        except StorageError:
            continue  # whoever needs the database says so


async def deferred_at_start(services: Services, *jobs: JobRequest) -> None:
    """Put jobs into the queue as the process begins; where the database is away, the clock's come soon."""
    try:
        await services.shared_queue().defer(*jobs)
    except StorageError as error:
        logger.warning("%s", error, extra={"action": "clock_waits"})
