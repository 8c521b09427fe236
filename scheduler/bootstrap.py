"""The one place where adapters are built and joined to the use-cases. Nothing is built at import."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.errors import Fault, SettingsError, UsageError
from bot.model import Answer, Channel, CommandCall, Digest, ListedFeed, Member, MessageRef, Reaction, SourceSpec
from bot.ports import Admits, Chat, Clock, FeedFinder, Redraws, Source, UnitOfWorkFactory
from bot.usecases import channels as channel_settings
from bot.usecases import status
from bot.usecases.commands import CommandContext, Commands
from bot.usecases.compile import compile_digest, due_digest, upcoming
from bot.usecases.reconcile import Mended, look_over
from bot.usecases.record import Recorder
from bot.usecases.redraw import Redrawer
from bot.usecases.sources import laid_over, untrusted
from bot.usecases.status import pause_lines, paused
from scheduler.backoff import Backoff
from scheduler.clock import running_clock
from scheduler.memory import share_heaps
from scheduler.metrics import MeasuredChat, MeasuredSource, Metrics
from scheduler.settings.settings import Settings, load_settings
from scheduler.settings.slack_sharing import KEY_REMEDY, sharing_faults

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from adapters.discord.platform import DiscordPlatform
    from adapters.slack.oauth.workspaces import Workspaces
    from adapters.slack.platform import Hooks as SlackHooks
    from adapters.slack.platform import SlackOptions, SlackPlatform
    from adapters.sources.build import SourceFactory
    from adapters.storage.backup import Copied, Restored
    from adapters.web.channel.chat import WebChannel
    from adapters.web.context import Notice
    from adapters.web.http.health import HealthChecks
    from adapters.web.http.server import PageServer

logger = logging.getLogger(__name__)

SETTLE_SECONDS: Final = 2
"""How long what was heard last may take to be applied before we go."""

RECORD_SECONDS: Final = 20
"""How long a look at the platforms waits until what it found is recorded."""

COMPILED_AT_ONCE: Final = 2
"""
How many digests are built at the same time, where many channels have theirs at the same hour.

