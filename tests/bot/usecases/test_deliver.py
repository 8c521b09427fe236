"""A digest is sent once, whatever happens in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import ChatBlind, ChatError, ChatRefused, ChatRejected, ChatUnsettled, StorageError
from bot.model import Channel, Digest, MessageRef, Post, Posting, PostingState, Skip
from bot.rendering import posting_key
from bot.usecases import deliver as delivering
from bot.usecases.deliver import LEASE, deliver, freeze
from bot.usecases.unreleased import UnreleasedLeases
from tests.factories import NOW, WEEK, channel, digest_of
from tests.fake_chat import FakeChat, ticking
from tests.fake_storage import FakeDatabase, FakeDigests, FakeUnitOfWork

CHANNEL = channel()
KEYS = ("arxiv:2608.00001", "arxiv:2608.00002")
PARTS = 4
LEASE_NAME = f"deliver/reading/{WEEK}"
SIDE_EFFECTS = 2 + PARTS * 2 + 1
"""
A commit to freeze, one for the lease; for each message a commit, which also says that the one before it was posted, and the message itself;
and one to give the lease back, which says so of the last one.
"""


class Crash(Exception):
    """The process died."""


class Fuse:
    """Crashes before or after the side effect with this number."""

    def __init__(self, number: int = 0, *, after: bool = False) -> None:
        self.number = number
        self.after = after
        self.count = 0

    async def around(self, act: Callable[[], Awaitable[Any]]) -> Any:
        self.count += 1
        if self.count == self.number and not self.after:
            raise Crash
        done = await act()
        if self.count == self.number and self.after:
            raise Crash
        return done


class FragileDatabase(FakeDatabase):
    """A database in a process that may die at a commit."""

    def __init__(self) -> None:
        super().__init__()
        self.fuse = Fuse()
        self.away = False

    def unit_of_work(self) -> FragileUnitOfWork:
        return FragileUnitOfWork(self)


class FragileUnitOfWork(FakeUnitOfWork):
    _database: FragileDatabase

    async def commit(self) -> None:
        if self._database.away:
            raise StorageError("The database is away.")
        await self._database.fuse.around(super().commit)


class FragileChat(FakeChat):
    """A platform behind a process that may die at a message, and a network that may swallow one."""

    def __init__(self, **what: object) -> None:
        super().__init__(**what)
        self.fuse = Fuse()
        self.swallows = 0
        self.rejects: set[str] = set()
        self.before_post: Callable[[int], Awaitable[None]] | None = None

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        if self.before_post:
            await self.before_post(post.part)
        if key in self.rejects:
            raise ChatRejected(self.platform, "there is no form that it takes")
        if self.swallows:
            self.swallows -= 1
            raise ChatUnsettled(self.platform, "timed out")
        return await self.fuse.around(lambda: super(FragileChat, self).post(channel, post, key))


class Services:
    """A database, a platform, and the two steps of a delivery."""

    def __init__(self, *, refuses_same_key: bool = True) -> None:
        self.database = FragileDatabase()
        self.clock = ticking()
        self.chat = FragileChat(clock=self.clock, refuses_same_key=refuses_same_key)
        self.digest = digest_of(KEYS)
        self.progress: list[tuple[int, int]] = []
        self.unreleased = UnreleasedLeases()

    def burn(self, fuse: Fuse) -> None:
        self.database.fuse = self.chat.fuse = fuse

    async def freeze(self, digest: Digest | None = None) -> bool:
        return await freeze(digest or self.digest, CHANNEL, self.database.unit_of_work)

    async def deliver(self, owner: str = "we") -> int:
        return await deliver(
            CHANNEL,
            WEEK,
            self.chat,
            self.database.unit_of_work,
            self.clock,
            owner=owner,
            progress=lambda sent, all_: self.progress.append((sent, all_)),
            unreleased=self.unreleased,
        )

    async def freeze_and_deliver(self) -> None:
        await self.freeze()
        await self.deliver()

    def sent(self) -> list[str]:
        return [message.key for message in self.chat.messages]

    def rows(self) -> list[Posting]:
        return [one for _, one in sorted(self.database.tables.postings.items())]

    def postings(self) -> list[tuple[PostingState, MessageRef | None]]:
        return [(one.state, one.ref) for _, one in sorted(self.database.tables.postings.items())]


ALL = [posting_key("reading", WEEK, part) for part in range(PARTS)]


@pytest.fixture
def services() -> Services:
    return Services()


def assert_all_sent_once(services: Services) -> None:
    assert services.sent() == ALL
    assert services.postings() == [(PostingState.POSTED, message.ref) for message in services.chat.messages]


class TestFreeze:
    async def test_freeze(self, services: Services) -> None:
        """A frozen digest is kept with a message planned for each post, and the channel's first service is noted."""
        assert await services.freeze()

        tables = services.database.tables
        assert tables.digests == {("reading", WEEK): services.digest}
        assert [one.key for one in tables.postings.values()] == ALL
        assert [one.item_key for one in tables.postings.values()] == [None, *KEYS, None]
        assert services.postings() == [(PostingState.PENDING, None)] * PARTS
        assert tables.channels == {"reading": NOW}

    async def test_frozen_once(self, services: Services) -> None:
        """A week that is frozen stays as it is."""
        await services.freeze()
        again = await services.freeze(digest_of(["arxiv:2608.00009"], compiled_at=NOW + timedelta(hours=1)))

        assert not again
        assert services.database.tables.digests == {("reading", WEEK): services.digest}
        assert len(services.database.tables.postings) == PARTS
        assert services.database.tables.channels == {"reading": NOW}

    async def test_a_sample_is_no_service(self, services: Services) -> None:
        """The sample week is kept, and the channel's own first week still lies before it."""
        await services.freeze(digest_of(KEYS, week="sample", sample=True))

        assert services.database.tables.channels == {}
        assert list(services.database.tables.digests) == [("reading", "sample")]


