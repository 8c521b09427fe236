"""`bot.ports.Platform` for Discord: one bot, on any number of servers."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord

from adapters.discord.access import Access, ChannelNews
from adapters.discord.arrivals import Arrivals, Joined
from adapters.discord.chat import REDRAW_SECONDS, Connection, DiscordChat
from adapters.discord.client import ClientHooks, Listener
from adapters.discord.commands import Choices, Commands, CommandTreeStore, StoredTree
from adapters.discord.doctor import examine
from adapters.discord.emojis import Emojis
from adapters.discord.errors import PLATFORM
from adapters.discord.events import Known, Translator
from adapters.discord.identify_budget import IDENTIFY_PAUSE, IdentifyBudget
from adapters.discord.intake import Intake
from adapters.discord.interactions import SLOW, Interactions
from adapters.discord.membership import DiscordMembership
from adapters.discord.places import Places
from adapters.discord.presses import Presses
from adapters.discord.replies import People
from adapters.discord.rest import DEADLINE, Endpoints, Rest
from adapters.discord.settings import DiscordSettings
from adapters.discord.shard_range import ShardRange
from adapters.discord.shards import ShardGroup
from adapters.discord.snapshot import SnapshotReader
from adapters.discord.supervisor import ConnectionState, ReconcileTrigger, ReconnectDelays, Supervisor
from adapters.discord.threads import FormSummaries
from bot.channel_sources import shown_to
from bot.errors import UsageError
from bot.model import Channel, Finding, MessageRef, PlatformWords, Reaction
from bot.ports import Backlog, Clock, CommandSink, Hearing, RateLimiter
from bot.rate_limits import InProcessRateLimiter
from bot.text import counted

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext
    from adapters.platform_settings import PlatformSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """
    Callbacks of the platform beside its port; each may be left out.

    `commands` answers members' commands. `news` is called when a channel (its id) cannot be posted to, with the reason, or can
    again (None). `reconcile` is called after each READY, not after a RESUME, and where events were lost; it must compare
    Discord's messages of the last weeks, and is called again where one of them could not be read just then. `known` gives the
    reactions recorded on a message, for bulk clears. `choices` gives suggestions while a command is typed, `memory` stores
    which commands were registered last. `joined` is called when a server invited us, with a channel in which we may say hello.
    """

    commands: CommandSink | None = None
    news: ChannelNews | None = None
    reconcile: Callable[[], Awaitable[object]] | None = None
    known: Known | None = None
    choices: Choices | None = None
    memory: CommandTreeStore | None = None
    joined: Joined | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordTiming:
    """
    Intervals and timeouts, in seconds: between two redraws of a card, how long Discord has for a response and a member waits
    without a word, how soon a reconcile begins, and how soon again where it saw only a part. Tests shorten them.
    """

    redraw_interval: float = REDRAW_SECONDS
    deadline: float = DEADLINE
    slow: float = SLOW
    calm: float = 5.0
    soon: float = 1.0
    again: float = 5.0
    identify_pause: float = IDENTIFY_PAUSE
    pauses: ReconnectDelays = field(default_factory=ReconnectDelays)


WORDS: Final = PlatformWords(
    name="Discord",
    admins="members who may manage the server",
    commands=(("summary", "in a pick's thread: write its summary in a form"),),
)


class DiscordPlatform:
    """
    `bot.ports.Platform` and `QueuesEvents` for one bot, on any number of servers. `chat` is a `Chat` and a `Redraws`.

    Opens nothing by itself: the first request connects over REST, `chat.listen` opens the gateway, and `chat.close` closes
    every connection and gives discord.py its own addresses back. `limiter` is shared with whoever else asks Discord as this bot.
    """

    words = WORDS
    hearing = Hearing.CONNECTION

    def __init__(
        self,
        token: str,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        endpoints: Endpoints | None = None,
        hooks: Hooks | None = None,
        settings: DiscordSettings | None = None,
        timing: DiscordTiming | None = None,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._hooks = hooks or Hooks()
        settings, timing = settings or DiscordSettings(), timing or DiscordTiming()
        self._channels = channels
        self.rest = Rest(token, endpoints=endpoints or Endpoints(), deadline=timing.deadline, limiter=limiter)
        self._reconcile_trigger = ReconcileTrigger(
            self._reconciled if self._hooks.reconcile else None,
            calm=timing.calm,
            soon=timing.soon,
            again=timing.again,
        )
        self._budget = IdentifyBudget(limiter or InProcessRateLimiter(time.monotonic), timing.identify_pause)
        self._token, self._timing = token, timing
        self.supervisor = ShardGroup([])
        configured = settings.shard_range()
        self._count = configured.count if configured else None
        self._serve(configured)
        parts = Parts(
            self.rest,
            channels,
            clock,
            self._hooks,
            missed=self._reconcile_trigger.ask,
            hidden=self.supervisor.hidden,
            slow=timing.slow,
        )
        self._arrivals = Arrivals(parts.access, self._hooks.joined)
        connection = _Connection(self.supervisor, self._reconcile_trigger, self._arrivals)
        self.access, self.intake, self._places = parts.access, parts.intake, parts.places
        self._interactions, self._commands = parts.interactions, parts.commands
        self._snapshots = parts.snapshots
        self.membership = parts.membership
        self.chat = parts.chat(connection, timing.redraw_interval, settings)

    @property
    def alive(self) -> bool:
        """Whether events can come in now: that is what liveness means, not that the process runs."""
        return self.supervisor.state is ConnectionState.CONNECTED

    @property
    def notice(self) -> str:
        """What a person should know of the connection, as a sentence; empty while all is well."""
        return self.supervisor.because

    @property
    def redraws(self) -> DiscordChat:
        """The chat redraws its own messages."""
        return self.chat

    async def is_alive(self) -> bool:
        """Whether events can come in now."""
        return self.alive

    def routes(self) -> list[object]:
        """No routes: events come over the gateway."""
        return []

    def backlogs(self) -> Mapping[str, Backlog]:
        """`bot.ports.QueuesEvents`."""
        return self.intake.backlogs()

    async def renew(self) -> None:
        """Nothing to do: the bot's token does not expire."""

    async def title(self, channel: Channel) -> str:
        """The channel's name on its server. Raises `ChatError`."""
        return str((await self._places.channel(channel.id)).get("name") or channel.id)

    async def check(self, channel: Channel) -> None:
        """Check that we can post in a channel; raises `ChatRefused` with the remedy where we cannot."""
        await self.access.check(channel.id)

    async def sync_commands(self) -> int:
        """Register our commands with Discord, whatever it has; give how many. Raises `ChatError`."""
        client = discord.Client(intents=discord.Intents.none())
        return await self._commands.register(self._commands.tree(client), anyway=True)

    async def examine(self, most: int | None = None) -> list[Finding]:
        """Findings on everything Discord needs, for `paperround doctor`; of channels it asks about `most`."""
        registered = await self._commands.once_registered()
        return await examine(self.rest, self.access, self._channels, registered=registered, most=most)

    def choose_shards(self, text: str) -> None:
        """Serve these shards, as `0-3` or `0-3/8`, and not those of the settings; before `listen`. Raises `UsageError`."""
        chosen = ShardRange.parse(text, self._count)
        if chosen is None:
            of = f"of {self._count}, counted from 0" if self._count else 'set "shards" under [discord], or write 0-3/8'
            raise UsageError(f"{text!r} is no range of shards. Write the first and the last one, like 0-3: {of}.")
        if self._count and chosen.count != self._count:
            raise UsageError(
                f"{text!r} speaks of {chosen.count} shards, and the settings under [discord] of {self._count}. All processes of a bot "
                "divide it into as many: write the range alone, like 0-3, or mend the settings."
            )
        self._serve(chosen)

    def _serve(self, shards: ShardRange | None) -> None:
        """Make a supervisor for each shard; one without a shard where there are none."""
        self.shards = shards
        self.supervisor.supervisors = [self._supervisor(shard) for shard in shards or (None,)]

    def _supervisor(self, shard: tuple[int, int] | None) -> Supervisor:
        def make(words: bool) -> discord.Client:  # noqa: FBT001 - `MakeClient` takes it so
            return self._client(supervisor, shard, words=words)

        def at_once(number: int) -> None:
            self._budget.at_once = number

        supervisor = Supervisor(make, self._token, self.rest, at_once=at_once, pauses=self._timing.pauses)
        return supervisor

    def _client(self, supervisor: Supervisor, shard: tuple[int, int] | None, *, words: bool) -> discord.Client:
        def take(name: str, data: Mapping[str, Any], mark: str) -> None:
            if name in {"READY", "RESUMED"}:
                supervisor.connected()
            self._take(name, data, mark)

        wiring = ClientHooks(
            take=take,
            spend=partial(self._budget.spend, shard[0] if shard else 0),
            lost=supervisor.disconnected,
            setup=self._commands.setup,
            pressed=self._interactions.pressed,
            shard=shard,
            http_trace=self.rest.trace(),
        )
        return Listener(wiring, words=words)

    async def _reconciled(self) -> bool:
        """Run a reconcile; False where it failed in part and may succeed another time."""
        before = self._snapshots.failures
        if self._hooks.reconcile:
            await self._hooks.reconcile()
        return before == self._snapshots.failures

    def _take(self, name: str, data: Mapping[str, Any], mark: str) -> None:
        if name == "READY":
            self._reconcile_trigger.ask()  # after RESUME Discord sends what was missed; after READY it does not (docs/platform-facts.md#b6)
        self._arrivals.take(name, data)
        self.intake.take(name, data, mark)


