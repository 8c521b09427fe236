"""Bootstrap: the one place where adapters are built and wired to the use-cases. Nothing is built at import."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from bot.classics import Classic
from bot.errors import ChatError, Fault, SettingsError, StorageError, UsageError
from bot.model import DEFAULT_MEANINGS, Answer, Channel, CommandCall, ListedFeed, MessageRef, SourceSpec
from bot.permission import Changers, has_right
from bot.ports import (
    Backtester,
    Chat,
    FeedFinder,
    History,
    JobQueue,
    Membership,
    Platform,
    Ranker,
    RateLimiter,
    Redraws,
    Source,
    WorkFinder,
)
from bot.rate_limits import InProcessRateLimiter
from bot.text import counted
from bot.triage import SummaryRule
from bot.usecases import subscribe
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.command_context import CommandContext
from bot.usecases.commands import Commands
from bot.usecases.library import Library
from bot.usecases.phrase import Phrasing
from bot.usecases.programs import Programs
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer, one_by_one
from bot.usecases.status import pause_lines, paused
from bot.usecases.taste import Reference
from bot.usecases.vocabulary import Vocabulary
from scheduler import jobs
from scheduler.asked_cards import bring, bring_by_keycap
from scheduler.clock import running_clock
from scheduler.jobs.shared import RedrawPace, cards_job, defer_redraws, is_prompt, reconcile_job
from scheduler.memory import share_heaps
from scheduler.metrics import InstrumentedChat, InstrumentedRateLimiter, InstrumentedSource, Metrics
from scheduler.platforms import PLATFORMS, builder_of
from scheduler.running import instance
from scheduler.services import Builders, Services, summary_of_check
from scheduler.settings.settings import Settings, load_settings, sharing_faults
from scheduler.subscriptions import subscribing

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from adapters.platform_context import PlatformContext
    from adapters.sources.build import SourceFactory
    from adapters.storage.backup import BackupResult, RestoreResult
    from adapters.storage.move import MoveResult
    from adapters.web.http.health import HealthChecks
    from adapters.web.http.server import PageServer
    from adapters.web.library.context import LibraryContext
    from adapters.web.pages.context import Notice
    from adapters.web.platform import WebPlatform
    from bot.exporting import Export

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


def read_references(name: str, document: bytes) -> tuple[Sequence[Reference], int]:
    """Read a reading list by its file's name; give its works, and how many records were left out. Raises `UsageError`."""
    from adapters.sources.references import read_list  # noqa: PLC0415

    found = read_list(name, document)
    return found.references, found.skipped


def export_forms() -> dict[str, str]:
    """The forms in which what the team knows can be handed out, each with what it is good for."""
    from adapters.exports.forms import FORMS  # noqa: PLC0415

    return {name: form.about for name, form in FORMS.items()}


async def write_export(
    services: Services, form: str, export: Export, out: Path | None, *, whole: bool
) -> Sequence[str]:
    """
    Write an export in a form to `out`, or to standard output; give what there is to say about it. Raises `UsageError`.

    A file is written whole or not at all, and only its owner may read it. `whole`: everything was asked for; then a vault loses what is
    no longer known.
    """
    from adapters.exports.forms import render, render_file  # noqa: PLC0415
    from adapters.exports.place import write_file  # noqa: PLC0415

    if form == "markdown" and out is not None:
        from adapters.exports.vault import told, write_vault  # noqa: PLC0415

        async with services.unit_of_work() as uow:
            check = await uow.forgotten.check()
        # A note says of whom it is, and not of which platform.
        known = {*export.channels.values(), *PLATFORMS}
        return told(
            write_vault(export, out, whole=whole, is_forgotten=lambda id_: any(check(one, id_) for one in known))
        )
    if out is None:
        sys.stdout.write(render(form, export))
        return ()
    write_file(out, render_file(form, export))
    return (f"{counted(len(export.works), 'work')} written to {out}.",)


def programs_of(services: Services) -> Programs:
    """What answers programs, in the API and by MCP."""
    return Programs(
        unit_of_work=services.reading,
        writing=services.unit_of_work,
        channels=services.current_channels,
        readable_by=services.audience.readable_by,
        message_url=services.message_url,
        library=Library(services.reading),
        clock=services.clock,
        specs=services.specs,
    )


