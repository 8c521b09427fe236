"""Watch over the database's schema: a process does not go on working where another version of the program has brought the database up to date."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from bot.errors import StorageError
from scheduler.services import Services

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 10.0
"""How often the database's revision is looked at; one row is read."""


class SchemaChanged(StorageError):
    """The database was brought to another revision while this process ran. Starting again is of use: perhaps with the version that belongs to it."""


async def watch_schema(services: Services) -> None:
    """
    Look at the database's revision as long as this process runs. Raises `SchemaChanged` once it is not this program's any more: tables may mean
    something else by now, so whoever runs this takes no new work, finishes what is under way and ends.

    A database that does not answer is not another one.
    """
    while True:
        await asyncio.sleep(LOOK_SECONDS / services.speed)
        try:
            other = await services.other_revision()
        except StorageError:
            continue
        if other is not None:
            told = (
                f"The database was brought to another revision ({other!r}) while this process ran, by another version of Paper Round or by a backup "
                "that was put back. This process takes no new work, finishes what is under way, and ends. Start it again, with the version that "
                "belongs to the database; nothing is lost."
            )
            logger.error("%s", told, extra={"action": "schema_changed"})
            raise SchemaChanged(told)