class Parts:
    """Components of a chat on Discord, whichever way its events come in."""

    def __init__(
        self,
        rest: Rest,
        channels: Sequence[Channel],
        clock: Clock,
        hooks: Hooks,
        *,
        missed: Callable[[], None] | None = None,
        hidden: Callable[[], None] | None = None,
        slow: float = SLOW,
    ) -> None:
        self.rest = rest
        self.places = Places(rest, channels)
        self.people = People(rest)
        self.emojis = Emojis()
        self.snapshots = SnapshotReader(rest, self.places, self.people, self.emojis)
        self.access = Access(rest, self.places, hooks.news)
        self.membership = DiscordMembership(rest, self.places)
        translator = Translator(self.places, self.people, self.emojis, me=rest.me, known=hooks.known, hidden=hidden)
        self.intake = Intake(translator, self.places, self.access, clock, missed=missed)
        presses = Presses(self.intake, self.places, clock)
        self.interactions = Interactions(
            hooks.commands, self.people, FormSummaries(rest, self.places), presses=presses, slow=slow
        )
        self.commands = Commands(self.interactions, rest, choices=hooks.choices, memory=hooks.memory)

    def chat(
        self, connection: Connection, redraw_interval: float, settings: DiscordSettings | None = None
    ) -> DiscordChat:
        """The chat, with an event source."""
        chosen = settings or DiscordSettings()
        return DiscordChat(
            self.rest,
            self.places,
            self.snapshots,
            self.intake,
            connection,
            redraw_interval=redraw_interval,
            seed_legend=chosen.seed_legend,
            mentions=chosen.mentions,
            publish=chosen.publish,
            forum_posts=chosen.forum_posts,
        )


