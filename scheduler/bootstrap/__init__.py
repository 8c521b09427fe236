"""Bootstrap: the one place where adapters are built and wired to the use-cases. Nothing is built at import.

Here is the service container; the servers of pages, documents that come in and go out, and the database as a whole have files of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from bot.classics import Classic
from bot.errors import Fault, SettingsError, UsageError
from bot.model import DEFAULT_MEANINGS, Answer, Channel, CommandCall, MessageRef, SourceSpec
from bot.ports import (
    Backtester,
    Chat,
    FeedFinder,
    History,
    JobQueue,
    Membership,
    Platform,
    QueueDepth,
    Ranker,
    RateLimiter,
    Redraws,
    Source,
    UnitOfWorkFactory,
    UntakenJobs,
    WorkFinder,
)
from bot.rate_limits import InProcessRateLimiter
from bot.triage import SummaryRule
from bot.usecases import subscribe
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.command_context import CommandContext
from bot.usecases.commands import Commands
from bot.usecases.phrase import Phrasing
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer, one_by_one
from bot.usecases.vocabulary import Vocabulary
from scheduler import jobs
from scheduler.asked_cards import bring, bring_by_keycap
from scheduler.clock import running_clock
from scheduler.idle import idle_line
from scheduler.jobs.shared import RedrawPace, cards_job, defer_redraws, have_looked_over, is_prompt
from scheduler.memory import share_heaps
from scheduler.metrics import InstrumentedChat, InstrumentedRateLimiter, InstrumentedSource, Metrics
from scheduler.platforms import PLATFORMS, builder_of
from scheduler.services import Builders, Services, summary_of_check
from scheduler.settings.settings import Settings, load_settings, sharing_faults
from scheduler.subscriptions import subscribing

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from adapters.platform_context import PlatformContext
    from adapters.sources.build import SourceFactory
    from adapters.sources.http.pacing import HostPacing

logger = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 2
"""How long pending events may take to be applied at shutdown."""

CLOSE_SECONDS: Final = 2
"""How long a platform may take to close its connections."""

SERVING: Final = "serving"
"""Name of the note that says who serves the database, or did last."""

HOME: Final = "https://github.com/paperround/paperround"
"""Address in the User-Agent, where an operator who sees us in the logs can read who we are."""


def configuration() -> Settings:
    """Read the settings, the sources' among them; raises `SettingsError` with every fault at once."""
    settings = load_settings(lambda tables: _read_catalogue(tables, {})[1])
    known, _ = _read_catalogue(settings.sources, {})
    faults = [*_unknown_sources(settings, {spec.id for spec in known}), *sharing_faults(settings)]
    if faults:
        raise SettingsError(tuple(faults))
    return settings


def _read_catalogue(
    tables: Mapping[str, Mapping[str, Any]], secrets: Mapping[str, str]
) -> tuple[tuple[SourceSpec, ...], tuple[Fault, ...]]:
    from adapters.sources.catalog import laid_over as over_built_in  # noqa: PLC0415 - `--help` does without

    return over_built_in(tables, secrets)


def _backtester() -> Backtester:
    from adapters.ranking.backtester import ProcessBacktester  # noqa: PLC0415

    return ProcessBacktester()


def _sample_specs() -> tuple[SourceSpec, ...]:
    from adapters.sources.kinds.sample import specs  # noqa: PLC0415

    return specs()


def _shipped_classics() -> tuple[Classic, ...]:
    from adapters.classics.shipped import shipped  # noqa: PLC0415

    return shipped()


