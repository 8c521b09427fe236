"""What the `build` function of every platform is given: its channels, the storage, and callbacks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Channel, SourceSpec
from bot.ports import Clock, CommandSink, RateLimiter, UnitOfWorkFactory
from bot.usecases.unreleased import UnreleasedLeases

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


Joined = Callable[[str, str, str], Awaitable[None]]
"""Called when we were invited: with the channel's id, its workspace or server, and a key that is the same when it is told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformContext:
    """
    Arguments of a platform's `build` function, beside its settings.

    `channels` are those on this platform, as they are whenever they are looked at: hold it, copy it not. `reading` gives read-only units of work. `owner` names this process in
    leases, and `unreleased` takes those that it could not give back. `commands` answers members' commands. `channel_news` is called when a channel (its id; an empty one means all)
    cannot be posted to, with the reason, or can again (None). `reconcile` is called when a lost connection is replaced.
    `current_channels` gives all channels with what people set since. `joined` is called when we were invited into a channel that may be
    set up. `limiter` gives out turns to ask the platform, to every process that serves it. With `shared`, several processes draw: each message is
    drawn when it is asked for, since who asks keeps to the order and the pace. `vocabulary` gives terms of the last week's works, with in how many each stands. What is awaitable may be called only once the process is
    built.
    """

    channels: Sequence[Channel]
    clock: Clock
    engine: AsyncEngine
    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    owner: Callable[[], str]
    unreleased: UnreleasedLeases
    commands: CommandSink
    channel_news: Callable[[str, str | None], Awaitable[None]]
    reconcile: Callable[[], Awaitable[None]]
    specs: Callable[[], Awaitable[Sequence[SourceSpec]]]
    current_channels: Callable[[], Awaitable[Sequence[Channel]]]
    joined: Joined
    limiter: RateLimiter | None = None
    shared: bool = False
    vocabulary: Callable[[], Awaitable[Mapping[str, int]]] | None = None
