"""
Deliver: freeze a digest, then send its messages one by one.

The order is what makes it safe to die anywhere: the content and a `Posting` for each message are committed first; each message is
marked `sending` before it is sent and `posted` after; one found in `sending` is looked for on the platform before it
is sent again (platform_facts C5, A6, B2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.errors import ChatUnsettled
from bot.model import Channel, Digest, Post, Posting, PostingState
from bot.ports import Chat, Clock, UnitOfWorkFactory
from bot.rendering import posting_key, render

logger = logging.getLogger(__name__)

CLOCK_SKEW: Final = timedelta(seconds=60)
"""How far the platform's clock may be behind ours when we look for a message of ours."""

Progress = Callable[[int, int], None]
"""Called after each message with how many are sent and how many there are."""


async def freeze(digest: Digest, channel: Channel, unit_of_work: UnitOfWorkFactory) -> bool:
    """
    Freeze a digest, plan its messages and note the channel's first service (a sample is none), in one transaction.

    False, and nothing is changed, if the channel already has a digest for that week.
    """
    planned = [_planned(digest, post) for post in render(digest, channel)]
    async with unit_of_work() as uow:
        fresh = await uow.digests.add(digest)
        if fresh:
            await uow.postings.plan(planned)
            if not digest.sample:
                await uow.channels.start(channel.name, digest.compiled_at)
            await uow.commit()
    return fresh


def _planned(digest: Digest, post: Post) -> Posting:
    key = posting_key(digest.channel, digest.week, post.part)
    return Posting(channel=digest.channel, week=digest.week, part=post.part, key=key, item_key=post.item_key)


async def deliver(
    channel: Channel,
    week: str,
    chat: Chat,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    progress: Progress | None = None,
) -> int:
    """
    Send what is not sent yet of a frozen digest; give how many messages were sent now.

    Messages go in order, and a later one never before an earlier one. Raises `ChatError` where the platform does; calling
    again goes on where it stopped. A digest that is all sent, or that does not exist, sends nothing.
    """
    async with unit_of_work() as uow:
        digest = await uow.digests.get(channel.name, week)
        postings = await uow.postings.of(channel.name, week)
    if digest is None:
        return 0
    posts = {post.part: post for post in render(digest, channel)}
    sent = 0
    for posting in postings:
        if posting.state is not PostingState.POSTED:
            await _send(posting, posts[posting.part], channel, chat, unit_of_work, clock)
            sent += 1
        if progress:
            progress(posting.part + 1, len(postings))
    return sent


async def _send(
    posting: Posting, post: Post, channel: Channel, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> None:
    if posting.state is PostingState.SENDING and posting.attempted_at:
        found = await chat.find(channel, posting.key, posting.attempted_at - CLOCK_SKEW)
        if found:
            await _save(replace(posting, state=PostingState.POSTED, ref=found, last_error=None), unit_of_work)
            return
    started = posting.attempted_at if posting.state is PostingState.SENDING else None
    sending = replace(posting, state=PostingState.SENDING, attempt=posting.attempt + 1, attempted_at=started or clock())
    await _save(sending, unit_of_work)
    try:
        ref = await chat.post(channel, post, posting.key)
    except ChatUnsettled as error:
        await _save(replace(sending, last_error=error.reason), unit_of_work)
        raise
    await _save(replace(sending, state=PostingState.POSTED, ref=ref, last_error=None), unit_of_work)
    logger.info(
        "Posted part %s of %s %s",
        posting.part,
        posting.channel,
        posting.week,
        extra={"action": "part_posted", "key": posting.key},
    )


async def _save(posting: Posting, unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await uow.postings.save(posting)
        await uow.commit()
