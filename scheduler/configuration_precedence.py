"""
Precedence of configuration files: where processes that work were started with different ones, the file that was changed last counts.

A process reads its file at its start alone. Amid a restart that takes minutes, and on a machine that was forgotten, one with an older file would make the
digests of its own days, and put channels to sleep until them. So it stands by as long as another process works with a file that was changed later, and
goes on where that is gone: whoever goes back to an older file works as soon as the last process with the newer one has ended.

Which files processes work with is told by leases, one a file, named by when it was changed and by its fingerprint.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from bot.errors import StorageError
from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure, release
from scheduler.configuration_check import fingerprint, holder
from scheduler.idle import is_shared
from scheduler.services import Services

logger = logging.getLogger(__name__)

PREFIX: Final = "working by configuration/"

LOOK_SECONDS: Final = 5.0
"""How often a process looks whether another one works with a newer file: so long an older one goes on beside it at most."""

HELD: Final = timedelta(seconds=30)
"""How long a file counts as worked with after the last process that had it died."""

GONE_SECONDS: Final = 30.0
"""How long no newer file may have been seen before an older one counts again: of a process that is started again the lease is given back meanwhile."""

SETTLED_SECONDS: Final = 20.0
"""After how long whoever was to stand by does nothing any more: `LOOK_SECONDS`, ten in which its jobs come to their end, and some more."""


class Precedence:
    """
    Whether this process' configuration file counts. It does on a database that one process serves, and wherever no other process works with a file that was
    changed later; of two that were changed at one instant both do, which is told (`scheduler.configuration_check`).

    Whenever others may have worked with an older file, or with a newer one that is gone, wake-ups are worked out again: a channel that they put to
    sleep is not to be missed.
    """

    def __init__(self, services: Services, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._services = services
        self._monotonic = monotonic
        self._mine = services.settings.changed, fingerprint(services.settings)
        self._shared = is_shared(services)
        self._lease: Lease | None = None
        self._counting = asyncio.Event()
        self._superseded = asyncio.Event()
        self._newer_seen: float | None = None
        self._older: frozenset[str] = frozenset()
        self._settled: float | None = None
        if not self._shared:
            self._counting.set()

    @property
    def counts(self) -> bool:
        """Whether it does, by the last look; not before the first one."""
        return self._counting.is_set()

    @property
    def stands_by(self) -> bool:
        """Whether this process leaves its work to those with a newer file, by the last look."""
        return self._superseded.is_set()

    async def look(self) -> None:
        """Note that this process works with its file, and see who does with others. Raises `StorageError`."""
        if not self._shared:
            return
        changed, name = self._mine
        living = await self._living()
        newer = [lease for when, file, lease in living if when > changed and file != name]
        older = frozenset(lease.name for when, file, lease in living if when < changed and file != name)
        now = self._monotonic()
        if newer:
            self._newer_seen = now
            self._stand_by(newer[-1])
        elif self._newer_seen is None or now - self._newer_seen >= GONE_SECONDS:
            self._count()
        if older - self._older:
            self._settled = now + SETTLED_SECONDS
        self._older = older
        if self._settled is not None and now >= self._settled:
            self._settled = None
            self._services.wake_ups.begin_again()

    async def watch(self) -> None:
        """Look again and again, for ever; then give the lease back."""
        try:
            while True:
                with contextlib.suppress(StorageError):  # whoever needs the database says so
                    await self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await self._end()

    async def working(self, work: Callable[[], Awaitable[None]]) -> None:
        """Work whenever the file counts, until this is cancelled or the work ends by itself. What is under way when it counts no more is cancelled, and waited for."""
        while True:
            await self._counting.wait()
            done = asyncio.ensure_future(work())
            superseded = asyncio.create_task(self._superseded.wait())
            try:
                await asyncio.wait({done, superseded}, return_when=asyncio.FIRST_COMPLETED)
                if done.done():
                    done.result()
                    return
            finally:
                superseded.cancel()
                done.cancel()
                await asyncio.wait({done})

    def _stand_by(self, newer: Lease) -> None:
        if self._superseded.is_set():
            return
        self._counting.clear()
        self._superseded.set()
        logger.warning(
            "This process takes no jobs: %s works with a configuration file that was changed later. Give this machine the same one and start this process "
            "again; until then it stands by, and goes on if nobody works with that one any more",
            holder(newer),
            extra={"action": "configuration_superseded"},
        )

    def _count(self) -> None:
        if self._superseded.is_set():
            self._superseded.clear()
            self._services.wake_ups.begin_again()
            logger.warning(
                "This process takes jobs again: nobody works with a configuration file that was changed later",
                extra={"action": "configuration_counts"},
            )
        self._counting.set()

    async def _living(self) -> list[tuple[int, str, Lease]]:
        """Claim the lease of our file, unless another process has it, and give all: when each file was changed, its fingerprint, and who holds its lease; the oldest first."""
        changed, name = self._mine
        services, now = self._services, self._services.clock()
        with noted_on_failure(services.unreleased) as held:
            async with services.unit_of_work() as uow:
                lease = await uow.leases.claim(f"{PREFIX}{changed}/{name}", services.owner, now, now + HELD)
                if lease is not None:
                    held.append(lease)
                found = await uow.leases.held(now)
                await uow.commit()
        self._lease = lease
        named = [(one.name.removeprefix(PREFIX).split("/"), one) for one in found if one.name.startswith(PREFIX)]
        return sorted(((int(when), file, one) for (when, file), one in named), key=lambda row: row[:2])

    async def _end(self) -> None:
        if self._lease is None:
            return
        with contextlib.suppress(StorageError):
            await release(self._lease, self._services.unit_of_work, self._services.unreleased)
