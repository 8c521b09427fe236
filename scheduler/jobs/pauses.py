"""Pausing of channels that their platform refuses us, and resuming them."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from bot.errors import ChatError
from bot.model import Channel
from bot.usecases import channels as channel_settings
from bot.usecases.answers import note
from scheduler.jobs.due_channels import current_states
from scheduler.services import Services

logger = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(hours=1)
"""How often a channel whose platform refused us is tried again."""


async def refused(services: Services, channel: Channel, because: str) -> None:
    """Pause a channel that its platform refuses us, with one notice for each reason; its settings are kept, and it is looked at hourly."""
    services.backoff.failed(channel.name, services.clock(), LOOK_AGAIN.total_seconds())
    services.refused.add(channel.name)
    state = (await current_states(services)).get(channel.name)
    # Asked of the database in one go: of two workers that are refused at one instant, one tells of it.
    if not await channel_settings.pause(channel, because, services.unit_of_work, services.clock):
        return
    logger.error("%s is paused: %s", channel.name, because, extra={"action": "channel_paused", "channel": channel.name})
    await _tell_who_set_up(services, channel, state.set_up_by if state else "", because)


async def _tell_who_set_up(services: Services, channel: Channel, member_id: str, because: str) -> None:
    """Write to the member who set a channel up, or to its editors, that it stopped. Once for each reason, as the pause is."""
    lines = (
        f"No digest comes in #{channel.name} for now: {because.rstrip('.')}.",
        "It is tried again every hour, and goes on by itself once that is mended.",
    )
    direct = services.direct_messages().get(channel.platform)
    if not member_id or direct is None:
        await services.tell_editors(channel, *lines)
        return
    try:
        await direct.tell(member_id, [note(line) for line in lines])
    except ChatError as error:
        logger.info("%s is paused, and who set it up could not be told: %s", channel.name, error, extra={"action": "pause_not_told", "channel": channel.name})  # fmt: skip


async def admitted(services: Services, channel: Channel) -> None:
    """Resume a channel that its platform had refused; one that people paused stays so."""
    services.backoff.well(channel.name)
    services.refused.discard(channel.name)
    if await channel_settings.resume(channel, services.unit_of_work, by_people=False):
        logger.warning("%s is well again", channel.name, extra={"action": "channel_resumed", "channel": channel.name})


async def channel_news(services: Services, platform: str, channel_id: str, because: str | None) -> None:
    """Pause the channels that a platform says cannot be posted to, or resume them; an empty id means all of them."""
    for channel in await services.current_channels():
        if channel.platform != platform or channel_id not in {"", channel.id}:
            continue
        if because is None:
            await admitted(services, channel)
        else:
            await refused(services, channel, because)
