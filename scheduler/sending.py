"""Sending of a week's messages in a channel: those that are planned and not sent yet, with what each that arrives says of its platform."""

from __future__ import annotations

from bot.model import Channel
from bot.ports import Chat
from bot.usecases.deliver import Progress, deliver
from scheduler.services import Services


async def send_planned(
    services: Services, channel: Channel, week: str, chat: Chat, progress: Progress | None = None
) -> None:
    """
    Send what is planned of a week's digest, cards that were asked for among it. The caller holds the channel's lock in `services.sending`.

    With each message that arrives the channel is no longer failing, nor its workspace. Raises as `bot.usecases.deliver.deliver` does.
    """
    pool = services.deliveries[channel.platform]

    def sent() -> None:
        services.backoff.well(channel.name)
        pool.well(channel.workspace)

    await deliver(
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
    )
