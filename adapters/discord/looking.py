"""What stands on a message now: who reacted with what, and who answered, in its thread or by reference."""

from __future__ import annotations

from typing import Any, Final

from adapters.discord.emojis import Emojis, wire_name
from adapters.discord.failures import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, code_of
from adapters.discord.people import People, is_bot
from adapters.discord.places import Places
from adapters.discord.references import References
from adapters.discord.replies import Message, counts, is_hidden, reply_of
from adapters.discord.rest import Rest
from bot.errors import ChatError, ChatRefused
from bot.model import Member, MessageRef, Snapshot

_NORMAL: Final = 0
_BURST: Final = 1


class Looker:
    """Looks at messages over REST."""

    def __init__(self, rest: Rest, places: Places, people: People, emojis: Emojis) -> None:
        self._rest = rest
        self._places = places
        self._people = people
        self._emojis = emojis
        self._references = References(rest)
        self.failures = 0

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        """Tell what people did on a message of ours. Raises `ChatError`; what may go well another time is counted in `failures`."""
        try:
            return await self._snapshot(ref)
        except ChatRefused:
            raise
        except ChatError as error:
            self.failures += code_of(error) != UNKNOWN_MESSAGE
            raise

    async def _snapshot(self, ref: MessageRef) -> Snapshot:
        where = await self._places.standing(ref)
        path = "/channels/{channel_id}/messages/{message_id}"
        message = await self._rest.ask("GET", path, channel_id=where, message_id=ref.message_id)
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
        """Give who reacted with what. Who is asked only where somebody but us did."""
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
        """Give the messages of the thread, archived or not, and those in the channel that refer to the card."""
        in_thread = await self._thread(ref.message_id)
        if where != ref.channel_id:
            return in_thread
        return [*in_thread, *await self._references.to(ref.channel_id, ref.message_id)]

    async def _thread(self, thread_id: str) -> list[Any]:
        try:
            return [one async for one in self._rest.pages("/channels/{channel_id}/messages", channel_id=thread_id)]
        except ChatError as error:
            if code_of(error) == UNKNOWN_CHANNEL:
                return []  # no thread, or one that was deleted with all that was in it
            raise
