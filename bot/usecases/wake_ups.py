"""
Wake-ups: which channels have to be looked at now, so that a tick with nothing due reads none of ten thousand.

When the schedule next has something for a channel is worked out once it was looked at, and stored. The instant is an index and no
decision: whoever is woken is served by the same rules as ever (`bot.usecases.compile`, `bot.usecases.catchup`), which find nothing to do
where it was too early. What is not known is looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Final

from bot.due import channel_due_period, channel_next_due, channel_window, following_period, second_due
from bot.model import Channel, ChannelState, SourceSpec
from bot.periods import is_period
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.usecases.channel_list import ChannelList
from bot.usecases.compile import MOST_WEEKS, due_in, expect_second
from bot.usecases.waiting_channels import Wait, WaitingChannels

PAUSED: Final = timedelta(hours=1)
"""How often a channel in which nothing is posted is looked at."""

NOT_SERVED: Final = timedelta(days=1)
"""How often a name is looked at that is no channel's of ours: it was only begun to be set up, or left the configuration file."""

LONGEST_WAIT: Final = timedelta(hours=1)
"""How often a digest that waits for sources is looked at again although none answered."""

NOBODY: Final[Mapping[str, Wait]] = MappingProxyType({})

AT_A_TIME: Final = 200
"""How many channels are held in one transaction: others who change them wait for its end."""