Each holds a whole week's entries until its picks are chosen: fifty at once took some 150 MB, which the process then kept. It is work for the
processor, so that more of them at once would be no quicker; two, so that one reads while the other ranks.
"""

CLOSE_SECONDS: Final = 2
"""How long a platform may take to let go of us."""

SERVING: Final = "serving"
"""The note that says who serves the database, or did last."""

HOME: Final = "https://github.com/paperround/paperround"
"""Where somebody who sees us in his logs can read who we are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """
    Everything that a command needs, built and joined. Lives as long as the `open_house` that gave it.

    `reading` gives units of work that only look: nobody who writes waits for them. `owner` is who we are in leases. Who builds a digest
    that is to be sent does it inside `compiling`. `refused` are the channels that their platform refuses us, by name, as far as this process saw.
    While we are only `trying` the sample week, no source is asked and no digest is due.
    """

    settings: Settings
    clock: Clock
    unit_of_work: UnitOfWorkFactory
    reading: UnitOfWorkFactory
    channels: tuple[Channel, ...]
    chats: Mapping[str, Chat]
    recorder: Recorder
    engine: AsyncEngine
    web: WebChannel
    slack: SlackPlatform | Workspaces | None = None
    discord: DiscordPlatform | None = None
    trying: bool = False
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}")
    backoff: Backoff = field(default_factory=Backoff)
    refused: set[str] = field(default_factory=set)
    said: set[tuple[str, str]] = field(default_factory=set)
    metrics: Metrics = field(default_factory=Metrics)
    speed: float = 1.0
    asking: set[asyncio.Task[Any]] = field(default_factory=set)
    compiling: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(COMPILED_AT_ONCE))

    @property
    def database(self) -> str:
        """What the database is called in a sentence. Neither a password nor a user is in it."""
        from adapters.storage.failures import name  # noqa: PLC0415

        return name(self.engine.url)

    async def database_fault(self) -> str | None:
        """Say in a phrase fit for anybody's ears what is wrong with the database; None if it answers and is up to date. May raise."""
        from adapters.storage.health import fault  # noqa: PLC0415

        return await fault(self.engine)

    async def alive(self) -> dict[str, bool]:
        """Tell for each platform whether its events can come in now, as far as its adapter knows."""
        found = dict.fromkeys(self.chats, True)
        if self.slack:
            found["slack"] = await self.slack.is_alive()
        if self.discord:
            found["discord"] = self.discord.alive
        return found

    async def specs(self) -> tuple[SourceSpec, ...]:
        """Give the sources as they are now: the catalogue, the configuration file, and what people set since."""
        async with self.unit_of_work() as uow:
            settings = await uow.source_settings.all()
        found, faults = _read_catalogue(laid_over(self.settings.sources, settings.values()), self.settings.secrets())
        for fault in faults:
            # Set by somebody while another version ran; a source less is better than no digest.
            logger.warning("A source is left out. %s", fault, extra={"action": "source_left_out"})
        return untrusted(found, settings)

    def open_sources(self, specs: Sequence[SourceSpec]) -> contextlib.AbstractAsyncContextManager[Mapping[str, Source]]:
        """Build the enabled sources among `specs`, by id, for as long as the context lasts."""
        return open_sources(self, specs)

    @property
    def admits(self) -> Mapping[str, Admits]:
        """Who can tell, by platform, whether we may post in a channel."""
        rooms: dict[str, Admits | None] = {"slack": self.slack, "discord": self.discord}
        return {platform: room for platform, room in rooms.items() if room is not None}

    async def current_channels(self) -> tuple[Channel, ...]:
        """Give the channels as they are now: configured, with what people set in chat since."""
        return await channel_settings.current(self.channels, self.unit_of_work)

    async def look_over(self, *platforms: str, weeks: int | None = None) -> list[Mended]:
        """
        Make whole what platforms (all that are connected, if none is named) did not tell us; give what was found in each channel.

        Looks at the digests of the last `weeks` weeks, as many as the settings say if not given.
        """
        chats = {name: chat for name, chat in self.chats.items() if not platforms or name in platforms}
        span = weeks or self.settings.reconcile.weeks
        found = await look_over(chats, self.unit_of_work, self.recorder.receive_all, self.clock, weeks=span)
        with contextlib.suppress(TimeoutError):
            # What is not recorded by then is stored, and recorded and shown in its own time.
            await asyncio.wait_for(asyncio.shield(self.recorder.settle()), RECORD_SECONDS)
        return found

    def channel(self, name: str | None) -> Channel:
        """Give the channel of this name, the first one without a name; raises `UsageError` if there is none."""
        if name is None:
            return self.channels[0]
        found = next((channel for channel in self.channels if channel.name == name), None)
        if found is None:
            raise UsageError(
                f"There is no channel {name!r}. Configured are: {', '.join(c.name for c in self.channels)}."
            )
        return found

    def chat(self, channel: Channel) -> Chat:
        """Give the platform of a channel; raises `UsageError` where this build has none for it."""
        found = self.chats.get(channel.platform)
        if found is None:
            raise UsageError(
                f"Channel {channel.name!r} is on {channel.platform}, which cannot be reached without its token. "
                f"Set {channel.platform.upper()}_BOT_TOKEN."
            )
        return found


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


def sample_catalogue() -> tuple[SourceSpec, ...]:
    """Give the sources of the sample week that ships with the project; asking them touches no network."""
    from adapters.sources.kinds.sample import specs  # noqa: PLC0415

    return specs()


