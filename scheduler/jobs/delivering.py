"""The job that makes and sends digests: a channel's is compiled, frozen and sent, or gone on with."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from bot.digest import waits
from bot.errors import ChatError, ChatRefused, StorageError
from bot.model import Channel, ChannelState, Digest, Window
from bot.usecases import deliver as delivering
from bot.usecases.catchup import skip_missed
from bot.usecases.compile import compile_digest, due_digest
from scheduler.jobs.collecting import SINCE, collect
from scheduler.jobs.due_channels import Choice, awake, current_states, due_in_channel
from scheduler.jobs.pauses import admitted, refused
from scheduler.services import Services

logger = logging.getLogger(__name__)

SERVED_AT_ONCE: Final = 50
"""
How many channels of a platform are served side by side. Each of them asks the database, whose pool has some fifteen connections for all;
platforms take a message a second in a channel, and so some fifty a second are as many as one of them allows.
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A digest that was frozen now, and how it went: `problem` says why it is not all sent yet."""

    digest: Digest
    problem: str | None = None


async def deliver_due(
    services: Services, progress: delivering.Progress | None = None, *, make: bool = True, choose: Choice = awake
) -> list[Delivery]:
    """
    Freeze and send every digest that is due, and go on with those that were interrupted; give those frozen now. Unless `make`, none
    is frozen.

    Channels are served side by side, so many of each platform: one whose platform fails is tried again later, one whose platform refuses
    is paused, and no platform keeps another one waiting. Weeks whose digest will not be sent any more are recorded.
    """
    began = services.clock()
    channels = await choose(services)
    states = dict(services.channels.states)
    places: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(SERVED_AT_ONCE))

    async def serve(channel: Channel) -> Delivery | None:
        async with places[channel.platform]:
            return await serve_channel(services, channel, states.get(channel.name), progress, make=make)

    served = await asyncio.gather(*(serve(channel) for channel in channels), return_exceptions=True)
    # Who has its digest now is put to sleep with all others of these at the next tick, in a few queries.
    rest = [channel for channel, outcome in zip(channels, served, strict=True) if outcome is None]
    await services.wake_ups.note(rest, began, services.backoff.end)
    for channel, outcome in zip(channels, served, strict=True):
        if isinstance(outcome, Exception):
            # The edge between channels: what is wrong with one is told, and the others have had theirs.
            logger.error(
                "%s could not be served: %s",
                channel.name,
                outcome,
                # What the database says is no fault of the program's: the sentence says what to do.
                exc_info=None if isinstance(outcome, StorageError) else outcome,
                extra={"action": "channel_failed", "channel": channel.name},
            )
        elif isinstance(outcome, BaseException):
            raise outcome
    lost = [outcome for outcome in served if isinstance(outcome, StorageError)]
    if lost and len(lost) == len(served):
        raise lost[0]
    return [outcome for outcome in served if isinstance(outcome, Delivery)]


async def serve_channel(
    services: Services,
    channel: Channel,
    state: ChannelState | None,
    progress: delivering.Progress | None,
    *,
    make: bool,
) -> Delivery | None:
    """Serve one channel: freeze its digest if it is due, and send what is pending; give the digest that was frozen now."""
    due_now = await due_in_channel(services, channel, services.clock()) if make else None
    for skip in await skip_missed(channel, services.unit_of_work, services.clock()):
        logger.warning(
            "%s gets no digest for %s: %s",
            channel.name,
            skip.week,
            skip.because,
            extra={"action": "week_skipped", "channel": channel.name},
        )
    digest = await freeze(services, channel, *due_now) if due_now else None
    problem = await go_on(services, channel, state, progress) if _may_try(services, channel, state) else None
    return Delivery(digest, problem) if digest else None


async def freeze(services: Services, channel: Channel, week: str, window: Window) -> Digest | None:
    """Compile and freeze a digest; None if it waits for sources that fail, or somebody else was quicker."""
    specs = await services.specs()
    async with services.compiling:
        digest = await compile_digest(
            channel,
            week,
            window,
            services.reading,
            specs=specs,
            now=services.clock(),
            ranker=services.ranker,
            classics=services.builders.classics(),
            spoken=services.spoken,
        )
    because = waits(digest, {spec.id for spec in specs if spec.quiet})
    if because:
        # Said once: it is asked at every tick.
        level = logging.DEBUG if (channel.name, week) in services.said else logging.WARNING
        services.said.add((channel.name, week))
        logger.log(level, "The digest of %s waits: %s", channel.name, because, extra={"action": "digest_waits"})
        return None
    digest = await services.phrased(digest)
    return digest if await delivering.freeze(digest, channel, services.unit_of_work) else None


async def digest_now(services: Services, channel: Channel) -> str:
    """Post the digest that is due in a channel, however late, as `paperround post` does; say in a sentence what came of it."""
    due_now = await due_digest(channel, services.unit_of_work, services.clock(), by_hand=True)
    if due_now is None:
        return f"This week's digest was sent already. {await services.next_digest_line(channel)}."
    week, window = due_now
    await collect(services, since=min(window.start, services.clock() - SINCE))
    frozen = await freeze(services, channel, week, window)
    if frozen is None:
        return f"The digest of {week} waits for sources that do not answer just now. It is sent as soon as they do."
    state = (await current_states(services)).get(channel.name)
    problem = await go_on(services, channel, state, None)
    return (
        f"The digest of {week} is frozen, but not sent: {problem}." if problem else f"The digest of {week} was posted."
    )


def _may_try(services: Services, channel: Channel, state: ChannelState | None) -> bool:
    """
    Whether a channel may be tried: not one that people paused, nor one that just failed or was refused; but at once where
    people resumed it.
    """
    if channel.name in services.refused and not (state and state.paused_because):
        services.refused.discard(channel.name)
        services.backoff.well(channel.name)
    return services.backoff.is_over(channel.name, services.clock()) and not (state and state.paused_by_people)


async def go_on(
    services: Services, channel: Channel, state: ChannelState | None, progress: delivering.Progress | None
) -> str | None:
    """Send what is not sent yet in a channel; give what stands in the way, None if all is sent."""
    async with services.reading() as uow:
        # However long ago it was: whether what was being sent arrived is unknown, and people may have answered it.
        weeks = await uow.postings.unfinished(channel.name)
    chat = services.chats.get(channel.platform)
    if chat is None:
        return f"{channel.platform} cannot be reached without its token"
    try:
        if state and state.paused_because and channel.platform in services.platforms:
            await services.platforms[channel.platform].check(channel)
        async with services.sending[channel.name]:
            for week in weeks:
                await delivering.deliver(
                    channel,
                    week,
                    chat,
                    services.unit_of_work,
                    services.clock,
                    owner=services.owner,
                    progress=progress,
                    sent=lambda: services.backoff.well(channel.name),
                    shown_in=services.audience.shown_in,
                    doubt=lambda said: services.tell_editors(channel, said),
                )
    except ChatRefused as error:
        await refused(services, channel, error.reason)
        return error.reason
    except ChatError as error:
        wait = services.backoff.failed(channel.name, services.clock(), error.retry_after)
        logger.warning(
            "%s is not all sent: %s. It is tried again in %s",
            channel.name,
            error,
            wait,
            extra={"action": "delivery_interrupted", "channel": channel.name},
        )
        return error.reason
    services.backoff.well(channel.name)
    await admitted(services, channel)
    return None
