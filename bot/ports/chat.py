"""Ports of chat platforms: posting, listening, looking, redrawing, writing to one member, and who may read what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from bot.events import ChatEvent
from bot.model import (
    Answer,
    Block,
    Channel,
    CommandCall,
    Finding,
    LinkPage,
    MessageRef,
    PlatformWords,
    Post,
    Snapshot,
)
from bot.visibility import ChannelScope, Reader


class Hearing(Enum):
    """How a platform's events come in."""

    REQUESTS = "requests"
    """By requests, which any process that serves them takes."""
    CONNECTION = "connection"
    """Over a connection of ours, which one process owns at a time."""


EventSink = Callable[[ChatEvent], Awaitable[None]]
"""Takes one event. Returns only after the event is stored for good; if it raises, the adapter must not acknowledge."""


CommandSink = Callable[[CommandCall], Awaitable[Answer]]
"""Answers one command. Never raises for what a member can mend: that is an answer, too."""


class Chat(Protocol):
    """A chat platform, in seven methods. Slack, Discord, the local web channel and the fake pass the same contract suite."""

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        """
        Send one post into the channel; give the address of the message.

        `key` is the posting's own: where the platform can refuse a second message with the same key, it does, and the
        first one's address is given. Raises `ChatUnsettled` when it is unknown whether it was sent, `ChatRefused` when a
        person must act, `ChatError` when trying again later may help.
        """
        ...

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        """Look on the platform for the message that was sent with this key at or after `since`; None if there is none."""
        ...

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        """
        Tell which reactions and replies people have on this message now, our own left out.

        Raises `MessageGone` where it was deleted, else `ChatError`.
        """
        ...

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        """Mark a person's reply as recorded (with 📝), or take the mark away. Doing it twice is harmless. Raises `ChatError`."""
        ...

    async def listen(self, sink: EventSink) -> None:
        """Deliver every event to `sink` from now on; returns once connected. The bot's own events are left out."""
        ...

    async def stop_listening(self) -> None:
        """
        Hear nothing more, until `listen` is called again; what was received is handed on first. Posting, looking and redrawing go on. Doing it
        twice is harmless.
        """
        ...

    async def close(self) -> None:
        """Stop listening and close every connection. Doing it twice is harmless."""
        ...


@runtime_checkable
class History(Protocol):
    """A platform whose past messages can be read. A `Chat` may be one, too."""

    async def has_past(self, channel: Channel) -> bool:
        """Tell whether a channel has messages of its own, which can be read; a forum has none, for each of its posts is a thread. Raises `ChatError`."""
        ...

    async def links(self, channel: Channel, most: int, start: str = "") -> LinkPage:
        """
        Give the web addresses that people shared in one page of a channel's messages, of `most` messages at most; bots' are left out.

        The page is that of its newest messages, or the one that `start` (`LinkPage.following`) leads to, also days later and in another process.
        At the platform's own pace: one request. Raises `ChatError`.
        """
        ...

    async def all_answers(self, ref: MessageRef) -> Snapshot:
        """`Chat.snapshot` of one message, with what everybody in its channel did, members of another workspace that shares it included."""
        ...

    async def objection(self, channel: Channel, since: datetime) -> MessageRef | None:
        """
        Give a message that somebody wrote in the channel itself at or after `since` and that plainly objects (`bot.objections.objects`); None if
        there is none. No word of what is said leaves the adapter. Raises `ChatError`.
        """
        ...


@runtime_checkable
class DirectMessages(Protocol):
    """A platform on which we can write to one member alone. A `Chat` may be one, too. Nobody gets a message unasked."""

    async def tell(self, member_id: str, blocks: Sequence[Block]) -> None:
        """
        Send one member a message that nobody else sees. What does not fit into one message is left out, and the message says so.

        Raises `ChatRefused` where the member takes none, `ChatUnsettled` when it is unknown whether it was sent, else `ChatError`.
        """
        ...


