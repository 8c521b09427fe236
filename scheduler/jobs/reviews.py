"""The job that shows a digest to its channel's editors before it is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from bot.errors import PaperRoundError
from bot.model import Channel, Digest
from bot.usecases import review as reviewing
from bot.usecases.editors import tell_editors
from scheduler.services import Services

logger = logging.getLogger(__name__)

MOST: Final = 200
"""How many channels are looked at in one go. The others are due at the next one: a review is told of hours before the digest."""

PATIENCE: Final = 5.0
"""How many seconds a tick waits for the reviews that it began. Then they go on without it."""


async def announce_reviews(services: Services) -> None:
    """
    Show digests to their channels' editors, where that is wanted and it is time. A digest waits for none of it, and no platform for another
    (`Services.reviewing`). A tick at which none is due asks nothing of any channel.
    """
    reached = services.direct_messages()
    began = [
        future
        for channel in await due_reviews(services)
        if channel.platform in reached and (future := _submit(services, channel))
    ]
    if began:
        await asyncio.wait(began, timeout=PATIENCE)


async def due_reviews(services: Services) -> Sequence[Channel]:
    """The channels of which it is to be asked now whether editors are to be shown the digest, on whichever platform. One that is paused is asked about later."""
    channels, now = await services.current_channels(), services.clock()
    found = list[Channel]()
    for channel in services.review_schedule.due(channels, now, MOST):
        # Until it is known how it went. Who resumes a channel changes it, so that it is looked at again at once.
        services.review_schedule.look(channel, now + reviewing.RETRY)
        state = services.channels.states.get(channel.name)
        if not (state and state.paused_because):
            found.append(channel)
    return found


async def to_show(services: Services) -> Sequence[Channel]:
    """The channels whose editors are to be shown the digest now, by whoever reaches their platform."""
    found = []
    for channel in await due_reviews(services):
        stands = await reviewing.outlook(channel, services.clock(), services.reading)
        services.review_schedule.look(channel, stands.again)
        if stands.now:
            found.append(channel)
    return found


async def review(services: Services, channel: Channel) -> None:
    """Show a channel's digest to its editors, if it is time and they can be reached. What is wrong is told, and it is tried again."""
    if channel.platform not in services.direct_messages():
        return
    try:
        told = await reviewing.announce(
            channel,
            services.clock(),
            services.unit_of_work,
            partial(_preview, services),
            partial(tell_editors, channel, chats=services.direct_messages(), unit_of_work=services.unit_of_work),
        )
        stands = await reviewing.outlook(channel, services.clock(), services.reading)
    except PaperRoundError as error:
        logger.warning(
            "A digest is not shown to its editors yet: %s",
            error,
            extra={"action": "review_waits", "channel": channel.name},
        )
        return
    services.review_schedule.look(channel, stands.again)
    if told:
        logger.info(
            "Editors were shown the digest of %s",
            channel.name,
            extra={"action": "review_shown", "channel": channel.name},
        )


async def _preview(services: Services, channel: Channel) -> Digest:
    async with services.compiling:
        return await services.preview(channel)


def _submit(services: Services, channel: Channel) -> asyncio.Future[None] | None:
    pool = services.reviewing[channel.platform]
    return pool.submit(channel.name, channel.workspace, partial(_apart, services, channel))


async def _apart(services: Services, channel: Channel) -> None:
    """Review one channel of many: a fault of ours in one costs no other its review."""
    try:
        await review(services, channel)
    except Exception:
        logger.exception(
            "%s could not be served", channel.name, extra={"action": "channel_failed", "channel": channel.name}
        )
