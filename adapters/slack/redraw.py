"""Messages drawn anew, each at most once in a few seconds; of what is asked for in between, the last state is drawn (A4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from adapters.slack.pacing import Timer
from bot.errors import ChatError
from bot.model import MessageRef, Post

Draw = Callable[[MessageRef, Post], Awaitable[None]]

logger = logging.getLogger(__name__)


class Redrawer:
    """Draws at once where it may, and later where it must. What cannot be drawn later is logged: the next act draws it again."""

    def __init__(self, draw: Draw, interval: float, timer: Timer) -> None:
        self._draw = draw
        self._interval = interval
        self._timer = timer
        self._waiting: dict[MessageRef, Post | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Draw now, or take the place of what waits. Raises `ChatError` where drawing at once fails."""
        if ref in self._waiting:
            self._waiting[ref] = post
            return
        self._waiting[ref] = None
        try:
            await self._draw(ref, post)
        finally:
            task = asyncio.create_task(self._afterwards(ref), name=f"redraw {ref.message_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Draw what waits, without further pauses, and stop."""
        tasks, waiting = list(self._tasks), dict(self._waiting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._waiting.clear()
        for ref, post in waiting.items():
            if post is not None:
                await self._draw_later(ref, post)

    async def _afterwards(self, ref: MessageRef) -> None:
        while True:
            await self._timer.sleep(self._interval)
            post = self._waiting.get(ref)
            if post is None:
                self._waiting.pop(ref, None)
                return
            self._waiting[ref] = None
            await self._draw_later(ref, post)

    async def _draw_later(self, ref: MessageRef, post: Post) -> None:
        try:
            await self._draw(ref, post)
        except ChatError as error:
            logger.warning("Could not draw a message anew: %s", error, extra={"action": "redraw_failed"})
