"""The channels that are served: those of the configuration file and those that were set up in chat, as they are now."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, overload

from bot.channel_fields import ChannelFields
from bot.errors import UsageError
from bot.model import DEFAULT_MEANINGS, Channel, ChannelOrigin, ChannelState, Meaning
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.spread import spread_out
from bot.usecases.channels import overlaid

LATELY: Final = 1.0
"""How many seconds old what is read of channels may be where it decides whether one more message is sent."""


class ChannelsView(Sequence[Channel]):
    """A sequence that is worked out whenever it is looked at, for who holds it longer than channels stay the same."""

    def __init__(self, found: Callable[[], Sequence[Channel]]) -> None:
        self._found = found

    def now(self) -> Sequence[Channel]:
        """Give the channels as they are now; the same object as long as nothing has changed, where `found` does so."""
        return self._found()

    @overload
    def __getitem__(self, index: int) -> Channel: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Channel]: ...
    def __getitem__(self, index: int | slice) -> Channel | Sequence[Channel]:
        return self._found()[index]

    def __len__(self) -> int:
        return len(self._found())

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._found())


class ChannelList:
    """
    All channels that are served. `known` is what the last `read` gave, for those who cannot wait; every process reads again and
    again (`up` and the workers with each tick, whoever listens every few seconds and as it begins), so that what another process changed is seen, too.

    `meanings` are those of the emoji in channels that were set up in chat and name none of their own. Digests that fall due at one hour are
    spread over as long as `spread` says.
    """

    def __init__(
        self,
        configured: Sequence[Channel],
        unit_of_work: UnitOfWorkFactory,
        meanings: Mapping[str, Meaning] = DEFAULT_MEANINGS,
        spread: timedelta = timedelta(0),
    ) -> None:
        self._spread = spread
        self._configured = tuple(spread_out(channel, spread) for channel in configured)
        self._unit_of_work = unit_of_work
        self._meanings = meanings
        self._in_file = {channel.name: channel for channel in self._configured}
        self._versions: dict[str, int] = {}
        self._states: dict[str, ChannelState] = {}
        self._by_name: dict[str, Channel] = dict(self._in_file)
        self.known: tuple[Channel, ...] = self._configured
        self._on: dict[str, tuple[tuple[Channel, ...], tuple[Channel, ...]]] = {}
        self._places: tuple[tuple[Channel, ...], dict[tuple[str, str], Channel]] = ((), {})
        self._read_at = -math.inf
        self._reading: asyncio.Task[tuple[Channel, ...]] | None = None

    async def read(self) -> tuple[Channel, ...]:
        """
        Give the channels as they are now, those of the file first, with what people set since.

        Only what changed since the last time is read again: there may be ten thousand of them.
        """
        began = time.monotonic()
        async with self._unit_of_work() as uow:
            changed = await uow.channels.changed(self._versions)
        self._read_at = began
        for name, (version, state) in changed.items():
            # Two that read at once may come back in another order than they asked.
            if version > self._versions.get(name, -1):
                self._versions[name], self._states[name] = version, state
                if channel := self._channel(state):
                    self._by_name[name] = channel
                else:
                    self._by_name.pop(name, None)
        if changed:
            others = sorted(self._by_name.keys() - self._in_file.keys())
            self.known = tuple(self._by_name[name] for name in (*self._in_file, *others))
        return self.known

    async def lately(self, name: str) -> ChannelState | None:
        """What is kept of one channel, at most `LATELY` seconds old: for who asks before each message, of hundreds of channels side by side."""
        asked = time.monotonic()
        while asked - self._read_at > LATELY:
            # Those who ask at once wait for one answer; one that is older than that when it comes is asked for again.
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self.read(), name="channels as they are")
            await asyncio.shield(self._reading)
        return self._states.get(name)

    @property
    def states(self) -> Mapping[str, ChannelState]:
        """What is kept of channels, by name, stopped ones included, as it was read last."""
        return self._states

    def served(self, name: str) -> Channel | None:
        """The channel of this name, as it was read last; None where none is served."""
        return self._by_name.get(name)

    def of(self, state: ChannelState) -> Channel | None:
        """The channel of which this is kept; None where it is not served."""
        return self.served(state.name) if state == self._states.get(state.name) else self._channel(state)

    def unknown(self) -> list[str]:
        """The names of channels of the file of which nothing was kept when it was read last."""
        return [name for name in self._in_file if name not in self._states]

    def _channel(self, state: ChannelState) -> Channel | None:
        if configured := self._in_file.get(state.name):
            return overlaid(configured, state)
        return spread_out(subscribed(state, self._meanings), self._spread) if is_served(state) else None

    def on(self, platform: str) -> ChannelsView:
        """The channels of one platform, as they were read last."""
        return ChannelsView(lambda: self._those_on(platform))

    def _those_on(self, platform: str) -> tuple[Channel, ...]:
        known, found = self._on.get(platform, ((), ()))
        if known is not self.known:
            found = tuple(channel for channel in self.known if channel.platform == platform)
            self._on[platform] = self.known, found
        return found

    def at(self, platform: str, channel_id: str) -> Channel | None:
        """The channel in one place of a platform, as it was read last; None where none is served there."""
        known, places = self._places
        if known is not self.known:
            places = {(channel.platform, channel.id): channel for channel in self.known}
            self._places = self.known, places
        return places.get((platform, channel_id))

    async def check(self) -> None:
        """Raise `UsageError` where `register` would, for who only looks: nothing is written."""
        async with self._unit_of_work() as uow:
            self._to_register(await uow.channels.all())

    def _to_register(self, states: Mapping[str, ChannelState]) -> list[Channel]:
        """Give the channels of the file that are not noted as they are; raises `UsageError` where one of them is another's."""
        moving = [one for one in self._configured if not _is_noted(one, states.get(one.name))]
        for channel in moving:
            _refuse_taken(channel, states)
        return moving

    async def register(self) -> None:
        """
        Note the channels of the file in the database, marked as the operator's, with the place they are in.

        What is there under the same name in another place was moved by the operator. Raises `UsageError` where a channel that was set
        up in chat has the name, or is in the place: a name is never given to another channel, for what was written is kept by it.
        """
        async with self._unit_of_work() as uow:
            states = await all_to_change(uow)  # processes that start together register the same channels
            moving = self._to_register(states)
            if not moving:
                return
            named = {channel.name for channel in self._configured}
            places = {(channel.platform, channel.id) for channel in moving}
            for state in states.values():
                # First every place is left, then taken: two channels may have changed places in the file.
                elsewhere = state.name not in named and state.origin is ChannelOrigin.FILE
                if (state.platform, state.id) in places and (elsewhere or state.name in {one.name for one in moving}):
                    await uow.channels.save(replace(state, platform="", id=""))
            for channel in moving:
                state = states.get(channel.name) or ChannelState(name=channel.name)
                placed = replace(state, platform=channel.platform, id=channel.id, team=channel.team or state.team)
                await uow.channels.save(replace(placed, origin=ChannelOrigin.FILE, stopped=None))
            await uow.commit()


