"""
Other tokens: those of a platform with which other processes live that share the database, where this one was given another.

Each token has a lease, named by its fingerprint, as configuration files have (`scheduler.configuration_check`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from bot.model import Lease
from scheduler.services import Services
from scheduler.settings.settings import Settings

PREFIX: Final = "token/"


def lease_names(settings: Settings) -> Mapping[str, str]:
    """Give, by platform, the name of the lease of the token that this process was given for it. It tells nothing of the token."""
    given = {name: part.bot_token_given() for name, part in settings.platforms.items()}
    return {
        name: f"{PREFIX}{name}/{hashlib.sha256(token.encode()).hexdigest()[:16]}"
        for name, token in given.items()
        if token
    }


async def others(services: Services) -> Mapping[str, Lease]:
    """Give, by platform, the lease of another token than this process was given, with which a process lives. Raises `StorageError`."""
    mine = lease_names(services.settings)
    async with services.reading() as uow:
        living = [one for one in await uow.leases.held(services.clock()) if one.name.startswith(PREFIX)]
    return {
        platform: one for one in living if (platform := one.name.split("/")[1]) in mine and one.name != mine[platform]
    }
