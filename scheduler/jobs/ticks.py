"""The note that says when somebody last asked what is due."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from scheduler.services import Services

TICKED: Final = "ticked"
"""The note that says when a worker last asked what is due, UTC."""


async def note_tick(services: Services, now: datetime) -> None:
    """Note that somebody asks what is due."""
    async with services.unit_of_work() as uow:
        await uow.notes.put(TICKED, now.isoformat())
        await uow.commit()


async def last_tick(services: Services) -> datetime | None:
    """When a worker last asked what is due."""
    async with services.reading() as uow:
        noted = await uow.notes.get(TICKED)
    return datetime.fromisoformat(noted) if noted else None
