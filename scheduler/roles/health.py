"""
Health checks of a role: the database, the platforms that this process listens to, and whether anybody works at all.

A web process is ready though no worker lives: it takes what people do. So `work` is told by a metric and a part of its own, and a
standby that owns no connection is as ready as the one that does.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from bot.errors import PaperRoundError
from bot.ports import Hearing
from scheduler.health import Health
from scheduler.jobs.shared import last_tick
from scheduler.services import Services

LATE: Final = timedelta(seconds=120)
"""After how long without a tick nobody works: no clock wakes, or no worker lives."""


class RoleHealth(Health):
    """
    Health of one process of several. `platforms` are those whose events it takes itself: by requests from the start, over a connection once it
    owns that.
    """

    def __init__(self, services: Services, platforms: Collection[str]) -> None:
        super().__init__(services, services.metrics)
        self._mine = frozenset(platforms)

    async def ready(self) -> dict[str, str | None]:
        """Each part with what is wrong with it, in a phrase of ours; None for one that works."""
        found = {name: fault for name, fault in (await self._platforms()).items() if self._is_taken_here(name)}
        return {"database": await self._database(), **found}

    def _is_taken_here(self, platform: str) -> bool:
        taken = self._services.platforms[platform].hearing is Hearing.REQUESTS or platform in self._heard
        return platform in self._mine and taken

    async def _look(self) -> None:
        await super()._look()
        try:
            last = await last_tick(self._services)
        except PaperRoundError:
            return
        late = last is None or self._services.clock() - last > LATE
        self._registry.ready.labels("work").set(not late)
