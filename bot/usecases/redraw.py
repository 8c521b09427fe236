"""Redraw: a pick's message shows what its readers decided, on platforms where a message can be edited."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from bot.card import Words
from bot.errors import ChatError
from bot.model import Channel, Digest, MessageRef, Post, Posting, Press, Reaction
from bot.ports import Redraws, UnitOfWorkFactory
from bot.rendering import all_parts, with_decisions, with_withdrawal
from bot.triage import decisions
from bot.usecases.cards import ShownIn, earlier_words, own_words
from bot.usecases.withdrawals import withdrawn_of

logger = logging.getLogger(__name__)

MANY: Final = 500
"""From how many reactions on a card is drawn beside the event loop, not on it: a hop to a thread costs more than fewer of them."""


class Redrawer:
    """Redraws a message after something was decided on it. One for the process; `platforms` are those that can."""

    def __init__(
        self,
        platforms: Mapping[str, Redraws],
        channels: Callable[[], Awaitable[Sequence[Channel]]],
        unit_of_work: UnitOfWorkFactory,
        shown_in: ShownIn = own_words,
    ) -> None:
        self._shown_in = shown_in
        self._platforms = platforms
        self._channels = channels
        self._unit_of_work = unit_of_work

    async def changed(self, ref: MessageRef) -> None:
        """Draw the message at `ref` as it stands now. A platform that fails is logged: the next act draws it again."""
        platform = self._platforms.get(ref.platform)
        post = await self._post(ref) if platform else None
        if platform is None or post is None:
            return
        try:
            await platform.redraw(ref, post)
        except ChatError as error:
            logger.warning("Could not redraw a message: %s", error, extra={"action": "redraw_failed"})

    async def _post(self, ref: MessageRef) -> Post | None:
        channels = await self._channels()
        async with self._unit_of_work() as uow:
            posting = await uow.postings.at(ref)
            digest = await uow.digests.get(posting.channel, posting.week) if posting and _is_drawn(posting) else None
            found = [c for c in channels if posting and c.name == posting.channel]
            key = posting.item_key if posting and posting.item_key else ""
            reactions = await uow.reactions.of_item(posting.channel, key) if posting and key else []
            presses = await uow.presses.of_item(posting.channel, key) if posting and key else []
            gone = bool(posting and posting.item_key and await withdrawn_of({posting.item_key}, uow))
        if posting is None or digest is None or not found or not (posting.item_key or digest.recap.told):
            return None
        words = await self._words(found[0], digest)
        if len(reactions) + len(presses) < MANY:
            return _drawn(digest, found[0], posting, (reactions, presses), words, gone=gone)
        # Reading ten thousand reactions takes a tenth of a second: in a thread, so that whoever reacts meanwhile is heard.
        return await asyncio.to_thread(_drawn, digest, found[0], posting, (reactions, presses), words, gone=gone)

    async def _words(self, channel: Channel, digest: Digest) -> Words:
        readable = await self._shown_in(channel)  # may ask a platform: not inside a transaction
        async with self._unit_of_work() as uow:
            return await earlier_words(digest, readable, uow)


def _is_drawn(posting: Posting) -> bool:
    """Whether a message can change after it was sent: a card shows decisions and words, a head quotes words."""
    return posting.item_key is not None or posting.part == 0


def _drawn(
    digest: Digest,
    channel: Channel,
    posting: Posting,
    acts: tuple[Sequence[Reaction], Sequence[Press]],
    words: Words,
    *,
    gone: bool,
) -> Post:
    post = all_parts(digest, channel, words)[posting.part]
    post = with_withdrawal(post) if gone else post
    if not posting.item_key:
        return post
    reactions, presses = acts
    of_item = [(posting.item_key, reaction) for reaction in reactions]
    return with_decisions(post, decisions(channel.name, channel.meanings, of_item, presses), channel)


class RedrawQueue:
    """
    Coalesces redraws of one message: at most one in `interval` seconds, and of what is asked for in between the last state alone.

    Draws at once where it may and later where it must (platforms limit how often a message may be edited). What cannot be drawn
    later is logged: the next act on the message draws it again.
    """

    def __init__(
        self,
        draw: Callable[[MessageRef, Post], Awaitable[None]],
        interval: float,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._draw = draw
        self._interval = interval
        self._sleep = sleep
        self._waiting: dict[MessageRef, Post | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        """Draw now, or replace what waits. Raises `ChatError` where drawing at once fails."""
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

    async def close(self) -> None:
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
            await self._sleep(self._interval)
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
            logger.warning("Could not redraw a message: %s", error, extra={"action": "redraw_failed"})