async def serve_mcp(services: Services) -> None:
    """Serve MCP on standard input and output until that ends. Raises `UsageError` where its package is not installed."""
    from adapters.web.programs.mcp_server import mcp_server  # noqa: PLC0415
    from bot.api_token import ApiToken  # noqa: PLC0415

    programs = programs_of(services)
    operator = await programs.caller_of(ApiToken(name="stdio", made=services.clock()))
    await mcp_server(programs, operator).run_stdio_async()


async def compact(services: Services) -> str | None:
    """Remove what was deleted from the database's files; give what is left to do, in a sentence. Keeps the suppression list beside them."""
    from adapters.storage.compaction import compact as carry_out  # noqa: PLC0415
    from adapters.storage.compaction import write_list_beside  # noqa: PLC0415
    from adapters.storage.repositories.forgotten import stored_list  # noqa: PLC0415

    async with services.engine.connect() as connection:
        key, hashes = await stored_list(connection)
    if key:
        write_list_beside(services.engine, key, hashes)
    return await carry_out(services.engine)


async def send_to_zotero(services: Services, export: Export, library: str | None, collection: str | None) -> str:
    """Send an export to a Zotero library; give what was done. Raises `UsageError`."""
    from adapters.exports.zotero import Library, send  # noqa: PLC0415

    key = services.settings.zotero_key
    if library is None or key is None:
        raise UsageError(
            "Say which library: --library users/123 or groups/456; and set ZOTERO_KEY to a key with write access to it, from "
            "zotero.org/settings/keys."
        )
    sent = await send(export, Library(name=library, key=key.get_secret_value(), collection=collection))
    return f"Zotero: {sent.new} new, {sent.changed} changed, {sent.same} as they were."


def read_export(name: str, content: bytes) -> Export:
    """Read the JSON document of an export. Raises `UsageError`."""
    from adapters.exports.reader import read  # noqa: PLC0415

    return read(name, content)


