"""Periodic jobs, and what each does. The schedule itself is in the database: a job here only asks what is due."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.digest import waits
from bot.errors import ChatError, ChatRefused, PaperRoundError, StorageError
from bot.model import Channel, ChannelState, Digest, SourceRecord, SourceReport, SourceSpec, Window
from bot.ports import History
from bot.source_state import wants_another_look, wants_full_read
from bot.usecases import alert as alerting
from bot.usecases import channels as channel_settings
from bot.usecases import collect as collecting
from bot.usecases import deliver as delivering
from bot.usecases import history as histories
from bot.usecases import remind as reminding
from bot.usecases import review as reviewing
from bot.usecases.answers import note
from bot.usecases.catchup import skip_missed
from bot.usecases.compile import compile_digest, due_digest, source_reports
from bot.usecases.editors import tell_editors
from bot.usecases.join import join_by_title
from bot.usecases.quotes import redraw_changed_quotes
from bot.usecases.retain import RetentionRule, retain
from bot.usecases.suggest import complete
from bot.usecases.withdrawals import tell_withdrawn
from scheduler.memory import give_back
from scheduler.services import Services

logger = logging.getLogger(__name__)

FRESH: Final = timedelta(hours=1)
"""A collect younger than this is recent enough for a digest; nobody asks a source more often than hourly."""

COLLECT_EVERY: Final = timedelta(hours=12)
"""arXiv's and Reddit's feeds forget within days, so a weekly bot looks in twice a day."""

LOOK_AGAIN: Final = timedelta(hours=1)
"""How often a channel whose platform refused us is tried again."""

SERVED_AT_ONCE: Final = 50
"""
How many channels of a platform are served side by side. Each of them asks the database, whose pool has some fifteen connections for all;
platforms take a message a second in a channel, and so some fifty a second are as many as one of them allows.
"""

SINCE: Final = timedelta(days=7)

ROUND: Final = "collected"
"""The note that says when all sources were asked last, UTC."""

COLLECT: Final = "collect"
"""The name of the collect among what is paused after failures."""

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


Choice = Callable[[Services], Awaitable[Sequence[Channel]]]
"""Gives the channels that are looked at now."""


async def awake(services: Services) -> list[Channel]:
    """The channels in which something may have to be done now. What it costs follows from their number, not from that of all channels."""
    return await services.wake_ups.awake(services.clock(), lambda channel: _may_send(services, channel))


async def every_channel(services: Services) -> Sequence[Channel]:
    """All channels: the same digests come of it at the same instants, at the price of looking at each of them."""
    return await services.current_channels()


async def tick(services: Services, choose: Choice = awake) -> None:
    """Collect if it is time, deliver what is due, apply what waits in the inbox. `choose` gives the channels that are looked at."""
    await services.recorder.apply_waiting()
    if services.trying:
        return
    if services.collecting.is_failing(COLLECT) and not services.collecting.is_over(COLLECT, services.clock()):
        # What the sources said is not stored: no digest is made without it, and nobody is asked again at every tick.
        await deliver_due(services, make=False, choose=choose)
        return
    age = await collect_age(services)
    if (
        services.collecting.is_failing(COLLECT)
        or age >= COLLECT_EVERY
        or (age >= FRESH and await _is_any_due(services, await choose(services)))
    ):
        async with services.collect_turn:
            # Somebody who set a channel up may just have had them asked.
            if services.collecting.is_failing(COLLECT) or await collect_age(services) >= FRESH:
                await collect(services, respect_backoff=True)
    elif again := await _to_look_again(services):
        await collect(services, specs=again, respect_backoff=True)
    await announce_reviews(services)
    await deliver_due(services, choose=choose)
    await alert(services)
    await learn_from_histories(services)
    await send_reminders(services)


async def send_reminders(services: Services) -> None:
    """Send members the reminders that they asked for and that are due."""
    await reminding.send_due(
        services.current_channels,
        services.direct_messages(),
        services.audience.readable_by,
        services.message_url,
        services.unit_of_work,
        services.clock(),
    )


async def learn_from_histories(services: Services) -> None:
    """Go on with the channels whose members wanted us to learn from their past. One whose platform fails is tried again at the next tick."""
    waiting = await histories.waiting(services.reading)
    for channel in await services.current_channels() if waiting else ():
        platform = services.platforms.get(channel.platform)
        if channel.name not in waiting or platform is None or not isinstance(platform.chat, History):
            continue
        try:
            await histories.go_on(channel, platform.chat, platform.chat, services.unit_of_work, services.clock)
        except ChatError as error:
            logger.warning(
                "The history of %s cannot be read yet: %s",
                channel.name,
                error,
                extra={"action": "history_waits", "channel": channel.name},
            )


async def _to_look_again(services: Services) -> list[SourceSpec]:
    """Sources that do not wait for the next collect of all: their backoff after a failure is over, or they lose entries."""
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    wanted = {one.id for one in records.values() if wants_another_look(one, now)}
    return [spec for spec in await services.specs() if spec.enabled and spec.id in wanted]


async def daily(services: Services) -> None:
    """Reconcile the last weeks with the platforms, draw again what quotes words that were changed meanwhile, drop what is past its time."""
    await services.look_over()
    await redraw_changed_quotes(services.unit_of_work, services.clock(), services.recorder.redraw)
    kept = services.settings.retention
    await services.limiter.tidy()
    rule = RetentionRule(
        entries=timedelta(weeks=kept.entry_weeks) or None, members=timedelta(weeks=kept.member_weeks) or None
    )
    await retain(rule, services.unit_of_work, services.clock)


async def renew_tokens(services: Services) -> None:
    """Refresh tokens before they expire. They live twelve hours, whether anything happens in these or not."""
    for name, platform in services.platforms.items():
        try:
            await platform.renew()
        except PaperRoundError as error:
            logger.warning("Nothing could be renewed on %s: %s", name, error, extra={"action": "renewal_failed"})


async def tidy(_services: Services) -> None:
    """Return the memory that collects, digests and pages have freed; without that the process grows for weeks, into holes."""
    await asyncio.to_thread(give_back)


JOBS: Final = (
    Job("tick", timedelta(seconds=30), tick),
    Job("reconcile", timedelta(days=1), daily),
    Job("tokens", timedelta(minutes=10), renew_tokens),
    Job("tidy", timedelta(minutes=10), tidy),
)


async def alert(services: Services) -> None:
    """Tell the channels that want it of new works that they follow. One whose platform fails has its alerts at a later tick."""
    asking = [one for one in await services.current_channels() if one.alerts and one.platform in services.chats]
    states = await _states(services) if asking else {}
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


async def announce_reviews(services: Services) -> None:
    """Show each digest to its channel's editors, where that is wanted and it is time. A digest waits for none of it."""
    channels = [channel for channel in await services.current_channels() if channel.review]
    states = await _states(services) if channels else {}
    for channel in channels:
        state = states.get(channel.name)
        if state and state.paused_because:
            continue
        try:
            told = await reviewing.announce(
                channel,
                services.clock(),
                services.unit_of_work,
                services.preview,
                partial(tell_editors, channel, chats=services.direct_messages(), unit_of_work=services.unit_of_work),
            )
        except PaperRoundError as error:
            logger.warning(
                "A digest is not shown to its editors yet: %s",
                error,
                extra={"action": "review_waits", "channel": channel.name},
            )
            continue
        if told:
            logger.info(
                "Editors were shown the digest of %s",
                channel.name,
                extra={"action": "review_shown", "channel": channel.name},
            )


