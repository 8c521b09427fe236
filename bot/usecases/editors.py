"""Editors: the members of a channel who are told privately what concerns its digest, and may change it before it is due."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from bot.errors import ChatError
from bot.model import Block, Channel
from bot.ports import DirectMessages, UnitOfWorkFactory

logger = logging.getLogger(__name__)


async def editors_of(channel: Channel, unit_of_work: UnitOfWorkFactory) -> tuple[str, ...]:
    """Give the ids of a channel's editors; where none are named, of the member who set it up in chat."""
    if channel.editors:
        return channel.editors
    async with unit_of_work() as uow:
        state = await uow.channels.get(channel.name)
    return (state.set_up_by,) if state and state.set_up_by else ()


async def tell_editors(
    channel: Channel, blocks: Sequence[Block], chats: Mapping[str, DirectMessages], unit_of_work: UnitOfWorkFactory
) -> int:
    """Send a channel's editors a direct message each; give how many got it. That one takes none, or cannot be reached, is logged."""
    chat, reached = chats.get(channel.platform), 0
    if chat is None:
        return 0
    for editor in await editors_of(channel, unit_of_work):
        try:
            await chat.tell(editor, blocks)
        except ChatError as error:
            logger.warning(
                "An editor was not told: %s", error, extra={"action": "editor_not_told", "channel": channel.name}
            )
        else:
            reached += 1
    return reached