@contextlib.asynccontextmanager
async def open_services(
    settings: Settings, speed: float = 1.0, *, shared: bool = False, registering: bool = True
) -> AsyncIterator[Services]:
    """
    Build everything, bring the database up to date, and take it down again in order. `shared` is for a process that shares its work with others
    by a queue in the database; raises `UsageError` where there can be none, `StorageError` where the database was moved elsewhere. Unless
    `registering`, the file's channels are not noted in the database.

    Opens the database and nothing else: sources and chats connect when they are used. With a `speed`, which is for those who measure, a clock
    that is set runs so many times as fast.
    """
    from adapters.ranking.process import ProcessRanker  # noqa: PLC0415
    from adapters.storage.database import create_engine  # noqa: PLC0415
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory  # noqa: PLC0415

    share_heaps()
    # A platform that is away fails for each of ten thousand channels.
    logging.getLogger("bot.usecases.reconcile").addFilter(_once_a_minute())
    clock = running_clock(settings.now, speed)
    engine = create_engine(settings.database_url.get_secret_value())
    try:
        await _bring_up_to_date(engine)
        metrics = Metrics()
        chats: dict[str, Chat] = {}
        redraws: dict[str, Redraws] = {}
        unit_of_work = SqlUnitOfWorkFactory(engine)
        ranker = ProcessRanker(clock, feature_file(settings))
        channels = await _channel_list(settings, unit_of_work, registering=registering)
        memberships: dict[str, Membership] = {}
        audience = Audience(memberships, channels.read, clock)
        redrawer = Redrawer(redraws, channels.read, unit_of_work, audience.shown_in)
        platforms: dict[str, Platform] = {}

        async def draw(ref: MessageRef) -> None:
            await redrawer.changed(ref)
            await bring_by_keycap(services, ref)

        queue = await _shared_queue(settings, engine) if shared else None
        pace = RedrawPace()

        async def changed(refs: Sequence[MessageRef]) -> None:
            if queue is None:
                await one_by_one(draw)(refs)
                return
            # The local page draws by itself: who has it open is told, and nothing is sent.
            await one_by_one(draw)([ref for ref in refs if ref.platform == "web"])
            await defer_redraws(queue, pace, [ref for ref in refs if ref.platform != "web"])

        phrasing = _phrasing(settings)
        limiter = _limiter(engine)
        services = Services(
            limiter=InstrumentedRateLimiter(limiter, metrics),
            pacing=_source_pacing(limiter),
            queue=queue,
            draw=draw,
            settings=settings,
            clock=clock,
            unit_of_work=unit_of_work,
            reading=unit_of_work.reading,
            channels=channels,
            chats=chats,
            recorder=Recorder(
                unit_of_work,
                clock,
                chats,
                changed=changed,
                channels=channels.read,
                summaries=SummaryRule(settings.summaries.least_letters),
            ),
            engine=engine,
            builders=BUILDERS,
            audience=audience,
            ranker=ranker,
            backtester=_backtester(),
            phrasing=phrasing,
            platforms=platforms,
            metrics=metrics,
            speed=speed,
        )
        for name in PLATFORMS:
            mine = settings.platforms.get(name)
            if mine is not None and not mine.configured:
                continue
            platform = platforms[name] = builder_of(name)(mine, _platform_context(name, services))
            chats[name] = InstrumentedChat(platform.chat, name, metrics)
            memberships[name] = platform.membership
            if platform.redraws is not None:
                redraws[name] = platform.redraws
        try:
            yield services
            await _settle(services)
        finally:
            await _close(services)
    finally:
        await engine.dispose()


@cache
def _once_a_minute() -> logging.Filter:
    from bot.log_repeats import OnceAMinute  # noqa: PLC0415 - `--help` does without

    return OnceAMinute(actions={"snapshot_failed"})


async def _bring_up_to_date(engine: AsyncEngine) -> None:
    """Bring the database to the newest revision; raises `StorageError` where that cannot be, and where it was moved elsewhere."""
    from adapters.storage.migrations import migrate  # noqa: PLC0415 - `--help` does without
    from adapters.storage.move import refuse_moved  # noqa: PLC0415 - as above

    await migrate(engine)
    await refuse_moved(engine)


async def _channel_list(settings: Settings, unit_of_work: UnitOfWorkFactory, *, registering: bool) -> ChannelList:
    """The channels; those of the file are noted in the database if they are `registering`."""
    meanings = settings.emoji or DEFAULT_MEANINGS
    channels = ChannelList(settings.channel_list(), unit_of_work, meanings, settings.schedule.spread)
    if registering:
        await channels.register()
    return channels


async def _settle(services: Services) -> None:
    """Wait until what was received is applied; what is left is in the inbox, and applied at the next start."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(services.recorder.settle(), SETTLE_SECONDS)


async def _close(services: Services) -> None:
    """Close what was opened, after a command that failed, too: Python's clean-up must not find it open, which it says to the operator."""
    for pool in services.pools():
        await pool.close()
    # Side by side and not for ever: a platform that hangs must not keep the others, nor the process.
    opened: list[Chat | Ranker | JobQueue] = [
        *services.chats.values(),
        *(one for one in (services.ranker, services.queue) if one),
    ]
    closing = asyncio.gather(*(one.close() for one in opened), return_exceptions=True)
    await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
    if services.phrasing:
        await services.phrasing.summarizer.close()