class WakeUps:
    """
    The stored wake-ups of all channels that are served.

    At the first question of a process, and at the first one after `begin_again`, they are forgotten: another configuration file, other rules or another time
    zone database may have come with it. `specs` gives the sources as they are now.
    """

    def __init__(
        self,
        channels: ChannelList,
        unit_of_work: UnitOfWorkFactory,
        specs: Callable[[], Awaitable[Sequence[SourceSpec]]],
    ) -> None:
        self._channels = channels
        self._unit_of_work = unit_of_work
        self._waiting = WaitingChannels(specs)
        self._begun = False

    def begin_again(self) -> None:
        """Have all of them worked out again, since a process may have noted some by another configuration file."""
        self._begun = False

    async def awake(self, now: datetime, may_send: Callable[[Channel], bool]) -> list[Channel]:
        """
        Give the channels in which something may have to be done at `now`, in the order of all channels.

        Those of which a message is still to be sent are among them where `may_send`, and of those whose digest waits for sources the ones for which an
        answer may have changed something. Channels that have their digest and nothing else to do are put to sleep until the next one falls due.
        """
        await self._begin()
        channels = await self._channels.read()
        async with self._unit_of_work() as uow:
            woken = {*await uow.wake_ups.due(now), *self._channels.unknown()}
            unfinished = await uow.postings.unfinished_channels()
            waiting = await uow.wake_ups.waiting()
            records = await uow.sources.all() if waiting else {}
        if waiting:
            woken |= await self._waiting.answered(waiting, records, self._channels.served)
        woken -= await self._put_to_sleep(woken - unfinished, now)
        sending = [one for name in unfinished - woken if (one := self._channels.served(name)) and may_send(one)]
        found = woken | {one.name for one in sending}
        return [channel for channel in channels if channel.name in found] if found else []

    async def may_be_due(self, now: datetime) -> list[Channel]:
        """
        Give the channels in which a digest may be due at `now`, or waits for sources, as it is noted: the few queries are as many for ten thousand of them, for
        none is looked at and put to sleep (`awake`).
        """
        await self._channels.read()
        async with self._unit_of_work() as uow:
            names = {*await uow.wake_ups.due(now), *await uow.wake_ups.waiting(), *self._channels.unknown()}
        return [channel for name in sorted(names) if (channel := self._channels.served(name))]

    async def waiting(self) -> list[Channel]:
        """Give the channels whose digest waits for sources, as it was noted; one of which a source answered since may be awake as well."""
        async with self._unit_of_work() as uow:
            return [channel for name in await uow.wake_ups.waiting() if (channel := self._channels.served(name))]

    async def note(
        self,
        channels: Sequence[Channel],
        now: datetime,
        retry_at: Callable[[str], datetime | None] = lambda _: None,
        waiting: Mapping[str, Wait] = NOBODY,
    ) -> None:
        """
        Note when these channels, which were looked at from `now` on, are to be looked at again; one that is due stays awake, unless it is
        among those `waiting` for sources: it sleeps until the instant named there, an hour at most, or until its sources answer.

        `retry_at` tells of a channel's name when its platform is to be asked again.
        """
        for names in _pieces(one.name for one in channels):
            async with self._unit_of_work() as uow:
                held = await uow.wake_ups.hold(names)
                wakes = {name: await self._next(state, now, uow) for name, state in held.items()}
                for name, wake in wakes.items():
                    retry = retry_at(name)
                    wakes[name] = min(wake, retry) if retry and retry > now else wake
                asleep = waiting.keys() & {name for name, wake in wakes.items() if wake <= now}
                wakes |= {name: min(waiting[name].until, now + LONGEST_WAIT) for name in asleep}
                seen = {name: waiting[name].seen for name in asleep}
                await uow.wake_ups.note({name: wake for name, wake in wakes.items() if wake > now}, now, seen)
                await uow.commit()

    async def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True  # first: they may have to be forgotten once more meanwhile
        try:
            async with self._unit_of_work() as uow:
                await uow.wake_ups.forget()
                await uow.commit()
        except BaseException:
            self._begun = False
            raise

    async def _put_to_sleep(self, names: Collection[str], now: datetime) -> set[str]:
        """Note the wake-ups of those that have their digest, of all of them in few queries; give their names."""
        asleep: set[str] = set()
        for piece in _pieces(names):
            async with self._unit_of_work() as uow:
                held = await uow.wake_ups.hold(piece)
                due = {name: self._due(state, now) for name, state in held.items()}
                served = set[str]()
                expecting = await self._expecting(held, now, uow)
                for period in {one for one in due.values() if one}:
                    of_it = [name for name, one in due.items() if one == period]
                    ends = await uow.digests.ends(period, of_it)
                    served |= {name for name, end in ends.items() if not self._may_have_second(held[name], period, end)}
                served -= expecting
                wakes = {
                    name: channel_next_due(channel, now) if (channel := self._channels.of(state)) else now + NOT_SERVED
                    for name, state in held.items()
                    if name in served or self._channels.of(state) is None
                }
                if wakes:
                    await uow.wake_ups.note(wakes, now)
                    await uow.commit()
            asleep |= wakes.keys()
        return asleep

    async def _expecting(self, held: Mapping[str, ChannelState], now: datetime, uow: UnitOfWork) -> set[str]:
        """Give the names of those whose week of the next due instant has its first digest already: a second one is to be noted."""
        coming: dict[str, list[str]] = {}
        for name, state in held.items():
            if (channel := self._channels.of(state)) and state.started:
                coming.setdefault(following_period(channel, channel_due_period(channel, now)), []).append(name)
        return {name for period, names in coming.items() for name in await uow.digests.ends(period, names)}

    def _due(self, state: ChannelState, now: datetime) -> str | None:
        """The period that is due in a channel, if its digest is all that is to be asked for; else None."""
        channel = self._channels.of(state)
        if channel is None or state.started is None or state.paused_because or state.at_once:
            return None
        return channel_due_period(channel, now)

    def _may_have_second(self, state: ChannelState, period: str, ended: datetime) -> bool:
        """Whether a period may have a second digest in a channel, so that whether one is due has to be asked."""
        channel = self._channels.of(state)
        return channel is not None and second_due(channel, period, ended) is not None

    async def _next(self, state: ChannelState, now: datetime, uow: UnitOfWork) -> datetime:
        """
        Give the first instant after `now` at which the schedule may have something to do in a channel; `now` if it has.

        What a channel's period comes to follows from the clock only at three instants: when the next digest falls due, when one that did not
        come is too late to be sent, and when one that was frozen and not begun is.
        """
        channel = self._channels.of(state)
        if channel is None:
            return now + NOT_SERVED
        if not state.paused_because and await due_in(channel, uow, now):
            return now
        if state.started is None:
            return now + PAUSED if state.paused_because else now
        await expect_second(channel, now, uow)
        instants = [channel_next_due(channel, now)]
        if state.paused_because:
            instants.append(now + PAUSED)
        period = channel_due_period(channel, now)
        known = {one for one in await uow.digests.weeks(channel.name) if is_period(one)}
        skipped = {skip.week for skip in await uow.digests.skipped(channel.name)}
        if period not in known | skipped:
            instants.append(channel_window(channel, period).end + channel.catch_up)
        if unfinished := await uow.postings.unfinished(channel.name):
            spans = await uow.digests.spans(channel.name, MOST_WEEKS)
            instants += [one.window.end + channel.catch_up for one in spans if one.week in unfinished]
        return min(instant for instant in instants if instant >= now)


def _pieces(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(sorted(names))
    while piece := list(islice(rest, AT_A_TIME)):
        yield piece
