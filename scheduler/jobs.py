"""The table of periodic work, and what each piece does. The schedule itself lives in the database: a job here only wakes a question."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.digest import waits
from bot.errors import ChatError, ChatRefused, PaperRoundError, StorageError
from bot.keys import is_week
from bot.model import Channel, ChannelState, Digest, SourceReport, SourceSpec, Window
from bot.source_state import rests
from bot.usecases import channels as channel_settings
from bot.usecases import collect as collecting
from bot.usecases import deliver as delivering
from bot.usecases.catchup import skip_missed
from bot.usecases.compile import compile_digest, due_digest, source_reports
from bot.usecases.join import join_by_title
from scheduler.memory import give_back
from scheduler.services import Services

logger = logging.getLogger(__name__)

FRESH: Final = timedelta(hours=1)
"""A collect younger than this is good enough for a digest; nobody asks a source more often than hourly."""

COLLECT_EVERY: Final = timedelta(hours=12)
"""arXiv's and Reddit's feeds forget within days, so a weekly bot looks in twice a day."""

LOOK_AGAIN: Final = timedelta(hours=1)
"""How often a channel whose platform refused us is tried again."""

SINCE: Final = timedelta(days=7)

_DEADLINES: Final = 3
"""The bound on asking one source, in deadlines of a question: some take several, and all wait for their turn at a host."""

SAMPLE_WEEK: Final = "sample"
"""The week key of the sample digest: no ISO week, so that it never takes the place of a real one."""


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of periodic work: its name, how often, and what it does."""

    name: str
    every: timedelta
    run: Callable[[Services], Awaitable[None]]


async def tick(services: Services) -> None:
    """Collect if it is time, deliver what is due, apply what waits in the inbox."""
    await services.recorder.apply_waiting()
    if services.trying:
        return
    if await _collect_age(services) >= COLLECT_EVERY or (await due(services) and await _collect_age(services) >= FRESH):
        await collect(services, respect_backoff=True)
    elif failed := await _to_try_again(services):
        await collect(services, specs=failed, respect_backoff=True)
    await deliver_due(services)


async def _to_try_again(services: Services) -> list[SourceSpec]:
    """Give the sources that failed and whose rest is over: they are not left alone until the next round of all."""
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    over = {one.id for one in records.values() if one.failures and one.next_try and not rests(one, now)}
    return [spec for spec in await services.specs() if spec.enabled and spec.id in over]


async def daily(services: Services) -> None:
    """Make whole what the platforms did not tell us."""
    await services.look_over()


async def renew_tokens(services: Services) -> None:
    """Renew what workspaces gave us before it runs out. They live twelve hours, whether anything happens in these or not."""
    for name, platform in services.platforms.items():
        try:
            await platform.renew()
        except PaperRoundError as error:
            logger.warning("Nothing could be renewed on %s: %s", name, error, extra={"action": "renewal_failed"})


async def tidy(_house: Services) -> None:
    """Give back the memory that collects, digests and pages have let go of; without that the process grows for weeks, into holes."""
    await asyncio.to_thread(give_back)


JOBS: Final = (
    Job("tick", timedelta(seconds=30), tick),
    Job("reconcile", timedelta(days=1), daily),
    Job("tokens", timedelta(minutes=10), renew_tokens),
    Job("tidy", timedelta(minutes=10), tidy),
)


async def collect(
    services: Services,
    *,
    since: datetime | None = None,
    specs: Sequence[SourceSpec] | None = None,
    respect_backoff: bool = False,
    progress: collecting.Progress | None = None,
) -> tuple[SourceReport, ...]:
    """Ask all sources (or `specs`) for the last seven days (or since `since`), store what they say, and join it."""
    specs = await services.specs() if specs is None else specs
    async with services.open_sources(specs) as sources:
        reports = await collecting.collect(
            specs,
            sources,
            services.unit_of_work,
            services.clock,
            since=since or await _since(services),
            read_until=await _read_until(services),
            at_once=services.settings.fetch.at_once,
            seconds=_DEADLINES * services.settings.fetch.deadline_seconds,
            respect_backoff=respect_backoff,
            progress=progress,
        )
    await join_by_title(services.unit_of_work, services.clock(), reading=services.reading)
    return reports


async def _since(services: Services) -> datetime:
    """Say how far back to ask: seven days, or as far as the windows of the digests that are due."""
    return min([services.clock() - SINCE, *(window.start for _, _, window in await due(services))])


