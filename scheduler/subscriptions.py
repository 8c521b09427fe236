"""What setting up a channel in chat needs of the process: fresh sources, a first delivery, notices in the channel."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Final

from bot.errors import ChatError, PaperRoundError, UsageError
from bot.model import Channel, Post
from bot.rendering import posting_key
from bot.usecases.command_context import Subscribing, SubscriptionRules
from scheduler import jobs
from scheduler.jobs.requests import collect_job, tick_job

if TYPE_CHECKING:
    from bot.ports import JobQueue, Platform
    from scheduler.services import Services

logger = logging.getLogger(__name__)

COLLECT_SECONDS: Final = 180.0
"""How long somebody who sets up a channel waits for the sources, where another process asks them."""


def subscribing(services: Services) -> Subscribing:
    """Wire what members set up in chat to this process."""
    bounds = services.settings.chat
    return Subscribing(
        rules=SubscriptionRules(most=bounds.max_channels, teams=frozenset(bounds.workspaces)),
        check=lambda channel: _platform(services, channel).check(channel),
        title=lambda channel: _platform(services, channel).title(channel),
        collect=lambda: collect_for_preview(services),
        deliver=lambda: deliver_soon(services),
        announce=lambda channel, post, key: announce(services, channel, post, key),
    )


async def collect_for_preview(services: Services) -> None:
    """Ask the sources, if that was long ago; of two who want it at once the second waits for the first."""
    if services.queue is not None:
        await _collected_elsewhere(services, services.queue)
        return
    async with services.collect_turn:
        if await jobs.is_long_ago(services):
            await jobs.collect(services, respect_backoff=True)


async def _collected_elsewhere(services: Services, queue: JobQueue) -> None:
    """Let a worker ask the sources, if that was long ago; wait for it, but not for ever: then the preview shows what is stored."""
    ends = time.monotonic() + COLLECT_SECONDS
    while await jobs.is_long_ago(services) and time.monotonic() < ends:
        await queue.defer(collect_job())
        await asyncio.sleep(1)


def deliver_soon(services: Services) -> None:
    """Deliver what is due in the background: whoever started it must not wait for a platform. What fails the next tick sends."""

    async def deliver() -> None:
        try:
            if services.queue is not None:
                await services.queue.defer(tick_job())
            else:
                await jobs.deliver_due(services)
        except PaperRoundError as error:
            logger.warning("The first digest is not sent yet: %s", error, extra={"action": "delivery_interrupted"})

    task = asyncio.create_task(deliver(), name="first digest")
    services.asking.add(task)
    task.add_done_callback(services.asking.discard)


async def announce(services: Services, channel: Channel, post: Post, key: str) -> None:
    """Post a notice in a channel, once for each key. One that the platform does not take is logged, and not tried again."""
    chat, name = services.chats.get(channel.platform), f"announced {key}"
    async with services.reading() as uow:
        if chat is None or await uow.notes.get(name):
            return
    try:
        await chat.post(channel, post, posting_key(channel.name, key, 0))
    except ChatError as error:
        logger.warning("A notice could not be posted in %s: %s", channel.name, error, extra={"action": "notice_not_posted", "channel": channel.name})  # fmt: skip
        return
    async with services.unit_of_work() as uow:
        await uow.notes.put(name, services.clock().isoformat())
        await uow.commit()


def _platform(services: Services, channel: Channel) -> Platform:
    found = services.platforms.get(channel.platform)
    if found is None:
        raise UsageError(
            f"{channel.platform} cannot be reached without its token. {services.remedy(channel.platform)}."
        )
    return found
