"""
Whether the processes that share a database were started with the same configuration file: each reads its own, at its start alone.

Which files live is told by leases: each file has one, named by its fingerprint, which one of the processes that have it holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.errors import StorageError
from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure, release
from scheduler.idle import is_shared
from scheduler.services import Services
from scheduler.settings.settings import Settings
from scheduler.watches import HELD, keep_looking

logger = logging.getLogger(__name__)

PREFIX: Final = "configuration/"

REMEDY: Final = (
    "Give every process the same paperround.toml, and start all of them again: each reads it at its start alone. Until then the one that was changed last says "
    "what is due, and workers with another one take no jobs; what pages and commands show is each process' own."
)

_OF_ALL: Final = {"channels", "sources", "emoji", "chat", "schedule", "summaries", "retention", "reconcile"}
"""The tables that say what is done, whoever does it, beside those of the platforms. Where a process listens is its own."""


def fingerprint(settings: Settings) -> str:
    """Give what stands for a configuration file, as far as all processes need the same one. It tells nothing of what is in it."""
    tables = settings.model_dump(mode="json", include=_OF_ALL)
    for name, part in settings.platforms.items():
        tables[f"platform {name}"] = part.model_dump(mode="json", include={*part.table()} - part.own_keys)
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()[:16]


async def differing(services: Services) -> str:
    """
    Say that processes which live were started with different configuration files, or all of them with another one than this; a sentence without its full
    stop, empty where there is one file. Raises `StorageError`.
    """
    living = await _living(services)
    if len(living) > 1:
        return f"Processes run with different configuration files: one on {', another on '.join(map(holder, living))}"
    if living and living[0].name != PREFIX + fingerprint(services.settings):
        return (
            f"The configuration file here is not the one with which processes run, such as that on {holder(living[0])}"
        )
    return ""


async def configuration_watched(services: Services) -> None:
    """Say again and again with which file this process lives, and log it once where others live with another one. Ends at once where one process serves."""
    if not is_shared(services):
        return
    await keep_looking(services, _Watch(services))


class _Watch:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._name = PREFIX + fingerprint(services.settings)
        self._lease: Lease | None = None
        self._seen: tuple[Sequence[str], datetime] = ((), services.clock())
        """Which files lived at the last look, and since when just these do."""
        self._told: Sequence[str] = ()

    async def look(self) -> None:
        """Note that this file lives, and tell of others that have lived beside it for long enough."""
        now = self._services.clock()
        with noted_on_failure(self._services.unreleased) as held:
            async with self._services.unit_of_work() as uow:
                lease = await uow.leases.claim(self._name, self._services.owner, now, now + HELD)
                if lease is not None:
                    held.append(lease)
                await uow.commit()
        self._lease = lease
        living = await _living(self._services)
        names = [one.name for one in living]
        if names != self._seen[0]:
            self._seen = names, now
        if names == [self._name]:
            self._told = ()
        elif now - self._seen[1] >= HELD and self._told != names:  # not amid a restart, when files differ
            self._told = names
            logger.warning("%s. %s", await differing(self._services), REMEDY, extra={"action": "configurations_differ"})

    async def end(self) -> None:
        """Give the lease back, so that a file which nobody has any more is not told of."""
        if self._lease is None:
            return
        with contextlib.suppress(StorageError):
            await release(self._lease, self._services.unit_of_work, self._services.unreleased)


async def _living(services: Services) -> list[Lease]:
    """The leases of the files with which processes live."""
    if not is_shared(services):
        return []
    async with services.reading() as uow:
        return [one for one in await uow.leases.held(services.clock()) if one.name.startswith(PREFIX)]


def holder(lease: Lease) -> str:
    """Name the process that holds a lease, for people."""
    host, process, _ = lease.owner.rsplit("/", 2)
    return f"{host} (process {process})"
