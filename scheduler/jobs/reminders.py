"""The job that writes members their weekly list."""

from __future__ import annotations

from bot.usecases import remind as reminding
from scheduler.services import Services


async def send_reminders(services: Services) -> None:
    """Send members the reminders that they asked for and that are due."""
    await reminding.send_due(
        services.current_channels,
        services.direct_messages(),
        services.audience.readable_by,
        services.message_url,
        services.unit_of_work,
        services.clock(),
    )
