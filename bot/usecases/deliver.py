"""
Deliver: freeze a digest, then send its messages one by one.

The order is what makes it safe to die anywhere: the content and a `Posting` for each message are committed first; each message is
marked `sending` before it is sent and `posted` after; one found in `sending` is looked for on the platform before it
is sent again (docs/platform-facts.md#c5, #a6, #b2). That one was posted and that the next one is being sent is one transaction: nothing
lies between them, and a commit is what a message costs most.

Two that run at once are kept apart by a lease on the digest. Every write renews the lease under which it is done, in the same
transaction, so that one who slept past his lease changes nothing any more. The renewal holds the lease's row until the commit; to merely
read whether it is ours would let somebody else claim it in between.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.card import Words
from bot.errors import ChatBlind, ChatRejected, ChatUnsettled
from bot.model import CARD_PARTS, Channel, Digest, Lease, Post, Posting, PostingState, PostRole
from bot.periods import in_words
from bot.ports import Chat, Clock, NewestFirst, UnitOfWorkFactory
from bot.rendering import DigestParts, parts_of, posting_key, with_left_out
from bot.usecases.answers import command
from bot.usecases.cards import ShownIn, earlier_words, own_words
from bot.usecases.channels import note_topics
from bot.usecases.unreleased import UnreleasedLeases, noted_on_failure

logger = logging.getLogger(__name__)

CLOCK_SKEW: Final = timedelta(seconds=60)
"""How far a platform's clock may be from ours."""

CLOCK_ERROR: Final = timedelta(hours=3)
"""
How far our own clock may have been wrong when we sent something, by a time server's step or by a zone, and been put right since. To look
back so much further costs a page of history or two.
"""

POST_SECONDS: Final = 120
"""How long one message may take, a platform's request to wait included; then it is unknown whether it was posted."""

LEASE: Final = timedelta(seconds=POST_SECONDS + 60)
"""How long a digest is ours after each step: longer than a message may take, so that it is not sent by two."""

SETTLED: Final = frozenset({PostingState.POSTED, PostingState.LEFT_OUT})

Progress = Callable[[int, int], None]
"""Called after each message with how many are sent and how many there are."""


async def always() -> bool:
    """Go on, whatever happens."""
    return True


async def freeze(digest: Digest, channel: Channel, unit_of_work: UnitOfWorkFactory) -> bool:
    """
    Freeze a digest, plan its messages and note the channel's first service and its topics (a sample is none), in one transaction.

    False, and nothing is changed, if the channel already has a digest for that week. A week that had been recorded as skipped (by a clock
    that ran ahead and has been put right since) is not skipped any more.
    """
    planned = [_planned(digest, part, item_key) for part, item_key in parts_of(digest).items()]
    async with unit_of_work() as uow:
        fresh = await uow.digests.add(digest)
        if fresh:
            await uow.postings.plan(planned)
            await uow.digests.unskip(digest.channel, digest.week)
            if not digest.sample:
                await uow.channels.start(channel.name, digest.compiled_at)
                await note_topics(channel, digest.compiled_at, uow)
            await uow.commit()
    return fresh


def _planned(digest: Digest, part: int, item_key: str | None) -> Posting:
    key = posting_key(digest.channel, digest.week, part)
    return Posting(channel=digest.channel, week=digest.week, part=part, key=key, item_key=item_key)


def lease_of(channel: str, week: str) -> str:
    """The name of the lease under which a channel's digest of a week is sent."""
    return f"deliver/{channel}/{week}"


