"""Redraw: a pick's message shows what its readers decided, on platforms where a message can be edited."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.card import Words
from bot.errors import ChatError, StorageError
from bot.model import (
    Channel,
    Decision,
    Digest,
    Layout,
    MessageRef,
    Post,
    Posting,
    PostingState,
    Press,
    Reaction,
)
from bot.ports import Acts, Redraws, UnitOfWork, UnitOfWorkFactory
from bot.redrawing import with_decisions, with_line_decisions, with_withdrawal
from bot.rendering import DigestParts, items_of_list
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
        """
        Draw the message at `ref` as it stands now, and the other messages of its digest that show the same work.

        A platform that fails is logged: the next act draws it again.
        """
        platform = self._platforms.get(ref.platform)
        if platform is None:
            return
        for drawn, post in await self._posts(ref):
            try:
                await platform.redraw(drawn, post)
            except ChatError as error:
                logger.warning("Could not redraw a message: %s", error, extra={"action": "redraw_failed"})

    async def _posts(self, ref: MessageRef) -> list[tuple[MessageRef, Post]]:
        channels = await self._channels()
        async with self._unit_of_work() as uow:
            posting = await uow.postings.at(ref)
            digest = await uow.digests.get(posting.channel, posting.week) if posting else None
            channel = next((c for c in channels if posting and c.name == posting.channel), None)
            if posting is None or digest is None or channel is None:
                return []
            shown = [posting]
            if digest.layout is Layout.COMPACT and posting.part:
                shown += showing_too(posting, digest, await uow.postings.of(posting.channel, posting.week))
            acts = await _acts(shown, digest, uow)
        words = await self._words(channel, digest)
        return [
            (one.ref, post)
            for one, what in zip(shown, acts, strict=True)
            if one.ref and (post := await _drawn(digest, channel, one, what, words))
        ]

    async def _words(self, channel: Channel, digest: Digest) -> Words:
        readable = await self._shown_in(channel)  # may ask a platform: not inside a transaction
        async with self._unit_of_work() as uow:
            return await earlier_words(digest, readable, uow)


def one_by_one(draw: Callable[[MessageRef], Awaitable[None]]) -> Callable[[Sequence[MessageRef]], Awaitable[None]]:
    """
    Give what draws several messages, one after the other. One that cannot be drawn keeps no other from it: a fault is logged, and a
    `StorageError` raised once all the others are drawn.
    """

    async def draw_all(refs: Sequence[MessageRef]) -> None:
        failed: StorageError | None = None
        for ref in refs:
            try:
                await draw(ref)
            except StorageError as error:
                failed = error
            except Exception:
                # What was recorded stands; the next act on the message shows it.
                logger.exception("Could not show what was decided", extra={"action": "redraw_failed"})
        if failed is not None:
            raise failed

    return draw_all


@dataclass(frozen=True, slots=True)
class _Acts:
    """What was done about the works of a message, and whether its paper was withdrawn since."""

    reactions: Sequence[tuple[str, Reaction]] = ()
    presses: Sequence[Press] = ()
    gone: bool = False


async def _acts(postings: Sequence[Posting], digest: Digest, uow: UnitOfWork) -> list[_Acts]:
    """Give what was done about the works of each of these messages, under the keys that the digest has: a work may bear another one since."""
    works = [{one.item_key} if one.item_key else set(items_of_list(digest, one.part)) for one in postings]
    keys = set[str]().union(*works)
    canonical = await uow.items.canonical(keys) if keys else {}
    found = await uow.decided.acts([digest.channel], keys) if keys else Acts()
    gone = await withdrawn_of({one.item_key for one in postings if one.item_key}, uow)
    reacted: defaultdict[str, list[Reaction]] = defaultdict(list)
    for _, work, reaction in found.reactions:
        reacted[work].append(reaction)
    pressed: defaultdict[str, list[Press]] = defaultdict(list)
    for press in found.presses:
        pressed[press.item_key].append(press)
    return [
        _Acts(
            [(key, one) for key in sorted(mine) for one in reacted[canonical[key]]],
            [replace(one, item_key=key) for key in sorted(mine) for one in pressed[canonical[key]]],
            gone=posting.item_key in gone,
        )
        for posting, mine in zip(postings, works, strict=True)
    ]


def showing_too(posting: Posting, digest: Digest, postings: Sequence[Posting]) -> list[Posting]:
    """Give the other messages of a compact digest that show a work of this one: a card beside its line, and the line beside a card."""
    works = {posting.item_key} if posting.item_key else set(items_of_list(digest, posting.part))
    return [
        one
        for one in postings
        if one.part != posting.part
        and one.state is PostingState.POSTED
        and works & ({one.item_key} if one.item_key else set(items_of_list(digest, one.part)))
    ]


async def _drawn(digest: Digest, channel: Channel, posting: Posting, acts: _Acts, words: Words) -> Post | None:
    """Draw a message; None for one that shows neither decisions nor what members said: their words, or why a week was skipped."""
    if (
        not posting.item_key
        and not items_of_list(digest, posting.part)
        and not (posting.part == 0 and (digest.recap.told or digest.skipped))
    ):
        return None
    if len(acts.reactions) + len(acts.presses) < MANY:
        return _draw(digest, channel, posting, acts, words)
    # Reading ten thousand reactions takes a tenth of a second: in a thread, so that whoever reacts meanwhile is heard.
    return await asyncio.to_thread(_draw, digest, channel, posting, acts, words)


def _draw(digest: Digest, channel: Channel, posting: Posting, acts: _Acts, words: Words) -> Post:
    post = DigestParts(digest, channel, words)[posting.part]
    taken = decisions(channel.name, channel.meanings, acts.reactions, acts.presses)
    if posting.item_key:
        return with_decisions(with_withdrawal(post) if acts.gone else post, taken, channel)
    by_key: dict[str, list[Decision]] = defaultdict(list)
    for one in taken:
        by_key[one.item_key].append(one)
    on_lines = {pick.rank: by_key[pick.item.key] for pick in digest.picks if pick.item.key in by_key}
    return with_line_decisions(post, on_lines, channel) if posting.part else post


BURST: Final = 40
BURST_SECONDS: Final = 60.0
"""How many redraws in how many seconds are drawn quickly: Slack allows some 50 edits a minute, Discord more."""


class RedrawQueue:
    """
    Coalesces redraws of one message: at most one in `interval` seconds, and of what is asked for in between the last state alone.

    Draws at once where it may and later where it must (platforms limit how often a message may be edited). What cannot be drawn
    later is logged: the next act on the message draws it again. With `quick`, that is the interval while fewer than `BURST` messages
    were drawn within a minute, so that a tap is seen within a second, and a long evening of taps keeps to the platform's limits.
    """

    def __init__(
        self,
        draw: Callable[[MessageRef, Post], Awaitable[None]],
        interval: float,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        *,
        quick: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quick = interval if quick is None else min(quick, interval)
        self._now = now
        self._drawn: deque[float] = deque(maxlen=BURST)
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
            await self._sleep(self._pause())
            post = self._waiting.get(ref)
            if post is None:
                self._waiting.pop(ref, None)
                return
            self._waiting[ref] = None
            await self._draw_later(ref, post)

    def _pause(self) -> float:
        """Seconds until a message may be drawn again."""
        now = self._now()
        self._drawn.append(now)
        often = len(self._drawn) == BURST and now - self._drawn[0] < BURST_SECONDS
        return self._interval if often else self._quick

    async def _draw_later(self, ref: MessageRef, post: Post) -> None:
        try:
            await self._draw(ref, post)
        except ChatError as error:
            logger.warning("Could not redraw a message: %s", error, extra={"action": "redraw_failed"})