@contextlib.asynccontextmanager
async def open_services(settings: Settings, speed: float = 1.0) -> AsyncIterator[Services]:
    """
    Build everything, bring the database up to date, and take it down again in order.

    Opens the database and nothing else: sources and chats connect when they are used. With a `speed`, which is for those who measure, a clock
    that is set runs so many times as fast.
    """
    from adapters.storage.database import create_engine  # noqa: PLC0415
    from adapters.storage.migrations import migrate  # noqa: PLC0415
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory  # noqa: PLC0415
    from adapters.web.channel.chat import WebChannel  # noqa: PLC0415
    from adapters.web.channel.store import BoardStore  # noqa: PLC0415

    share_heaps()
    clock = running_clock(settings.now, speed)
    engine = create_engine(settings.database_url.get_secret_value())
    try:
        await migrate(engine)
        web = WebChannel(BoardStore(engine), clock)
        metrics = Metrics()
        chats: dict[str, Chat] = {"web": MeasuredChat(web, "web", metrics)}
        redraws: dict[str, Redraws] = {}
        unit_of_work = SqlUnitOfWorkFactory(engine)
        channels = settings.channel_list()
        redrawer = Redrawer(redraws, lambda: channel_settings.current(channels, unit_of_work), unit_of_work)
        recorder = Recorder(unit_of_work, clock, chats, changed=redrawer.changed)
        services = Services(
            settings=settings,
            clock=clock,
            unit_of_work=unit_of_work,
            reading=unit_of_work.reading,
            channels=channels,
            chats=chats,
            recorder=recorder,
            engine=engine,
            web=web,
            slack=_slack_room(settings, channels, lambda: services, engine),
            discord=_discord_room(settings, channels, lambda: services),
            metrics=metrics,
            speed=speed,
        )
        if services.discord:
            redraws["discord"] = services.discord.chat
            chats["discord"] = MeasuredChat(services.discord.chat, "discord", metrics)
        if services.slack:
            redraws["slack"] = services.slack.chat
            chats["slack"] = MeasuredChat(services.slack.chat, "slack", metrics)
        yield services
        with contextlib.suppress(TimeoutError):
            # What is left is in the inbox, and applied at the next start.
            await asyncio.wait_for(recorder.settle(), SETTLE_SECONDS)
        # Side by side and not for ever: a platform that hangs must not keep the others, nor the process.
        closing = asyncio.gather(*(chat.close() for chat in chats.values()), return_exceptions=True)
        await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def alone(services: Services) -> AsyncIterator[None]:
    """
    Serve the database alone, where it is a file; raises `StorageError` if another process does.

    What the one before us was sending when it died is free at once: it cannot be sending any more.
    """
    from adapters.storage.instance import alone_on  # noqa: PLC0415

    with alone_on(services.engine) as certain:
        async with services.unit_of_work() as uow:
            before = await uow.notes.get(SERVING)
            if certain and before:
                await uow.leases.forget(before)
            await uow.notes.put(SERVING, services.owner)
            await uow.commit()
        yield


def _slack_room(
    settings: Settings, channels: Sequence[Channel], services: Callable[[], Services], engine: AsyncEngine
) -> SlackPlatform | Workspaces | None:
    """Build Slack's room, if there is a token for it, or those who install us. `house` is asked for only once everything stands."""
    if settings.slack_bot_token is None and settings.slack_client_id is None:
        return None
    from adapters.slack.platform import Hooks, SlackOptions, Tokens, build_slack  # noqa: PLC0415

    async def answer(call: CommandCall) -> Answer:
        return await Commands(_command_context(services()))(call)

    async def learned(members: Sequence[Member]) -> None:
        async with services().unit_of_work() as uow:
            await uow.members.put("slack", members)
            await uow.commit()

    async def news(channel_id: str, because: str | None) -> None:
        await _heard_of_channels(services(), "slack", channel_id, because)

    async def reconnected() -> None:
        await services().look_over("slack")

    app, signing = settings.slack_app_token, settings.slack_signing_secret
    table = settings.slack
    mine = [channel for channel in channels if channel.platform == "slack"]
    hooks = Hooks(commands=answer, learned=learned, news=news, reconnected=reconnected, moves=_MovesNote(services))
    manners = SlackOptions(
        admins=table.admins,
        outsiders=table.outsiders,
        seed_legend=table.seed_legend,
        history_per_minute=table.history_per_minute,
    )
    if settings.slack_bot_token is None:
        return _workspaces(settings, mine, hooks, manners, services, engine)
    return build_slack(
        Tokens(
            bot=settings.slack_bot_token.get_secret_value(),
            app=app.get_secret_value() if app else None,
            signing_secret=signing.get_secret_value() if signing else None,
            api_url=settings.slack_api_url,
        ),
        mine,
        hooks=hooks,
        manners=manners,
    )