async def _read_until(services: Services) -> datetime | None:
    """Give the end of the last window that a digest was made of."""
    ends = []
    async with services.unit_of_work() as uow:
        for channel in services.channels:
            weeks = [week for week in await uow.digests.weeks(channel.name) if week != SAMPLE_WEEK]
            digest = await uow.digests.get(channel.name, weeks[-1]) if weeks else None
            ends += [digest.window.end] if digest else []
    return max(ends, default=None)


async def _collect_age(services: Services) -> timedelta:
    """Say how long ago the sources were last asked; very long if they never were."""
    last = await last_collect(services)
    return services.clock() - last if last else timedelta.max


async def last_collect(services: Services) -> datetime | None:
    """
    Give the instant of the last successful answer of any configured source.

    One that lies ahead was noted by a clock that has been put right since; it says nothing. By less than an hour it is that of a
    command which began later at the same `PAPERROUND_NOW`: then it was just now.
    """
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    wanted = {spec.id for spec in await services.specs()}
    answered = (r.last_success for r in records.values() if r.last_success and r.id in wanted)
    return max((min(at, now) for at in answered if at <= now + FRESH), default=None)


async def due(services: Services) -> list[tuple[Channel, str, Window]]:
    """Give the channels whose digest is due and not frozen yet, with its week and what it covers; paused ones have none."""
    now = services.clock()
    paused = {name for name, state in (await _states(services)).items() if state.paused_because}
    channels = [channel for channel in await services.current_channels() if channel.name not in paused]
    found = [(channel, await due_digest(channel, services.unit_of_work, now)) for channel in channels]
    return [(channel, *week) for channel, week in found if week]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A digest that was frozen now, and how it went: `problem` says why it is not all sent yet."""

    digest: Digest
    problem: str | None = None


async def deliver_due(services: Services, progress: delivering.Progress | None = None) -> list[Delivery]:
    """
    Freeze and send every digest that is due, and go on with those that were interrupted; give those frozen now.

    Channels are served side by side: one whose platform fails is tried again later, one whose platform refuses is paused, and
    none of them keeps another one waiting. Weeks whose digest will not be sent any more are recorded.
    """
    ready = {channel.name: (week, window) for channel, week, window in await due(services)}
    states = await _states(services)
    channels = await services.current_channels()
    served = await asyncio.gather(
        *(_serve(services, one, ready.get(one.name), states.get(one.name), progress) for one in channels),
        return_exceptions=True,
    )
    for channel, outcome in zip(channels, served, strict=True):
        if isinstance(outcome, Exception):
            # The edge between channels: what is wrong with one is told, and the others have had theirs.
            logger.error(
                "%s could not be served: %s",
                channel.name,
                outcome,
                exc_info=outcome,
                extra={"action": "channel_failed", "channel": channel.name},
            )
        elif isinstance(outcome, BaseException):
            raise outcome
    lost = [outcome for outcome in served if isinstance(outcome, StorageError)]
    if lost and len(lost) == len(served):
        raise lost[0]
    return [outcome for outcome in served if isinstance(outcome, Delivery)]


async def _serve(
    services: Services,
    channel: Channel,
    due_now: tuple[str, Window] | None,
    state: ChannelState | None,
    progress: delivering.Progress | None,
) -> Delivery | None:
    """Do for one channel what there is to be done; give the digest that was frozen now."""
    for skip in await skip_missed(channel, services.unit_of_work, services.clock()):
        logger.warning(
            "%s gets no digest for %s: %s",
            channel.name,
            skip.week,
            skip.because,
            extra={"action": "week_skipped", "channel": channel.name},
        )
    digest = await freeze(services, channel, *due_now) if due_now else None
    problem = await _go_on(services, channel, state, progress) if _may_try(services, channel, state) else None
    return Delivery(digest, problem) if digest else None


async def freeze(services: Services, channel: Channel, week: str, window: Window) -> Digest | None:
    """Compile and freeze a digest; None if it waits for sources that fail, or somebody else was quicker."""
    specs = await services.specs()
    async with services.compiling:
        digest = await compile_digest(
            channel, week, window, services.reading, specs=specs, now=services.clock(), ranker=services.ranker
        )
    because = waits(digest, {spec.id for spec in specs if spec.quiet})
    if because:
        # Said once: it is asked at every tick.
        level = logging.DEBUG if (channel.name, week) in services.said else logging.WARNING
        services.said.add((channel.name, week))
        logger.log(level, "The digest of %s waits: %s", channel.name, because, extra={"action": "digest_waits"})
        return None
    return digest if await delivering.freeze(digest, channel, services.unit_of_work) else None


async def _states(services: Services) -> dict[str, ChannelState]:
    async with services.unit_of_work() as uow:
        return await uow.channels.all()


def _may_try(services: Services, channel: Channel, state: ChannelState | None) -> bool:
    """Leave alone what people paused, and what just failed or refused us; but where people said that it is well again, try it at once."""
    if channel.name in services.refused and not (state and state.paused_because):
        services.refused.discard(channel.name)
        services.backoff.well(channel.name)
    return services.backoff.is_over(channel.name, services.clock()) and not (state and state.paused_by_people)


async def _go_on(
    services: Services, channel: Channel, state: ChannelState | None, progress: delivering.Progress | None
) -> str | None:
    """Send what is not sent yet in a channel; give what stands in the way, None if all is sent."""
    async with services.unit_of_work() as uow:
        weeks = await uow.digests.weeks(channel.name)
        # However long ago it was: nobody knows whether it was sent, and people may have answered it.
        doubtful = {one.week for one in await uow.postings.under_way() if one.channel == channel.name}
    chat = services.chats.get(channel.platform)
    if chat is None:
        return f"{channel.platform} cannot be reached without its token"
    try:
        if state and state.paused_because and channel.platform in services.platforms:
            await services.platforms[channel.platform].check(channel)
        for week in (*weeks[-2:], *sorted(doubtful.difference(weeks[-2:]))):
            await delivering.deliver(
                channel, week, chat, services.unit_of_work, services.clock, owner=services.owner, progress=progress
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


async def refused(services: Services, channel: Channel, because: str) -> None:
    """Pause a channel that its platform refuses us, with one notice for each reason; its settings are kept, and it is looked at hourly."""
    services.backoff.failed(channel.name, services.clock(), LOOK_AGAIN.total_seconds())
    services.refused.add(channel.name)
    state = (await _states(services)).get(channel.name)
    if state and state.paused_because and (state.paused_by_people or state.paused_because == because):
        return
    await channel_settings.resume(channel, services.unit_of_work, by_people=False)
    await channel_settings.pause(channel, because, services.unit_of_work, services.clock)
    logger.error("%s is paused: %s", channel.name, because, extra={"action": "channel_paused", "channel": channel.name})


async def admitted(services: Services, channel: Channel) -> None:
    """Let a channel go on that its platform had refused us; one that people paused stays so."""
    services.backoff.well(channel.name)
    services.refused.discard(channel.name)
    if await channel_settings.resume(channel, services.unit_of_work, by_people=False):
        logger.warning("%s is well again", channel.name, extra={"action": "channel_resumed", "channel": channel.name})


async def channel_news(services: Services, platform: str, channel_id: str, because: str | None) -> None:
    """Pause the channels that a platform says cannot be posted to, or resume them; an empty id means all of them."""
    for channel in services.channels:
        if channel.platform != platform or channel_id not in {"", channel.id}:
            continue
        if because is None:
            await admitted(services, channel)
        else:
            await refused(services, channel, because)


async def deliver_sample(
    services: Services, channel: Channel, progress: delivering.Progress | None = None
) -> Digest | None:
    """Send the sample week to a channel, plainly marked; None if it is there already."""
    specs = services.sample_specs()
    await collect(services, specs=specs)
    now = services.clock()
    window = Window(start=now - SINCE, end=now)
    asking = replace(channel, sources=())
    digest = await compile_digest(
        asking, SAMPLE_WEEK, window, services.reading, specs=specs, now=now, sample=True, ranker=services.ranker
    )
    fresh = await delivering.freeze(digest, channel, services.unit_of_work)
    await delivering.deliver(
        channel,
        SAMPLE_WEEK,
        services.chat(channel),
        services.unit_of_work,
        services.clock,
        owner=services.owner,
        progress=progress,
    )
    return digest if fresh else None


async def has_begun(services: Services) -> bool:
    """Tell whether any channel ever had a digest of its own: then nobody is to be shown how one looks."""
    async with services.reading() as uow:
        weeks = [week for channel in services.channels for week in await uow.digests.weeks(channel.name)]
    return any(is_week(week) for week in weeks)


async def reports(services: Services) -> list[SourceReport]:
    """Give every source's last report."""
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    return source_reports(await services.specs(), records)
