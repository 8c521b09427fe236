"""
Status: the state of every channel and source, and what to do about a fault.

One query for `paperround status`, for the command in chat and for the local page; the sentences are made here, too, so that all
say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.model import Channel, ChannelState, DigestProgress, Skip, SourceSpec, SourceStatus
from bot.periods import in_words
from bot.ports import Clock, UnitOfWorkFactory
from bot.rendering import local_time
from bot.text import counted
from bot.usecases.answers import command
from bot.usecases.compile import next_digest, source_reports
from bot.usecases.many_channels import ManyChannels
from bot.usecases.sources import SourceState, states

_SKIPS_SHOWN: Final = 6
"""How many skipped weeks are told, the latest; older ones are history."""

AS_SOON_AS: Final = "as soon as the sources answer"
"""When a digest comes that is due, while sources fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing is posted in a channel: for what reason, since when (UTC; None if that was never noted), whose doing, what to do."""

    because: str
    since: datetime | None
    by_people: bool
    remedy: str


@dataclass(frozen=True, slots=True)
class LastDigest:
    """A channel's latest digest, and how far it is sent."""

    week: str
    progress: DigestProgress

    @property
    def trouble(self) -> str | None:
        """What the platform last said of a message that is not sent yet."""
        return self.progress.trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """
    How a channel stands. `connected` says whether its platform can be reached from here at all; `next_at` is UTC.

    `awaits_sources`: a digest is due and could not be made, for sources are failing.
    """

    channel: Channel
    connected: bool
    due: bool
    next_at: datetime
    last: LastDigest | None
    pause: Pause | None
    skipped: tuple[Skip, ...] = ()
    awaits_sources: bool = False

    @property
    def needs_care(self) -> bool:
        """Whether somebody has to do something that nobody chose: it cannot be reached, its platform refuses it, or a message is not sent."""
        refused = self.pause is not None and not self.pause.by_people
        return refused or not self.connected or bool(self.last and self.last.trouble)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTrouble:
    """A source that fails or has fallen silent: since when (UTC), why, when it is asked again, and what to do."""

    id: str
    name: str
    state: SourceStatus
    since: datetime | None
    why: str
    next_try: datetime | None
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything at a glance. `waiting` events are stored and not applied, the oldest since `oldest`. Instants are UTC."""

    at: datetime
    channels: tuple[ChannelStatus, ...]
    sources: int
    troubles: tuple[SourceTrouble, ...]
    last_collect: datetime | None
    waiting: int
    oldest: datetime | None

    @property
    def well(self) -> bool:
        """Whether nobody has to do anything."""
        return not self.troubles and all(
            one.connected and one.pause is None and not (one.last and one.last.trouble) for one in self.channels
        )


async def look(
    channels: Sequence[Channel],
    specs: Sequence[SourceSpec],
    platforms: Collection[str],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> Status:
    """Look at channels and sources as they are now. `platforms` are those that can be reached; nothing outside is asked."""
    now = clock()
    found = await _channels(channels, platforms, unit_of_work, now)
    awaited = await failing(specs, unit_of_work)
    sources = [one for one in await states(specs, unit_of_work) if one.spec.enabled]
    async with unit_of_work() as uow:
        waiting, oldest = await uow.events.depth()
    answered = [one.record.last_success for one in sources if one.record and one.record.last_success]
    return Status(
        at=now,
        channels=tuple(replace(one, awaits_sources=one.due and awaited) for one in found),
        sources=len(sources),
        troubles=tuple(trouble for one in sources if (trouble := _trouble(one))),
        last_collect=max(answered, default=None),
        waiting=waiting,
        oldest=oldest,
    )


async def failing(specs: Sequence[SourceSpec], unit_of_work: UnitOfWorkFactory) -> bool:
    """Tell whether any source failed when it was last asked: a digest that is due may wait for it."""
    async with unit_of_work() as uow:
        records = await uow.sources.all()
    return any(report.state is SourceStatus.FAILING for report in source_reports(specs, records))


async def next_digest_line(
    channel: Channel, specs: Sequence[SourceSpec], unit_of_work: UnitOfWorkFactory, now: datetime
) -> str:
    """Say in a few words when a channel's next digest comes; of one that is due, what it waits for, not an instant that is past."""
    at = await next_digest(channel, unit_of_work, now)
    return _next_line(channel, at, now, awaited=at <= now and await failing(specs, unit_of_work))


async def paused(channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory) -> list[tuple[Channel, Pause]]:
    """Give the channels in which nothing is posted now, and why."""
    async with unit_of_work() as uow:
        # One is asked for before each command; all of them only by those who count.
        one = channels[0].name if len(channels) == 1 else None
        known = await uow.channels.all() if one is None else {one: await uow.channels.get(one)}
    return paused_as_known(channels, known)


def paused_as_known(
    channels: Iterable[Channel], known: Mapping[str, ChannelState | None]
) -> list[tuple[Channel, Pause]]:
    """The same by what is known of channels: of ten thousand nothing need be read."""
    found = ((channel, _pause(channel, known.get(channel.name))) for channel in channels)
    return [(channel, pause) for channel, pause in found if pause]


async def _channels(
    channels: Sequence[Channel], platforms: Collection[str], unit_of_work: UnitOfWorkFactory, now: datetime
) -> list[ChannelStatus]:
    async with unit_of_work() as uow:
        known = await ManyChannels.read(channels, uow, now)
        last = await known.progress()
        next_at = {channel.name: await known.next_digest(channel, now) for channel in channels}
    return [
        ChannelStatus(
            channel=channel,
            connected=channel.platform in platforms,
            due=next_at[channel.name] <= now,
            next_at=next_at[channel.name],
            last=LastDigest(*last[channel.name]) if channel.name in last else None,
            pause=_pause(channel, known.states.get(channel.name)),
            skipped=known.pasts[channel.name].skipped,
        )
        for channel in channels
    ]


