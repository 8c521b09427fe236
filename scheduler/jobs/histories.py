"""The job that learns from what a channel's members shared before our time."""

from __future__ import annotations

import logging

from bot.errors import ChatError
from bot.ports import History
from bot.usecases import history as histories
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def learn_from_histories(services: Services) -> None:
    """Go on with the channels whose members wanted us to learn from their past. One whose platform fails is tried again at the next tick."""
    waiting = await histories.waiting(services.reading)
    for channel in await services.current_channels() if waiting else ():
        platform = services.platforms.get(channel.platform)
        if channel.name not in waiting or platform is None or not isinstance(platform.chat, History):
            continue
        try:
            await histories.go_on(channel, platform.chat, platform.chat, services.unit_of_work, services.clock)
        except ChatError as error:
            logger.warning(
                "The history of %s cannot be read yet: %s",
                channel.name,
                error,
                extra={"action": "history_waits", "channel": channel.name},
            )