def _workspaces(
    settings: Settings,
    channels: Sequence[Channel],
    hooks: SlackHooks,
    manners: SlackOptions,
    services: Callable[[], Services],
    engine: AsyncEngine,
) -> Workspaces:
    """Build what serves every workspace that installs us. Raises `SettingsError` where something is missing."""
    from adapters.slack.oauth.app import App  # noqa: PLC0415
    from adapters.slack.oauth.encryption import Encryption  # noqa: PLC0415
    from adapters.slack.oauth.workspaces import Kept, Workspaces  # noqa: PLC0415
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory  # noqa: PLC0415

    secret, signing, keys = settings.slack_client_secret, settings.slack_signing_secret, settings.seal_keys
    if not (settings.slack_client_id and secret and signing and keys):
        raise SettingsError(tuple(sharing_faults(settings)))
    return Workspaces(
        App(
            client_id=settings.slack_client_id,
            client_secret=secret.get_secret_value(),
            signing_secret=signing.get_secret_value(),
            api_url=settings.slack_api_url,
        ),
        channels,
        Kept(
            engine=engine,
            seal=Encryption(keys.get_secret_value()),
            unit_of_work=SqlUnitOfWorkFactory(engine),
            owner=lambda: services().owner,
        ),
        hooks=hooks,
        manners=manners,
    )


def new_key() -> str:
    """Make a key for PAPERROUND_KEYS."""
    from adapters.slack.oauth.encryption import new_key as made  # noqa: PLC0415

    return made()


async def seal_anew(services: Services) -> tuple[int, tuple[str, ...]]:
    """
    Seal everything that is kept sealed with the first key; give how many, and the workspaces that none of the keys opens.

    Raises `UsageError` where there is no key.
    """
    from adapters.slack.oauth.encryption import Encryption  # noqa: PLC0415
    from adapters.slack.oauth.installations import Installations  # noqa: PLC0415

    if services.settings.seal_keys is None:
        raise UsageError(f"PAPERROUND_KEYS is not set, so nothing is sealed. {KEY_REMEDY}.")
    return await Installations(services.engine, Encryption(services.settings.seal_keys.get_secret_value())).reseal()


def _discord_room(
    settings: Settings, channels: Sequence[Channel], services: Callable[[], Services]
) -> DiscordPlatform | None:
    """Build Discord's room, if there is a token for it. `house` is asked for only once everything stands."""
    if settings.discord_bot_token is None:
        return None
    from adapters.discord.platform import DiscordOptions, Hooks, build_discord  # noqa: PLC0415
    from adapters.discord.rest import Endpoints  # noqa: PLC0415

    async def answer(call: CommandCall) -> Answer:
        return await Commands(_command_context(services()))(call)

    async def news(channel_id: str, because: str | None) -> None:
        await _heard_of_channels(services(), "discord", channel_id, because)

    async def reconciled() -> None:
        await services().look_over("discord")

    async def known(ref: MessageRef) -> Sequence[Reaction]:
        async with services().unit_of_work() as uow:
            return await uow.reactions.on(ref)

    async def choices(what: str, channel_id: str) -> dict[str, str]:
        if what == "sources":
            return {spec.id: spec.name for spec in await services().specs()}
        found = await services().current_channels()
        here = [channel for channel in found if (channel.platform, channel.id) == ("discord", channel_id)]
        return {topic: topic for channel in here for topic in channel.topics}

    return build_discord(
        settings.discord_bot_token.get_secret_value(),
        [channel for channel in channels if channel.platform == "discord"],
        lambda: services().clock(),
        endpoints=Endpoints(settings.discord_api_url, settings.discord_gateway_url),
        hooks=Hooks(
            commands=answer, news=news, reconcile=reconciled, known=known, choices=choices, memory=_TreeNote(services)
        ),
        manners=DiscordOptions(seed_legend=settings.discord.seed_legend, shard=settings.discord.part()),
    )


