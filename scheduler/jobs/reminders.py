"""The job that writes members their weekly list."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Final

from bot.model import Reminder
from bot.ports import DirectMessages
from bot.usecases import remind as reminding
from scheduler.missing_keys import undecryptable
from scheduler.services import Services

logger = logging.getLogger(__name__)

PATIENCE: Final = 5.0
"""How many seconds the job waits for the reminders that it began. Then they go on without it."""


async def send_reminders(services: Services, platform: str) -> None:
    """
    Send a platform's members the reminders that they asked for and that are due.

    Each platform has a pool of its own (`Services.reminding`), with few places, in which workspaces take turns: where one is slow, its own members wait
    alone. What finds no room stays due, and what is another process' to send.
    """
    chat = services.direct_messages().get(platform)
    if chat is None or services.trying:
        return
    sealed = await undecryptable(services, platform)
    sending = [
        future
        for reminder in await reminding.due(platform, services.reading, services.clock())
        if reminder.workspace not in sealed and (future := _submit(services, reminder, chat))
    ]
    if sending:
        await asyncio.wait(sending, timeout=PATIENCE)


def _submit(services: Services, reminder: Reminder, chat: DirectMessages) -> asyncio.Future[None] | None:
    pool = services.reminding[reminder.platform]
    lane = reminder.workspace or reminder.member_id
    return pool.submit(reminder.member_id, lane, partial(_send, services, reminder, chat))


async def _send(services: Services, reminder: Reminder, chat: DirectMessages) -> None:
    try:
        await reminding.send(
            reminder,
            services.current_channels,
            chat,
            services.audience.told_readable_by,
            services.message_url,
            services.unit_of_work,
            services.clock,
        )
    except Exception:
        # The edge between members: what is wrong with one reminder is told, and the others are sent.
        logger.exception(
            "A reminder could not be sent", extra={"action": "reminder_failed", "platform": reminder.platform}
        )
