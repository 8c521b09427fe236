"""Listening of a role: on platforms whose events come by requests at once, on a connection of ours once this process owns it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Final

from bot.errors import ChatError, StorageError
from bot.ports import Hearing
from scheduler.bootstrap import shards_of
from scheduler.health import Health
from scheduler.jobs.shared import reconcile_job
from scheduler.roles.ownership import Connection, owned
from scheduler.services import Services

logger = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 60.0
"""Pause before a platform that could not be listened to is tried again."""

LOOK_OVER_SECONDS: Final = 5.0
"""Pause before that a platform is looked over is put into the queue again, where the database is away."""


class Listening:
    """Listens on some platforms, as long as `run` runs."""

    def __init__(self, services: Services, platforms: Collection[str], health: Health | None) -> None:
        self._services = services
        self._platforms = platforms
        self._health = health

    async def run(self) -> None:
        """Listen until this is cancelled. Raises `OwnershipLost`."""
        async with asyncio.TaskGroup() as group:
            for name in self._platforms:
                group.create_task(self._listen(name), name=f"listen on {name}")

    async def _listen(self, platform: str) -> None:
        if self._services.platforms[platform].hearing is Hearing.REQUESTS:
            await self._hear(platform)
            await asyncio.Event().wait()
        async with owned(self._services, connection_of(self._services, platform)) as keeping:
            hearing = asyncio.create_task(self._hear(platform), name=f"hear {platform}")
            try:
                await asyncio.wait({hearing, keeping}, return_when=asyncio.FIRST_COMPLETED)
                await keeping
            finally:
                hearing.cancel()

    async def _hear(self, platform: str) -> None:
        """Listen, however often that takes; then have looked for what was missed meanwhile."""
        services = self._services
        while True:
            try:
                await services.chats[platform].listen(services.recorder.receive)
                break
            except ChatError as error:
                logger.error("Cannot listen on %s: %s", platform, error, extra={"action": "listen_failed"})  # noqa: TRY400 - it says why
            except Exception:
                # The edge: a fault of ours on one platform is no reason for silence on the others.
                logger.exception("Cannot listen on %s", platform, extra={"action": "listen_failed"})
            await asyncio.sleep(AGAIN_SECONDS / services.speed)
        if self._health is not None:
            self._health.hears(platform)
        await self._have_looked_over(platform)

    async def _have_looked_over(self, platform: str) -> None:
        """Put that into the queue, however often it takes: the next one would come a day later."""
        while True:
            try:
                await self._services.shared_queue().defer(reconcile_job(platform))
            except StorageError as error:
                logger.warning(
                    "What was missed on %s is looked for later: %s",
                    platform,
                    error,
                    extra={"action": "reconcile_waits"},
                )
                await asyncio.sleep(LOOK_OVER_SECONDS / self._services.speed)
            else:
                return


def connection_of(services: Services, platform: str) -> Connection:
    """What this process owns while it listens on a platform."""
    return Connection(f"listen/{platform}", shards_of(services, platform))