async def deliver(
    channel: Channel,
    week: str,
    chat: Chat,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    owner: str,
    progress: Progress | None = None,
    sent: Callable[[], None] = lambda: None,
    shown_in: ShownIn = own_words,
    doubt: Callable[[str], Awaitable[object]] | None = None,
    unreleased: UnreleasedLeases | None = None,
    may_go_on: Callable[[], Awaitable[bool]] = always,
) -> int:
    """
    Send what is not sent yet of a frozen digest; give how many messages were sent now. `sent` is called for each of them at once.

    `doubt` is called with a sentence for people where messages may or may not stand, and the platform does not let us look: they are not
    sent again.

    Messages go in order, and a later one never before an earlier one; where a platform shows the newest first, from the last one. One that
    the platform takes in no form is left out, and the message that is sent last names it. Raises `ChatError` where the platform does; calling again goes on where it stopped. A digest that is
    all sent, that does not exist, or that somebody else than `owner` is sending, sends nothing; of one whose week was skipped
    only what may have been posted is looked for. Cards show what was written before in the channels that `shown_in` gives. A lease that cannot be
    given back in the end is noted in `unreleased`. Before each message `may_go_on` is asked: where it says no, because somebody paused the channel, the
    rest stays planned, and is sent by a later call.
    """
    async with unit_of_work() as uow:
        postings = await uow.postings.of(channel.name, week)
        skipped = week in {skip.week for skip in await uow.digests.skipped(channel.name)}
        wanted = {PostingState.SENDING} if skipped else set(PostingState) - SETTLED
        # Who asks again for what is all sent does not read the digest itself.
        under_way = any(posting.state in wanted for posting in postings)
        digest = await uow.digests.get(channel.name, week) if under_way else None
    if digest is None:
        return 0
    readable = () if skipped else await shown_in(channel)  # may ask a platform: not inside a transaction
    # What was read above may be old by now; what is read under the lease stays as it is.
    name = lease_of(channel.name, week)
    now = clock()
    until = now + LEASE
    with noted_on_failure(unreleased) as held:
        async with unit_of_work() as uow:
            lease = await uow.leases.claim(name, owner, now, until)
            held.extend([lease] if lease else [])
            postings = await uow.postings.of(channel.name, week)
            words = {} if skipped or lease is None else await earlier_words(digest, readable, uow)
            await uow.commit()
    if lease is None:
        logger.info("%s is being sent by another process", name, extra={"action": "delivery_elsewhere"})
        return 0
    delivery = _Delivery(channel, digest, words, chat, unit_of_work, clock, lease, until, sent, may_go_on)
    try:
        return await (delivery.look(postings) if skipped else delivery.send(postings, progress))
    except _LeaseLost:
        logger.warning("%s was taken over by another process", name, extra={"action": "lease_lost"})
        return delivery.sent
    finally:
        await delivery.end(unreleased)
        if doubt and delivery.doubtful:
            await doubt(delivery.doubt_in_words())


class _LeaseLost(Exception):
    """Somebody else claimed the digest since: nothing more may be done."""


