"""
Which messages of a channel answer which card by reference. Discord has no list of them: the channel is read, once.

What answers what never changes, so what was read stays good, and the next question reads on from there. Whether an answer
still exists and what it says now is asked of Discord each time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from adapters.discord.failures import UNKNOWN_MESSAGE, code_of
from adapters.discord.replies import answered
from adapters.discord.rest import Rest
from bot.errors import ChatError


@dataclass
class _Read:
    """What was read of one channel: from which message to which, and who answers whom there."""

    first: int
    last: str
    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class References:
    """Finds the answers to a message in its own channel."""

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