async def _shared_queue(settings: Settings, engine: AsyncEngine) -> JobQueue:
    """Build the job queue that several processes share, and bring its tables up to date. Raises `UsageError` where there can be none."""
    await prepare_queue(engine)
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - only where several processes share the work

    from adapters.queue.shared import SharedQueue  # noqa: PLC0415 - as above
    from adapters.storage.failures import explain  # noqa: PLC0415 - as above

    def explained(error: BaseException) -> str:
        return str(explain(engine.url, DBAPIError(None, None, error)))

    return SharedQueue(settings.database_url.get_secret_value(), prompt=is_prompt, explain=explained)


async def prepare_queue(engine: AsyncEngine) -> None:
    """Bring the job queue's tables up to date. Raises `UsageError` where its package is not installed, `DatabaseNewer` where only a newer one knows them."""
    if engine.dialect.name != "postgresql":
        raise UsageError(ON_SQLITE)
    from adapters.queue.schema import migrate_queue  # noqa: PLC0415 - as above

    try:
        await migrate_queue(engine)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Several processes share their work by a queue whose package ({error.name}) is not installed here. Install it: "
            "pip install 'paperround[postgres]'"
        ) from None


async def prepare_queue_where_installed(services: Services) -> None:
    """Bring the job queue's tables up to date, where there can be a queue."""
    if services.engine.dialect.name == "postgresql" and find_spec("procrastinate"):
        await prepare_queue(services.engine)


ON_SQLITE: Final = (
    "Several processes share one database only on PostgreSQL: an SQLite file has one writer, and one process that serves it. "
    "Use `paperround up`, which does everything in one process. Or move to PostgreSQL with `paperround move "
    "postgresql://USER:PASSWORD@HOST/NAME`, and set DATABASE_URL to it."
)
"""Why a role is refused on SQLite, and what to do."""


def _limiter(engine: AsyncEngine) -> RateLimiter:
    """Build the rate limiter: where several processes can serve the database, one that they share."""
    if engine.dialect.name != "postgresql":
        return InProcessRateLimiter(time.monotonic)
    from adapters.storage.rate_limits import PostgresRateLimiter  # noqa: PLC0415 - of use on PostgreSQL alone

    return PostgresRateLimiter(engine)


def _source_pacing(limiter: RateLimiter) -> HostPacing:
    from adapters.sources.http.pacing import HostPacing  # noqa: PLC0415 - `--help` does without

    return HostPacing(limiter=limiter)


def feature_file(settings: Settings) -> Path | None:
    """Say where works' features are kept: beside the database, or in the user's cache where that is a server; None, and a warning, where neither can be."""
    from adapters.storage.backup import sqlite_file  # noqa: PLC0415

    database = sqlite_file(settings.database_url.get_secret_value())
    if database and database.name in {"", ":memory:"}:
        return None
    if database:
        return database.with_name(f"{database.name}-features")
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paperround"
        cache.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:  # the latter: the user has no home
        logger.warning(
            "Features of works are computed again each time, for there is nowhere to keep them (%s). Set XDG_CACHE_HOME to a directory "
            "that may be written",
            error,
            extra={"action": "features_not_kept"},
        )
        return None
    return cache / "features.db"


def _phrasing(settings: Settings) -> Phrasing | None:
    """Build the language model that phrases what is new, if one is switched on. It connects when it is asked."""
    if settings.llm_base_url is None or settings.llm_model is None:
        return None
    from adapters.llm.completions import ChatCompletions  # noqa: PLC0415

    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
    model = ChatCompletions(settings.llm_base_url, settings.llm_model, key)
    return Phrasing(summarizer=model, weekly_tokens=settings.llm_weekly_tokens)


def _platform_context(name: str, services: Services) -> PlatformContext:
    """Arguments of a platform's `build` function."""
    from adapters.platform_context import PlatformContext  # noqa: PLC0415

    async def answer(call: CommandCall) -> Answer:
        return await Commands(command_context(services))(call)

    async def channel_news(channel_id: str, because: str | None) -> None:
        await jobs.channel_news(services, name, channel_id, because)

    async def reconcile() -> None:
        if services.queue is None:
            await jobs.begin_round(services, name)
            await jobs.reconcile(services, name)
        else:
            await have_looked_over(services, name)

    async def joined(channel_id: str, team: str, key: str) -> None:
        await subscribe.welcome(command_context(services), name, channel_id, team, key)

    return PlatformContext(
        channels=services.channels.on(name),
        clock=services.clock,
        engine=services.engine,
        unit_of_work=services.unit_of_work,
        reading=services.reading,
        owner=lambda: services.owner,
        unreleased=services.unreleased,
        commands=answer,
        channel_news=channel_news,
        reconcile=reconcile,
        specs=services.specs,
        current_channels=services.current_channels,
        joined=joined,
        limiter=services.limiter,
        shared=services.queue is not None,
        vocabulary=Vocabulary(services.reading, services.clock).terms,
    )


