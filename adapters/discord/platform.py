"""The room of Discord, built and joined. `scheduler/bootstrap.py` is the one who calls it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.discord.access import Access, ChannelNews
from adapters.discord.chat import REDRAW_SECONDS, Connection, DiscordChat
from adapters.discord.client import IDENTIFY_PAUSE, Listener, Wiring
from adapters.discord.commands import Choices, Commands, TreeMemory
from adapters.discord.doctor import examine
from adapters.discord.emojis import Emojis
from adapters.discord.events import Known, Translator
from adapters.discord.intake import Intake
from adapters.discord.interactions import SLOW, Interactions
from adapters.discord.places import Places
from adapters.discord.replies import People
from adapters.discord.rest import DEADLINE, Endpoints, Rest
from adapters.discord.snapshot import SnapshotReader
from adapters.discord.supervisor import Budget, Pauses, ReconcileTrigger, Standing, Supervisor
from adapters.discord.threads import Writing
from bot.model import Channel, Finding
from bot.ports import Clock, CommandSink

if TYPE_CHECKING:
    import discord

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """
    Whom Discord's room tells what no port is for; each may be left out.

    `commands` answers what members ask. `news` hears that a channel (its id) cannot be posted to, with the reason, or that it
    can again (None). `reconcile` is called after each READY, not after a RESUME, and where events were lost; it must look at
    Discord's messages of the last weeks, and is called again where one of them could not be looked at just then. `known` gives the reactions recorded on a message, for bulk clears. `choices` gives what
    can be chosen while typing a command, `memory` keeps which commands were registered last.
    """

    commands: CommandSink | None = None
    news: ChannelNews | None = None
    reconcile: Callable[[], Awaitable[object]] | None = None
    known: Known | None = None
    choices: Choices | None = None
    memory: TreeMemory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordOptions:
    """
    How we behave, in seconds: how often a message is drawn anew, how long Discord has for an answer and a member waits without a word,
    how often what was missed is looked for, and how soon again where not all of it could be seen. With `seed_legend`, the legend's emoji stand under the head. `shard` is (number, count), for a bot on more than 2500 servers: one process each.
    """

    redraw_interval: float = REDRAW_SECONDS
    seed_legend: bool = False
    deadline: float = DEADLINE
    slow: float = SLOW
    calm: float = 5.0
    soon: float = 1.0
    again: float = 5.0
    shard: tuple[int, int] | None = None
    identify_pause: float = IDENTIFY_PAUSE
    pauses: Pauses = field(default_factory=Pauses)


class DiscordPlatform:
    """
    One bot, on any number of servers. `chat` is a `Chat` and a `Redraws`.

    Opens nothing by itself: the first call to Discord connects over REST, `chat.listen` opens the gateway, and `chat.close` lets
    go of everything and gives discord.py its own addresses back.
    """

    def __init__(
        self,
        token: str,
        channels: Sequence[Channel],
        clock: Clock,
        *,
        endpoints: Endpoints | None = None,
        hooks: Hooks | None = None,
        manners: DiscordOptions | None = None,
    ) -> None:
        self._hooks, manners = hooks or Hooks(), manners or DiscordOptions()
        self._channels = tuple(channels)
        self.rest = Rest(token, endpoints=endpoints or Endpoints(), deadline=manners.deadline)
        self._calling = ReconcileTrigger(
            self._reconciled if self._hooks.reconcile else None,
            calm=manners.calm,
            soon=manners.soon,
            again=manners.again,
        )
        self._budget = Budget()
        self._manners = manners
        self.supervisor = Supervisor(self._client, token, self.rest, pauses=manners.pauses)
        line = _Connection(self.supervisor, self._calling)
        parts = Parts(
            self.rest,
            channels,
            clock,
            self._hooks,
            missed=self._calling.ask,
            hidden=self.supervisor.hidden,
            slow=manners.slow,
        )
        self.access, self.intake = parts.access, parts.intake
        self._desk, self._commands = parts.desk, parts.commands
        self._looker = parts.looker
        self.chat = parts.chat(line, manners.redraw_interval, seed_legend=manners.seed_legend)

    @property
    def alive(self) -> bool:
        """Whether events can come in now: that is what liveness means, not that the process runs."""
        return self.supervisor.standing is Standing.CONNECTED

    @property
    def notice(self) -> str:
        """What a person should know of the connection, as a sentence; empty while all is well."""
        return self.supervisor.because

    async def check(self, channel: Channel) -> None:
        """Look whether we can post in a channel; raises `ChatRefused` with the remedy where we cannot."""
        await self.access.check(channel.id)

    async def examine(self) -> list[Finding]:
        """Look at everything Discord needs, for `paperround doctor`."""
        return await examine(self.rest, self.access, self._channels)

    def _client(self, words: bool) -> discord.Client:  # noqa: FBT001 - `MakeClient` takes it so
        wiring = Wiring(
            take=self._take,
            spend=self._budget.spend,
            lost=self.supervisor.disconnected,
            setup=self._commands.setup,
            pressed=self._desk.pressed,
            shard=self._manners.shard,
            identify_pause=self._manners.identify_pause,
        )
        return Listener(wiring, words=words)

    async def _reconciled(self) -> bool:
        """Look for what was missed; False where that failed in part and may go well another time."""
        before = self._looker.failures
        if self._hooks.reconcile:
            await self._hooks.reconcile()
        return before == self._looker.failures

    def _take(self, name: str, data: Mapping[str, Any], mark: str) -> None:
        if name in {"READY", "RESUMED"}:
            self.supervisor.connected()
        if name == "READY":
            self._calling.ask()  # after RESUME Discord sends what was missed; after READY it does not (B6)
        self.intake.take(name, data, mark)


class Parts:
    """What a chat on Discord is made of, whichever way its events come in."""

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
        self.places = Places(rest, [channel.id for channel in channels])
        self.people = People(rest)
        self.emojis = Emojis()
        self.looker = SnapshotReader(rest, self.places, self.people, self.emojis)
        self.access = Access(rest, self.places, hooks.news)
        translator = Translator(self.places, self.people, self.emojis, me=rest.me, known=hooks.known, hidden=hidden)
        self.intake = Intake(translator, self.places, self.access, clock, missed=missed)
        self.desk = Interactions(hooks.commands, self.people, Writing(rest, self.places), slow=slow)
        self.commands = Commands(self.desk, choices=hooks.choices, memory=hooks.memory)

    def chat(self, line: Connection, redraw_interval: float, *, seed_legend: bool = False) -> DiscordChat:
        """Join the parts to a way in."""
        return DiscordChat(
            self.rest,
            self.places,
            self.looker,
            self.intake,
            line,
            redraw_interval=redraw_interval,
            seed_legend=seed_legend,
        )


class _Connection:
    """The supervisor's way in; with it ends the looking for what was missed."""

    def __init__(self, supervisor: Supervisor, calling: ReconcileTrigger) -> None:
        self._supervisor = supervisor
        self._calling = calling

    async def open(self) -> None:
        await self._supervisor.open()

    async def close(self) -> None:
        await self._supervisor.close()
        await self._calling.close()


def build_discord(
    token: str,
    channels: Sequence[Channel],
    clock: Clock,
    *,
    endpoints: Endpoints | None = None,
    hooks: Hooks | None = None,
    manners: DiscordOptions | None = None,
) -> DiscordPlatform:
    """
    Build the room of one bot.

    `channels` are the configured ones on Discord. discord.py keeps its addresses for the whole process, so one room at a time.
    """
    return DiscordPlatform(token, channels, clock, endpoints=endpoints, hooks=hooks, manners=manners)
