"""Sending of cards that somebody asked for, at once; what fails here the next tick sends, for it is planned in the database."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.errors import PaperRoundError
from bot.model import Channel, MessageRef
from scheduler.sending import send_planned

if TYPE_CHECKING:
    from scheduler.services import Services

logger = logging.getLogger(__name__)


async def bring(services: Services, channel: Channel, week: str) -> None:
    """Send what is planned of a digest and not sent yet, but in no channel that is paused. One delivery a channel at a time in this process, so that no card comes twice."""
    chat = services.chats.get(channel.platform)
    async with services.reading() as uow:
        state = await uow.channels.get(channel.name)
    if chat is None or (state and state.paused_because):
        return
    try:
        async with services.sending[channel.name]:
            await send_planned(services, channel, week, chat)
    except PaperRoundError as error:
        logger.warning("A card is not sent yet: %s", error, extra={"action": "card_waits", "channel": channel.name})


async def bring_by_keycap(services: Services, ref: MessageRef) -> None:
    """Send the card that a reaction on a list asked for, in the background: whoever records must not wait for a platform."""
    async with services.reading() as uow:
        posting = await uow.postings.at(ref)
        if posting is None or posting.item_key is not None:
            return
        waiting = any(one.item_key and one.ref is None for one in await uow.postings.of(posting.channel, posting.week))
    channel = next((one for one in await services.current_channels() if one.name == posting.channel), None)
    if waiting and channel:
        task = asyncio.create_task(bring(services, channel, posting.week), name=f"card in {channel.name}")
        services.asking.add(task)
        task.add_done_callback(services.asking.discard)
