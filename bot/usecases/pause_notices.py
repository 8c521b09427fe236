"""
Pause notices: who set a channel up is told that its platform refuses us there, once for all channels that are refused for the same reason.

Where a whole workspace refuses us its channels are paused one after the other, as each is served; so a pause is not told of at once, but when no other
followed it for a while. What is paused later for the same reason, as channels with other days are, is told of together a day later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot.model import Block, Channel, ChannelState
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.text import counted
from bot.usecases.answers import note

SETTLED: Final = timedelta(minutes=2)
"""How long after a pause it is told of, where no other follows for the same reason."""

LONGEST: Final = timedelta(minutes=15)
"""The same where others follow all the time."""

AGAIN: Final = timedelta(days=1)
"""How long after a notice the next one for the same reason comes, while channels of the first are still paused."""

OLD: Final = timedelta(days=2)
"""A pause older than that is told of to nobody: it was before notices were kept, or nobody worked for days."""

_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class PauseNotice:
    """What one member is told: that no digest comes in these channels, and why."""

    member_id: str
    because: str
    channels: tuple[str, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The notice, as it is sent."""
        number = len(self.channels)
        named = ", ".join(f"#{name}" for name in self.channels[:_NAMED])
        more = f" and {counted(number - _NAMED, 'other')}" if number > _NAMED else ""
        where = named if number == 1 else f"{counted(number, 'channel')} ({named}{more})"
        tried = "It is tried" if number == 1 else "Each is tried"
        return (
            note(f"No digest comes in {where} for now: {self.because.rstrip('.')}."),
            note(f"{tried} again every hour, and goes on by itself once that is mended."),
        )


@dataclass(frozen=True, slots=True)
class _Paused:
    channel: Channel
    state: ChannelState
    at: datetime

    @property
    def cause(self) -> tuple[str, str, str]:
        """What is told of together: the same reason in one workspace."""
        return self.channel.platform, self.channel.workspace, self.state.paused_because or ""

    @property
    def people(self) -> tuple[str, ...]:
        """Who is told: the member who set a channel up, else its editors."""
        return (self.state.set_up_by,) if self.state.set_up_by else self.channel.editors

    def is_young(self, now: datetime) -> bool:
        return now - self.at < OLD


async def due_notices(
    platform: str,
    states: Iterable[ChannelState],
    served: Callable[[str], Channel | None],
    unit_of_work: UnitOfWorkFactory,
    now: datetime,
) -> list[PauseNotice]:
    """
    Give what is to be told now of pauses by a platform, and note that it is: of two processes that ask at once one is given it. Whoever dies before it is
    sent leaves it unsent. `served` gives a channel by its name.
    """
    groups: defaultdict[tuple[str, str, str], list[_Paused]] = defaultdict(list)
    for state in states:
        if not state.paused_because or state.paused_by_people or state.paused_at is None:
            continue
        channel = served(state.name)
        if channel is not None and channel.platform == platform:
            one = _Paused(channel, state, state.paused_at)
            groups[one.cause].append(one)
    news = [cause for cause, group in groups.items() if any(one.is_young(now) for one in group)]
    if not news:
        return []
    told: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    async with unit_of_work() as uow:
        for cause in sorted(news):
            for one in await _to_tell_of(cause, groups[cause], uow, now):
                for member in one.people:
                    told[member, cause[2]].append(one.channel.name)
        await uow.commit()
    return [PauseNotice(member, because, tuple(sorted(names))) for (member, because), names in told.items()]


async def _to_tell_of(
    cause: tuple[str, str, str], group: Sequence[_Paused], uow: UnitOfWork, now: datetime
) -> Sequence[_Paused]:
    """Give the channels of those that are paused for one reason that are to be told of now; note that these are."""
    name = f"pauses told/{sha256(repr(cause).encode()).hexdigest()[:24]}"
    await uow.leases.lock(name)  # two who read what neither of them has written yet would both tell of it
    noted = await uow.notes.get(name)
    last = min(datetime.fromisoformat(noted), now) if noted else None
    untold = [one for one in group if one.is_young(now) and (last is None or one.at > last)]
    if not untold:
        return ()
    if now - max(one.at for one in untold) < SETTLED and now - min(one.at for one in untold) < LONGEST:
        return ()
    if last and len(untold) < len(group) and now - last < AGAIN:
        return ()
    await uow.notes.put(name, now.isoformat())
    return untold
