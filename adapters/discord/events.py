"""
Translation of gateway payloads to `bot.events`: a table from the payload's name to its handler. Unknown names are ignored.

Only raw payloads (docs/platform-facts.md#b5): discord.py's cached events come for messages that this process has seen, and a
digest is a week old. What we and other programs did is dropped here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from adapters.discord.embeds import key_in
from adapters.discord.emojis import Emojis
from adapters.discord.errors import PLATFORM
from adapters.discord.places import Places
from adapters.discord.replies import People, answered, counts, is_bot, is_hidden, ref_of, reply_of
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import MessageRef, Reaction

Payload = Mapping[str, Any]
Known = Callable[[MessageRef], Awaitable[Collection[Reaction]]]
"""Reads the reactions that are recorded on a message: a bulk clear does not say whose they were."""


@dataclass(frozen=True, slots=True)
class GatewayPayload:
    """
    One payload of the gateway: its name, its data, and when it was received.

    `mark` is the same when the gateway sends it again (session and sequence); reactions have no id of their own.
    """

    name: str
    data: Payload
    at: datetime
    mark: str


class Translator:
    """Translates payloads to events. `me` is our own user id; `hidden` is called where Discord blanks the text of a reply."""

    def __init__(
        self,
        places: Places,
        people: People,
        emojis: Emojis,
        *,
        me: Callable[[], Awaitable[str]],
        known: Known | None = None,
        hidden: Callable[[], None] | None = None,
    ) -> None:
        self._places = places
        self._people = people
        self._emojis = emojis
        self._me = me
        self._known = known
        self._hidden = hidden

    async def events_of(self, payload: GatewayPayload) -> list[ChatEvent]:
        """Events in a payload; none for what does not concern us. Raises `ChatError` where Discord had to be asked."""
        translate = TABLE.get(payload.name)
        return await translate(self, payload) if translate and payload.data.get("guild_id") else []

    def asks(self, payload: GatewayPayload) -> bool:
        """Whether Discord may have to be asked to translate a payload: in what place it is, or who somebody is."""
        data = payload.data
        if payload.name not in TABLE or not data.get("guild_id"):
            return False
        unseen = payload.name == "MESSAGE_REACTION_REMOVE" and not self._people.knows(str(data.get("user_id")))
        return unseen or not self._places.knows(str(data.get("channel_id")), str(data["guild_id"]))

    # reactions

    async def reaction_added(self, payload: GatewayPayload) -> list[ChatEvent]:
        data = payload.data
        if data.get("message_author_id") not in {None, await self._me()}:
            return []
        ref = await self._card(data)
        user = (data.get("member") or {}).get("user") or {}
        if ref is None or str(data["user_id"]) == await self._me() or is_bot(user):
            return []
        member = self._people.member(user) if user else await self._people.named(str(data["user_id"]))
        emoji = self._emojis.named(data["emoji"])
        event_id = _reaction_id(ref, member.id, emoji, "added", payload)
        return [ReactionAdded(event_id=event_id, ref=ref, member=member, emoji=emoji, at=payload.at)]

    async def reaction_removed(self, payload: GatewayPayload) -> list[ChatEvent]:
        data = payload.data
        ref = await self._card(data)
        if ref is None or str(data["user_id"]) == await self._me():
            return []
        member = await self._people.named(str(data["user_id"]))
        emoji = self._emojis.named(data["emoji"])
        event_id = _reaction_id(ref, member.id, emoji, "removed", payload)
        return [ReactionRemoved(event_id=event_id, ref=ref, member=member, emoji=emoji, at=payload.at)]

    async def reactions_cleared(self, payload: GatewayPayload) -> list[ChatEvent]:
        """A message was cleared of all reactions, or of one emoji: each recorded one is removed."""
        data = payload.data
        ref = await self._card(data)
        if ref is None or self._known is None:
            return []
        emoji = self._emojis.named(data["emoji"]) if data.get("emoji") else None
        return [
            ReactionRemoved(
                event_id=_reaction_id(ref, one.member.id, one.emoji, "removed", payload),
                ref=ref,
                member=one.member,
                emoji=one.emoji,
                at=payload.at,
            )
            for one in await self._known(ref)
            if one.present and emoji in {None, one.emoji}
        ]

    # replies

    async def message_posted(self, payload: GatewayPayload) -> list[ChatEvent]:
        data = payload.data
        parent = await self._parent(data)
        if parent is None or self._kept_from_us(data):
            return []
        reply = reply_of(data, self._people)
        event_id = f"{PLATFORM}/{reply.ref.channel_id}/{reply.ref.message_id}/posted"
        return [
            ReplyPosted(
                event_id=event_id,
                parent=parent,
                ref=reply.ref,
                member=reply.member,
                text=reply.text,
                at=reply.at,
                rank=reply.rank,
            )
        ]

    async def message_edited(self, payload: GatewayPayload) -> list[ChatEvent]:
        """Discord sends this, too, when it has rendered a link's preview: only an edit timestamp makes it an edit."""
        data = payload.data
        if not data.get("edited_timestamp") or "author" not in data:
            return []
        parent = await self._parent(data)
        if parent is None or self._kept_from_us(data):
            return []
        reply = reply_of(data, self._people)
        at = reply.edited_at or payload.at
        event_id = f"{PLATFORM}/{reply.ref.channel_id}/{reply.ref.message_id}/edited/{at.isoformat()}"
        return [
            ReplyEdited(
                event_id=event_id,
                parent=parent,
                ref=reply.ref,
                member=reply.member,
                text=reply.text,
                at=at,
                rank=reply.rank,
            )
        ]

    async def message_deleted(self, payload: GatewayPayload) -> list[ChatEvent]:
        return await self._deleted(payload, [str(payload.data["id"])])

    async def messages_deleted(self, payload: GatewayPayload) -> list[ChatEvent]:
        return await self._deleted(payload, [str(one) for one in payload.data["ids"]])

    async def _deleted(self, payload: GatewayPayload, ids: list[str]) -> list[ChatEvent]:
        channel_id = str(payload.data["channel_id"])
        if await self._places.home(channel_id, str(payload.data["guild_id"])) is None:
            return []
        refs = [ref_of({"channel_id": channel_id, "id": one}) for one in ids]
        return [
            ReplyDeleted(event_id=f"{PLATFORM}/{ref.channel_id}/{ref.message_id}/deleted", ref=ref, at=payload.at)
            for ref in refs
        ]

    async def _card(self, data: Payload) -> MessageRef | None:
        """The pick's message to which somebody reacted."""
        return await self._places.card(str(data["channel_id"]), str(data["message_id"]), str(data["guild_id"]))

    async def _parent(self, data: Payload) -> MessageRef | None:
        """The pick's message that a message answers, in its thread or by reference; None where it answers none."""
        channel_id = str(data["channel_id"])
        if not counts(data, await self._me()):
            return None
        home = await self._places.home(channel_id, str(data["guild_id"]))
        if home is None:
            return None
        asked, original = answered(data), data.get("referenced_message") or {}
        if home != channel_id:
            # In a forum's week the picks are messages of one thread: who answers one of those speaks of that pick.
            if asked not in {None, channel_id} and key_in(original) and original["author"]["id"] == await self._me():
                return MessageRef(platform=PLATFORM, channel_id=channel_id, message_id=str(asked))
            return MessageRef(platform=PLATFORM, channel_id=home, message_id=channel_id)
        if asked is None or (original.get("author") or {}).get("id") not in {None, await self._me()}:
            return None
        return MessageRef(platform=PLATFORM, channel_id=home, message_id=asked)

    def _kept_from_us(self, data: Payload) -> bool:
        if not is_hidden(data):
            return False
        if self._hidden:
            self._hidden()
        return True


def _reaction_id(ref: MessageRef, member_id: str, emoji: str, what: str, payload: GatewayPayload) -> str:
    return f"{PLATFORM}/{ref.channel_id}/{ref.message_id}/{member_id}/{emoji}/{what}/{payload.mark}"


TABLE: Final[Mapping[str, Callable[[Translator, GatewayPayload], Awaitable[list[ChatEvent]]]]] = {
    "MESSAGE_REACTION_ADD": Translator.reaction_added,
    "MESSAGE_REACTION_REMOVE": Translator.reaction_removed,
    "MESSAGE_REACTION_REMOVE_ALL": Translator.reactions_cleared,
    "MESSAGE_REACTION_REMOVE_EMOJI": Translator.reactions_cleared,
    "MESSAGE_CREATE": Translator.message_posted,
    "MESSAGE_UPDATE": Translator.message_edited,
    "MESSAGE_DELETE": Translator.message_deleted,
    "MESSAGE_DELETE_BULK": Translator.messages_deleted,
}