@contextlib.asynccontextmanager
async def open_services(settings: Settings, speed: float = 1.0, *, shared: bool = False) -> AsyncIterator[Services]:
    """
    Build everything, bring the database up to date, and take it down again in order. `shared` is for a process that shares its work with others
    by a queue in the database; raises `UsageError` where there can be none.

    Opens the database and nothing else: sources and chats connect when they are used. With a `speed`, which is for those who measure, a clock
    that is set runs so many times as fast.
    """
    from adapters.ranking.process import ProcessRanker  # noqa: PLC0415
    from adapters.storage.database import create_engine  # noqa: PLC0415
    from adapters.storage.migrations import migrate  # noqa: PLC0415
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory  # noqa: PLC0415

    share_heaps()
    clock = running_clock(settings.now, speed)
    engine = create_engine(settings.database_url.get_secret_value())
    try:
        await migrate(engine)
        metrics = Metrics()
        chats: dict[str, Chat] = {}
        redraws: dict[str, Redraws] = {}
        unit_of_work = SqlUnitOfWorkFactory(engine)
        ranker = ProcessRanker(clock, _feature_file(settings))
        channels = ChannelList(
            settings.channel_list(), unit_of_work, settings.emoji or DEFAULT_MEANINGS, settings.schedule.spread
        )
        await channels.register()
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
        services = Services(
            limiter=InstrumentedRateLimiter(_limiter(engine), metrics),
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


async def _settle(services: Services) -> None:
    """Wait until what was received is applied; what is left is in the inbox, and applied at the next start."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(services.recorder.settle(), SETTLE_SECONDS)


async def _close(services: Services) -> None:
    """Close what was opened, after a command that failed, too: Python's clean-up must not find it open, which it says to the operator."""
    for pool in (*services.deliveries.values(), *services.reminding.values()):
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
    from adapters.queue.shared import SharedQueue  # noqa: PLC0415 - only where several processes share the work

    return SharedQueue(settings.database_url.get_secret_value(), prompt=is_prompt)


async def prepare_queue(engine: AsyncEngine) -> None:
    """Bring the job queue's tables up to date. Raises `UsageError` where its package is not installed."""
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


def live_relay(services: Services) -> Coroutine[Any, Any, None]:
    """What tells the local page's open windows of changes that another process made, and the others of ours; runs until it is cancelled."""
    from adapters.web.channel.relay import Relay  # noqa: PLC0415 - only where several processes serve the page

    hub = cast("WebPlatform", services.platforms["web"]).chat.hub
    return Relay(services.settings.database_url.get_secret_value(), hub).run()


def machine_server(services: Services, host: str, port: int, health: HealthChecks) -> PageServer:
    """Build a web server with the addresses for machines alone: /healthz, /readyz, /metrics."""
    from starlette.applications import Starlette  # noqa: PLC0415 - as above

    from adapters.web.channel.hub import Hub  # noqa: PLC0415 - as above
    from adapters.web.http.health import Health  # noqa: PLC0415 - as above
    from adapters.web.http.server import PageServer  # noqa: PLC0415 - as above

    token = services.settings.metrics_token
    routes = Health(health, token.get_secret_value() if token else None, instance(services)).routes()
    return PageServer(Starlette(routes=routes), Hub(), host=host, port=port)


def _limiter(engine: AsyncEngine) -> RateLimiter:
    """Build the rate limiter: where several processes can serve the database, one that they share."""
    if engine.dialect.name != "postgresql":
        return InProcessRateLimiter(time.monotonic)
    from adapters.storage.rate_limits import PostgresRateLimiter  # noqa: PLC0415 - of use on PostgreSQL alone

    return PostgresRateLimiter(engine)


def _feature_file(settings: Settings) -> Path | None:
    """Say where works' features are kept: beside the database, or in the user's cache where that is a server; None where neither can be."""
    from adapters.storage.backup import sqlite_file  # noqa: PLC0415

    database = sqlite_file(settings.database_url.get_secret_value())
    if database and database.name in {"", ":memory:"}:
        return None
    if database:
        return database.with_name(f"{database.name}-features")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paperround"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
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
        return await Commands(_command_context(services))(call)

    async def channel_news(channel_id: str, because: str | None) -> None:
        await jobs.channel_news(services, name, channel_id, because)

    async def reconcile() -> None:
        if services.queue is None:
            await services.look_over(name)
        else:
            await services.queue.defer(reconcile_job(name))

    async def joined(channel_id: str, team: str, key: str) -> None:
        await subscribe.welcome(_command_context(services), name, channel_id, team, key)

    return PlatformContext(
        channels=services.channels.on(name),
        clock=services.clock,
        engine=services.engine,
        unit_of_work=services.unit_of_work,
        reading=services.reading,
        owner=lambda: services.owner,
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


def _command_context(services: Services) -> CommandContext:
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
    from adapters.storage.move import MOVED  # noqa: PLC0415
    from adapters.unfinished import remove_abandoned  # noqa: PLC0415

    url, folders = services.engine.url, [Path()]
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).parent)
    for folder in folders:
        await asyncio.to_thread(remove_abandoned, folder)
    with alone_on(services.engine) as certain:
        async with services.unit_of_work() as uow:
            if moved := await uow.notes.get(MOVED):
                raise StorageError(
                    f"{services.database} was moved on {moved}. Set DATABASE_URL to that one: two that serve the same channels would "
                    "send every digest twice. To go back, restore a backup from before."
                )
            before = await uow.notes.get(SERVING)
            if certain and before:
                await uow.leases.forget(before)
            await uow.notes.put(SERVING, services.owner)
            await uow.commit()
        yield


def new_key() -> str:
    """Make a key for PAPERROUND_KEYS."""
    from adapters.slack.oauth.encryption import new_key as made  # noqa: PLC0415

    return made()


async def encrypt_again(services: Services) -> tuple[int, tuple[str, ...]]:
    """
    Encrypt every stored token with the first key; give how many, and the workspaces whose tokens none of the keys decrypts.

    Raises `UsageError` where there is no key.
    """
    from adapters.slack.oauth.encryption import Encryption  # noqa: PLC0415
    from adapters.slack.oauth.installations import Installations  # noqa: PLC0415
    from adapters.slack.settings import KEY_REMEDY, SlackSettings  # noqa: PLC0415

    settings = next((one for one in services.settings.platforms.values() if isinstance(one, SlackSettings)), None)
    if settings is None or settings.token_keys is None:
        raise UsageError(f"PAPERROUND_KEYS is not set, so nothing is encrypted. {KEY_REMEDY}.")
    return await Installations(services.engine, Encryption(settings.token_keys.get_secret_value())).reencrypt_all()


