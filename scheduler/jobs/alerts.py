"""The job that tells channels at once of works that they follow."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from bot.errors import ChatError, ChatRefused, StorageError
from bot.model import Channel
from bot.usecases import alert as alerting
from scheduler.jobs.delivering import PATIENCE, in_turns
from scheduler.jobs.pauses import refused
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def alert(services: Services) -> None:
    """
    Tell the channels that want it of new works that they follow. One whose platform fails has its alerts at a later tick. What a quiet tick asks
    does not grow with the number of channels.

    Those that are paused have theirs planned meanwhile: who resumes one within a day is told of what was missed.
    """
    channels = await services.current_channels()
    await services.alert_planner.plan(channels, services.specs, services.clock())
    if not services.alert_planner.wanted:
        return
    async with services.reading() as uow:
        unsent = await uow.alerts.unsent()
    waiting = [
        one for name in sorted(unsent) if (one := services.channels.served(name)) and _may_be_told(services, one)
    ]
    under_way = []
    for channel in in_turns(waiting):
        pool = services.deliveries[channel.platform]
        # Not amid a digest: while one is being sent there, the alert waits for the next tick.
        if services.backoff.is_over(channel.name, services.clock()) and not pool.holds(channel.name):
            under_way.append(
                pool.submit(f"alert in {channel.name}", channel.workspace, partial(_send, services, channel))
            )
    if pending := [future for future in under_way if future]:
        await asyncio.wait(pending, timeout=PATIENCE)


def _may_be_told(services: Services, channel: Channel) -> bool:
    state = services.channels.states.get(channel.name)
    return channel.alerts and channel.platform in services.chats and not (state and state.paused_because)


async def _send(services: Services, channel: Channel) -> None:
    """Send a channel's alerts; what is wrong is told, and they are sent at a later tick."""
    pool = services.deliveries[channel.platform]
    try:
        await alerting.send_alerts(
            channel,
            services.chats[channel.platform],
            services.unit_of_work,
            services.clock,
            owner=services.owner,
            unreleased=services.unreleased,
        )
    except ChatRefused as error:
        await refused(services, channel, error.reason)
    except (ChatError, StorageError) as error:
        if isinstance(error, ChatError):
            pool.failed(channel.workspace)
            services.backoff.failed(channel.name, services.clock(), error.retry_after)
        logger.warning(
            "An alert is not sent yet in %s: %s",
            channel.name,
            error,
            extra={"action": "alert_waits", "channel": channel.name},
        )
    except Exception:
        # The edge between channels: a fault of ours in one costs no other its alerts.
        logger.exception(
            "%s could not be served", channel.name, extra={"action": "channel_failed", "channel": channel.name}
        )