class _MovesNote:
    """Remembers which channels Slack gave another id: what was posted before is known by the old one."""

    NAME: Final = "slack channels moved"

    def __init__(self, services: Callable[[], Services]) -> None:
        self._house = services

    async def get(self) -> dict[str, str]:
        async with self._house().reading() as uow:
            return _moves(await uow.notes.get(self.NAME))

    async def put(self, old: str, new: str) -> None:
        async with self._house().unit_of_work() as uow:
            moves = _moves(await uow.notes.get(self.NAME)) | {old: new}
            await uow.notes.put(self.NAME, json.dumps(moves))
            await uow.commit()


def _moves(note: str | None) -> dict[str, str]:
    moves: dict[str, str] = json.loads(note or "{}")
    return moves


class _TreeNote:
    """Remembers which commands Discord was told last: it admits few such calls a day."""

    NAME: Final = "discord commands"

    def __init__(self, services: Callable[[], Services]) -> None:
        self._house = services

    async def get(self) -> str | None:
        async with self._house().reading() as uow:
            return await uow.notes.get(self.NAME)

    async def put(self, value: str) -> None:
        async with self._house().unit_of_work() as uow:
            await uow.notes.put(self.NAME, value)
            await uow.commit()


async def _heard_of_channels(services: Services, platform: str, channel_id: str, because: str | None) -> None:
    """Pause the channels that a platform says cannot be posted to, or resume them; an empty id means all of them."""
    from scheduler import jobs  # noqa: PLC0415 - which is built on this module

    for channel in services.channels:
        if channel.platform != platform or channel_id not in {"", channel.id}:
            continue
        if because is None:
            await jobs.admitted(services, channel)
        else:
            await jobs.refused(services, channel, because)


def _command_context(services: Services) -> CommandContext:
    """Give the commands what they work with."""
    return CommandContext(
        unit_of_work=services.unit_of_work,
        clock=services.clock,
        channels=services.current_channels,
        tables=lambda: frozenset(services.settings.sources),
        specs=services.specs,
        preview=lambda channel: preview(services, channel),
        check=lambda spec: check(services, spec),
        finder=lambda: open_finder(services),
    )


async def preview(services: Services, channel: Channel) -> Digest:
    """Compile the next digest of a channel as it stands, from what is stored."""
    now = services.clock()
    due = await due_digest(channel, services.unit_of_work, now)
    week, window = due or upcoming(channel, now)
    return await compile_digest(channel, week, window, services.reading, specs=await services.specs(), now=now)


async def check(services: Services, spec: SourceSpec) -> str:
    """Ask one source now, store what it says, and say in a sentence how it stands."""
    from scheduler import jobs  # noqa: PLC0415 - which is built on this module

    (report,) = await jobs.collect(services, specs=[spec])
    found = f"{report.fetched} entries, {report.new} new" if report.fetched else "nothing new"
    return f"{spec.name}: {report.state.value}, {report.error or found}."


@contextlib.asynccontextmanager
async def open_sources(services: Services, specs: Sequence[SourceSpec]) -> AsyncIterator[dict[str, Source]]:
    """
    Build the enabled sources among `specs`, by id, with one fetcher and one parser under them; close both at the end.

    Meanwhile the task is among `house.asking`: it may be broken off at any time, for what was not stored is asked again.
    """
    task = asyncio.current_task()
    async with _source_room(services) as room:
        if task:
            services.asking.add(task)
        try:
            yield {spec.id: MeasuredSource(room.source(spec), services.metrics) for spec in specs if spec.enabled}
            services.metrics.collected()
        finally:
            if task:
                services.asking.discard(task)


@contextlib.asynccontextmanager
async def open_finder(services: Services) -> AsyncIterator[FeedFinder]:
    """Build what looks for the feed behind an address that somebody gives."""
    from adapters.sources.discover import Finder  # noqa: PLC0415

    async with _source_room(services) as room:
        yield Finder(room.fetcher, room.parser)


