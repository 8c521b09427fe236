"""The job that makes and sends digests: a channel's is compiled, frozen and sent, or gone on with."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.channel_sources import read_by
from bot.digest.waiting import waits, waits_anyway, waits_until
from bot.due import channel_due_period
from bot.errors import ChatError, ChatRefused, StorageError
from bot.model import Channel, ChannelState, Digest, Window
from bot.periods import in_words
from bot.usecases import deliver as delivering
from bot.usecases.catchup import skip_missed
from bot.usecases.compile import compile_digest, due_digest, note_waiting, reports_of
from bot.usecases.under_way import under_way_line
from bot.usecases.waiting_channels import Wait, answers_of
from scheduler.jobs.collecting import SINCE, collect
from scheduler.jobs.due_channels import Choice, awake, current_states, due_in_channel
from scheduler.jobs.pauses import admitted, refused
from scheduler.missing_keys import is_own_fault
from scheduler.sending import send_planned
from scheduler.services import Services

logger = logging.getLogger(__name__)

PATIENCE: Final = 20.0
"""How many seconds a tick waits for the deliveries that it began. Then they go on without it: what is due elsewhere waits for none that hangs."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A digest that was frozen now, and how it went: `problem` says why it is not all sent yet."""

    digest: Digest
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A digest that is due and waits for sources that fail."""

    wait: Wait


Outcome = Delivery | Waiting | Exception | None
"""What came of serving a channel: a digest that was frozen now, one that waits, what was wrong, or nothing to tell."""


async def deliver_due(
    services: Services,
    progress: delivering.Progress | None = None,
    *,
    make: bool = True,
    choose: Choice = awake,
    patience: float | None = None,
) -> list[Delivery]:
    """
    Freeze and send every digest that is due, and go on with those that were interrupted; give those frozen now. Unless `make`, none
    is frozen.

    Channels are served side by side (`Services.deliveries`), workspaces in turn: one whose platform fails is tried again later, one whose
    platform refuses is paused, and no platform and no workspace keeps another one waiting. Weeks whose digest will not be sent any more are
    recorded.

    Without `patience` all of them have been served at the end. With it, those that are not served after so many seconds are left to themselves,
    and so are those for which there is no room yet: they are still due at the next call, which finds those that are under way.
    """
    began = services.clock()
    channels = {channel.name: channel for channel in in_turns(await choose(services))}
    states = dict(services.channels.states)
    under_way: dict[str, asyncio.Future[Outcome]] = {}
    left: Iterable[Channel] = channels.values()
    while left:
        left = [
            channel
            for channel in left
            if not _submit(services, channel, under_way, partial(_outcome, services, channel, states, progress, make))
        ]
        pending = [one for one in under_way.values() if not one.done()]
        if pending:
            await asyncio.wait(pending, timeout=patience)
        if patience is not None or not pending:
            break
    served = {name: one.result() for name, one in under_way.items() if one.done() and not one.cancelled()}
    # Who has its digest now is put to sleep with all others of these at the next tick, in a few queries.
    rest = [channels[name] for name, outcome in served.items() if outcome is None or isinstance(outcome, Waiting)]
    waiting = {name: outcome.wait for name, outcome in served.items() if isinstance(outcome, Waiting)}
    await services.wake_ups.note(rest, began, services.backoff.end, waiting)
    lost = [outcome for outcome in served.values() if isinstance(outcome, StorageError)]
    if lost and len(lost) == len(channels):
        raise lost[0]
    return [outcome for outcome in served.values() if isinstance(outcome, Delivery)]


def in_turns(channels: Sequence[Channel]) -> Iterator[Channel]:
    """
    Give channels so that workspaces take turns: the first of each, then the second of each, and so on.

    Those of one rhythm come together as far as that allows, for their digests look at the same weeks: what is read and prepared for one serves the
    next, and not the next but one, where a week, a fortnight and a day alternate.
    """
    queues: defaultdict[tuple[str, str], deque[Channel]] = defaultdict(deque)
    for channel in sorted(channels, key=_rhythm):
        queues[channel.platform, channel.workspace].append(channel)
    while queues:
        yield from sorted((queue.popleft() for queue in queues.values()), key=_rhythm)
        queues = defaultdict(deque, {lane: queue for lane, queue in queues.items() if queue})


def _rhythm(channel: Channel) -> str:
    return channel.rhythm


def _submit(
    services: Services,
    channel: Channel,
    under_way: dict[str, asyncio.Future[Outcome]],
    work: Callable[[], Awaitable[Outcome]],
) -> bool:
    """Let a channel be served in its workspace's turn; False where there is no room for it."""
    future = services.deliveries[channel.platform].submit(channel.name, channel.workspace, work)
    if future is not None:
        under_way[channel.name] = future
    return future is not None


async def _outcome(
    services: Services,
    channel: Channel,
    states: Mapping[str, ChannelState],
    progress: delivering.Progress | None,
    make: bool,  # noqa: FBT001 - for `partial`
) -> Outcome:
    """Serve a channel; give its digest if one was frozen now, and what is wrong with it as a value."""
    try:
        return await serve_channel(services, channel, states.get(channel.name), progress, make=make)
    except Exception as error:
        # The edge between channels: what is wrong with one is told, and the others have theirs. What the database says is no fault of the
        # program's: the sentence says what to do.
        logger.error(  # noqa: TRY400 - as said
            "%s could not be served: %s",
            channel.name,
            error,
            exc_info=None if isinstance(error, StorageError) else error,
            extra={"action": "channel_failed", "channel": channel.name},
        )
        return error


