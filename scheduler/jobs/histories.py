"""The jobs that learn from before our time: from what a channel's members shared, and what the works of its taste are about."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from bot.errors import ChatError, StorageError
from bot.model import Channel
from bot.ports import Chat, History
from bot.usecases import history as histories
from bot.usecases.taste_lookups import look_up_by_and_by
from scheduler.fair_pool import FairPool
from scheduler.services import Services

logger = logging.getLogger(__name__)


PATIENCE: Final = 5.0
"""How many seconds the job waits for the turns that it began. Then they go on without it."""


async def learn_from_histories(services: Services) -> None:
    """
    Go on with the channels whose members wanted us to learn from their past, each by a step: an announcement, or a page of messages.

    Each platform has a pool of its own (`Services.backfilling`), in which workspaces take turns. What finds no room is due the next time.
    """
    turns = [
        future
        for channel in await due_backfills(services)
        if isinstance(_chat(services, channel), History)
        and (
            future := _pool(services, channel).submit(
                channel.name, channel.workspace, partial(_go_on, services, channel)
            )
        )
    ]
    if turns:
        await asyncio.wait(turns, timeout=PATIENCE)


async def due_backfills(services: Services) -> Sequence[Channel]:
    """Give the channels whose next step may be tried now, on whichever platform."""
    if services.trying:
        return ()
    waiting = await histories.waiting(services.reading, services.clock())
    channels = await services.current_channels() if waiting else ()
    return [one for one in channels if one.name in waiting]


async def backfill(services: Services, channel: Channel) -> bool:
    """Do a channel's next step; False where its workspace has as many under way here as it may."""
    pool = _pool(services, channel)
    if not pool.holds(channel.name) and not pool.room(channel.workspace):
        return False
    turn = pool.submit(channel.name, channel.workspace, partial(_step, services, channel))
    if turn is None:
        return False
    await asyncio.shield(turn)  # who is cancelled here leaves it running; the job is put back, and waits for it again
    return True


def _pool(services: Services, channel: Channel) -> FairPool[None]:
    return services.backfilling[channel.platform]


def _chat(services: Services, channel: Channel) -> Chat | None:
    platform = services.platforms.get(channel.platform)
    return None if platform is None else platform.chat


async def _go_on(services: Services, channel: Channel) -> None:
    try:
        await _step(services, channel)
    except StorageError as error:
        logger.error("The history of %s waits: %s", channel.name, error, extra={"action": "history_waits", "channel": channel.name})  # noqa: TRY400 - it says why  # fmt: skip
    except Exception:
        # The edge between channels: what is wrong with one is told, and the others go on.
        logger.exception(
            "The history of %s could not be read",
            channel.name,
            extra={"action": "history_failed", "channel": channel.name},
        )


async def _step(services: Services, channel: Channel) -> None:
    """Do a channel's next step. Where its platform fails, or we do, it is tried again after a pause; only the database's failure is raised as it is."""
    chat = _chat(services, channel)
    if chat is None or not isinstance(chat, History):
        return
    try:
        await histories.go_on(channel, chat, chat, services.unit_of_work, services.clock)
    except ChatError as error:
        await histories.failed(channel, error, services.unit_of_work, services.clock)
        # Where others' requests took its turn it only waits for the next one.
        logger.log(
            logging.WARNING if error.retry_after is None else logging.INFO,
            "The history of %s cannot be read yet: %s",
            channel.name,
            error,
            extra={"action": "history_waits", "channel": channel.name},
        )
    except StorageError:
        raise
    except Exception:
        fault = ChatError(channel.platform, "something is wrong here; whoever runs Paper Round finds it in the log")
        await histories.failed(channel, fault, services.unit_of_work, services.clock)
        raise


async def look_up_tastes(services: Services) -> None:
    """Look up some of the works that channels were told to like, and of which too little is known."""
    if services.trying:
        return
    await look_up_by_and_by(services.unit_of_work, services.open_works, services.clock)
