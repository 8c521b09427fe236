"""The service container: everything that a command or a job works with, built by `scheduler.bootstrap`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.classics import Classic
from bot.errors import ChatError, Fault, UsageError
from bot.model import Channel, Digest, Lease, MessageRef, SourceReport, SourceSpec
from bot.ports import (
    Backtester,
    Chat,
    Clock,
    DirectMessages,
    FeedFinder,
    JobQueue,
    MessageAddresses,
    Platform,
    QueueDepth,
    Ranker,
    RateLimiter,
    Source,
    UnitOfWorkFactory,
    UntakenJobs,
    WorkFinder,
)
from bot.rate_limits import InProcessRateLimiter
from bot.text import counted
from bot.usecases import status
from bot.usecases.alert_planning import AlertPlanner
from bot.usecases.answers import say
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.compile import compile_digest, due_digest, next_week
from bot.usecases.editors import tell_editors
from bot.usecases.phrase import Phrasing, phrase
from bot.usecases.reconcile import Look, ReconcileResult, look_over
from bot.usecases.record import Recorder
from bot.usecases.review import opens
from bot.usecases.sources import laid_over, untrusted, with_owners
from bot.usecases.spoken import SpokenCache
from bot.usecases.status import pause_lines, paused
from bot.usecases.unreleased import UnreleasedLeases
from bot.usecases.wake_ups import WakeUps
from scheduler.backoff import Backoff
from scheduler.fair_pool import FairPool, PoolBounds
from scheduler.metrics import Metrics
from scheduler.review_schedule import ReviewSchedule
from scheduler.turn_schedule import TurnSchedule

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from adapters.sources.http.pacing import HostPacing
    from scheduler.settings.settings import Settings

logger = logging.getLogger(__name__)

RECORD_SECONDS: Final = 20
"""How long a reconcile waits until what it found is recorded."""

COMPILED_AT_ONCE: Final = 2
"""
How many digests are built at the same time, where many channels have theirs at the same hour.