def command_context(services: Services) -> CommandContext:
    """Context of the commands."""
    return CommandContext(
        unit_of_work=services.unit_of_work,
        clock=services.clock,
        channels=services.current_channels,
        tables=lambda: frozenset(services.settings.sources),
        specs=services.specs,
        preview=services.preview,
        check=lambda spec: check(services, spec),
        finder=services.open_finder,
        works=services.open_works,
        subscribing=subscribing(services),
        message_url=services.message_url,
        direct=frozenset(services.direct_messages()),
        classics=services.builders.classics,
        changers=services.settings.chat.who,
        histories=frozenset(n for n, one in services.platforms.items() if isinstance(one.chat, History)),
        bring=lambda channel, week: _bring(services, channel, week),
        shown_in=services.audience.shown_in,
        readable_by=services.audience.readable_by,
        words={name: platform.words for name, platform in services.platforms.items()},
        page_link=lambda call: _page_link(services, call),
        idle=lambda: idle_line(services),
        spread=services.settings.schedule.spread,
    )


async def _bring(services: Services, channel: Channel, week: str) -> None:
    """Have cards sent that somebody asked for, here or by a worker."""
    if services.queue is None:
        await bring(services, channel, week)
    else:
        await services.queue.defer(cards_job(channel, week))


async def check(services: Services, spec: SourceSpec) -> str:
    """Ask one source now, store what it says, and say in a sentence how it stands."""
    (report,) = await jobs.collect(services, specs=[spec], full=True)
    return summary_of_check(spec, report)


@contextlib.asynccontextmanager
async def alone(services: Services) -> AsyncIterator[None]:
    """
    Serve the database alone, where it is a file; raises `StorageError` if another process does, or the database was moved elsewhere.

    What the one before us was sending when it died is free at once: it cannot be sending any more. What a backup, a restore,
    an export or a setup left beside the file or in the working directory (where `.env` is) when it was killed is removed.
    """
    from adapters.storage.instance import alone_on  # noqa: PLC0415
    from adapters.storage.move import refuse_moved  # noqa: PLC0415
    from adapters.unfinished import remove_abandoned  # noqa: PLC0415

    url, folders = services.engine.url, [Path()]
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).parent)
    for folder in folders:
        await asyncio.to_thread(remove_abandoned, folder)
    with alone_on(services.engine) as certain:
        await refuse_moved(services.engine)  # once more: it may have been moved since it was opened
        async with services.unit_of_work() as uow:
            before = await uow.notes.get(SERVING)
            if certain and before:
                await uow.leases.forget(before)
            await uow.notes.put(SERVING, services.owner)
            await uow.commit()
        yield


async def answer_command_of_operator(services: Services, call: CommandCall) -> Answer:
    """Answer a command as chat would, for who runs Paper Round; what is due then is sent by whoever serves, not behind this answer."""
    context = command_context(services)
    if context.subscribing:
        context = replace(context, subscribing=replace(context.subscribing, deliver=lambda: None))
    return await Commands(context)(call)


async def register_discord_commands(services: Services) -> int:
    """Register our commands with Discord, whatever it has; give how many. Raises `UsageError` without a token."""
    platform = services.platforms.get("discord")
    if platform is None:
        raise UsageError(f"Discord is not set up here. {services.remedy('discord')}.")
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    return await cast("DiscordPlatform", platform).sync_commands()


def choose_discord_shards(services: Services, shards: str) -> None:
    """Let this process listen on some of Discord's shards, as `0-3`. Raises `UsageError` for what is none, or of another number than is set."""
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    cast("DiscordPlatform", services.platforms["discord"]).choose_shards(shards)


def shards_of(services: Services, platform: str) -> tuple[tuple[int, int], ...]:
    """The shards of a platform that this process listens on, each with its number and how many there are; none where it has no shards."""
    if platform != "discord":
        return ()
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    return tuple(cast("DiscordPlatform", services.platforms[platform]).shards or ())


@contextlib.asynccontextmanager
async def _open_sources(
    services: Services, specs: Sequence[SourceSpec], full: Collection[str]
) -> AsyncIterator[Mapping[str, Source]]:
    """Build the enabled sources among `specs` with one fetcher and one parser under them; close both at the end."""
    task = asyncio.current_task()
    async with _source_factory(services) as factory:
        if task:
            services.asking.add(task)
        try:
            yield {
                spec.id: InstrumentedSource(factory.source(spec, full=spec.id in full), services.metrics)
                for spec in specs
                if spec.enabled
            }
            services.metrics.collected()
        finally:
            if task:
                services.asking.discard(task)