class TestDeliver:
    async def test_all_in_order(self, services: Services) -> None:
        """Every message is sent in order, and each is told of."""
        await services.freeze()
        sent = await services.deliver()

        assert_all_sent_once(services)
        assert [post.role.value for post in services.chat.posts()] == ["head", "pick", "pick", "foot"]
        assert (sent, services.progress) == (PARTS, [(n, PARTS) for n in range(1, PARTS + 1)])

    async def test_second_time(self, services: Services) -> None:
        """What is sent is not sent again."""
        await services.freeze()
        await services.deliver()
        again = await services.deliver()

        assert again == 0
        assert_all_sent_once(services)

    async def test_no_digest(self, services: Services) -> None:
        """A week without a digest sends nothing."""
        assert await services.deliver() == 0
        assert services.sent() == []

    async def test_marked_before_and_after(self, services: Services) -> None:
        """A message that fails was marked as being sent before, with its attempt, and the ones behind it were not touched."""
        await services.freeze()
        services.burn(Fuse(3))
        with pytest.raises(Crash):
            await services.deliver()

        first, *others = [one for _, one in sorted(services.database.tables.postings.items())]
        assert (first.state, first.attempt, first.ref) == (PostingState.SENDING, 1, None)
        assert first.attempted_at is not None
        assert {one.state for one in others} == {PostingState.PENDING}

    @pytest.mark.parametrize("refuses_same_key", [True, False], ids=["like Discord", "like Slack"])
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("number", range(1, SIDE_EFFECTS + 1))
    async def test_crash(self, number: int, after: bool, refuses_same_key: bool) -> None:  # noqa: FBT001 - parametrised
        """Dying before or after any side effect and starting again, every message is there exactly once, in order."""
        services = Services(refuses_same_key=refuses_same_key)
        services.burn(Fuse(number, after=after))
        with pytest.raises(Crash):
            await services.freeze_and_deliver()
        services.burn(Fuse())
        await services.freeze_and_deliver()

        assert_all_sent_once(services)
        assert await services.deliver() == 0

    async def test_crash_after_crash(self) -> None:
        """Dying again and again, after every other side effect, still sends every message exactly once."""
        services = Services(refuses_same_key=False)
        for _ in range(10 * SIDE_EFFECTS):
            services.burn(Fuse(3, after=True))
            try:
                await services.freeze_and_deliver()
            except Crash:
                continue
            break

        assert_all_sent_once(services)

    def test_side_effects_are_counted_right(self) -> None:
        """The number of side effects that the crash tests go through is the number there is."""
        assert SIDE_EFFECTS == 11


