"""Bootstrap: the one place where adapters are built and wired to the use-cases. Nothing is built at import.

Here are the settings and the service container; what is built for one part of it alone has a file of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.classics import Classic
from bot.errors import Fault, SettingsError
from bot.model import DEFAULT_MEANINGS, MessageRef, SourceSpec
from bot.ports import Backtester, Chat, JobQueue, Membership, Platform, Ranker, RateLimiter, Redraws, UnitOfWorkFactory
from bot.rate_limits import InProcessRateLimiter
from bot.triage import SummaryRule
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.phrase import Phrasing
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer, one_by_one
from scheduler.asked_cards import bring_by_keycap
from scheduler.bootstrap.database import (
    bring_up_to_date,
    clock_error,
    compact,
    database_fault,
    database_name,
    merge_index,
    other_revision,
)
from scheduler.bootstrap.platforms import platform_context
from scheduler.bootstrap.queue import queue_lengths, shared_queue, untaken_jobs
from scheduler.bootstrap.sources import open_finder, open_sources, open_works, sample_specs, source_pacing
from scheduler.clock import running_clock
from scheduler.jobs.redraws import RedrawPace, defer_redraws
from scheduler.memory import share_heaps
from scheduler.metrics import InstrumentedChat, InstrumentedRateLimiter, Metrics
from scheduler.platforms import PLATFORMS, builder_of
from scheduler.services import Builders, Services
from scheduler.settings.settings import Settings, load_settings, sharing_faults

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

logger = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 2
"""How long pending events may take to be applied at shutdown."""

CLOSE_SECONDS: Final = 2
"""How long a platform may take to close its connections."""


def configuration() -> Settings:
    """Read the settings, the sources' among them; raises `SettingsError` with every fault at once."""
    settings = load_settings(lambda tables: _read_catalogue(tables, {})[1])
    known, _ = _read_catalogue(settings.sources, {})
    faults = [*_unknown_sources(settings, {spec.id for spec in known}), *sharing_faults(settings)]
    if faults:
        raise SettingsError(tuple(faults))
    return settings


def _unknown_sources(settings: Settings, known: set[str]) -> list[Fault]:
    return [
        Fault(f"channels[{number}].sources", f"there is no source {name!r}", f"Known are {', '.join(sorted(known))}")
        for number, table in enumerate(settings.channels)
        for name in table.sources
        if name not in known
    ]


def _read_catalogue(
    tables: Mapping[str, Mapping[str, Any]], secrets: Mapping[str, str]
) -> tuple[tuple[SourceSpec, ...], tuple[Fault, ...]]:
    from adapters.sources.catalog import laid_over as over_built_in  # noqa: PLC0415 - `--help` does without

    return over_built_in(tables, secrets)


def _backtester() -> Backtester:
    from adapters.ranking.backtester import ProcessBacktester  # noqa: PLC0415

    return ProcessBacktester()


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
    `registering`, which is for who only looks, the file's channels are not noted in the database.

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
        await bring_up_to_date(engine)
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

        queue = await shared_queue(settings, engine) if shared else None
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
            pacing=source_pacing(limiter),
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
            platform = platforms[name] = builder_of(name)(mine, platform_context(name, services))
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


async def _channel_list(settings: Settings, unit_of_work: UnitOfWorkFactory, *, registering: bool) -> ChannelList:
    """The channels; those of the file are noted in the database if they are `registering`. Raises `UsageError` where they cannot be."""
    meanings = settings.emoji or DEFAULT_MEANINGS
    channels = ChannelList(settings.channel_list(), unit_of_work, meanings, settings.schedule.spread)
    await (channels.register() if registering else channels.check())
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


def _limiter(engine: AsyncEngine) -> RateLimiter:
    """Build the rate limiter: where several processes can serve the database, one that they share."""
    if engine.dialect.name != "postgresql":
        return InProcessRateLimiter(time.monotonic)
    from adapters.storage.rate_limits import PostgresRateLimiter  # noqa: PLC0415 - of use on PostgreSQL alone

    return PostgresRateLimiter(engine)


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


BUILDERS: Final = Builders(
    catalogue=_read_catalogue,
    sample_specs=sample_specs,
    classics=_shipped_classics,
    sources=open_sources,
    finder=open_finder,
    works=open_works,
    database_name=database_name,
    database_fault=database_fault,
    other_revision=other_revision,
    clock_error=clock_error,
    untaken_jobs=untaken_jobs,
    queue_lengths=queue_lengths,
    compact=compact,
    merge_index=merge_index,
)