@runtime_checkable
class MessageAddresses(Protocol):
    """A platform whose messages have addresses that a browser or its own app opens. A `Chat` may be one, too."""

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        """Give the address of a message in a channel, which opens its thread where it has one; None where it is not known now."""
        ...


@runtime_checkable
class NewestFirst(Protocol):
    """A platform that shows some channels from the newest message down. A `Chat` may be one, too."""

    async def shows_newest_first(self, channel: Channel) -> bool:
        """Tell whether a channel is one: a digest is sent there from its end, so that it reads from its head. Raises `ChatError`."""
        ...


@runtime_checkable
class StoresTokens(Protocol):
    """
    A platform whose workspaces' tokens are stored encrypted, so that a process may lack the key of some, which is a fault of that process and not of a
    channel: another one may have it. A `Platform` may be one, too.
    """

    async def read_tokens(self) -> None:
        """Read what is stored, unless that was done within the last minute. Raises `StorageError`."""
        ...

    def undecryptable(self) -> Collection[str]:
        """The workspaces, as `Channel.workspace` and `Reminder.workspace` name them, whose token this process could not decrypt as it was read last."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Events that wait for something, and how many may."""

    waiting: int
    bound: int


@runtime_checkable
class QueuesEvents(Protocol):
    """A platform that holds what it heard in memory until it is stored. A `Platform` may be one, too."""

    def backlogs(self) -> Mapping[str, Backlog]:
        """Give what waits, by what it waits for, as the metrics call it. What comes beyond a bound is looked for later."""
        ...


class Redraws(Protocol):
    """A platform on which a message of ours can be edited, to show what was decided. The local channel redraws by itself."""

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Replace the content of a message; its reactions and its thread stay. Raises `ChatError`."""
        ...


class Membership(Protocol):
    """Who is where on a platform: what `bot.visibility` decides by. Asks the platform each time; `usecases.audience` caches."""

    async def scope(self, channel: Channel) -> ChannelScope:
        """
        Give a channel's workspace, and whether it is private or shared with another one. What the platform leaves open is private.

        Raises `ChatError` where it did not answer.
        """
        ...

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        """
        Give a member's workspaces, and those of these channels that they are in; nothing of one whom the platform does not know (any more).

        Raises `ChatError` where it did not answer.
        """
        ...

    async def may_change(self, member_id: str, channel: Channel) -> bool:
        """Tell whether the platform lets a member change a channel's settings, as it does for commands. Raises `ChatError`."""
        ...


class Platform(Protocol):
    """
    A chat platform as the process runs it: its chat, and what the process needs beside it. Built by the `build` function in the
    platform's own folder; the process loops over all platforms and knows none by name.
    """

    @property
    def chat(self) -> Chat:
        """The platform as a chat."""
        ...

    @property
    def redraws(self) -> Redraws | None:
        """Redraws messages after a decision; None for a platform that does so by itself."""
        ...

    @property
    def membership(self) -> Membership:
        """Who may read which channel there."""
        ...

    @property
    def words(self) -> PlatformWords:
        """How the platform is spoken of."""
        ...

    @property
    def hearing(self) -> Hearing:
        """How events come in, and so how many processes may listen."""
        ...

    async def title(self, channel: Channel) -> str:
        """What people there call a channel, without a `#`. Raises `ChatError`."""
        ...

    async def check(self, channel: Channel) -> None:
        """Look whether we can post in a channel; raises `ChatRefused` with the remedy where we cannot, else `ChatError`."""
        ...

    async def is_alive(self) -> bool:
        """Tell whether events can come in now: that is what liveness means, not that the process runs."""
        ...

    async def examine(self, most: int | None = None) -> Sequence[Finding]:
        """
        Examine everything that the platform needs, for `paperround doctor`. Posts nothing and changes nothing.

        Of channels, and of workspaces, it asks about `most`, spread over all of them, and says so where there are more: a platform counts questions.
        """
        ...

    def routes(self) -> Sequence[object]:
        """Give the routes that the web application serves for the platform, as its framework's own objects."""
        ...

    async def renew(self) -> None:
        """Renew what runs out, such as tokens. Called every ten minutes."""
        ...