async def serve_channel(
    services: Services,
    channel: Channel,
    state: ChannelState | None,
    progress: delivering.Progress | None,
    *,
    make: bool,
) -> Delivery | Waiting | None:
    """Serve one channel: freeze its digest if it is due, and send what is pending; give the digest that was frozen now, or that it waits."""
    due_now = await due_in_channel(services, channel, services.clock()) if make else None
    skipped = await skip_missed(channel, services.unit_of_work, services.clock())
    for because in dict.fromkeys(skip.because for skip in skipped):
        weeks = [skip.week for skip in skipped if skip.because == because]
        logger.warning(
            "%s gets no digest for %s: %s",
            channel.name,
            weeks[0] if len(weeks) == 1 else f"{len(weeks)} weeks, {weeks[0]} to {weeks[-1]}",
            because,
            extra={"action": "week_skipped", "channel": channel.name, "weeks": weeks},
        )
    made = await freeze(services, channel, *due_now) if due_now else None
    problem = await go_on(services, channel, state, progress) if _may_try(services, channel, state) else None
    return Delivery(made, problem) if isinstance(made, Digest) else made


async def freeze(services: Services, channel: Channel, week: str, window: Window) -> Digest | Waiting | None:
    """
    Compile and freeze a digest; give that it waits for sources that fail, or None if somebody else was quicker.

    Where so few of its sources answered that it waits whatever they said, none is compiled: that may be so for all channels at one hour.
    """
    specs = await services.specs()
    quiet = {spec.id for spec in specs if spec.quiet}
    async with services.reading() as uow:
        records = await uow.sources.all()
    wait = Wait(until=waits_until(window), seen=answers_of(read_by(channel, specs), records))
    reports = reports_of(channel, specs, records, since=window.start)
    if because := waits_anyway(reports, window, services.clock(), quiet):
        return await _waiting(services, channel, week, wait, because)
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
            line_menu=services.line_menu(channel),
        )
    if because := waits(digest, quiet):
        return await _waiting(services, channel, week, wait, because)
    digest = await services.phrased(digest)
    return digest if await delivering.freeze(digest, channel, services.unit_of_work) else None


async def _waiting(services: Services, channel: Channel, week: str, wait: Wait, because: str) -> Waiting:
    """Note that a digest waits. It is said once: whether it still does is asked again when its sources answer."""
    level = logging.DEBUG if (channel.name, week) in services.said else logging.WARNING
    services.said.add((channel.name, week))
    logger.log(level, "The digest of %s waits: %s", channel.name, because, extra={"action": "digest_waits"})
    await note_waiting(channel, week, services.unit_of_work)
    return Waiting(wait)


async def digest_now(services: Services, channel: Channel) -> str:
    """
    Post the digest that is due in a channel, however late, or go on with one that was interrupted, as `paperround post` does; say in a sentence what
    came of it.
    """
    due_now = await due_digest(channel, services.unit_of_work, services.clock(), by_hand=True)
    if due_now:
        week, window = due_now
        await collect(services, since=min(window.start, services.clock() - SINCE))
        if isinstance(await freeze(services, channel, week, window), Waiting):
            return f"The digest of {in_words(week)} waits for sources that do not answer just now. It is sent as soon as they do."
    else:
        week = channel_due_period(channel, services.clock())
        if not await under_way_line(channel, week, services.reading, services.clock()):
            return f"This week's digest was sent already. {await services.next_digest_line(channel)}."
    state = (await current_states(services)).get(channel.name)
    if problem := await go_on(services, channel, state, None, by_hand=True):
        return f"The digest of {in_words(week)} is frozen, but not all sent: {problem}."
    under_way = await under_way_line(channel, week, services.reading, services.clock())
    return f"{under_way[0].upper()}{under_way[1:]}." if under_way else f"The digest of {in_words(week)} was posted."


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
    services: Services,
    channel: Channel,
    state: ChannelState | None,
    progress: delivering.Progress | None,
    *,
    by_hand: bool = False,
) -> str | None:
    """
    Send what is not sent yet in a channel; give what stands in the way, None if all is sent. One that people paused meanwhile gets no more, unless it was
    paused already when somebody had it sent `by_hand`.
    """
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
                done = await send_planned(services, channel, week, chat, progress, by_hand=by_hand)
                if done.stopped:
                    return done.stopped
    except ChatError as error:
        if isinstance(error, ChatRefused) and not await is_own_fault(services, channel.platform, error):
            await refused(services, channel, error.reason)
            return error.reason
        services.deliveries[channel.platform].failed(channel.workspace)
        wait = services.backoff.failed(channel.name, services.clock(), error.retry_after)
        logger.warning(
            "%s is not all sent: %s. It is tried again in %s",
            channel.name,
            error,
            wait,
            extra={"action": "delivery_interrupted", "channel": channel.name},
        )
        return error.reason
    services.token_refused.discard(channel.platform)
    services.backoff.well(channel.name)
    await admitted(services, channel)
    return None
