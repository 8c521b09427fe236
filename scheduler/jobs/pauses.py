"""Pausing of channels that their platform refuses us, and resuming them."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from bot.errors import ChatError
from bot.model import Channel
from bot.usecases import channels as channel_settings
from bot.usecases.pause_notices import due_notices
from scheduler.jobs.due_channels import current_states
from scheduler.missing_keys import undecryptable
from scheduler.other_tokens import others
from scheduler.services import Services

logger = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(hours=1)
"""How often a channel whose platform refused us is tried again."""


async def refused(services: Services, channel: Channel, because: str) -> None:
    """Pause a channel that its platform refuses us; its settings are kept, and it is looked at hourly. `tell_of_pauses` tells people."""
    services.backoff.failed(channel.name, services.clock(), LOOK_AGAIN.total_seconds())
    services.refused.add(channel.name)
    # Asked of the database in one go: of two workers that are refused at one instant, one logs it.
    if not await channel_settings.pause(channel, because, services.unit_of_work, services.clock):
        return
    logger.error("%s is paused: %s", channel.name, because, extra={"action": "channel_paused", "channel": channel.name})


async def tell_of_pauses(services: Services, platform: str) -> None:
    """Write to the members who set up channels that a platform refuses, or to their editors, that these stopped: one notice a person and reason."""
    direct = services.direct_messages().get(platform)
    if direct is None:
        return
    states = (await current_states(services)).values()
    sealed = await undecryptable(services, platform)

    def served(name: str) -> Channel | None:
        found = services.channels.served(name)
        return found if found and found.workspace not in sealed else None

    for notice in await due_notices(platform, states, served, services.unit_of_work, services.clock()):
        try:
            await direct.tell(notice.member_id, notice.blocks)
        except ChatError as error:
            names = ", ".join(notice.channels)
            logger.info("%s: paused, and who set it up could not be told: %s", names, error, extra={"action": "pause_not_told"})  # fmt: skip


async def admitted(services: Services, channel: Channel) -> None:
    """Resume a channel that its platform had refused; one that people paused stays so."""
    services.backoff.well(channel.name)
    services.refused.discard(channel.name)
    if await channel_settings.resume(channel, services.unit_of_work, by_people=False):
        logger.warning("%s is well again", channel.name, extra={"action": "channel_resumed", "channel": channel.name})


async def channel_news(services: Services, platform: str, channel_id: str, because: str | None) -> None:
    """Pause the channels that a platform says cannot be posted to, or resume them; an empty id means all of them."""
    if because is not None:
        if platform in await others(services):
            return  # another bot than another process' may be the one that is not wanted
        await services.current_channels()
    spoken_of = [services.channels.at(platform, channel_id)] if channel_id else services.channels.on(platform)
    for channel in filter(None, spoken_of):
        if because is not None:
            await refused(services, channel, because)
        elif await _is_held_back(services, channel):
            await admitted(services, channel)


async def _is_held_back(services: Services, channel: Channel) -> bool:
    """
    Whether a channel would be resumed, by what is a second old at most: of those that are well a platform says so at each start, of thousands at once. One that
    another process paused within that second is looked at hourly.
    """
    state = await services.channels.lately(channel.name)
    paused = state is not None and state.paused_because is not None
    return paused or channel.name in services.refused or services.backoff.is_failing(channel.name)