async def answer_command_of_operator(services: Services, call: CommandCall) -> Answer:
    """Answer a command as chat would, for who runs Paper Round; what is due then is sent by whoever serves, not behind this answer."""
    context = _command_context(services)
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
    """Let this process listen on some of Discord's shards, as `0-3`. Raises `UsageError` for what is none."""
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    cast("DiscordPlatform", services.platforms["discord"]).choose_shards(shards)


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
    )
    try:
        yield factory
    finally:
        await factory.aclose()


def check_address(services: Services, host: str) -> None:
    """Refuse to serve the page beyond this machine without a password; raises `SettingsError`."""
    from adapters.web.http.binding import check_binding  # noqa: PLC0415

    password = services.settings.password
    check_binding(host, password.get_secret_value() if password else None, key="PAPERROUND_PASSWORD")


def check_alone(services: Services) -> None:
    """Raise `StorageError` where another process serves the database, and would let no second one."""
    from adapters.storage.instance import alone_on  # noqa: PLC0415

    with alone_on(services.engine):
        pass


def page_server(services: Services, host: str, port: int, health: HealthChecks | None = None) -> PageServer:
    """
    Build the web server: the local channel, what the platforms serve over HTTP, and the health of the service where `health` tells it.

    Raises `SettingsError` for an open address without a password.
    """
    from starlette.routing import Route  # noqa: PLC0415

    from adapters.web.app import create_app  # noqa: PLC0415
    from adapters.web.http.connections import file_limit, limits_for  # noqa: PLC0415
    from adapters.web.http.server import PageServer  # noqa: PLC0415
    from adapters.web.pages.context import Site  # noqa: PLC0415

    check_address(services, host)
    password = services.settings.password
    token = services.settings.metrics_token
    limits = limits_for(file_limit(), services.settings.web.proxies)
    site = Site(
        notices=lambda: _notices(services),
        health=health,
        metrics_token=token.get_secret_value() if token else None,
        channels=services.channels.on("web"),
        next_digest=services.next_digest_line,
        clock=services.clock,
        commands=Commands(_command_context(services)),
        host=host,
        hosts=frozenset(services.settings.web.hosts),
        proxies=limits.proxies,
        windows=limits.streams,
        instance=instance(services),
        password=password.get_secret_value() if password else None,
        library=_library(services),
    )
    web = cast("WebPlatform", services.platforms["web"]).chat
    from adapters.web.programs.api import Api  # noqa: PLC0415
    from adapters.web.programs.mcp_server import McpEndpoint  # noqa: PLC0415

    routes = [route for platform in services.platforms.values() for route in platform.routes()]
    programs = programs_of(services)
    routes += [*Api(programs).routes(), Route("/mcp", McpEndpoint(programs))]
    return PageServer(create_app(web, site, cast("Any", routes)), web.hub, host=host, port=port, limits=limits)


def _library(services: Services) -> LibraryContext:
    """Arguments of the library's pages."""
    from adapters.web.library.context import LibraryContext  # noqa: PLC0415
    from bot.usecases.library import Library  # noqa: PLC0415

    async def may_change(platform: str, member_id: str, channel: Channel) -> bool:
        asked = services.platforms.get(platform)
        if asked is None or channel.platform != platform:
            return False
        try:
            if await asked.membership.may_change(member_id, channel):
                return True
            changers = services.settings.chat.who
            return changers is not Changers.ADMINS and has_right(
                await asked.membership.reader(member_id, [channel]), changers
            )
        except ChatError:
            return False

    return LibraryContext(
        library=Library(services.reading),
        audience=services.audience,
        reading=services.reading,
        unit_of_work=services.unit_of_work,
        channels=services.current_channels,
        specs=services.specs,
        receive=services.recorder.receive,
        message_url=services.message_url,
        may_change=may_change,
        next_digest=services.next_digest_line,
        digest_now=lambda channel: jobs.digest_now(services, channel),
        url=services.settings.web.url,
    )


async def _page_link(services: Services, call: CommandCall) -> str:
    """Make the link by which a member enters the library: good once, for ten minutes."""
    from adapters.web.http.access_store import AccessStore, Person  # noqa: PLC0415

    person = Person(platform=call.platform, member_id=call.member.id, name=call.member.name)
    secret = await AccessStore(services.engine, services.clock).make_link(person)
    return f"{services.settings.web.address}/enter/{secret}"


