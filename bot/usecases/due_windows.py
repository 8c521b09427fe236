"""Due windows: how far back the digests reach that may be due, asked at once for any number of channels."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime

from bot.due import WEEK, channel_due_period, channel_window
from bot.model import Channel, ChannelState, Window
from bot.periods import LENGTHS
from bot.ports import UnitOfWorkFactory
from bot.usecases.compile import first_look

_EVER = datetime(1, 1, 1, tzinfo=UTC)


async def earliest_start(
    channels: Sequence[Channel], states: Mapping[str, ChannelState], unit_of_work: UnitOfWorkFactory, now: datetime
) -> datetime | None:
    """
    Give when the earliest digest begins that may be due in these channels (`bot.usecases.compile.due_digest`); None where none may be.

    It is a query for thousands of channels, since whether a digest is due is not looked up for each: it may be an instant before the first one that is,
    and never one after it. Channels that were paused have none.
    """
    waking = [(one, states.get(one.name)) for one in channels]
    begun = {
        one.name: (one, state) for one, state in waking if state and state.served_since and not state.paused_because
    }
    starts = [
        first_look(one, now)[1].start
        for one, state in waking
        if state is None or not (state.started or state.paused_because)
    ]
    if begun:
        whole = _whole_windows(list(begun.values()), now)
        reach = Window(start=min(one.start for one in whole.values()), end=now)
        async with unit_of_work() as uow:
            ends = await uow.digests.last_ends(begun, reach)
            # Of these the last one is longer ago than a digest reaches back, or there was none.
            missing = begun.keys() - ends.keys()
            ever = await uow.digests.last_ends(missing, Window(start=_EVER, end=now)) if missing else {}
        for name, (channel, state) in begun.items():
            start = _start(channel, state, whole[name], ends.get(name, ever.get(name)), now)
            starts += [start] if start else []
    return min(starts, default=None)


def _whole_windows(begun: Sequence[tuple[Channel, ChannelState]], now: datetime) -> dict[str, Window]:
    """Give all that a digest may cover that is due in each channel: a rhythm and a week until it fell due, or until now, if one was asked for at once."""
    known: dict[Hashable, datetime] = {}
    found: dict[str, Window] = {}
    for channel, state in begun:
        hour = channel.zone, channel.weekday, channel.time, channel.rhythm, channel.delay
        if hour not in known:
            known[hour] = channel_window(channel, channel_due_period(channel, now)).end
        start = known[hour] - LENGTHS[channel.rhythm] - WEEK
        found[channel.name] = Window(start=start, end=now if state.at_once else known[hour])
    return found


def _start(
    channel: Channel, state: ChannelState, whole: Window, last: datetime | None, now: datetime
) -> datetime | None:
    """Give when a channel's digest begins, if one is due, where its last one ended at `last`; None where that covered all of it."""
    if last is not None:
        return None if last >= whole.end else max(last, whole.start)
    if state.at_once and state.served_since:
        return min(whole.start, first_look(channel, state.served_since)[1].start)
    return channel_window(channel, channel_due_period(channel, now)).start