async def all_to_change(uow: UnitOfWork) -> Mapping[str, ChannelState]:
    """Give what is kept of all channels: nobody else sets one up, or registers the file's, before the unit of work ends."""
    await uow.leases.lock("channels set up")
    return await uow.channels.all()


def subscribed(state: ChannelState, meanings: Mapping[str, Meaning] = DEFAULT_MEANINGS) -> Channel:
    """Give the channel that was set up in chat. A value that is not valid any more counts as never set."""
    bare = ChannelFields().channel(name=state.name, platform=state.platform, id=state.id, meanings=meanings)
    return overlaid(replace(bare, team=state.team, origin=ChannelOrigin.CHAT), state)


def is_served(state: ChannelState) -> bool:
    """Tell whether a channel that was set up in chat is served."""
    return state.origin is ChannelOrigin.CHAT and state.stopped is None and bool(state.platform)


def _is_noted(channel: Channel, state: ChannelState | None) -> bool:
    return (
        state is not None
        and (state.platform, state.id, state.origin) == (channel.platform, channel.id, ChannelOrigin.FILE)
        and channel.team in {"", state.team}
    )


def _refuse_taken(channel: Channel, states: Mapping[str, ChannelState]) -> None:
    """Raise `UsageError` where a channel of the file contradicts one that was set up in chat."""
    same_name = states.get(channel.name)
    place = (channel.platform, channel.id)
    if same_name and same_name.origin is ChannelOrigin.CHAT and (same_name.platform, same_name.id) != place:
        raise UsageError(
            f"The channel {channel.name!r} of the configuration file is not the one that was set up in chat under this name "
            f"({same_name.platform}, {same_name.id}), whose summaries are kept by it. Give the one in the file another name."
        )
    there = next((one for one in states.values() if (one.platform, one.id) == place), None)
    if there and there.name != channel.name and there.origin is ChannelOrigin.CHAT:
        raise UsageError(
            f"The channel {channel.name!r} of the configuration file was set up in chat already, as {there.name!r}. Call it so in the "
            "file, too, and it keeps what was written there."
        )
