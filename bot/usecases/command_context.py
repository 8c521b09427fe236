"""Context of a command in chat and the declaration of one: what a row of the table in `bot.usecases.commands` consists of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.classics import Classic
from bot.model import Answer, Channel, CommandCall, Digest, MessageRef, PlatformWords, Post, SourceSpec
from bot.permission import Changers, in_words
from bot.ports import Clock, FeedFinder, UnitOfWorkFactory, WorkFinder
from bot.usecases.cards import ShownIn, own_words

Bring = Callable[[Channel, str], Awaitable[None]]
"""Sends what is planned of a channel's digest for a week and not sent yet. May fail quietly: the next tick goes on."""

WorkFinders = Callable[[], AbstractAsyncContextManager[WorkFinder]]
"""Opens what looks works up, for as long as the context lasts."""

ReadableBy = Callable[[str, str], Awaitable[frozenset[str]]]


async def nothing(_platform: str, _member_id: str) -> frozenset[str]:
    """`ReadableBy` where nothing is known of who may read what."""
    return frozenset()


MessageUrl = Callable[[Channel, MessageRef], Awaitable[str | None]]
"""Gives the address at which a browser, or the platform's own app, opens a message; None where that is not known."""


async def no_url(_channel: Channel, _ref: MessageRef) -> str | None:
    """Know no address."""
    return None


async def without_past(_channel: Channel) -> bool:
    """Tell that no channel's past can be read."""
    return False


async def nobody_waits() -> str:
    """Say nothing: one process does everything, and it is the one that answers."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRules:
    """
    The operator's bounds on what members set up in chat: how many channels are served in all (`most`; None for any number), and in
    which `teams` one may be set up (empty for all).
    """

    most: int | None = None
    teams: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribing:
    """
    What setting up a channel needs of the outside. `check` raises `ChatRefused` with the remedy where we cannot post there; `title` gives
    what people call it; `collect` asks the sources where that was long ago, which may take minutes; `deliver` sends what is due, in
    its own time; `announce` posts a notice once for each key, and logs what fails.
    """

    rules: SubscriptionRules
    check: Callable[[Channel], Awaitable[None]]
    title: Callable[[Channel], Awaitable[str]]
    collect: Callable[[], Awaitable[None]]
    deliver: Callable[[], None]
    announce: Callable[[Channel, Post, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """What the commands work with: how to get at channels and sources as they are now, and at the outside; `words` says how each platform is spoken of."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    channels: Callable[[], Awaitable[Sequence[Channel]]]
    tables: Callable[[], frozenset[str]]
    specs: Callable[[], Awaitable[Sequence[SourceSpec]]]
    preview: Callable[[Channel], Awaitable[Digest]]
    check: Callable[[SourceSpec], Awaitable[str]]
    finder: Callable[[], AbstractAsyncContextManager[FeedFinder]]
    words: Mapping[str, PlatformWords] = field(default_factory=dict)
    changers: Changers = Changers.ADMINS
    """Who may change things in a channel."""
    has_past: Callable[[Channel], Awaitable[bool]] = without_past
    """Tells whether a channel's past messages can be read. Raises `ChatError`."""
    works: WorkFinders | None = None
    """Looks up what a proposed address is; without it a work that nobody spoke of bears its address."""
    subscribing: Subscribing | None = None
    direct: Collection[str] = frozenset()
    """The platforms on which one member alone can be written to."""
    message_url: MessageUrl = no_url
    """Gives the address of a message of ours, where its platform knows one."""
    classics: Callable[[], Sequence[Classic]] = tuple
    """The classics that ship with the project."""
    bring: Bring | None = None
    """Sends a card that somebody asked for at once; without it the next tick does."""
    shown_in: ShownIn = own_words
    """Gives the channels whose words may be shown to everybody in a channel."""
    page_link: Callable[[CommandCall], Awaitable[str]] | None = None
    """Makes the link by which whoever asks enters the library."""
    readable_by: ReadableBy = nothing
    """Gives the channels that a member may read, by platform and member id: for an answer that they alone see."""
    idle: Callable[[], Awaitable[str]] = nobody_waits
    """Says in a sentence for members that nobody does what is due, and who can help; nothing while somebody does."""
    spread: timedelta = timedelta(0)
    """Over how long digests that fall due at one hour are spread."""

    def words_of(self, call: CommandCall) -> PlatformWords:
        """How the platform of a call is spoken of."""
        return in_words(self.words.get(call.platform) or PlatformWords(name=call.platform), self.changers)


Handler = Callable[[CommandContext, CommandCall, Channel, str], Awaitable[Answer]]
"""Answers a command in a channel that has a digest; the last argument is what was typed after the verb."""

ElsewhereHandler = Callable[[CommandContext, CommandCall, str], Awaitable[Answer]]
"""Answers a command where there is no channel with a digest."""


class Permission(StrEnum):
    """Whose command it is."""

    EVERYBODY = "everybody"
    READ_OR_CHANGE = "read or change"
    """Everybody may ask it without words; with words it changes something, which is for those who may change things."""
    CHANGE = "change"
    """For those alone who may change things (`CommandCall.admin`, and `bot.permission`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """
    One command. `usage` is how it is typed and `about` what it does, for the help; without `about` it is not listed.

    `change` says what it changes, as in 'Only ... may pause the channel'. Without `elsewhere` it is refused where no digest comes.
    """

    usage: str
    handler: Handler
    about: str = ""
    permission: Permission = Permission.EVERYBODY
    change: str = ""
    elsewhere: ElsewhereHandler | None = None

    @property
    def verb(self) -> str:
        """The first word of what is typed."""
        return self.usage.partition(" ")[0]

    def allowed(self, call: CommandCall, rest: str) -> bool:
        """Whether this member may ask this."""
        changes = self.permission is Permission.CHANGE or (
            self.permission is Permission.READ_OR_CHANGE and bool(rest or call.values)
        )
        return call.admin or not changes
