"""Listening: on platforms whose events come by requests at once, on a connection of ours as long as this process owns it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from bot.errors import ChatError, StorageError
from bot.ports import Hearing
from scheduler import kept_leases
from scheduler.bootstrap.platforms import shards_of
from scheduler.health import Health
from scheduler.idle import is_shared
from scheduler.kept_leases import LeaseLost
from scheduler.ownership import Connection, owned
from scheduler.services import Services

logger = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 60.0
"""Pause before a platform that could not be listened to is tried again."""

DOWN_SECONDS: Final = 180.0
"""
For how long a connection that this process owns may be down before it is given up, so that another process tries: longer than a platform's own
attempts to mend one take as a rule.
"""

DOWN_SECONDS_PER_SHARD: Final = 10.0
"""So much longer for each shard: Discord lets them begin one every five seconds."""

LONGEST_DOWN_SECONDS: Final = 1800.0
"""After each time in vain it is twice as long, up to this: every attempt costs one of the day's, where there are so many."""

WATCH_SECONDS: Final = 5.0
"""How often it is looked whether the connection lives."""

LOOK_OVER_SECONDS: Final = 5.0
"""Pause before that a platform is looked over is asked for again, where the database is away."""

STOP_SECONDS: Final = 6.0
"""How long a connection may take to close: Discord's hands on for five seconds what was received."""


class Listening:
    """
    Listens on some platforms, as long as `run` runs.

    A connection that several processes could open (on PostgreSQL) belongs to one of them. The others stand by: they are told so once, and listen when
    it is gone. Whoever loses it stops listening, and stands by; whoever cannot listen on it, say for want of a good token, gives it back for some
    time, so that another one tries. None of it ends the process. `missed` has a platform looked over for what happened while nobody listened;
    `say` tells a person that we stand by.
    """

    def __init__(
        self,
        services: Services,
        platforms: Collection[str],
        health: Health,
        missed: Callable[[str], Awaitable[object]],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._services = services
        self._health = health
        self._missed = missed
        self._say = say
        self._begun = {platform: asyncio.Event() for platform in platforms}
        self._standing_by: set[str] = set()
        self._allowed_downtime: dict[str, float] = {}

    async def run(self) -> None:
        """Listen until this is cancelled; then every connection is closed, and belongs to whoever comes next."""
        async with asyncio.TaskGroup() as group:
            for name in self._begun:
                group.create_task(self._listen(name), name=f"listen on {name}")

    async def begun(self) -> None:
        """Wait until each platform was tried: it is listened to, did not answer, or is another process'."""
        for one in self._begun.values():
            await one.wait()

    async def _listen(self, platform: str) -> None:
        services = self._services
        if services.platforms[platform].hearing is Hearing.REQUESTS or not is_shared(services):
            await self._hear(platform)
            await asyncio.Event().wait()
        connection = connection_of(services, platform)
        while True:
            try:
                async with owned(services, connection, partial(self._stand_by, platform)):
                    await self._hear_while_owned(connection, platform)
            except LeaseLost as error:
                logger.warning(
                    "%s is not listened to here any more. %s",
                    self._called(platform),
                    error,
                    extra={"action": "ownership_lost"},
                )
                # Whether somebody else listens is seen with the next claim.
                self._health.does_not_hear(platform)
            else:
                self._health.does_not_hear(platform)
                await asyncio.sleep(AGAIN_SECONDS / services.speed)

    def _stand_by(self, platform: str, owner: str) -> None:
        self._health.stands_by(platform)
        self._begun[platform].set()
        if platform in self._standing_by:
            return
        self._standing_by.add(platform)
        machine, _, process = owner.rpartition("/")[0].rpartition("/")
        words = (
            f"{self._called(platform)} is listened to by another Paper Round (process {process} on {machine}), or was until that was killed. "
            f"This one serves everything else, and listens as soon as the other one has given no sign for {kept_leases.HELD.total_seconds():.0f} seconds."
        )
        logger.info("%s", words, extra={"action": "ownership_stands_by", "platform": platform})
        self._say(words)

    async def _hear_while_owned(self, connection: Connection, platform: str) -> None:
        """Listen as long as the connection can be listened on."""
        self._standing_by.discard(platform)
        self._health.does_not_hear(platform)
        try:
            await self._listen_until_down(connection, platform)
        except Exception:
            # The edge: a fault of ours on one platform is no reason for silence on the others.
            logger.exception("%s cannot be listened to", self._called(platform), extra={"action": "listen_failed"})
        finally:
            await self._stop(platform)

    async def _stop(self, platform: str) -> None:
        """Close the connection, before it is given back."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._services.chats[platform].stop_listening()
        except Exception:
            # The edge: whatever it is, the process that listens next is not to wait for it.
            logger.exception("The connection to %s was not closed", platform, extra={"action": "listen_failed"})

    async def _hear(self, platform: str) -> None:
        """Listen, however often that takes; then have looked for what was missed meanwhile."""
        while not await self._begin(platform):  # noqa: ASYNC110 - it is tried, not waited for
            await asyncio.sleep(AGAIN_SECONDS / self._services.speed)
        await self._have_looked_over(platform)

    async def _begin(self, platform: str) -> bool:
        """Try once to listen; tells whether that went well."""
        services = self._services
        with contextlib.suppress(StorageError):  # whoever needs the database says so
            # Whoever stood by knows the channels of its start, and would take what happens in the others for none of ours.
            await services.current_channels()
        try:
            await services.chats[platform].listen(services.recorder.receive)
        except ChatError as error:
            logger.error("Cannot listen on %s: %s", platform, error, extra={"action": "listen_failed"})  # noqa: TRY400 - it says why
            return False
        except Exception:
            # The edge: a fault of ours on one platform is no reason for silence on the others.
            logger.exception("Cannot listen on %s", platform, extra={"action": "listen_failed"})
            return False
        else:
            self._health.hears(platform)
            return True
        finally:
            self._begun[platform].set()

    async def _listen_until_down(self, connection: Connection, platform: str) -> None:
        """Listen until that fails, or the connection has been down for too long."""
        if not await self._begin(platform):
            return
        await self._have_looked_over(platform)
        shards = len(connection.shards)
        least = DOWN_SECONDS + DOWN_SECONDS_PER_SHARD * shards
        allowed = self._allowed_downtime.setdefault(platform, least)
        while (down := await self._seconds_down(platform, allowed)) is None:
            allowed = self._allowed_downtime[platform] = least
        self._allowed_downtime[platform] = max(least, min(2 * allowed, LONGEST_DOWN_SECONDS))
        logger.error(
            "%s has not been heard here for %.0f minutes. Another process may listen now, and this one tries again in a minute",
            self._called(platform),
            down / 60,
            extra={"action": "listen_failed"},
        )

    async def _seconds_down(self, platform: str, allowed: float) -> float | None:
        """Wait until a connection lives, and give None; or until it was down for too long, and give for how long."""
        services = self._services
        began = time.monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS / services.speed)
            if await services.platforms[platform].is_alive():
                return None
            if (down := (time.monotonic() - began) * services.speed) >= allowed:
                return down

    async def _have_looked_over(self, platform: str) -> None:
        """Ask for that, however often it takes: the next time would come a day later."""
        while True:
            try:
                await self._missed(platform)
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

    def _called(self, platform: str) -> str:
        return self._services.platforms[platform].words.name


def connection_of(services: Services, platform: str) -> Connection:
    """What this process owns while it listens on a platform."""
    return Connection(f"listen/{platform}", shards_of(services, platform))
