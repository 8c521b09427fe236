"""
A chat platform in memory. People act on it, it keeps a transcript, and it can fail in the ways that real platforms do.

It passes the same suite as the real adapters (`tests/contracts/test_chat.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.errors import ChatError, ChatRefused, ChatUnsettled, MessageGone, TokenRefused
from bot.events import (
    ChatEvent,
    DecisionPressed,
    ReactionAdded,
    ReactionRemoved,
    ReplyDeleted,
    ReplyEdited,
    ReplyPosted,
)
from bot.model import Block, Channel, Meaning, Member, MessageRef, Post, Reply, SharedLink, Snapshot
from bot.objections import objects
from bot.ports import EventSink, History

BOT = Member(id="bot", name="Paper Round")


def ticking(start: datetime = datetime(2026, 8, 17, 7, 0, tzinfo=UTC)) -> Callable[[], datetime]:
    """A clock that goes on by a second each time it is read."""
    now = start

    def clock() -> datetime:
        nonlocal now
        now += timedelta(seconds=1)
        return now

    return clock


@dataclass
class Sent:
    """A message of ours as the platform holds it."""

    ref: MessageRef
    post: Post
    key: str
    at: datetime
    reactions: dict[tuple[Member, str], datetime] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)


@dataclass
class Faults:
    """What goes wrong, until it is set back. `drops` counts the posts that are accepted although the caller hears nothing."""

    refuses: bool = False
    refuses_token: bool = False
    down: bool = False
    drops: int = 0


class FakeChat:
    """
    The platform and its adapter in one.

    `refuses_same_key` is how the platform takes a second message with the same key: Discord gives the first one's address,
    Slack posts again. Events that nobody listens to are lost, as they are on the real ones; an event whose sink raises stays
    in `undelivered` until `redeliver()`.
    """

    def __init__(
        self, platform: str = "fake", *, clock: Callable[[], datetime] | None = None, refuses_same_key: bool = True
    ) -> None:
        self.platform = platform
        self.clock = clock or ticking()
        self.faults = Faults()
        self.messages: list[Sent] = []
        self.transcript: list[str] = []
        self.acknowledged: list[MessageRef] = []
        self.undelivered: list[ChatEvent] = []
        self.delivered: list[ChatEvent] = []
        self.closed = 0
        self.told: list[tuple[str, tuple[Block, ...]]] = []
        self.silent: set[str] = set()
        self.outsiders: set[str] = set()
        """The ids of members of another workspace, in a channel that is shared with it."""
        self.forums: set[str] = set()
        """The ids of the channels that have no messages of their own."""
        self.said: list[tuple[datetime, MessageRef, str]] = []
        self._refuses_same_key = refuses_same_key
        self._sink: EventSink | None = None
        self._count = 0

    # the port

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        self._check()
        first = self._with_key(channel, key) if self._refuses_same_key else None
        ref = first.ref if first else self._accept(channel, post, key)
        if self.faults.drops:
            self.faults.drops -= 1
            raise ChatUnsettled(self.platform, "the connection dropped before the answer came")
        return ref

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        self._check()
        sent = self._with_key(channel, key)
        return sent.ref if sent and sent.at >= since else None

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        self._check()
        sent = self._sent(ref)
        here = tuple(pair for pair in sent.reactions if pair[0] != BOT and pair[0].id not in self.outsiders)
        replies = tuple(one for one in sent.replies.values() if one.member.id not in self.outsiders)
        return Snapshot(ref=ref, reactions=here, replies=replies)

    async def all_answers(self, ref: MessageRef) -> Snapshot:
        outsiders, self.outsiders = self.outsiders, set()
        try:
            return await self.snapshot(ref)
        finally:
            self.outsiders = outsiders

    async def has_past(self, channel: Channel) -> bool:
        return channel.id not in self.forums

    async def objection(self, channel: Channel, since: datetime) -> MessageRef | None:
        self._check()
        return next((ref for at, ref, text in self.said if at >= since and objects(text)), None)

    async def tell(self, member_id: str, blocks: Sequence[Block]) -> None:
        self._check()
        if member_id in self.silent:
            raise ChatRefused(self.platform, "the member takes no messages")
        self.told.append((member_id, tuple(blocks)))

    async def message_url(self, channel: Channel, ref: MessageRef) -> str | None:
        return f"https://{self.platform}.example/{ref.channel_id}/{ref.message_id}"

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        self._check()
        if recorded == (ref in self.acknowledged):
            return
        (self.acknowledged.append if recorded else self.acknowledged.remove)(ref)
        self.transcript.append("Paper Round: 📝" if recorded else "Paper Round takes 📝 back")

    async def listen(self, sink: EventSink) -> None:
        self._check()
        self._sink = sink

    async def stop_listening(self) -> None:
        self._sink = None

    async def close(self) -> None:
        self._sink = None
        self.closed += 1

    # people

    def say(self, channel: Channel, text: str) -> MessageRef:
        """Write a message in the channel itself."""
        ref = self._ref(channel.id)
        self.said.append((self.clock(), ref, text))
        return ref

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None:
        """Put an emoji on a message."""
        at = self.clock()
        self._sent(ref).reactions[member, emoji] = at
        self.transcript.append(f"{member.name} {emoji} {self._name_of(ref)}")
        await self._tell(ReactionAdded(event_id=self._id(), ref=ref, member=member, emoji=emoji, at=at), by=member)

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None:
        """Take an emoji back."""
        self._sent(ref).reactions.pop((member, emoji))
        self.transcript.append(f"{member.name} takes {emoji} back from {self._name_of(ref)}")
        event = ReactionRemoved(event_id=self._id(), ref=ref, member=member, emoji=emoji, at=self.clock())
        await self._tell(event, by=member)

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning, rank: int | None = None) -> None:
        """Press the button of a decision on a message of ours, or on one of its lines."""
        self._sent(ref)
        self.transcript.append(f"{member.name} presses {meaning.value} on {self._name_of(ref)}")
        event = DecisionPressed(
            event_id=self._id(), ref=ref, member=member, meaning=meaning, at=self.clock(), rank=rank
        )
        await self._tell(event, by=member)

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef:
        """Answer in the thread of a message; gives the address of the answer."""
        answer = Reply(ref=self._ref(ref.channel_id), member=member, text=text, at=self.clock())
        if member != BOT:
            self._sent(ref).replies[answer.ref.message_id] = answer
        self.transcript.append(f"{member.name}: {text}")
        event = ReplyPosted(event_id=self._id(), parent=ref, ref=answer.ref, member=member, text=text, at=answer.at)
        await self._tell(event, by=member)
        return answer.ref

    async def edit(self, ref: MessageRef, text: str) -> None:
        """The author of a reply changes it."""
        sent = self._holding(ref)
        reply = replace(sent.replies[ref.message_id], text=text, edited_at=self.clock())
        sent.replies[ref.message_id] = reply
        self.transcript.append(f"{reply.member.name} corrects: {text}")
        event = ReplyEdited(
            event_id=self._id(), parent=sent.ref, ref=ref, member=reply.member, text=text, at=self.clock()
        )
        await self._tell(event, by=reply.member)

    async def delete(self, ref: MessageRef) -> None:
        """The author of a reply takes it away."""
        reply = self._holding(ref).replies.pop(ref.message_id)
        self.transcript.append(f"{reply.member.name} deletes a reply")
        await self._tell(ReplyDeleted(event_id=self._id(), ref=ref, at=self.clock()), by=reply.member)

    async def redeliver(self) -> None:
        """Send again what was not taken, in order; what is refused again stays."""
        waiting, self.undelivered = self.undelivered, []
        for event in waiting:
            await self._deliver(event)

    async def repeat(self, event: ChatEvent) -> None:
        """Send an event a second time, as platforms do."""
        await self._deliver(event)

    # looking

    def posts(self, role: str | None = None) -> list[Post]:
        """What was posted, in order."""
        return [sent.post for sent in self.messages if role in {None, sent.post.role.value}]

    def ref_of(self, title: str) -> MessageRef:
        """The address of the one message whose plain text contains `title`."""
        (sent,) = [sent for sent in self.messages if title in sent.post.plain]
        return sent.ref

    def _accept(self, channel: Channel, post: Post, key: str) -> MessageRef:
        ref = self._ref(channel.id)
        self.messages.append(Sent(ref=ref, post=post, key=key, at=self.clock()))
        self.transcript.append(f"Paper Round: {post.plain.partition(chr(10))[0]}")
        return ref

    async def _tell(self, event: ChatEvent, *, by: Member) -> None:
        if by != BOT and self._sink is not None:
            await self._deliver(event)

    async def _deliver(self, event: ChatEvent) -> None:
        if self._sink is None:
            return
        try:
            await self._sink(event)
        except Exception:  # noqa: BLE001 - whatever fails behind the sink, the platform only sees that it failed
            self.undelivered.append(event)
        else:
            self.delivered.append(event)

    def _check(self) -> None:
        if self.faults.down:
            raise ChatError(self.platform, "the platform cannot be reached")
        if self.faults.refuses_token:
            raise TokenRefused(self.platform, "the platform does not know our token")
        if self.faults.refuses:
            raise ChatRefused(self.platform, "the bot is no longer a member of the channel")

    def _ref(self, channel_id: str) -> MessageRef:
        self._count += 1
        return MessageRef(platform=self.platform, channel_id=channel_id, message_id=f"{self._count:06}")

    def _id(self) -> str:
        self._count += 1
        return f"{self.platform}-event-{self._count:06}"

    def _with_key(self, channel: Channel, key: str) -> Sent | None:
        return next((sent for sent in self.messages if sent.key == key and sent.ref.channel_id == channel.id), None)

    def _sent(self, ref: MessageRef) -> Sent:
        for sent in self.messages:
            if sent.ref == ref:
                return sent
        raise MessageGone(self.platform, f"there is no message {ref.message_id!r}")

    def _holding(self, reply: MessageRef) -> Sent:
        return next(sent for sent in self.messages if reply.message_id in sent.replies)

    def _name_of(self, ref: MessageRef) -> str:
        return self._sent(ref).post.plain.partition("\n")[0]


async def links_of(chat: History, channel: Channel, most: int) -> list[SharedLink]:
    """What people linked to in a channel's last messages, page by page."""
    found: list[SharedLink] = []
    left, start = most, ""
    while left > 0:
        page = await chat.links(channel, left, start)
        found += page.links
        left -= page.messages
        start = page.following
        if not start:
            break
    return found
