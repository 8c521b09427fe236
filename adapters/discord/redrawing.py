"""Messages drawn anew, each at most once in a few seconds; of what is asked for meanwhile, the last is drawn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import ChatError
from bot.model import MessageRef, Post

logger = logging.getLogger(__name__)


class RedrawQueue:
    """Draws at once what was not drawn lately, and holds back the rest for its turn."""

    def __init__(self, draw: Callable[[MessageRef, Post], Awaitable[None]], interval: float) -> None:
        self._draw = draw
        self._interval = interval
        self._waiting: dict[MessageRef, Post] = {}
        self._turns: dict[MessageRef, asyncio.Task[None]] = {}

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Draw now, or leave it for the next turn. Raises `ChatError` where drawing now fails."""
        if ref in self._turns:
            self._waiting[ref] = post
            return
        turn = asyncio.create_task(self._take_turns(ref), name=f"redraw {ref.message_id}")
        self._turns[ref] = turn
        turn.add_done_callback(lambda _: self._turns.pop(ref, None))
        await self._draw(ref, post)

    async def close(self) -> None:
        """Draw at once what waits."""
        turns = list(self._turns.values())
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
        waiting, self._waiting = self._waiting, {}
        for ref, post in waiting.items():
            await self._drawn(ref, post)

    async def _take_turns(self, ref: MessageRef) -> None:
        while True:
            await asyncio.sleep(self._interval)
            if ref not in self._waiting:
                return
            await self._drawn(ref, self._waiting.pop(ref))

    async def _drawn(self, ref: MessageRef, post: Post) -> None:
        try:
            await self._draw(ref, post)
        except ChatError as error:
            # The next decision draws it again, and the decision itself is safe.
            logger.warning("A message could not be drawn anew: %s", error, extra={"action": "redraw_failed"})
