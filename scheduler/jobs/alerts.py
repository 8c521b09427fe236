"""The job that tells channels at once of works that they follow."""

from __future__ import annotations

import logging

from bot.errors import ChatError, ChatRefused
from bot.usecases import alert as alerting
from scheduler.jobs.due_channels import current_states
from scheduler.jobs.pauses import refused
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def alert(services: Services) -> None:
    """Tell the channels that want it of new works that they follow. One whose platform fails has its alerts at a later tick."""
    asking = [one for one in await services.current_channels() if one.alerts and one.platform in services.chats]
    states = await current_states(services) if asking else {}
    channels = [one for one in asking if not (one.name in states and states[one.name].paused_because)]
    if not channels:
        return
    await alerting.plan_alerts(channels, await services.specs(), services.unit_of_work, services.clock())
    waiting = await alerting.under_way(channels, services.reading)
    for channel in channels:
        if channel.name not in waiting or not services.backoff.is_over(channel.name, services.clock()):
            continue
        chat = services.chats[channel.platform]
        try:
            await alerting.send_alerts(channel, chat, services.unit_of_work, services.clock, owner=services.owner)
        except ChatRefused as error:
            await refused(services, channel, error.reason)
        except ChatError as error:
            services.backoff.failed(channel.name, services.clock(), error.retry_after)
            logger.warning(
                "An alert is not sent yet in %s: %s",
                channel.name,
                error,
                extra={"action": "alert_waits", "channel": channel.name},
            )