async def collect(
    services: Services,
    *,
    since: datetime | None = None,
    specs: Sequence[SourceSpec] | None = None,
    respect_backoff: bool = False,
    full: bool = False,
    progress: collecting.Progress | None = None,
) -> tuple[SourceReport, ...]:
    """
    Ask all sources (or `specs`) for the last seven days (or since `since`), store what they say, and join it.

    Those that have not been for a week, with `full` all, are asked for everything and not only for what has changed. Raises
    `StorageError` where the database does not take what they say; the ticks collect again after a pause.
    """
    try:
        return await _collect(services, since, specs, progress, respect_backoff=respect_backoff, full=full)
    except StorageError:
        services.collecting.failed(COLLECT, services.clock())
        raise


async def _collect(
    services: Services,
    since: datetime | None,
    specs: Sequence[SourceSpec] | None,
    progress: collecting.Progress | None,
    *,
    respect_backoff: bool,
    full: bool,
) -> tuple[SourceReport, ...]:
    known = await services.specs()
    specs = known if specs is None else specs
    all_of_them = {spec.id for spec in known} <= {spec.id for spec in specs}
    in_full = {spec.id for spec in specs} if full else await _in_full(services, specs)
    if all_of_them:
        await _note_round(services)
    async with services.open_sources(specs, in_full) as sources:
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
            full=in_full,
            progress=progress,
        )
    if all_of_them:
        await complete(services.unit_of_work, services.clock, services.open_works)
    await join_by_title(services.unit_of_work, services.clock(), reading=services.reading)
    await tell_withdrawn(services.unit_of_work, services.clock(), services.recorder.redraw)
    if all_of_them:
        services.collecting.well(COLLECT)
    return reports


async def _in_full(services: Services, specs: Sequence[SourceSpec]) -> set[str]:
    """Give the sources that are to be asked for everything."""
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    return {spec.id for spec in specs if wants_full_read(records.get(spec.id) or SourceRecord(id=spec.id), now)}


