"""Which channels are looked at, and what is due in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from bot.model import Channel, ChannelState, Window
from bot.usecases.compile import due_digest
from scheduler.services import Services

Choice = Callable[[Services], Awaitable[Sequence[Channel]]]
"""Gives the channels that are looked at now."""


async def awake(services: Services) -> list[Channel]:
    """The channels in which something may have to be done now. What it costs follows from their number, not from that of all channels."""
    return await services.wake_ups.awake(services.clock(), lambda channel: may_send(services, channel))


async def awake_or_waiting(services: Services) -> list[Channel]:
    """Those that are awake, and those whose digest is due and waits for sources."""
    found = await awake(services)
    known = {channel.name for channel in found}
    return [*found, *(channel for channel in await services.wake_ups.waiting() if channel.name not in known)]


async def every_channel(services: Services) -> Sequence[Channel]:
    """All channels: the same digests come of it at the same instants, at the price of looking at each of them."""
    return await services.current_channels()


async def due(services: Services, choose: Choice = awake_or_waiting) -> list[tuple[Channel, str, Window]]:
    """Channels whose digest is due and not frozen yet, with its week and window; paused ones have none."""
    now = services.clock()
    found = [(channel, await due_in_channel(services, channel, now)) for channel in await choose(services)]
    return [(channel, *week) for channel, week in found if week]


async def is_any_due(services: Services, channels: Sequence[Channel]) -> bool:
    """Whether a digest is due in one of these channels."""
    now = services.clock()
    for channel in channels:
        if await due_in_channel(services, channel, now):
            return True
    return False


async def due_in_channel(services: Services, channel: Channel, now: datetime) -> tuple[str, Window] | None:
    """The week that is due in a channel, and its window; none in one that is paused."""
    state = services.channels.states.get(channel.name)
    if state and state.paused_because:
        return None
    return await due_digest(channel, services.reading, now)


async def current_states(services: Services) -> Mapping[str, ChannelState]:
    """What is kept of channels, by name, as it is now."""
    await services.channels.read()
    return services.channels.states


def may_send(services: Services, channel: Channel) -> bool:
    """Whether what is still to be sent in a channel may be tried now."""
    state = services.channels.states.get(channel.name)
    by_people = state is not None and state.paused_by_people
    return (
        channel.platform in services.chats
        and not by_people
        and services.backoff.is_over(channel.name, services.clock())
    )
