"""The job that tells channels at once of works that they follow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from functools import partial

from bot.errors import ChatError, ChatRefused, StorageError
from bot.model import Channel
from bot.usecases import alert as alerting
from scheduler.jobs.delivering import PATIENCE, in_turns
from scheduler.jobs.pauses import refused
from scheduler.missing_keys import is_own_fault, undecryptable
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def alert(services: Services) -> None:
    """
    Tell the channels that want it of new works that they follow. One whose platform fails has its alerts at a later tick. What a quiet tick asks
    does not grow with the number of channels.

    Those that are paused have theirs planned meanwhile: who resumes one within a day is told of what was missed.
    """
    platforms = await plan_alerts(services)
    await asyncio.gather(*(send_alerts(services, platform) for platform in platforms))


async def plan_alerts(services: Services) -> Collection[str]:
    """Plan what is new for the channels that want to be told at once; give the platforms on which an alert is to be sent now."""
    channels = await services.current_channels()
    await services.alert_planner.plan(channels, services.specs, services.clock())
    return {one.platform for one in await _to_tell(services)} if services.alert_planner.wanted else ()


async def send_alerts(services: Services, platform: str) -> None:
    """Send the alerts that wait on a platform; nothing where that is not connected."""
    if platform not in services.chats:
        return
    await services.current_channels()
    sealed = await undecryptable(services, platform)
    waiting = [one for one in await _to_tell(services) if one.platform == platform and one.workspace not in sealed]
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


async def _to_tell(services: Services) -> list[Channel]:
    """The channels with alerts that are not sent yet and may be, by name, on whichever platform."""
    async with services.reading() as uow:
        unsent = await uow.alerts.unsent()
    return [one for name in sorted(unsent) if (one := services.channels.served(name)) and _may_be_told(services, one)]


def _may_be_told(services: Services, channel: Channel) -> bool:
    state = services.channels.states.get(channel.name)
    return channel.alerts and not (state and state.paused_because)


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
    except (ChatError, StorageError) as error:
        if isinstance(error, ChatRefused) and not await is_own_fault(services, channel.platform, error):
            await refused(services, channel, error.reason)
            return
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