Each holds a whole week's entries until its picks are chosen: fifty at once took some 150 MB, which the process then kept. It is
CPU work, so that more of them at once would be no quicker; two, so that one reads while the other ranks.
"""

SERVED: Final = PoolBounds(running=100, in_lane=8, held=5_000)
"""
How many channels of a platform are served side by side, how many of one workspace, and how many are held. Nearly all their time they wait for
the platform's pace: a message a second in a channel, five a second in a workspace of Slack's. Those that find no room are due at the next tick.
"""

REMINDED: Final = PoolBounds(running=4, in_lane=2, held=5_000)
"""
How many members of a platform are reminded at once, how many of one workspace, and how many are held. Few: who is being written to when the process is
killed gets that week's reminder no more.
"""

REVIEWED: Final = PoolBounds(running=4, in_lane=1, held=500)
"""How many channels of a platform have their digest shown to its editors at once, how many of one workspace, and how many are held."""

BACKFILLED: Final = PoolBounds(running=4, in_lane=2, held=5_000)
"""
How many channels of a platform have a page of their past read at once, how many of one workspace, and how many are held. A workspace's pages wait for
its pace, a minute each with some apps of Slack's, so that more at once would be no quicker.
"""

RECONCILED: Final = PoolBounds(running=32, in_lane=1, held=1_000)
"""
How many channels of a platform are looked over side by side, how many of one workspace, and how many are held. Nearly all their time they wait for the
workspace's pace, which one of them exhausts; few enough that digests which are sent meanwhile have most of a bot's requests.
"""

Tables = Mapping[str, Mapping[str, Any]]
Catalogue = Callable[[Tables, Mapping[str, str]], tuple[tuple[SourceSpec, ...], tuple[Fault, ...]]]
"""Reads the `[sources]` tables over the built-in catalogue, with the secrets of sources; gives the sources, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builders:
    """Factories of what is built only when it is used, since it is slow to import or holds connections. Given by `scheduler.bootstrap`."""

    catalogue: Catalogue
    sample_specs: Callable[[], tuple[SourceSpec, ...]]
    classics: Callable[[], Sequence[Classic]]
    sources: Callable[
        [Services, Sequence[SourceSpec], Collection[str]], AbstractAsyncContextManager[Mapping[str, Source]]
    ]
    finder: Callable[[Services], AbstractAsyncContextManager[FeedFinder]]
    works: Callable[[Services], AbstractAsyncContextManager[WorkFinder]]
    database_name: Callable[[Services], str]
    database_fault: Callable[[Services], Awaitable[str | None]]
    other_revision: Callable[[Services], Awaitable[str | None]]
    clock_error: Callable[[Services], Awaitable[timedelta | None]]
    untaken_jobs: Callable[[Services, Collection[str]], Awaitable[Sequence[UntakenJobs]]]
    queue_lengths: Callable[[Services], Awaitable[Mapping[str, QueueDepth]]]
    compact: Callable[[Services], Awaitable[str | None]]
    merge_index: Callable[[Services], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """
    The service container. Lives as long as the `open_services` that gave it.

    `reading` gives read-only units of work: no writer waits for them. `spoken` is what was read and folded for any channel. `audience` says who may read which channel. `owner` names this process in leases. A digest that is to
    be sent is built inside `compiling`. `refused` are the channels that their platform refuses us, by name, as far as this
    process saw. `left` says how often in a row a job was left to
    another process, by its key (`scheduler.jobs.left_to_others`), `token_refused` which platforms do not accept the token that this process was started with, `other_tokens` those for which another process has another token (`scheduler.token_check`). While we are only `trying` the sample week, no source is asked and no digest is due. `asking` are the tasks
    that ask sources or send cards; they may be cancelled at any time, for what was not stored is asked again. Who asks all sources
    holds `collect_turn`, who sends to a channel its lock in `sending`. `backoff` pauses channels whose platform failed, `collecting` the
    collect whose answers the database did not take. `wake_ups` say which channels have to be looked at, `alert_planner` what is new for those that want alerts.
    `queue` is the one that several processes share; None where this one does everything. `draw` draws a message here and now.
    `limiter` gives out turns to ask a platform, `pacing` those to ask a source. `deliveries` are the pools in which channels are served, by platform, `reminding` those in which members are reminded, `backfilling` those in which channels' past is read, `reconciling` those in which channels are looked over, `reviewing` those in which editors are shown a digest, where `review_schedule` says that it is time. `turns` says when a channel tries again whose workspace has no place. `unreleased` are leases of this process to be given back. `phrasing` is the language model to ask, where one is switched on.
    """

    settings: Settings
    clock: Clock
    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    channels: ChannelList
    chats: Mapping[str, Chat]
    recorder: Recorder
    engine: AsyncEngine
    builders: Builders
    audience: Audience
    ranker: Ranker | None = None
    backtester: Backtester | None = None
    spoken: SpokenCache = field(default_factory=SpokenCache)
    platforms: Mapping[str, Platform] = field(default_factory=dict)
    trying: bool = False
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}")
    backoff: Backoff = field(default_factory=Backoff)
    collecting: Backoff = field(default_factory=Backoff)
    refused: set[str] = field(default_factory=set)
    said: set[tuple[str, str]] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)
    token_refused: set[str] = field(default_factory=set)
    other_tokens: dict[str, Lease] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    speed: float = 1.0
    asking: set[asyncio.Task[Any]] = field(default_factory=set)
    compiling: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(COMPILED_AT_ONCE))
    phrasing: Phrasing | None = None
    queue: JobQueue | None = None
    draw: Callable[[MessageRef], Awaitable[None]] | None = None
    collect_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    sending: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    limiter: RateLimiter = field(default_factory=lambda: InProcessRateLimiter(time.monotonic))
    pacing: HostPacing | None = None
    deliveries: defaultdict[str, FairPool[Any]] = field(default_factory=lambda: defaultdict(lambda: FairPool(SERVED)))
    reminding: defaultdict[str, FairPool[None]] = field(default_factory=lambda: defaultdict(lambda: FairPool(REMINDED)))
    reviewing: defaultdict[str, FairPool[None]] = field(default_factory=lambda: defaultdict(lambda: FairPool(REVIEWED)))
    review_schedule: ReviewSchedule = field(default_factory=lambda: ReviewSchedule(opens))
    backfilling: defaultdict[str, FairPool[None]] = field(
        default_factory=lambda: defaultdict(lambda: FairPool(BACKFILLED))
    )
    reconciling: defaultdict[str, FairPool[None]] = field(
        default_factory=lambda: defaultdict(lambda: FairPool(RECONCILED))
    )
    turns: TurnSchedule = field(init=False)
    unreleased: UnreleasedLeases = field(default_factory=UnreleasedLeases)
    wake_ups: WakeUps = field(init=False)
    alert_planner: AlertPlanner = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wake_ups", WakeUps(self.channels, self.unit_of_work, self.specs))
        object.__setattr__(self, "alert_planner", AlertPlanner(self.unit_of_work, self.reading))
        object.__setattr__(self, "turns", TurnSchedule(lambda: time.monotonic() * self.speed))

    def serve_at_once(self, number: int) -> None:
        """Serve so many channels of each platform side by side, in place of `SERVED`. To be called before any is served."""
        for platform in self.platforms:
            self.deliveries[platform] = FairPool(replace(SERVED, running=number))

    def pools_by_name(self) -> Mapping[str, Mapping[str, FairPool[Any]]]:
        """Every pool in which this process has work under way: by what the metrics call it, and by platform."""
        return {
            "deliveries": self.deliveries,
            "reminders": self.reminding,
            "reviews": self.reviewing,
            "backfills": self.backfilling,
            "look_backs": self.reconciling,
        }

    def pools(self) -> Sequence[FairPool[Any]]:
        """Every pool in which this process has work under way."""
        return [pool for by_platform in self.pools_by_name().values() for pool in by_platform.values()]

    def shared_queue(self) -> JobQueue:
        """The queue that several processes share; raises `RuntimeError` where there is none."""
        if self.queue is None:
            raise RuntimeError("This process does everything itself")
        return self.queue

    @property
    def database(self) -> str:
        """The database's name in a sentence, without password and user."""
        return self.builders.database_name(self)

    async def database_fault(self) -> str | None:
        """What is wrong with the database, in a phrase without names; None if it answers and is up to date. May raise."""
        return await self.builders.database_fault(self)

    async def other_revision(self) -> str | None:
        """The database's revision where it is not this program's. Raises `StorageError`."""
        return await self.builders.other_revision(self)

    async def untaken_jobs(self, served: Collection[str]) -> Sequence[UntakenJobs]:
        """Jobs of the queue that processes share which no worker takes, where those in `served` are served. Raises `StorageError`."""
        return await self.builders.untaken_jobs(self, served)

    async def queue_lengths(self) -> Mapping[str, QueueDepth]:
        """How many jobs wait in each queue that processes share, and how many may. Raises `StorageError`."""
        return await self.builders.queue_lengths(self)

    async def clock_error(self) -> timedelta | None:
        """By how much this machine's clock is ahead of the database's; None where there is one clock, or ours is a set one. May raise."""
        return await self.builders.clock_error(self)

    async def alive(self) -> dict[str, bool]:
        """Whether events can come in now, for each platform."""
        return {name: await self.platforms[name].is_alive() if name in self.platforms else True for name in self.chats}

    async def specs(self) -> tuple[SourceSpec, ...]:
        """The sources as they are now: the catalogue, the configuration file, and what people set since."""
        async with self.reading() as uow:
            settings = await uow.source_settings.all()
        tables = laid_over(self.settings.sources, settings.values())
        found, faults = self.builders.catalogue(tables, self.settings.secrets())
        for fault in faults:
            # Set by somebody while another version ran; a source less is better than no digest.
            logger.warning("A source is left out. %s", fault, extra={"action": "source_left_out"})
        return with_owners(untrusted(found, settings), settings)

    def sample_specs(self) -> tuple[SourceSpec, ...]:
        """Sources of the sample week that ships with the project; asking them touches no network."""
        return self.builders.sample_specs()

    def open_sources(
        self, specs: Sequence[SourceSpec], full: Collection[str] = ()
    ) -> AbstractAsyncContextManager[Mapping[str, Source]]:
        """Build the enabled sources among `specs`, by id, for as long as the context lasts; those in `full` ask for everything."""
        return self.builders.sources(self, specs, full)

    def open_finder(self) -> AbstractAsyncContextManager[FeedFinder]:
        """Build the feed finder, for as long as the context lasts."""
        return self.builders.finder(self)

    def open_works(self) -> AbstractAsyncContextManager[WorkFinder]:
        """Build what looks proposed works up, for as long as the context lasts."""
        return self.builders.works(self)

    async def current_channels(self) -> tuple[Channel, ...]:
        """The channels as they are now: those of the file and those set up in chat, with what people set since."""
        return await self.channels.read()

    async def look_over(self, *platforms: str, weeks: int | None = None) -> list[ReconcileResult]:
        """
        Reconcile every channel on platforms (on all that are connected, if none is named); give what was found in each.

        Looks at the digests of the last `weeks` weeks, as many as the settings say if not given. Channels are looked at side by side, and no workspace
        waits for another one.
        """
        chats = {name: chat for name, chat in self.chats.items() if not platforms or name in platforms}
        await self.current_channels()
        pools: defaultdict[str, FairPool[ReconcileResult]] = defaultdict(
            lambda: FairPool(replace(RECONCILED, held=10**9))
        )

        async def run(platform: str, name: str, look: Look) -> ReconcileResult:
            channel = self.channels.served(name)
            turn = pools[platform].submit(name, channel.workspace if channel else ("", name), look)
            return await turn if turn else await look()

        try:
            found = await look_over(
                chats,
                self.reading,
                self.recorder.receive_all,
                self.clock,
                weeks=weeks or self.settings.reconcile.weeks,
                summaries=self.recorder.summaries,
                run=run,
            )
        finally:
            for pool in pools.values():
                await pool.close()
        await self.settle()
        return found

    async def settle(self) -> None:
        """Wait until what was received is recorded, for some seconds; what is not by then is stored, and recorded and shown in its own time."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.recorder.settle()), RECORD_SECONDS)

    async def channel(self, name: str | None) -> Channel:
        """The channel of this name as it is now, the first one without a name; raises `UsageError` if there is none."""
        channels = await self.current_channels()
        found = next((channel for channel in channels if name in {None, channel.name}), None)
        if found is None:
            raise UsageError(f"There is no channel {name!r}. There are: {_some_of(channels)}.")
        return found

    async def channel_to_change(self, name: str | None) -> Channel:
        """
        The channel of this name, without a name the only one that there is: what changes a channel does not guess which.

        Raises `UsageError` if there is none, or several and no name.
        """
        channels = await self.current_channels()
        if name is None and len(channels) > 1:
            raise UsageError(
                f"There are several channels: {_some_of(channels)}. Say which, like --channel {channels[0].name}."
            )
        return await self.channel(name)

    def chat(self, channel: Channel) -> Chat:
        """The chat of a channel's platform; raises `UsageError` where it cannot be reached."""
        found = self.chats.get(channel.platform)
        if found is None:
            raise UsageError(
                f"Channel {channel.name!r} is on {channel.platform}, which cannot be reached without its token. "
                f"{self.remedy(channel.platform)}."
            )
        return found

    def direct_messages(self) -> dict[str, DirectMessages]:
        """The platforms on which one member alone can be written to, by name."""
        chats = {name: platform.chat for name, platform in self.platforms.items()}
        return {name: chat for name, chat in chats.items() if isinstance(chat, DirectMessages)}

    async def tell_editors(self, channel: Channel, *lines: str) -> int:
        """Write to a channel's editors, each alone; give how many it reached."""
        return await tell_editors(channel, say(*lines).blocks, self.direct_messages(), self.unit_of_work)

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        """The address of a message; None where its platform knows none, or does not tell now."""
        platform = self.platforms.get(channel.platform)
        if platform is None or not isinstance(platform.chat, MessageAddresses):
            return None
        try:
            return await platform.chat.message_url(channel, ref)
        except ChatError as error:
            logger.info("The address of a message is not known: %s", error, extra={"action": "address_unknown"})
            return None

    def remedy(self, platform: str) -> str:
        """What to set so that a platform can be reached, as a sentence without its full stop."""
        settings = self.settings.platforms.get(platform)
        return settings.remedy if settings and settings.remedy else f"Set the token of {platform}"

    async def preview(self, channel: Channel) -> Digest:
        """Compile the next digest of a channel as it stands, from what is stored."""
        now = self.clock()
        due = await due_digest(channel, self.unit_of_work, now)
        week, window = due or await next_week(channel, self.unit_of_work, now)
        return await compile_digest(
            channel,
            week,
            window,
            self.reading,
            specs=await self.specs(),
            now=now,
            ranker=self.ranker,
            spoken=self.spoken,
            classics=self.builders.classics(),
            line_menu=self.line_menu(channel),
        )

    def line_menu(self, channel: Channel) -> int:
        """What a menu at a line of a compact digest takes in a message of the channel's platform; 0 where there is none."""
        platform = self.platforms.get(channel.platform)
        return platform.words.line_menu if platform else 0

    async def phrased(self, digest: Digest) -> Digest:
        """Give a digest with what the language model says of its picks, where one is switched on."""
        return await phrase(digest, self.phrasing, self.unit_of_work, self.clock) if self.phrasing else digest

    async def next_digest_line(self, channel: Channel) -> str:
        """When a channel's next digest comes, on its own wall clock; of one that is paused, that it is and why."""
        if self.trying:
            return "Only the sample week is shown: start without --sample for the real one"
        for _, pause in await paused([channel], self.reading):
            return pause_lines(channel, pause)[0]
        return await status.next_digest_line(channel, await self.specs(), self.reading, self.clock())

    async def next_digest_lines(self, channels: Sequence[Channel]) -> dict[str, str]:
        """When the next digests of many channels come, by name; of none is it said here that it is paused."""
        if self.trying:
            return {one.name: await self.next_digest_line(one) for one in channels}
        return await status.next_digest_lines(channels, await self.specs(), self.reading, self.clock())


_NAMED: Final = 10


def _some_of(channels: Sequence[Channel]) -> str:
    more = len(channels) - _NAMED
    named = ", ".join(channel.name for channel in channels[:_NAMED])
    return f"{named} and {counted(more, 'other')}" if more > 0 else named


def summary_of_check(spec: SourceSpec, report: SourceReport) -> str:
    """State of a source that was asked just now, as a sentence."""
    found = f"{counted(report.fetched, 'entry', 'entries')}, {report.new} new" if report.fetched else "nothing new"
    return f"{spec.name}: {report.state.value}, {report.error or found}."
