"""Many channels looked at together: their states and their past, in as many queries for ten thousand of them as for one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self, cast

from bot.model import Channel, ChannelState, DigestPast, DigestProgress, DigestSpan
from bot.periods import newest
from bot.ports import UnitOfWork
from bot.usecases.compile import next_digest_in

LOOKED_BACK: Final = timedelta(weeks=8)
"""How old the digests are of which is read: of older ones than the longest period and what is caught up with, only the last one is told."""


@dataclass(frozen=True, slots=True)
class ManyChannels:
    """What is known of channels, by name: their `states`, and their digests of the last weeks (`pasts`), or all of them where there are none of these."""

    states: Mapping[str, ChannelState]
    pasts: Mapping[str, DigestPast]
    uow: UnitOfWork

    @classmethod
    async def read(cls, channels: Sequence[Channel], uow: UnitOfWork, now: datetime) -> Self:
        """Read it. Every state is read where there are several channels."""
        names = [one.name for one in channels]
        if len(names) == 1:
            state = await uow.channels.get(names[0])
            states = {names[0]: state} if state else {}
        else:
            states = dict(await uow.channels.all())
        pasts = await uow.digests.pasts(names, now - LOOKED_BACK)
        silent = [name for name, past in pasts.items() if not past.weeks]
        return cls(states, {**pasts, **(await uow.digests.pasts(silent) if silent else {})}, uow)

    async def next_digest(self, channel: Channel, now: datetime) -> datetime:
        """Give when a channel's next digest falls due, as `bot.usecases.compile.next_digest` does, by its rules."""
        return await next_digest_in(channel, cast("UnitOfWork", _AsRead(self)), now)

    async def progress(self) -> dict[str, tuple[str, DigestProgress]]:
        """Give the last digest's period of each channel that had one, and how far that is sent: a query or two for each of these periods."""
        last = {name: week for name, past in self.pasts.items() if (week := newest(past.weeks))}
        found = dict[str, tuple[str, DigestProgress]]()
        for week, names in _by_week(last).items():
            known = await self.uow.postings.progress(week, names)
            found |= {name: (week, known.get(name, DigestProgress(messages=0, sent=0))) for name in names}
        return found


def _by_week(weeks: Mapping[str, str]) -> Mapping[str, Collection[str]]:
    found: dict[str, list[str]] = {}
    for name, week in weeks.items():
        found.setdefault(week, []).append(name)
    return found


class _AsRead:
    """What the rules of when a digest falls due ask of a unit of work, answered by what was read of all channels; notes, which few need, are asked for."""

    def __init__(self, known: ManyChannels) -> None:
        self._known = known
        self.channels = self.digests = self
        self.notes = known.uow.notes

    async def get(self, channel: str) -> ChannelState | None:
        return self._known.states.get(channel)

    async def weeks(self, channel: str) -> Sequence[str]:
        return self._known.pasts[channel].weeks

    async def spans(self, channel: str, most: int) -> Sequence[DigestSpan]:
        return self._known.pasts[channel].spans[:most]
