"""Watches: what a process notes of itself in the database again and again while it lives, for those that share it."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Final, Protocol

from bot.errors import StorageError
from scheduler.services import Services

EVERY_SECONDS: Final = 60.0

HELD: Final = timedelta(minutes=3)
"""For how long a process that says nothing any more counts as alive."""


class Watch(Protocol):
    """What is noted at each look. Both raise `StorageError`."""

    async def look(self) -> None:
        """Note it, and tell of others."""
        ...

    async def end(self) -> None:
        """Take back what was noted."""
        ...


async def keep_looking(services: Services, watch: Watch) -> None:
    """Look each minute until this is cancelled; then end the watch."""
    try:
        while True:
            with contextlib.suppress(StorageError):  # whoever needs the database says so
                await watch.look()
            await asyncio.sleep(EVERY_SECONDS / services.speed)
    finally:
        await watch.end()
