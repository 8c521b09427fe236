"""The job that shows a digest to its channel's editors before it is sent."""

from __future__ import annotations

import logging
from functools import partial

from bot.errors import PaperRoundError
from bot.usecases import review as reviewing
from bot.usecases.editors import tell_editors
from scheduler.jobs.due_channels import current_states
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def announce_reviews(services: Services) -> None:
    """Show each digest to its channel's editors, where that is wanted and it is time. A digest waits for none of it."""
    channels = [channel for channel in await services.current_channels() if channel.review]
    states = await current_states(services) if channels else {}
    for channel in channels:
        state = states.get(channel.name)
        if state and state.paused_because:
            continue
        try:
            told = await reviewing.announce(
                channel,
                services.clock(),
                services.unit_of_work,
                services.preview,
                partial(tell_editors, channel, chats=services.direct_messages(), unit_of_work=services.unit_of_work),
            )
        except PaperRoundError as error:
            logger.warning(
                "A digest is not shown to its editors yet: %s",
                error,
                extra={"action": "review_waits", "channel": channel.name},
            )
            continue
        if told:
            logger.info(
                "Editors were shown the digest of %s",
                channel.name,
                extra={"action": "review_shown", "channel": channel.name},
            )