@contextlib.asynccontextmanager
async def _source_room(services: Services) -> AsyncIterator[SourceFactory]:
    from adapters.sources.build import SourceFactory  # noqa: PLC0415
    from adapters.sources.http.request import user_agent  # noqa: PLC0415

    fetch = services.settings.fetch
    room = SourceFactory(
        services.clock,
        agent=fetch.user_agent or user_agent(version("paperround"), HOME, fetch.contact or ""),
        allow_private=fetch.allow_private,
        deadline=fetch.deadline_seconds,
        max_bytes=int(fetch.max_megabytes * 1_000_000),
        secrets=services.settings.secrets(),
    )
    try:
        yield room
    finally:
        await room.aclose()


def page_server(services: Services, host: str, port: int, health: HealthChecks | None = None) -> PageServer:
    """
    Build the server of the local channel; it tells whoever asks how the service is, where it gets to know it by `vitals`.

    Raises `SettingsError` for an open address without a password.
    """
    from adapters.web.context import Site  # noqa: PLC0415
    from adapters.web.http.app import create_app  # noqa: PLC0415
    from adapters.web.http.binding import check_binding  # noqa: PLC0415
    from adapters.web.http.server import PageServer  # noqa: PLC0415

    password = services.settings.password
    check_binding(host, password.get_secret_value() if password else None, key="PAPERROUND_PASSWORD")
    token = services.settings.metrics_token
    site = Site(
        notices=lambda: _notices(services),
        health=health,
        metrics_token=token.get_secret_value() if token else None,
        channels=tuple(channel for channel in services.channels if channel.platform == "web"),
        next_digest=lambda channel: next_digest_line(services, channel),
        clock=services.clock,
        host=host,
        hosts=frozenset(services.settings.web.hosts),
        password=password.get_secret_value() if password else None,
    )
    others = services.slack.routes() if services.slack else []
    return PageServer(create_app(services.web, site, others), services.web.hub, host=host, port=port)


async def _notices(services: Services) -> list[Notice]:
    """Say on the page in which channels nothing is posted, why, since when and what to do."""
    from adapters.web.context import Notice  # noqa: PLC0415

    return [
        Notice(channel=channel.name, platform=channel.platform, lines=tuple(pause_lines(channel, pause)))
        for channel, pause in await paused(services.channels, services.reading)
    ]


async def next_digest_line(services: Services, channel: Channel) -> str:
    """Say when a channel's next digest comes, on its own wall clock; of one that is paused, that it is and why."""
    if services.trying:
        return "Only the sample week is shown: start without --sample for the real one"
    for _, pause in await paused([channel], services.reading):
        return pause_lines(channel, pause)[0]
    return await status.next_digest_line(channel, await services.specs(), services.reading, services.clock())


def _unknown_sources(settings: Settings, known: set[str]) -> list[Fault]:
    return [
        Fault(f"channels[{number}].sources", f"there is no source {name!r}", f"Known are {', '.join(sorted(known))}")
        for number, table in enumerate(settings.channels)
        for name in table.sources
        if name not in known
    ]


def back_up(
    settings: Settings, file: Path, *, force: bool = False, progress: Callable[[int, int], None] | None = None
) -> Copied:
    """Copy the database into a file. Raises `UsageError` with the command to use where it is PostgreSQL's; `StorageError`."""
    from adapters.storage import backup  # noqa: PLC0415

    return backup.backup(_own_file(settings, file, 0), file, force=force, progress=progress)


def put_back(settings: Settings, file: Path, *, progress: Callable[[int, int], None] | None = None) -> Restored:
    """Put a backup in the database's place, which is saved first. Raises as `back_up` does."""
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
    """Read an OPML file; give the feeds in it. Raises `UsageError` for what is none."""
    from adapters.sources.opml import read_opml  # noqa: PLC0415

    return read_opml(document)


def opml_of(specs: Sequence[SourceSpec]) -> str:
    """Write sources as an OPML document, to be handed on: without those whose address opens what is private."""
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