@contextlib.asynccontextmanager
async def _open_finder(services: Services) -> AsyncIterator[FeedFinder]:
    from adapters.sources.discover import Finder  # noqa: PLC0415

    async with _source_factory(services) as factory:
        yield Finder(factory.fetcher, factory.parser)


@contextlib.asynccontextmanager
async def _open_works(services: Services) -> AsyncIterator[WorkFinder]:
    from adapters.sources.lookup import Lookup  # noqa: PLC0415

    async with _source_factory(services) as factory:
        yield Lookup(factory.fetcher, factory.parser)


@contextlib.asynccontextmanager
async def _source_factory(services: Services) -> AsyncIterator[SourceFactory]:
    from adapters.sources.build import SourceFactory  # noqa: PLC0415
    from adapters.sources.http.request import user_agent  # noqa: PLC0415

    fetch = services.settings.fetch
    factory = SourceFactory(
        services.clock,
        fetch,
        agent=fetch.user_agent or user_agent(version("paperround"), HOME, fetch.contact or ""),
        secrets=services.settings.secrets(),
        pacing=services.pacing,
    )
    try:
        yield factory
    finally:
        await factory.aclose()


async def _page_link(services: Services, call: CommandCall) -> str:
    """Make the link by which a member enters the library: good once, for ten minutes."""
    from adapters.web.http.access_store import AccessStore, Person  # noqa: PLC0415

    person = Person(platform=call.platform, member_id=call.member.id, name=call.member.name)
    secret = await AccessStore(services.engine, services.clock).make_link(person)
    return f"{services.settings.web.address}/enter/{secret}"


def _database_name(services: Services) -> str:
    from adapters.storage.failures import name  # noqa: PLC0415

    return name(services.engine.url)


async def _database_fault(services: Services) -> str | None:
    from adapters.storage.health import fault  # noqa: PLC0415

    return await fault(services.engine)


async def _other_revision(services: Services) -> str | None:
    from adapters.storage.migrations import other_revision  # noqa: PLC0415

    other = await other_revision(services.engine)
    if other is None and services.queue is not None:
        from adapters.queue.schema import other_queue_schema  # noqa: PLC0415 - only where several processes share the work

        return await other_queue_schema(services.engine)
    return other


async def _clock_error(services: Services) -> timedelta | None:
    from adapters.storage.health import clock_error  # noqa: PLC0415

    # A recorded week is replayed by a clock of its own.
    return None if services.settings.now else await clock_error(services.engine, services.clock)


async def _untaken_jobs(services: Services, served: Collection[str]) -> Sequence[UntakenJobs]:
    if services.engine.dialect.name != "postgresql" or not find_spec("procrastinate"):
        return ()
    from adapters.queue.unknown import untaken_jobs  # noqa: PLC0415 - only where several processes may share the work

    return await untaken_jobs(services.engine, served)


async def _queue_lengths(services: Services) -> Mapping[str, QueueDepth]:
    if services.engine.dialect.name != "postgresql" or not find_spec("procrastinate"):
        return {}
    from adapters.queue.lengths import queue_lengths  # noqa: PLC0415 - only where several processes may share the work

    return await queue_lengths(services.engine)


async def _compact(services: Services) -> str | None:
    from scheduler.bootstrap.database import compact  # noqa: PLC0415

    return await compact(services)


async def _merge_index(services: Services) -> None:
    from adapters.storage.compaction import merge_index  # noqa: PLC0415

    await merge_index(services.engine)


def _unknown_sources(settings: Settings, known: set[str]) -> list[Fault]:
    return [
        Fault(f"channels[{number}].sources", f"there is no source {name!r}", f"Known are {', '.join(sorted(known))}")
        for number, table in enumerate(settings.channels)
        for name in table.sources
        if name not in known
    ]


BUILDERS: Final = Builders(
    catalogue=_read_catalogue,
    sample_specs=_sample_specs,
    classics=_shipped_classics,
    sources=_open_sources,
    finder=_open_finder,
    works=_open_works,
    database_name=_database_name,
    database_fault=_database_fault,
    other_revision=_other_revision,
    clock_error=_clock_error,
    untaken_jobs=_untaken_jobs,
    queue_lengths=_queue_lengths,
    compact=_compact,
    merge_index=_merge_index,
)