async def _notices(services: Services) -> list[Notice]:
    """Notices of the page: which channels are paused, why, since when and what to do."""
    from adapters.web.pages.context import Notice  # noqa: PLC0415

    return [
        Notice(channel=channel.name, platform=channel.platform, lines=tuple(pause_lines(channel, pause)))
        for channel, pause in await paused(await services.current_channels(), services.reading)
    ]


def _database_name(services: Services) -> str:
    from adapters.storage.failures import name  # noqa: PLC0415

    return name(services.engine.url)


async def _database_fault(services: Services) -> str | None:
    from adapters.storage.health import fault  # noqa: PLC0415

    return await fault(services.engine)


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
)


def back_up(
    settings: Settings, file: Path, *, force: bool = False, progress: Callable[[int, int], None] | None = None
) -> BackupResult:
    """Back the database up into a file. Raises `UsageError` with the command to use where it is PostgreSQL's; `StorageError`."""
    from adapters.storage import backup  # noqa: PLC0415

    return backup.backup(_own_file(settings, file, 0), file, force=force, progress=progress)


async def move_database(
    settings: Settings, address: str, progress: Callable[[int, int], None] | None = None
) -> MoveResult:
    """Move the SQLite database to the PostgreSQL database at an address. Raises `UsageError` and `StorageError` as `adapters.storage.move` does."""
    from adapters.storage.database import create_engine  # noqa: PLC0415
    from adapters.storage.move import move  # noqa: PLC0415
    from bot.channel_fields import InvalidValue  # noqa: PLC0415
    from scheduler.settings.database_url import check_database  # noqa: PLC0415

    try:
        check_database(address)
    except InvalidValue as error:
        remedy = "Write postgresql://user:password@host/name; an @ in a password is written %40"
        raise UsageError(f"ADDRESS: {error.problem}. {remedy}.") from None
    source, target = create_engine(settings.database_url.get_secret_value()), create_engine(address, "ADDRESS")
    try:
        return await move(source, target, datetime.now(UTC), progress)
    finally:
        await source.dispose()
        await target.dispose()


def check_database(settings: Settings) -> None:
    """Look at every page of an SQLite database; PostgreSQL looks after its own. Raises `StorageError` that says what to do for a damaged one."""
    from adapters.storage.backup import checked_in_place, sqlite_file  # noqa: PLC0415

    if (database := sqlite_file(settings.database_url.get_secret_value())) and database.is_file():
        checked_in_place(database)


def put_back(settings: Settings, file: Path, *, progress: Callable[[int, int], None] | None = None) -> RestoreResult:
    """Restore a backup, after the present database is saved. Raises as `back_up` does."""
    from adapters.storage import backup  # noqa: PLC0415

    elsewhere = [channel.name for channel in settings.channel_list() if channel.platform != "web"]
    now = datetime.now(UTC)  # a name for a file: the wall's clock, not one that was set
    database = _own_file(settings, file, 1)
    return backup.restore(file, database, now, elsewhere=elsewhere, progress=progress)


def _own_file(settings: Settings, file: Path, command: int) -> Path:
    from adapters.storage.backup import postgresql_commands, sqlite_file  # noqa: PLC0415

    address = settings.database_url.get_secret_value()
    database = sqlite_file(address)
    if database is None:
        done = ("saved", "put back")[command]
        raise UsageError(
            f"A PostgreSQL database is {done} by its own tool, which asks for the password or takes it from PGPASSWORD. "
            f"Nothing was done yet. Run:\n\n  {postgresql_commands(address, file)[command]}\n"
        )
    return database


def feeds_of_opml(document: bytes) -> list[ListedFeed]:
    """Feeds in an OPML file. Raises `UsageError` for what is none."""
    from adapters.sources.opml import read_opml  # noqa: PLC0415

    return read_opml(document)


def opml_of(specs: Sequence[SourceSpec]) -> str:
    """Sources as an OPML document, to be handed on: without those whose address is a secret."""
    from adapters.sources.http.secrets import may_keep  # noqa: PLC0415
    from adapters.sources.opml import write_opml  # noqa: PLC0415

    for spec in specs:
        if not may_keep(spec.url):
            logger.warning(
                "%s is not exported: its address holds a key or a password",
                spec.id,
                extra={"action": "feed_not_exported", "source": spec.id},
            )
    return write_opml([spec for spec in specs if may_keep(spec.url)])
