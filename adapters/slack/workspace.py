"""`bot.ports.Platform` for one workspace of Slack, by its bot token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.api import SlackApi
from adapters.slack.blocks import LINE_MENU
from adapters.slack.chat import EventSource, SlackChat
from adapters.slack.commands import SlackCommands
from adapters.slack.directory import Directory, KeptIds
from adapters.slack.doctor import examine
from adapters.slack.errors import SlackFault
from adapters.slack.http_events import HttpEvents
from adapters.slack.intake import ChannelNews, Intake, Joined
from adapters.slack.membership import SlackMembership
from adapters.slack.pacing import Timer
from adapters.slack.people import Learned, People
from adapters.slack.settings import DEFAULT_URL, SlackSettings
from adapters.slack.socket_mode import Connection, Reconnected, Rhythm, SocketModeEvents
from bot.model import Channel, Finding, PlatformWords
from bot.ports import CommandSink, Hearing, RateLimiter
from bot.sampling import sample_findings, spread_over

if TYPE_CHECKING:
    from starlette.routing import BaseRoute


WORDS: Final = PlatformWords(
    name="Slack", admins="workspace admins, and the members listed in the settings,", line_menu=LINE_MENU
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Credentials. With an app token, events come over Socket Mode; with a signing secret alone, over HTTP."""

    bot: str = field(repr=False)
    app: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    api_url: str = DEFAULT_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """
    Callbacks of the platform beside its port; each may be left out.

    `commands` answers members' commands. `learned` is called with names that came too late for their event. `news` is called
    when a channel cannot be posted to, or can again. `reconnected` is called after a lost connection is replaced: events may
    have been missed. `joined` is called when our bot was invited into a channel. `moves` stores which channels
    have another id, `names` which channel each configured name led to.
    """

    commands: CommandSink | None = None
    learned: Learned | None = None
    news: ChannelNews | None = None
    reconnected: Reconnected | None = None
    joined: Joined | None = None
    moves: KeptIds | None = None
    names: KeptIds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackTiming:
    """
    Intervals in seconds: between two messages in a channel and two redraws of a card (docs/platform-facts.md#a4), and how long
    a call may wait for Slack's limits in all (`max_wait`). `rhythm` is that of Socket Mode. Tests shorten them.
    """

    message_interval: float = 1.0
    redraw_interval: float = 3.0
    max_wait: float = 60.0
    rhythm: Rhythm | None = None


class SlackPlatform:
    """
    `bot.ports.Platform` for one workspace. `chat` is a `Chat` and a `Redraws`: `listen` opens its event source, `close` closes
    every connection.

    `routes` are for the web application (none under Socket Mode). `limiter` is shared with whoever else asks this workspace, which `scope`
    names there.
    """

    words = WORDS

    def __init__(
        self,
        tokens: Tokens,
        channels: Sequence[Channel],
        *,
        hooks: Hooks | None = None,
        settings: SlackSettings | None = None,
        timing: SlackTiming | None = None,
        timer: Timer | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        limiter: RateLimiter | None = None,
        scope: str = "",
    ) -> None:
        hooks, timer = hooks or Hooks(), timer or Timer()
        settings, timing = settings or SlackSettings(), timing or SlackTiming()
        self._tokens, self._channels, self._clock = tokens, channels, clock
        self.api = SlackApi(
            tokens.bot,
            tokens.api_url,
            timer=timer,
            max_wait=timing.max_wait,
            history_per_minute=settings.history_per_minute,
            limiter=limiter,
            scope=scope,
        )
        self.people = People(self.api, timer, learned=hooks.learned)
        self.directory = Directory(self.api, timer, channels, hooks.moves, hooks.names)
        self.membership = SlackMembership(self.api, self.people, self.directory, settings.admins)
        self.intake = Intake(
            self.api,
            self.people,
            self.directory,
            timer,
            news=hooks.news,
            joined=hooks.joined,
            outsiders=settings.outsiders,
        )
        self.commands = SlackCommands(
            self.api,
            self.people,
            self.directory,
            sink=hooks.commands,
            admins=settings.admins,
            intake=self.intake,
        )
        self.event_source = self._event_source(tokens, timing, hooks)
        self.chat = SlackChat(
            self.api,
            self.people,
            self.directory,
            self.intake,
            self.event_source,
            timer,
            seed_legend=settings.seed_legend,
            outsiders=settings.outsiders,
            message_interval=timing.message_interval,
            redraw_interval=timing.redraw_interval,
        )

    @property
    def redraws(self) -> SlackChat:
        """The chat redraws its own messages."""
        return self.chat

    @property
    def hearing(self) -> Hearing:
        """Over Socket Mode, or by Slack's requests."""
        return Hearing.CONNECTION if isinstance(self.event_source, SocketModeEvents) else Hearing.REQUESTS

    def routes(self) -> list[BaseRoute]:
        """Routes for the web application."""
        return list(self.event_source.routes()) if isinstance(self.event_source, HttpEvents) else []

    async def is_alive(self) -> bool:
        """Whether events can come in now: that is what liveness means, not that the process runs."""
        return await self.event_source.is_alive() if isinstance(self.event_source, SocketModeEvents) else True

    async def renew(self) -> None:
        """Nothing to do: the token of the one workspace is in the settings, and does not expire."""

    async def title(self, channel: Channel) -> str:
        """The channel's name in the workspace. Raises `ChatError`."""
        found = await self.api.read("conversations.info", channel=await self.directory.id_of(channel.id))
        return str((found.get("channel") or {}).get("name") or channel.id)

    async def check(self, channel: Channel) -> None:
        """Check that we can post in a channel; raises `ChatRefused` with the remedy where we cannot."""
        channel_id = await self.directory.id_of(channel.id)
        found = (await self.api.read("conversations.info", channel=channel_id)).get("channel") or {}
        for lost, word in ((found.get("is_archived"), "is_archived"), (not found.get("is_member"), "not_in_channel")):
            if lost:
                raise SlackFault(word).as_chat_error("conversations.info", writes=False)

    async def examine(self, most: int | None = None) -> list[Finding]:
        """Findings on everything Slack needs, for `paperround doctor`; of channels it asks about `most`."""
        every = list(self._channels)
        looked = spread_over(every, most)
        return [*await self.findings(looked), *sample_findings(len(looked), len(every), "channel")]

    async def findings(self, channels: Sequence[Channel]) -> list[Finding]:
        """Findings on everything Slack needs in the workspace, and in these channels."""
        return await examine(
            self.api,
            self.directory,
            channels,
            app_token=self._tokens.app,
            signing_secret=self._tokens.signing_secret,
            clock=self._clock,
        )

    def _event_source(self, tokens: Tokens, timing: SlackTiming, hooks: Hooks) -> EventSource:
        if tokens.app:
            return SocketModeEvents(
                self.api, tokens.app, self._take, rhythm=timing.rhythm, reconnected=hooks.reconnected
            )
        if tokens.signing_secret:
            return HttpEvents(tokens.signing_secret, self.intake, self.commands)
        return NoEvents()

    async def _take(self, connection: Connection, request: Any) -> None:
        """Handle an envelope of Socket Mode: an event is stored and then acknowledged, everything else is a command."""
        if request.type == "events_api" and not self.commands.wants(request.payload):
            await self.intake.take(request.payload)
            await connection.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        else:
            await self.commands.over_socket(connection, request)


class NoEvents:
    """Event source without events, for neither an app token nor a signing secret: what people did is found by snapshots."""

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""