class TestLease:
    async def test_two_at_once(self, services: Services) -> None:
        """Of two that deliver one digest at once, one sends it and the other leaves it alone."""
        await services.freeze()
        async with asyncio.TaskGroup() as group:
            runs = [group.create_task(services.deliver(owner)) for owner in ("we", "they", "others")]

        assert_all_sent_once(services)
        assert sorted(run.result() for run in runs) == [0, 0, PARTS]

    async def test_held_by_somebody_else(self, services: Services) -> None:
        """Who died while sending is waited for until the lease has run out; then the next one goes on."""
        await services.freeze()
        async with services.database.unit_of_work() as uow:
            await uow.leases.claim(LEASE_NAME, "they", services.clock(), services.clock() + LEASE)
            await uow.commit()
        assert await services.deliver() == 0
        assert services.sent() == []

        services.clock = ticking(services.clock() + LEASE)
        assert await services.deliver() == PARTS

    async def test_given_back_once_the_database_answers(self, services: Services) -> None:
        """Who could not give it back, since the database was away, does so afterwards: nobody waits for the end of what its living owner left."""
        await services.freeze()

        async def away(message: int) -> None:
            services.database.away = message == 2

        services.chat.before_post = away
        with pytest.raises(StorageError):
            await services.deliver()
        with pytest.raises(StorageError):
            await services.unreleased.release(services.database.unit_of_work)
        services.database.away, services.chat.before_post = False, None
        assert await services.deliver("they") == 0

        assert await services.unreleased.release(services.database.unit_of_work) == 1
        await services.deliver("they")
        assert_all_sent_once(services)
        assert await services.unreleased.release(services.database.unit_of_work) == 0

    async def test_claimed_again_before_it_is_given_back(self, services: Services) -> None:
        """What its owner has claimed again meanwhile stays its own: nobody sends beside it."""
        async with services.database.unit_of_work() as uow:
            before = await uow.leases.claim(LEASE_NAME, "we", services.clock(), services.clock() + LEASE)
            await uow.leases.claim(LEASE_NAME, "we", services.clock(), services.clock() + LEASE)
            await uow.commit()
        assert before
        services.unreleased.add(before)
        await services.unreleased.release(services.database.unit_of_work)
        await services.freeze()

        assert await services.deliver("they") == 0

    async def test_slept_past_it(self, services: Services) -> None:
        """Who slept past the lease while somebody else took over neither sends nor writes anything more."""
        await services.freeze()
        late = services.clock() + 2 * LEASE

        async def taken_over(message: int) -> None:
            if message == 1:
                async with services.database.unit_of_work() as uow:
                    assert await uow.leases.claim(LEASE_NAME, "they", late, late + LEASE)
                    await uow.commit()

        services.chat.before_post = taken_over
        sent = await services.deliver()

        assert sent == 2
        assert [one.state for one in services.rows()] == [
            PostingState.POSTED,
            PostingState.SENDING,
            PostingState.PENDING,
            PostingState.PENDING,
        ]
        services.chat.before_post = None
        services.clock = ticking(late + 2 * LEASE)
        await services.deliver()
        assert_all_sent_once(services)

    async def test_slept_before_a_message(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who slept past the lease right after he had kept that he sends a message asks once more, and leaves it to who took over."""
        await services.freeze()
        awake, sleeping, unit_of_work = (
            services.clock,
            ticking(late := services.clock() + 2 * LEASE),
            services.database.unit_of_work,
        )
        asleep = False
        services.clock = lambda: sleeping() if asleep else awake()

        @contextlib.asynccontextmanager
        async def sleepy() -> AsyncIterator[FakeUnitOfWork]:
            nonlocal asleep
            async with unit_of_work() as uow:
                yield uow
            if not asleep and services.rows()[1].state is PostingState.SENDING:
                asleep = True
                async with unit_of_work() as uow:
                    assert await uow.leases.claim(LEASE_NAME, "they", late, late + LEASE)
                    await uow.commit()

        monkeypatch.setattr(services.database, "unit_of_work", sleepy)
        sent = await services.deliver()

        assert (1, True) == (sent, asleep)
        assert services.sent() == ALL[:1]

    async def test_many_slow_messages(self, services: Services) -> None:
        """A digest that takes longer than a lease stays ours: each message prolongs it, and nobody else gets in between."""
        await services.freeze()
        now = services.clock()
        services.clock = lambda: now
        others = []

        async def slowly(_message: int) -> None:
            nonlocal now
            now += LEASE - timedelta(seconds=1)
            async with services.database.unit_of_work() as uow:
                others.append(await uow.leases.claim(LEASE_NAME, "they", now, now + LEASE))

        services.chat.before_post = slowly

        assert await services.deliver() == PARTS
        assert others == [None] * PARTS

    async def test_given_back(self, services: Services) -> None:
        """Whatever happens, the lease is given back: the next one need not wait."""
        await services.freeze()
        services.chat.faults.down = True
        with pytest.raises(ChatError):
            await services.deliver("we")
        services.chat.faults.down = False

        assert await services.deliver("they") == PARTS

    async def test_endless_message(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        """A message that takes longer than the lease would last is given up, and looked for before it is sent again."""
        monkeypatch.setattr(delivering, "POST_SECONDS", 0.01)
        await services.freeze()

        async def never(message: int) -> None:
            await asyncio.sleep(30 if message == 1 else 0)

        services.chat.before_post = never
        with pytest.raises(ChatUnsettled, match=r"longer than 0\.01 seconds"):
            await services.deliver()
        services.chat.before_post = None
        await services.deliver()

        assert_all_sent_once(services)


class TestLeftOut:
    async def test_one_bad_item(self, services: Services) -> None:
        """A message that the platform takes in no form keeps nobody waiting; the foot names it, once and for all."""
        await services.freeze()
        services.chat.rejects = {posting_key("reading", WEEK, 1)}
        sent = await services.deliver()

        assert sent == PARTS - 1
        assert [one.state for one in services.rows()][1] is PostingState.LEFT_OUT
        assert services.chat.posts()[-1].plain.splitlines()[-1] == (
            f"Chosen, but not taken by the platform: “{services.digest.picks[0].item.title}”."
        )
        services.chat.rejects = set()
        assert await services.deliver() == 0

    async def test_bad_head(self, services: Services) -> None:
        """A head that is rejected is no bad item: nothing is left out, and nothing sent."""
        await services.freeze()
        services.chat.rejects = {posting_key("reading", WEEK, part) for part in range(PARTS)}
        with pytest.raises(ChatRejected):
            await services.deliver()

        assert services.sent() == []
        assert services.rows()[0].state is PostingState.SENDING

    async def test_foot_after_a_crash(self, services: Services) -> None:
        """The foot names it, too, when it is sent by another run."""
        await services.freeze()
        services.chat.rejects = {posting_key("reading", WEEK, 2)}
        services.burn(Fuse(2 + 2 * 3 + 1))
        with pytest.raises(Crash):
            await services.deliver()
        services.burn(Fuse())
        await services.deliver()

        assert "not taken by the platform" in services.chat.posts()[-1].plain


class TestSkipped:
    async def test_looked_for_and_nothing_else(self, services: Services) -> None:
        """Of a week that was skipped nothing is sent any more, but what may have been sent is found: people may answer it."""
        await services.freeze()
        services.chat.faults.drops = 1
        with pytest.raises(ChatUnsettled):
            await services.deliver()
        async with services.database.unit_of_work() as uow:
            await uow.digests.skip([Skip(channel="reading", week=WEEK, because="too late", at=NOW)])
            await uow.commit()

        assert await services.deliver() == 0
        assert services.rows()[0].ref == services.chat.messages[0].ref
        assert len(services.chat.messages) == 1

    async def test_never_sent(self, services: Services) -> None:
        """What was not sent after all is left out."""
        await services.freeze()
        services.chat.swallows = 1
        with pytest.raises(ChatUnsettled):
            await services.deliver()
        async with services.database.unit_of_work() as uow:
            await uow.digests.skip([Skip(channel="reading", week=WEEK, because="too late", at=NOW)])
            await uow.commit()

        assert await services.deliver() == 0
        assert services.rows()[0].state is PostingState.LEFT_OUT
        assert services.sent() == []


class TestPlatform:
    @pytest.mark.parametrize("refuses_same_key", [True, False], ids=["like Discord", "like Slack"])
    async def test_accepted_unheard(self, refuses_same_key: bool) -> None:  # noqa: FBT001 - parametrised
        """A message that was accepted although nobody heard of it is found, not sent again."""
        services = Services(refuses_same_key=refuses_same_key)
        await services.freeze()
        services.chat.faults.drops = 1
        with pytest.raises(ChatUnsettled):
            await services.deliver()
        await services.deliver()

        assert_all_sent_once(services)

    async def test_accepted_unheard_by_a_slow_clock(self) -> None:
        """It is found although the platform's clock is most of a minute behind ours."""
        services = Services(refuses_same_key=False)
        services.chat.clock = ticking(NOW - timedelta(hours=2, seconds=55))
        await services.freeze()
        services.chat.faults.drops = 1
        with pytest.raises(ChatUnsettled):
            await services.deliver()
        await services.deliver()

        assert_all_sent_once(services)

    @pytest.mark.parametrize("number", range(PARTS + 1))
    async def test_sent_before_our_time(self, number: int) -> None:
        """A database that was restored, or begun from nothing, finds what was sent before and sends the rest: nothing comes twice."""
        before, services = Services(refuses_same_key=False), Services(refuses_same_key=False)
        before.clock = before.chat.clock = services.clock = ticking(NOW)
        before.burn(Fuse(2 + 3 * number))
        with contextlib.suppress(Crash):
            await before.freeze_and_deliver()
        services.chat = before.chat
        services.burn(Fuse())
        await services.freeze_and_deliver()

        assert_all_sent_once(services)

    @pytest.mark.parametrize("number", range(PARTS))
    async def test_sent_after_the_copy(self, number: int) -> None:
        """A copy of the database that was taken amid a digest and put back when that was all sent: nothing comes twice."""
        services = Services(refuses_same_key=False)
        await services.freeze()

        async def down(message: int) -> None:
            if message == number:
                raise ChatError("fake", "down")

        services.chat.before_post = down
        with pytest.raises(ChatError):
            await services.deliver()
        copy = dict(services.database.tables.postings)
        services.chat.before_post = None
        await services.deliver()
        services.database.tables.postings = copy
        await services.deliver()

        assert_all_sent_once(services)

    async def test_swallowed(self, services: Services) -> None:
        """A message that got lost is looked for, not found, and sent; the first attempt's time is kept to look from."""
        await services.freeze()
        services.chat.swallows = 2
        for _ in range(2):
            with pytest.raises(ChatUnsettled):
                await services.deliver()
        first = services.database.tables.postings["reading", WEEK, 0]
        await services.deliver()

        assert_all_sent_once(services)
        assert (first.attempt, first.last_error) == (2, "timed out")
        assert first.attempted_at == services.database.tables.postings["reading", WEEK, 0].attempted_at
        assert services.database.tables.postings["reading", WEEK, 0].last_error is None

    async def test_down(self, services: Services) -> None:
        """While the platform is down nothing is sent, and afterwards everything is."""
        await services.freeze()
        services.chat.faults.down = True
        for _ in range(3):
            with pytest.raises(ChatError):
                await services.deliver()
        services.chat.faults.down = False
        await services.deliver()

        assert_all_sent_once(services)

    async def test_refused(self, services: Services) -> None:
        """A platform that refuses is told of as such."""
        await services.freeze()
        services.chat.faults.refuses = True

        with pytest.raises(ChatRefused):
            await services.deliver()
        assert services.sent() == []

    async def test_another_channels_message(self, services: Services) -> None:
        """Two channels on one platform do not take each other's messages for their own."""
        other = replace(CHANNEL, name="other", id="C2")
        await services.freeze()
        await freeze(replace(services.digest, channel="other"), other, services.database.unit_of_work)
        await services.deliver()
        await deliver(other, WEEK, services.chat, services.database.unit_of_work, services.clock, owner="we")

        assert len(services.sent()) == len(set(services.sent())) == 2 * PARTS


async def test_what_is_sent_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether something is left to send is asked at every tick; of a digest that is all sent, only its postings are looked at."""
    services = Services()
    await services.freeze()
    await services.deliver()
    read: list[str] = []

    async def get(_: FakeDigests, channel: str, week: str) -> None:
        read.append(week)

    monkeypatch.setattr(FakeDigests, "get", get)

    assert (0, []) == (await services.deliver(), read)


class BlindChat(FakeChat):
    """A platform that does not let us look for what we sent."""

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        raise ChatBlind(self.platform, "we may not read")


@pytest.mark.parametrize("part", range(PARTS))
async def test_in_doubt(part: int) -> None:
    """Where it cannot be looked for, a message that may stand is never sent again: the digest goes on, and somebody is told, once."""
    database, chat, clock = FakeDatabase(), BlindChat(refuses_same_key=False), ticking()
    told: list[str] = []

    async def doubt(said: str) -> None:
        told.append(said)

    async def go() -> None:
        await deliver(CHANNEL, WEEK, chat, database.unit_of_work, clock, owner="we", doubt=doubt)

    await freeze(digest_of(KEYS), CHANNEL, database.unit_of_work)
    sent = chat.post

    async def broken(channel: Channel, post: Post, key: str) -> MessageRef:
        ref = await sent(channel, post, key)
        if post.part == part and not told and not chat.silent:
            chat.silent = {"broken once"}
            raise ChatUnsettled("fake", "the connection dropped")
        return ref

    chat.post = broken  # type: ignore[method-assign]
    with pytest.raises(ChatUnsettled):
        await go()
    assert [] == told
    await go()
    await go()

    assert list(range(PARTS)) == [one.post.part for one in chat.messages]
    (said,) = told
    assert "I did not send it again" in said
