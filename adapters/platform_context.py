"""What every platform is built with: its channels, the storage, and those whom it tells what no port is for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.model import Channel, SourceSpec
from bot.ports import Clock, CommandSink, UnitOfWorkFactory

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformContext:
    """
    What the `build` function of each platform is given beside its settings.

    `channels` are those configured on this platform. `reading` gives units of work that only look. `owner` names this process in
    leases. `commands` answers what members ask. `channel_news` hears that a channel (its id; an empty one means all) cannot be
    posted to, with the reason, or that it can again (None). `reconcile` looks for what was missed, and is called when a lost
    connection stands again. `current_channels` are all channels with what people set since. What is awaitable may be called only
    once the process is built.
    """

    channels: Sequence[Channel]
    clock: Clock
    engine: AsyncEngine
    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    owner: Callable[[], str]
    commands: CommandSink
    channel_news: Callable[[str, str | None], Awaitable[None]]
    reconcile: Callable[[], Awaitable[None]]
    specs: Callable[[], Awaitable[Sequence[SourceSpec]]]
    current_channels: Callable[[], Awaitable[Sequence[Channel]]]
