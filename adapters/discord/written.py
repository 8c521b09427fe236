"""
Summaries written in a form: the way for members whose words in a thread are kept from us, and for those who like forms.

We post the words into the pick's thread under the member's name. There they are a reply like any other: seen by everybody,
found by reconcile, edited by their author with the button under them, gone when the message is deleted.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.discord.embeds import is_pick, key_in, name_in
from adapters.discord.failures import PLATFORM, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, code_of
from adapters.discord.places import Places
from adapters.discord.replies import FORM_LIMIT, written_message
from adapters.discord.rest import Rest
from adapters.discord.threads import Threads
from bot.errors import ChatError
from bot.model import Member, MessageRef

FIELD: Final = "summary"
LIMIT: Final = FORM_LIMIT


class Writing:
    """Posts and edits what members write in our form."""

    def __init__(self, rest: Rest, places: Places) -> None:
        self._rest = rest
        self._places = places
        self._threads = Threads(rest)

    async def card(self, channel_id: str, message_id: str) -> MessageRef | None:
        """Give the pick's card that a message in a channel, or the start of a thread, is; None where it is none of ours."""
        home = await self._places.home(channel_id)
        if home is None:
            return None
        ref = MessageRef(platform=PLATFORM, channel_id=home, message_id=message_id)
        try:
            message = await self._message(ref)
        except ChatError as error:
            if code_of(error) in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                return None
            raise
        ours = message["author"]["id"] == await self._rest.me()
        return ref if ours and key_in(message) and is_pick(message) else None

    async def write(self, card: MessageRef, member: Member, text: str) -> None:
        """Post a member's summary into the thread of a pick. Raises `ChatError`."""
        try:
            await self._post(card.message_id, member, text)
        except ChatError as error:
            if code_of(error) != UNKNOWN_CHANNEL:
                raise
            name = name_in(await self._message(card))
            await self._threads.open(card.channel_id, card.message_id, name)
            await self._post(card.message_id, member, text)

    async def rewrite(self, channel_id: str, message_id: str, member: Member, text: str) -> None:
        """Replace a summary that we posted for a member. Raises `ChatError`."""
        path = "/channels/{channel_id}/messages/{message_id}"
        body = {part: value for part, value in written_message(member, text).items() if part != "flags"}
        await self._rest.ask("PATCH", path, json=body, channel_id=channel_id, message_id=message_id)

    async def _post(self, thread_id: str, member: Member, text: str) -> None:
        body = written_message(member, text)
        await self._rest.ask("POST", "/channels/{channel_id}/messages", json=body, sends=True, channel_id=thread_id)

    async def _message(self, card: MessageRef) -> Any:
        where = await self._places.standing(card)
        path = "/channels/{channel_id}/messages/{message_id}"
        return await self._rest.ask("GET", path, channel_id=where, message_id=card.message_id)
