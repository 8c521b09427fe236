"""Sending of a week's messages in a channel: those that are planned and not sent yet, with what each that arrives says of its platform."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Channel
from bot.ports import Chat
from bot.usecases.deliver import Progress, deliver
from scheduler.services import Services


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages were sent now, and, where people paused the channel amid them, why, as they said it."""

    messages: int
    stopped: str | None = None


async def send_planned(
    services: Services,
    channel: Channel,
    week: str,
    chat: Chat,
    progress: Progress | None = None,
    *,
    by_hand: bool = False,
) -> Sent:
    """
    Send what is planned of a week's digest, cards that were asked for among it. The caller holds the channel's lock in `services.sending`.

    Where people paused the channel, no more is sent than the message that is on its way. With `by_hand` all
    is sent in a channel that was paused before. With each message that arrives the channel is no longer failing, nor its workspace. Raises as `bot.usecases.deliver.deliver` does.
    """
    pool = services.deliveries[channel.platform]

    def sent() -> None:
        services.backoff.well(channel.name)
        pool.well(channel.workspace)

    overruled, stopped = by_hand and await _paused_by_people(services, channel), None

    async def may_go_on() -> bool:
        nonlocal stopped
        stopped = None if overruled else await _paused_by_people(services, channel)
        return stopped is None

    messages = await deliver(
        channel,
        week,
        chat,
        services.unit_of_work,
        services.clock,
        owner=services.owner,
        progress=progress,
        sent=sent,
        shown_in=services.audience.shown_in,
        doubt=lambda said: services.tell_editors(channel, said),
        unreleased=services.unreleased,
        may_go_on=may_go_on,
    )
    return Sent(messages, stopped)


async def _paused_by_people(services: Services, channel: Channel) -> str | None:
    state = await services.channels.lately(channel.name)
    return state.paused_because if state and state.paused_by_people else None
