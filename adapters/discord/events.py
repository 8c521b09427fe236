"""
What the gateway says, as our events: a table from the payload's name to what it means. Unknown payloads mean nothing to us.

Only payloads as they come (docs/platform-facts.md#b5): discord.py's cached events fire for messages it has seen in this process, and a digest is
a week old. Our own acts and those of programs are dropped here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from adapters.discord.emojis import Emojis
from adapters.discord.errors import PLATFORM
from adapters.discord.places import Places
from adapters.discord.replies import People, answered, counts, is_bot, is_hidden, ref_of, reply_of
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import MessageRef, Reaction

Payload = Mapping[str, Any]
Known = Callable[[MessageRef], Awaitable[Collection[Reaction]]]
"""Gives the reactions that are recorded on a message: a bulk clear does not say whose they were."""


@dataclass(frozen=True, slots=True)
class Heard:
    """
    One payload of the gateway: its name, its data, and when we got it.

    `mark` is the same when the gateway sends it again (session and sequence); reactions carry nothing else to know them by.
    """

    name: str
    data: Payload
    at: datetime
    mark: str


class Translator:
    """Turns payloads into events. `me` gives our own user id, `hidden` is called where a reply's words are kept from us."""

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

    async def events_of(self, heard: Heard) -> list[ChatEvent]:
        """Give the events in a payload; none for what does not concern us. Raises `ChatError` where Discord had to be asked."""
        translate = TABLE.get(heard.name)
        return await translate(self, heard) if translate and heard.data.get("guild_id") else []

    # reactions

    async def reaction_added(self, heard: Heard) -> list[ChatEvent]:
        data = heard.data
        ref = await self._places.card(str(data["channel_id"]), str(data["message_id"]))
        user = (data.get("member") or {}).get("user") or {}
        if ref is None or str(data["user_id"]) == await self._me() or is_bot(user):
            return []
        member = self._people.member(user) if user else await self._people.named(str(data["user_id"]))
        emoji = self._emojis.named(data["emoji"])
        event_id = _reaction_id(ref, member.id, emoji, "added", heard)
        return [ReactionAdded(event_id=event_id, ref=ref, member=member, emoji=emoji, at=heard.at)]

    async def reaction_removed(self, heard: Heard) -> list[ChatEvent]:
        data = heard.data
        ref = await self._places.card(str(data["channel_id"]), str(data["message_id"]))
        if ref is None or str(data["user_id"]) == await self._me():
            return []
        member = await self._people.named(str(data["user_id"]))
        emoji = self._emojis.named(data["emoji"])
        event_id = _reaction_id(ref, member.id, emoji, "removed", heard)
        return [ReactionRemoved(event_id=event_id, ref=ref, member=member, emoji=emoji, at=heard.at)]

    async def reactions_cleared(self, heard: Heard) -> list[ChatEvent]:
        """Somebody cleared a message of all reactions, or of one emoji: each that we know of is taken back."""
        data = heard.data
        ref = await self._places.card(str(data["channel_id"]), str(data["message_id"]))
        if ref is None or self._known is None:
            return []
        emoji = self._emojis.named(data["emoji"]) if data.get("emoji") else None
        return [
            ReactionRemoved(
                event_id=_reaction_id(ref, one.member.id, one.emoji, "removed", heard),
                ref=ref,
                member=one.member,
                emoji=one.emoji,
                at=heard.at,
            )
            for one in await self._known(ref)
            if one.present and emoji in {None, one.emoji}
        ]

    # replies

    async def message_posted(self, heard: Heard) -> list[ChatEvent]:
        data = heard.data
        parent = await self._parent(data)
        if parent is None or self._kept_from_us(data):
            return []
        reply = reply_of(data, self._people)
        event_id = f"{PLATFORM}/{reply.ref.channel_id}/{reply.ref.message_id}/posted"
        return [
            ReplyPosted(
                event_id=event_id, parent=parent, ref=reply.ref, member=reply.member, text=reply.text, at=reply.at
            )
        ]

    async def message_edited(self, heard: Heard) -> list[ChatEvent]:
        """Discord says this, too, when it has drawn a link's preview: only an instant of editing makes it an edit."""
        data = heard.data
        if not data.get("edited_timestamp") or "author" not in data:
            return []
        parent = await self._parent(data)
        if parent is None or self._kept_from_us(data):
            return []
        reply = reply_of(data, self._people)
        at = reply.edited_at or heard.at
        event_id = f"{PLATFORM}/{reply.ref.channel_id}/{reply.ref.message_id}/edited/{at.isoformat()}"
        return [
            ReplyEdited(event_id=event_id, parent=parent, ref=reply.ref, member=reply.member, text=reply.text, at=at)
        ]

    async def message_deleted(self, heard: Heard) -> list[ChatEvent]:
        return await self._deleted(heard, [str(heard.data["id"])])

    async def messages_deleted(self, heard: Heard) -> list[ChatEvent]:
        return await self._deleted(heard, [str(one) for one in heard.data["ids"]])

    async def _deleted(self, heard: Heard, ids: list[str]) -> list[ChatEvent]:
        channel_id = str(heard.data["channel_id"])
        if await self._places.home(channel_id) is None:
            return []
        refs = [ref_of({"channel_id": channel_id, "id": one}) for one in ids]
        return [
            ReplyDeleted(event_id=f"{PLATFORM}/{ref.channel_id}/{ref.message_id}/deleted", ref=ref, at=heard.at)
            for ref in refs
        ]

    async def _parent(self, data: Payload) -> MessageRef | None:
        """Give the card that a message answers, in its thread or by reference; None where it answers none."""
        channel_id = str(data["channel_id"])
        home = await self._places.home(channel_id)
        if home is None or not counts(data, await self._me()):
            return None
        if home != channel_id:
            return MessageRef(platform=PLATFORM, channel_id=home, message_id=channel_id)
        asked, original = answered(data), data.get("referenced_message") or {}
        if asked is None or (original.get("author") or {}).get("id") not in {None, await self._me()}:
            return None
        return MessageRef(platform=PLATFORM, channel_id=home, message_id=asked)

    def _kept_from_us(self, data: Payload) -> bool:
        if not is_hidden(data):
            return False
        if self._hidden:
            self._hidden()
        return True


def _reaction_id(ref: MessageRef, member_id: str, emoji: str, what: str, heard: Heard) -> str:
    return f"{PLATFORM}/{ref.channel_id}/{ref.message_id}/{member_id}/{emoji}/{what}/{heard.mark}"


TABLE: Final[Mapping[str, Callable[[Translator, Heard], Awaitable[list[ChatEvent]]]]] = {
    "MESSAGE_REACTION_ADD": Translator.reaction_added,
    "MESSAGE_REACTION_REMOVE": Translator.reaction_removed,
    "MESSAGE_REACTION_REMOVE_ALL": Translator.reactions_cleared,
    "MESSAGE_REACTION_REMOVE_EMOJI": Translator.reactions_cleared,
    "MESSAGE_CREATE": Translator.message_posted,
    "MESSAGE_UPDATE": Translator.message_edited,
    "MESSAGE_DELETE": Translator.message_deleted,
    "MESSAGE_DELETE_BULK": Translator.messages_deleted,
}
