"""
`Chat` of the local channel, whose platform is a page of our own.

An action is first stored on the board, then handed to the event sink, then shown. If the sink fails, it stays on the board,
where reconciling finds it, and the visitor is told that it is saved.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.web.channel.board import BoardReaction, BoardReply, derived_id
from adapters.web.channel.hub import Change, Hub
from adapters.web.channel.store import BoardStore
from adapters.web.channel.validation import ActionRefused, checked_reply
from bot.errors import ChatError, MessageGone
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import BlockRole, Channel, Member, MessageRef, Post, Reply, Snapshot
from bot.ports import Clock, EventSink

PLATFORM = "web"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ActionResult:
    """An action on a message (`parent_id`) that is stored on the board. `recorded` says whether the core has it, too, `said` what the core answered."""

    parent_id: str
    message_id: str
    recorded: bool
    said: str | None = None


class WebChannel:
    """The local page as a chat platform. Its state is in the store; `hub` notifies the open windows."""

    def __init__(self, store: BoardStore, clock: Clock) -> None:
        self.store = store
        self.hub = Hub()
        self._clock = clock
        self._sink: EventSink | None = None

    # what the core asks, as bot.ports.Chat promises

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        message_id = await self.store.add_message(channel.id, key, post, self._clock())
        self.hub.publish(Change(channel.id, message_id, posted=True))
        return self._ref(channel.id, message_id)

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        message_id = await self.store.find_message(channel.id, key, since)
        return None if message_id is None else self._ref(channel.id, message_id)

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        if await self.store.message(ref.channel_id, ref.message_id) is None:
            raise MessageGone(PLATFORM, f"there is no message {ref.message_id!r} in the channel {ref.channel_id!r}")
        reactions = await self.store.reactions_on(ref.channel_id, [ref.message_id])
        replies = await self.store.replies_to(ref.channel_id, [ref.message_id])
        return Snapshot(
            ref=ref,
            reactions=tuple((reaction.member, reaction.emoji) for reaction in reactions),
            replies=tuple(self._reply(ref.channel_id, reply) for reply in replies),
        )

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        reply = await self.store.acknowledge_reply(ref.channel_id, ref.message_id, recorded=recorded)
        if reply is None:
            raise ChatError(PLATFORM, f"there is no reply {ref.message_id!r} in the channel {ref.channel_id!r}")
        self.hub.publish(Change(ref.channel_id, reply.parent_id))

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Show another post; what was decided is no part of it, since the page draws that itself."""
        kept = tuple(block for block in post.blocks if block.role is not BlockRole.DECISIONS)
        if await self.store.replace_post(ref.channel_id, ref.message_id, replace(post, blocks=kept)):
            self.hub.publish(Change(ref.channel_id, ref.message_id))

    async def listen(self, sink: EventSink) -> None:
        self._sink = sink

    async def stop_listening(self) -> None:
        self._sink = None

    async def close(self) -> None:
        self._sink = None
        self.hub.close()

    # what people do on the page

    async def rename(self, member: Member) -> None:
        """Store a member's new name."""
        await self.store.put_member(member, self._clock())

    async def react(self, channel_id: str, message_id: str, member: Member, emoji: str, *, put: bool) -> ActionResult:
        """Add an emoji to a message, or remove it. Done twice it is reported twice, under the same event id."""
        await self._must_exist(channel_id, message_id)
        change = self.store.put_reaction if put else self.store.take_reaction
        reaction = await change(channel_id, message_id, member, emoji, self._clock())
        if reaction is None:
            return ActionResult(message_id, message_id, recorded=True)
        self.hub.publish(Change(channel_id, message_id))
        return ActionResult(message_id, message_id, await self._tell(self._reaction_event(channel_id, reaction)))

    async def reply(self, channel_id: str, parent_id: str, member: Member, *, text: str, token: str) -> ActionResult:
        """Reply in a thread. The same text with the same `token` is one reply, however often the form is sent."""
        await self._must_exist(channel_id, parent_id)
        text = checked_reply(text)
        message_id = derived_id("reply", channel_id, parent_id, member.id, token, text)
        reply = await self.store.add_reply(channel_id, message_id, parent_id, member, text=text, at=self._clock())
        self.hub.publish(Change(channel_id, parent_id))
        event = ReplyPosted(
            event_id=f"{PLATFORM}/{channel_id}/{message_id}/posted",
            parent=self._ref(channel_id, parent_id),
            ref=self._ref(channel_id, message_id),
            member=member,
            text=reply.text,
            at=reply.at,
        )
        return ActionResult(parent_id, message_id, await self._tell(event))

    async def edit(self, channel_id: str, message_id: str, member: Member, text: str) -> ActionResult:
        """Change one's own reply. Its 📝 goes until the new text is recorded."""
        before = await self._own_reply(channel_id, message_id, member)
        text = checked_reply(text)
        at = max(self._clock(), before.edited_at or before.at)
        after = await self.store.edit_reply(channel_id, message_id, text, at)
        if after is None or after.deleted_at is not None:
            raise ActionRefused("This reply is gone.", 404)
        self.hub.publish(Change(channel_id, before.parent_id))
        event = ReplyEdited(
            event_id=f"{PLATFORM}/{channel_id}/{message_id}/edited/{after.revision}",
            parent=self._ref(channel_id, before.parent_id),
            ref=self._ref(channel_id, message_id),
            member=member,
            text=text,
            at=at,
        )
        return ActionResult(before.parent_id, message_id, await self._tell(event))

    async def delete(self, channel_id: str, message_id: str, member: Member) -> ActionResult:
        """Delete one's own reply, text and all."""
        before = await self._own_reply(channel_id, message_id, member)
        at = max(self._clock(), before.edited_at or before.at)
        await self.store.delete_reply(channel_id, message_id, at)
        self.hub.publish(Change(channel_id, before.parent_id))
        event_id = f"{PLATFORM}/{channel_id}/{message_id}/deleted"
        ref = self._ref(channel_id, message_id)
        return ActionResult(
            before.parent_id, message_id, await self._tell(ReplyDeleted(event_id=event_id, ref=ref, at=at))
        )

    async def _tell(self, event: ChatEvent) -> bool:
        if self._sink is None:
            return False
        try:
            await self._sink(event)
        except Exception:  # noqa: BLE001 - the edge: whatever fails behind the sink must not fail the page
            _log.exception("An act was kept on the board but not recorded.", extra={"action": "web_act_not_recorded"})
            return False
        return True

    async def _must_exist(self, channel_id: str, message_id: str) -> None:
        if await self.store.message(channel_id, message_id) is None:
            raise ActionRefused("There is no such message here any more.", 404)

    async def _own_reply(self, channel_id: str, message_id: str, member: Member) -> BoardReply:
        reply = await self.store.reply(channel_id, message_id)
        if reply is None or reply.deleted_at is not None:
            raise ActionRefused("This reply is gone.", 404)
        if reply.member.id != member.id:
            raise ActionRefused("Only its author can change a reply.", 403)
        return reply

    def _ref(self, channel_id: str, message_id: str) -> MessageRef:
        return MessageRef(platform=PLATFORM, channel_id=channel_id, message_id=message_id)

    def _reply(self, channel_id: str, reply: BoardReply) -> Reply:
        return Reply(
            ref=self._ref(channel_id, reply.message_id),
            member=reply.member,
            text=reply.text,
            at=reply.at,
            edited_at=reply.edited_at,
        )

    def _reaction_event(self, channel_id: str, reaction: BoardReaction) -> ReactionAdded | ReactionRemoved:
        kind = ReactionAdded if reaction.present else ReactionRemoved
        ref = self._ref(channel_id, reaction.message_id)
        parts = (PLATFORM, channel_id, reaction.message_id, reaction.member.id, reaction.emoji, str(reaction.turn))
        return kind(event_id="/".join(parts), ref=ref, member=reaction.member, emoji=reaction.emoji, at=reaction.at)