class _Connection:
    """The supervisor's connection, and what ends with it."""

    def __init__(self, supervisor: ShardGroup, trigger: ReconcileTrigger, arrivals: Arrivals) -> None:
        self._supervisor = supervisor
        self._reconcile_trigger = trigger
        self._arrivals = arrivals

    async def open(self) -> None:
        await self._supervisor.open()

    async def close(self) -> None:
        await self._supervisor.close()
        await self._reconcile_trigger.close()
        await self._arrivals.close()


def build(settings: PlatformSettings | None, context: PlatformContext) -> DiscordPlatform:
    """Build Discord from its settings."""
    if not isinstance(settings, DiscordSettings) or settings.bot_token is None:
        raise TypeError("Discord is built with DiscordSettings that hold a token")

    async def known(ref: MessageRef) -> Sequence[Reaction]:
        async with context.unit_of_work() as uow:
            return await uow.reactions.on(ref)

    async def choices(what: str, channel_id: str) -> dict[str, str]:
        found = await context.current_channels()
        here = [channel for channel in found if (channel.platform, channel.id) == (PLATFORM, channel_id)]
        if what == "sources":
            known = await context.specs()
            return {spec.id: spec.name for spec in shown_to(here, known)} if here else {}
        own = {topic: topic for channel in here for topic in channel.topics}
        words = await context.vocabulary() if context.vocabulary else {}
        return {**{term: f"{term} ({counted(count, 'work')} this week)" for term, count in words.items()}, **own}

    return DiscordPlatform(
        settings.bot_token.get_secret_value(),
        context.channels,
        context.clock,
        endpoints=Endpoints(settings.api_url, settings.gateway_url),
        hooks=Hooks(
            commands=context.commands,
            news=context.channel_news,
            reconcile=context.reconcile,
            known=known,
            choices=choices,
            memory=StoredTree(context.unit_of_work),
            joined=context.joined,
        ),
        settings=settings,
        limiter=context.limiter,
    )
