"""The jobs that learn from before our time: from what a channel's members shared, and what the works of its taste are about."""

from __future__ import annotations

import logging

from bot.errors import ChatError
from bot.ports import History
from bot.usecases import history as histories
from bot.usecases.taste_lookups import look_up_by_and_by
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def learn_from_histories(services: Services) -> None:
    """Go on with the channels whose members wanted us to learn from their past. One whose platform fails is tried again after a pause."""
    waiting = await histories.waiting(services.reading)
    for channel in await services.current_channels() if waiting else ():
        platform = services.platforms.get(channel.platform)
        if channel.name not in waiting or platform is None or not isinstance(platform.chat, History):
            continue
        try:
            await histories.go_on(channel, platform.chat, platform.chat, services.unit_of_work, services.clock)
        except ChatError as error:
            await histories.failed(channel, error, services.unit_of_work, services.clock)
            logger.warning(
                "The history of %s cannot be read yet: %s",
                channel.name,
                error,
                extra={"action": "history_waits", "channel": channel.name},
            )


async def look_up_tastes(services: Services) -> None:
    """Look up some of the works that channels were told to like, and of which too little is known."""
    if services.trying:
        return
    names = [channel.name for channel in await services.current_channels()]
    await look_up_by_and_by(names, services.unit_of_work, services.open_works, services.clock)