async def _note_round(services: Services) -> None:
    """Note that all sources are asked now: what one of them is asked in between does not count as that."""
    async with services.unit_of_work() as uow:
        await uow.notes.put(ROUND, services.clock().isoformat())
        await uow.commit()


async def _since(services: Services) -> datetime:
    """How far back to ask: seven days, or as far as the windows of the digests that are due."""
    return min([services.clock() - SINCE, *(window.start for _, _, window in await due(services))])


async def _read_until(services: Services) -> datetime | None:
    """End of the last window that a digest was made of."""
    async with services.reading() as uow:
        return await uow.digests.last_end()


async def collect_age(services: Services) -> timedelta:
    """How long ago all sources were last asked; very long if they never were."""
    last = await last_collect(services)
    if last is None:
        return timedelta.max
    async with services.unit_of_work() as uow:
        noted = await uow.notes.get(ROUND)
    rounds = datetime.fromisoformat(noted) if noted else last
    # Earlier than the last answer, if one source was asked in between; not before it, if nobody answered in that round.
    return services.clock() - min(last, rounds)


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


async def due(services: Services, choose: Choice = awake) -> list[tuple[Channel, str, Window]]:
    """Channels whose digest is due and not frozen yet, with its week and window; paused ones have none."""
    now = services.clock()
    found = [(channel, await _due_in(services, channel, now)) for channel in await choose(services)]
    return [(channel, *week) for channel, week in found if week]


async def _is_any_due(services: Services, channels: Sequence[Channel]) -> bool:
    now = services.clock()
    for channel in channels:
        if await _due_in(services, channel, now):
            return True
    return False


async def _due_in(services: Services, channel: Channel, now: datetime) -> tuple[str, Window] | None:
    """The week that is due in a channel, and its window; none in one that is paused."""
    state = services.channels.states.get(channel.name)
    if state and state.paused_because:
        return None
    return await due_digest(channel, services.unit_of_work, now)


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
            return await _serve(services, channel, states.get(channel.name), progress, make=make)

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


async def _serve(
    services: Services,
    channel: Channel,
    state: ChannelState | None,
    progress: delivering.Progress | None,
    *,
    make: bool,
) -> Delivery | None:
    """Serve one channel: freeze its digest if it is due, and send what is pending; give the digest that was frozen now."""
    due_now = await _due_in(services, channel, services.clock()) if make else None
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
    state = (await _states(services)).get(channel.name)
    problem = await _go_on(services, channel, state, None)
    return (
        f"The digest of {week} is frozen, but not sent: {problem}." if problem else f"The digest of {week} was posted."
    )


async def _states(services: Services) -> Mapping[str, ChannelState]:
    await services.channels.read()
    return services.channels.states


def _may_send(services: Services, channel: Channel) -> bool:
    """Whether what is still to be sent in a channel may be tried now."""
    state = services.channels.states.get(channel.name)
    by_people = state is not None and state.paused_by_people
    return (
        channel.platform in services.chats
        and not by_people
        and services.backoff.is_over(channel.name, services.clock())
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


async def _go_on(
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
    await _tell_who_set_up(services, channel, state.set_up_by if state else "", because)


async def _tell_who_set_up(services: Services, channel: Channel, member_id: str, because: str) -> None:
    """Write to the member who set a channel up, or to its editors, that it stopped. Once for each reason, as the pause is."""
    lines = (
        f"No digest comes in #{channel.name} for now: {because.rstrip('.')}.",
        "It is tried again every hour, and goes on by itself once that is mended.",
    )
    direct = services.direct_messages().get(channel.platform)
    if not member_id or direct is None:
        await services.tell_editors(channel, *lines)
        return
    try:
        await direct.tell(member_id, [note(line) for line in lines])
    except ChatError as error:
        logger.info("%s is paused, and who set it up could not be told: %s", channel.name, error, extra={"action": "pause_not_told", "channel": channel.name})  # fmt: skip


async def admitted(services: Services, channel: Channel) -> None:
    """Resume a channel that its platform had refused; one that people paused stays so."""
    services.backoff.well(channel.name)
    services.refused.discard(channel.name)
    if await channel_settings.resume(channel, services.unit_of_work, by_people=False):
        logger.warning("%s is well again", channel.name, extra={"action": "channel_resumed", "channel": channel.name})


async def channel_news(services: Services, platform: str, channel_id: str, because: str | None) -> None:
    """Pause the channels that a platform says cannot be posted to, or resume them; an empty id means all of them."""
    for channel in await services.current_channels():
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
        shown_in=services.audience.shown_in,
    )
    return digest if fresh else None


async def has_begun(services: Services) -> bool:
    """Whether any channel ever had a digest of its own: then the sample week is not shown."""
    async with services.reading() as uow:
        return await uow.digests.last_end() is not None


async def reports(services: Services) -> list[SourceReport]:
    """Every source's last report."""
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    return source_reports(await services.specs(), records)
