"""
Whether the processes that share a database were given the same token for each platform: another bot's is refused where this one's is not.

Which tokens live is told by leases (`scheduler.other_tokens`), of which one of the processes with a token holds its.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from typing import Final

from bot.errors import StorageError
from bot.model import Lease
from bot.usecases.unreleased import noted_on_failure, release
from scheduler.configuration_check import holder
from scheduler.idle import is_shared
from scheduler.other_tokens import lease_names, others
from scheduler.services import Services
from scheduler.watches import HELD, keep_looking

logger = logging.getLogger(__name__)

REMEDY: Final = (
    "Give every process the same token, and start those again that had the wrong one. Until then what is refused to one of them is left to the other, and no "
    "channel there is paused."
)


def in_words(found: Mapping[str, Lease]) -> list[str]:
    """Say of each platform on which process another token is; sentences without their full stop."""
    return [
        f"The process on {holder(one)} has another token for {name} than this one"
        for name, one in sorted(found.items())
    ]


async def tokens_watched(services: Services) -> None:
    """Say again and again which tokens this process lives with, and log it once where others live with another one. Ends at once where one process serves."""
    if not is_shared(services):
        return
    await keep_looking(services, _Watch(services))


class _Watch:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._names = lease_names(services.settings)
        self._leases: list[Lease] = []
        self._told: Mapping[str, str] = {}

    async def look(self) -> None:
        """Note that these tokens live, and tell of others."""
        now = self._services.clock()
        with noted_on_failure(self._services.unreleased) as held:
            async with self._services.unit_of_work() as uow:
                for name in self._names.values():
                    if lease := await uow.leases.claim(name, self._services.owner, now, now + HELD):
                        held.append(lease)
                await uow.commit()
        self._leases = held
        found = await others(self._services)
        self._services.other_tokens.clear()
        self._services.other_tokens.update(found)
        names = {platform: one.name for platform, one in found.items()}
        if names and names != self._told:
            for said in in_words(found):
                logger.warning("%s. %s", said, REMEDY, extra={"action": "tokens_differ"})
        self._told = names

    async def end(self) -> None:
        """Give the leases back, so that a token which nobody has any more is not told of."""
        for lease in self._leases:
            with contextlib.suppress(StorageError):
                await release(lease, self._services.unit_of_work, self._services.unreleased)