async def next_digest_lines(
    channels: Sequence[Channel], specs: Sequence[SourceSpec], unit_of_work: UnitOfWorkFactory, now: datetime
) -> dict[str, str]:
    """Say of each of many channels what `next_digest_line` says of one, by name."""
    awaited = await failing(specs, unit_of_work)
    async with unit_of_work() as uow:
        known = await ManyChannels.read(channels, uow, now)
        return {one.name: _next_line(one, await known.next_digest(one, now), now, awaited=awaited) for one in channels}


def _next_line(channel: Channel, at: datetime, now: datetime, *, awaited: bool) -> str:
    if at > now:
        return f"Next digest: {local_time(at, channel.zone)}"
    return f"Next digest: {AS_SOON_AS if awaited else 'due now'}"


def _pause(channel: Channel, state: ChannelState | None) -> Pause | None:
    if state is None or state.paused_because is None:
        return None
    people = f"Whoever paused it can resume it with: {command('resume')}"
    platform = f"Mend what {channel.platform} says; it is tried again every hour, and goes on by itself."
    return Pause(
        because=state.paused_because.rstrip("."),
        since=state.paused_at,
        by_people=state.paused_by_people,
        remedy=people if state.paused_by_people else platform,
    )


def _trouble(one: SourceState) -> SourceTrouble | None:
    report, record = one.report, one.record
    if report.state is SourceStatus.FAILING:
        since = record.failing_since if record else None
        remedy = f"It is asked again by itself. Ask now: paperround sources check {one.spec.id}"
    elif report.state is SourceStatus.STALE:
        since = report.newest
        remedy = f"See whether it moved or ended. Do without it: paperround sources disable {one.spec.id}"
    else:
        return None
    return SourceTrouble(
        id=one.spec.id,
        name=one.spec.name,
        state=report.state,
        since=since,
        why=report.error or report.state.value,
        next_try=record.next_try if record else None,
        remedy=remedy,
    )


def next_line(one: ChannelStatus) -> str:
    """Say when the next digest comes, on the channel's own wall clock."""
    at = local_time(one.next_at, one.channel.zone)
    if one.pause:
        return f"No digest comes while it is paused; {'one is due' if one.due else f'the next is due on {at}'}."
    if one.due:
        return f"The next digest comes {AS_SOON_AS}." if one.awaits_sources else "The next digest is due now."
    return f"Next digest: {at}."


def channel_lines(one: ChannelStatus) -> list[str]:
    """Say how a channel stands, in sentences, what matters most first."""
    lines = []
    if one.pause:
        lines += pause_lines(one.channel, one.pause)
    if not one.connected:
        token = f"{one.channel.platform.upper()}_BOT_TOKEN"
        lines.append(f"{one.channel.platform.title()} cannot be reached from here. Set {token}, or remove the channel.")
    lines += [next_line(one), _last_line(one.last)]
    if one.last and one.last.trouble:
        lines.append(f"It is not all sent: {one.last.trouble.rstrip('.')}. It is tried again by itself.")
    lines += [
        f"No digest for {in_words(skip.week)} ({skip.week}): {skip.because.rstrip('.')}."
        for skip in one.skipped[-_SKIPS_SHOWN:]
    ]
    return lines


def channels_line(channels: Sequence[ChannelStatus]) -> str:
    """Sum up how channels stand: `1,000 channels: 2 need care, 1 is paused by people, 997 are well.`."""
    care = sum(1 for one in channels if one.needs_care)
    paused = sum(1 for one in channels if one.pause and not one.needs_care)
    well = len(channels) - care - paused
    told = (
        (care, "needs care", "need care"),
        (paused, "is paused by people", "are paused by people"),
        (well, "is well", "are well"),
    )
    parts = [f"{number:,} {one if number == 1 else many}" for number, one, many in told if number]
    return f"{counted(len(channels), 'channel')}: {', '.join(parts)}."


def pause_lines(channel: Channel, pause: Pause) -> list[str]:
    """Say that nothing is posted, why, since when, and what to do."""
    since = f" (since {local_time(pause.since, channel.zone)})" if pause.since else ""
    return [f"Paused: {pause.because}{since}.", pause.remedy]


def _last_line(last: LastDigest | None) -> str:
    if last is None:
        return "No digest was posted yet."
    how = last.progress
    sent = "all sent" if how.sent == how.messages else f"{how.sent} of {counted(how.messages, 'message')} sent"
    return f"Last digest: {in_words(last.week)}, {sent}{f', {how.left_out} left out' if how.left_out else ''}."


def source_line(one: SourceTrouble) -> str:
    """Say what is wrong with a source: `Distill: failing since 3 August, answered 503`. One that has fallen silent says itself since when."""
    since = f" since {one.since.day} {one.since:%B}" if one.since and one.state is SourceStatus.FAILING else ""
    return f"{one.name}: {one.state.value}{since}, {one.why.rstrip('.')}."


def inbox_line(status: Status) -> str:
    """Say whether events wait; empty if none does."""
    if not status.waiting:
        return ""
    since = f", the oldest since {status.oldest:%Y-%m-%d %H:%M} UTC" if status.oldest else ""
    are = "is stored and waits" if status.waiting == 1 else "are stored and wait"
    return f"{counted(status.waiting, 'event')} from chat {are} to be applied{since}."
