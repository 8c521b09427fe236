"""Snapshots of a message over REST: who reacted with what, and who answered, in its thread or by reference."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.discord.embeds import key_in
from adapters.discord.emojis import Emojis, wire_name
from adapters.discord.errors import PLATFORM, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, code_of
from adapters.discord.places import Places
from adapters.discord.replies import Message, People, answered, counts, is_bot, is_hidden, reply_of
from adapters.discord.rest import Rest
from bot.errors import ChatError, ChatRefused, MessageGone
from bot.model import Member, MessageRef, Snapshot

_NORMAL: Final = 0
_BURST: Final = 1


class SnapshotReader:
    """Reads snapshots of messages over REST."""

    def __init__(self, rest: Rest, places: Places, people: People, emojis: Emojis) -> None:
        self._rest = rest
        self._places = places
        self._people = people
        self._emojis = emojis
        self._references = References(rest)
        self.failures = 0

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        """Reactions and replies of a message of ours. Raises `ChatError`; failures that may pass are counted in `failures`."""
        try:
            return await self._snapshot(ref)
        except (ChatRefused, MessageGone):
            raise
        except ChatError:
            self.failures += 1
            raise

    async def _snapshot(self, ref: MessageRef) -> Snapshot:
        where = await self._places.channel_holding(ref)
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            message = await self._rest.ask("GET", path, channel_id=where, message_id=ref.message_id)
        except ChatError as error:
            # In a forum each post of ours is a thread of its own, which goes with its first message.
            gone = {UNKNOWN_MESSAGE} if where == ref.channel_id else {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}
            if code_of(error) in gone:
                raise MessageGone(PLATFORM, f"there is no message {ref.message_id}") from error
            raise
        reactions = await self._reactions(where, message)
        me = await self._rest.me()
        answers = [one for one in await self._answers(ref, where) if counts(one, me)]
        return Snapshot(
            ref=ref,
            reactions=tuple(reactions),
            replies=tuple(reply_of(one, self._people) for one in answers),
            hidden=any(is_hidden(one) for one in answers),
        )

    async def _reactions(self, where: str, message: Message) -> dict[tuple[Member, str], None]:
        """Who reacted with what. Users are asked for only where somebody but us reacted."""
        found: dict[tuple[Member, str], None] = {}
        for reaction in message.get("reactions") or ():
            count = reaction.get("count_details") or {"normal": reaction.get("count", 1)}
            ours = {_NORMAL: bool(reaction.get("me")), _BURST: bool(reaction.get("me_burst"))}
            for kind, number in ((_NORMAL, count.get("normal", 0)), (_BURST, count.get("burst", 0))):
                if number <= ours[kind]:
                    continue
                for member in await self._reacted(where, message["id"], reaction["emoji"], kind):
                    found[member, self._emojis.named(reaction["emoji"])] = None
        return found

    async def _reacted(self, where: str, message_id: str, emoji: Message, kind: int) -> list[Member]:
        users = self._rest.pages(
            "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}",
            params={"type": kind},
            channel_id=where,
            message_id=message_id,
            emoji=wire_name(emoji),
        )
        return [self._people.member(user) async for user in users if not is_bot(user)]

    async def _answers(self, ref: MessageRef, where: str) -> list[Any]:
        """Messages of the thread, archived or not, and those in the channel that refer to the pick's message."""
        in_thread = await self._thread(ref.message_id)
        if where != ref.channel_id:
            # A forum's post may hold the week's picks: who answers one of those speaks of that pick.
            cards = {str(one["id"]) for one in in_thread if key_in(one)} - {ref.message_id}
            return [one for one in in_thread if answered(one) not in cards]
        return [*in_thread, *await self._references.to(ref.channel_id, ref.message_id)]

    async def _thread(self, thread_id: str) -> list[Any]:
        try:
            return [one async for one in self._rest.pages("/channels/{channel_id}/messages", channel_id=thread_id)]
        except ChatError as error:
            if code_of(error) == UNKNOWN_CHANNEL:
                return []  # no thread, or one that was deleted with all that was in it
            raise


@dataclass
class _Read:
    """Cached part of one channel's history: from which message to which, and who answers whom there."""

    first: int
    last: str
    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class References:
    """Finds the answers to a message in its own channel, and caches the history it read for that."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._read: dict[str, _Read] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def to(self, channel_id: str, message_id: str) -> list[Any]:
        """Give the messages that answer this one, as they are now, oldest first. Raises `ChatError`."""
        async with self._locks[channel_id]:
            read = self._read.get(channel_id)
            if read is None or int(message_id) < read.first:
                read = self._read[channel_id] = _Read(int(message_id), message_id)
            path = "/channels/{channel_id}/messages"
            async for message in self._rest.pages(path, after=read.last, channel_id=channel_id):
                asked = answered(message)
                if asked:
                    read.answers[asked].append(message["id"])
                read.last = message["id"]
        found = [await self._now(channel_id, one) for one in read.answers.get(message_id, ())]
        return [message for message in found if message is not None]

    async def _now(self, channel_id: str, message_id: str) -> Any | None:
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            return await self._rest.ask("GET", path, channel_id=channel_id, message_id=message_id)
        except ChatError as error:
            if code_of(error) == UNKNOWN_MESSAGE:
                return None
            raise