@dataclass(slots=True)
class _Delivery:
    """
    One digest on its way, under a lease.

    `posted` is a message that stands and is not kept as posted yet: that is kept with whatever is kept next. `held_until` is until when the
    lease was renewed last.
    """

    channel: Channel
    digest: Digest
    words: Words
    chat: Chat
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    lease: Lease
    held_until: datetime
    tell_sent: Callable[[], None]
    may_go_on: Callable[[], Awaitable[bool]]
    sent: int = 0
    posted: Posting | None = None
    backwards: bool = False
    doubtful: list[Posting] = field(default_factory=list)

    @property
    def _last(self) -> PostRole:
        """Which message comes last, and so can name what was left out."""
        return PostRole.HEAD if self.backwards else PostRole.FOOT

    @property
    def _first(self) -> PostRole:
        return PostRole.FOOT if self.backwards else PostRole.HEAD

    async def _in_order(self, postings: Sequence[Posting]) -> Sequence[Posting]:
        """The messages in the order in which they are sent: where the newest is shown first, the digest's own from the last one."""
        self.backwards = isinstance(self.chat, NewestFirst) and await self.chat.shows_newest_first(self.channel)
        if not self.backwards:
            return postings
        own = [one for one in postings if one.part < CARD_PARTS]
        return [*reversed(own), *(one for one in postings if one.part >= CARD_PARTS)]

    async def send(self, postings: Sequence[Posting], progress: Progress | None) -> int:
        posts = DigestParts(self.digest, self.channel, self.words)
        titles = {pick.item.key: pick.item.title for pick in self.digest.picks}
        left_out: list[str] = []
        for number, planned in enumerate(await self._as_known(await self._in_order(postings)), start=1):
            posting = planned
            if posting.state not in SETTLED:
                if not await self.may_go_on():
                    self._say(logging.INFO, "Stopped before", posting, "delivery_stopped")
                    break
                post = posts[posting.part]
                posting = await self._send(posting, with_left_out(post, left_out) if post.role is self._last else post)
                if posting.state is PostingState.POSTED:
                    self.sent += 1
                    self.tell_sent()
            if posting.state is PostingState.LEFT_OUT and posting.item_key and not self._doubts(posting):
                left_out.append(titles.get(posting.item_key, posting.item_key))
            if progress:
                progress(number, len(postings))
        return self.sent

    async def _as_known(self, postings: Sequence[Posting]) -> Sequence[Posting]:
        """
        Take the messages that we have not begun to send for sent, perhaps, if the platform has the first of them.

        Then they were sent before our time: the database was put back from an older copy, taken before this digest or amid it, or
        started over. A card that somebody just asked for is not looked for: that would read all that was said since the digest.
        """
        pending = [one for one in postings if one.state is PostingState.PENDING and one.part < CARD_PARTS]
        since = postings[0].attempted_at or self.digest.window.end
        try:
            found = bool(pending) and await self.chat.find(self.channel, pending[0].key, since - CLOCK_ERROR)
        except ChatBlind:
            found = False  # a digest that is not begun, as far as we remember, is sent
        if not found:
            return postings
        self._say(logging.WARNING, "Found what we do not remember sending, from", pending[0], "digest_found")
        return [
            replace(posting, state=PostingState.SENDING, attempted_at=since) if posting in pending else posting
            for posting in postings
        ]

    async def look(self, postings: Sequence[Posting]) -> int:
        """Send nothing, but find out what was sent: people may have answered it."""
        for posting in postings:
            if posting.state is PostingState.SENDING:
                try:
                    found = await self._found(posting)
                except ChatBlind:
                    found = None
                if not found:
                    await self._keep(replace(posting, state=PostingState.LEFT_OUT))
        return 0

    async def _send(self, posting: Posting, post: Post) -> Posting:
        if posting.state is PostingState.SENDING:
            await self._keep()
            try:
                if found := await self._found(posting):
                    return found
            except ChatBlind as error:
                return await self._in_doubt(posting, error.reason)
        started = posting.attempted_at if posting.state is PostingState.SENDING else None
        sending = replace(
            posting, state=PostingState.SENDING, attempt=posting.attempt + 1, attempted_at=started or self.clock()
        )
        await self._keep(sending)
        while self.clock() + timedelta(seconds=POST_SECONDS) > self.held_until:
            # The process slept, or the database took its time: somebody else may be sending by now. This asks.
            await self._keep(sending)
        try:
            async with asyncio.timeout(POST_SECONDS):
                ref = await self.chat.post(self.channel, post, posting.key)
        except TimeoutError:
            reason = f"it is unknown whether a message was posted: it took longer than {POST_SECONDS} seconds"
            await self._keep(replace(sending, last_error=reason))
            raise ChatUnsettled(self.channel.platform, reason) from None
        except ChatRejected as error:
            if post.role is self._first:
                raise  # If it does not even take the first message, it is not the item that is wrong.
            rejected = replace(sending, state=PostingState.LEFT_OUT, last_error=error.reason)
            await self._keep(rejected)
            self._say(logging.ERROR, "Left out", posting, "part_left_out")
            return rejected
        except ChatUnsettled as error:
            await self._keep(replace(sending, last_error=error.reason))
            raise
        self.posted = replace(sending, state=PostingState.POSTED, ref=ref, last_error=None)
        self._say(logging.INFO, "Posted", posting, "part_posted")
        return self.posted

    async def end(self, unreleased: UnreleasedLeases | None) -> None:
        """Keep what is not kept yet, and give the lease back; note it where that fails."""
        now = self.clock()
        with noted_on_failure(unreleased, self.lease):
            async with self.unit_of_work() as uow:
                if self.posted and await uow.leases.renew(self.lease, now, now + LEASE):
                    await uow.postings.save(self.posted)
                await uow.leases.release(self.lease)
                await uow.commit()

    def doubt_in_words(self) -> str:
        """Say which messages may or may not stand, and what to do about it."""
        titles = {pick.item.key: pick.item.title for pick in self.digest.picks}
        named = [
            f"“{titles.get(one.item_key or '', '')}”" if one.item_key in titles else f"message {one.part + 1}"
            for one in self.doubtful
        ]
        return (
            f"Of the digest of {in_words(self.digest.week)} in #{self.channel.name} I do not know whether {', '.join(named)} arrived: the connection broke "
            f"off, and I have no right to look into the channel. I did not send it again. If it is not there, ask for it with: {command('card N')}"
        )

    def _doubts(self, posting: Posting) -> bool:
        return posting.part in {one.part for one in self.doubtful}

    async def _in_doubt(self, posting: Posting, reason: str) -> Posting:
        """Send a message that may stand already not again: nobody but people can look. They are told, and the digest goes on."""
        doubtful = replace(posting, state=PostingState.LEFT_OUT, last_error=reason)
        await self._keep(doubtful)
        self._say(logging.ERROR, "May or may not have sent, and cannot look for,", posting, "part_in_doubt")
        self.doubtful.append(posting)
        return doubtful

    async def _found(self, posting: Posting) -> Posting | None:
        """Look on the platform for a message that may have been sent; keep what is found."""
        if posting.attempted_at is None:
            return None
        ref = await self.chat.find(self.channel, posting.key, posting.attempted_at - CLOCK_ERROR)
        if ref is None:
            return None
        found = replace(posting, state=PostingState.POSTED, ref=ref, last_error=None)
        await self._keep(found)
        self._say(logging.INFO, "Found", posting, "part_found")
        return found

    async def _keep(self, *postings: Posting) -> None:
        changed = [*([self.posted] if self.posted else []), *postings]
        if not changed:
            return
        now = self.clock()
        until = now + LEASE
        async with self.unit_of_work() as uow:
            if not await uow.leases.renew(self.lease, now, until):
                raise _LeaseLost
            for posting in changed:
                await uow.postings.save(posting)
            await uow.commit()
        self.posted, self.held_until = None, until

    def _say(self, level: int, done: str, posting: Posting, action: str) -> None:
        what = f"{done} part %s of %s %s"
        logger.log(
            level,
            what,
            posting.part,
            posting.channel,
            posting.week,
            extra={"action": action, "key": posting.key, "channel": posting.channel},
        )
