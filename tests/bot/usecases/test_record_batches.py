"""Many events at once are stored and recorded together, and one that is bad harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.batching import Batcher
from bot.errors import StorageError
from bot.model import Member, MessageRef, PostingState
from bot.ports import UnitOfWork
from bot.usecases.record import LEFT_UNDRAWN, Recorder
from bot.usecases.redraw import one_by_one
from tests.factories import ADA, BEN, NOW, posting, pressed, reacted, ref, replied, unreacted
from tests.fake_storage import FakeDatabase


class CommandFixture:
    """A database with two messages of ours, and a recorder in front of it that counts transactions and can fail."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.opened = 0
        self.failing: set[int] = set()
        self.shown: list[str] = []
        self.unshowable: set[str] = set()
        self.fault: Exception = StorageError("The database is away.")
        self.now = NOW
        self.hangs = False
        self.recorder = self.started()

    def started(self) -> Recorder:
        """The recorder of a process that was just started."""
        return Recorder(self.unit_of_work, self.clock, {}, one_by_one(self.show))

    def clock(self) -> datetime:
        return self.now

    def unit_of_work(self) -> UnitOfWork:
        self.opened += 1
        if self.opened in self.failing:
            raise StorageError("The database is away.")
        return self.database.unit_of_work()

    async def show(self, ref) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if ref.message_id in self.unshowable:
            raise self.fault
        self.shown.append(ref.message_id)

    async def open(self) -> None:
        ours = [posting(part, state=PostingState.POSTED, ref=ref(f"m{part}"), attempted_at=NOW) for part in (1, 2)]
        async with self.database.unit_of_work() as uow:
            await uow.postings.plan(ours)
            for one in ours:
                await uow.postings.save(one)
            await uow.commit()

    async def take(self, *events) -> None:
        await asyncio.gather(*(self.recorder.receive(event) for event in events))
        await self.recorder.settle()

    async def reactions(self, message: str = "m1") -> list[tuple[str, str, bool]]:
        async with self.database.unit_of_work() as uow:
            return [(one.member.name, one.emoji, one.present) for one in await uow.reactions.on(ref(message))]

    async def waiting(self) -> list[str]:
        async with self.database.unit_of_work() as uow:
            return [event.event_id for event in await uow.events.waiting()]


@pytest.fixture
async def desk() -> CommandFixture:
    desk = CommandFixture()
    await desk.open()
    return desk


async def test_together(desk):
    """A hundred reactions at once are recorded in a few transactions, and each message is shown once for all of them."""
    members = [Member(id=f"U{number}", name=f"{number:03}") for number in range(100)]
    await desk.take(*(reacted(f"e{m.id}", member=m, ref=ref("m1")) for m in members))

    assert 100 == len(await desk.reactions())
    assert [] == await desk.waiting()
    assert desk.opened <= 3
    assert len(desk.shown) <= 3
    assert {"m1"} == set(desk.shown)


async def test_last_writer_wins(desk):
    """Put on and taken back in one moment, in whatever order it is heard, leaves what was done last."""
    on, off = reacted("e1", ref=ref("m1")), unreacted("e2", ref=ref("m1"), at=NOW + timedelta(seconds=1))
    await desk.take(off, on)

    assert [("Ada", "⭐", False)] == await desk.reactions()


async def test_delivered_twice(desk):
    """The same event twice in one moment, and once more later, is one."""
    event = reacted("e1", ref=ref("m1"))
    await desk.take(event, event)
    await desk.take(event)

    assert [("Ada", "⭐", True)] == await desk.reactions()
    assert ["m1"] == desk.shown


async def test_everything_else(desk):
    """Replies become summaries; a reaction on a message that is not known yet waits for it."""
    await desk.take(
        replied("e1", parent=ref("m1"), ref=ref("r1")),
        reacted("e2", ref=ref("m9"), member=BEN),
        reacted("e3", ref=ref("m2"), member=ADA),
    )

    async with desk.database.unit_of_work() as uow:
        assert ["Worth it."] == [one.text for one in await uow.summaries.on(ref("m1"))]
    assert ["e2"] == await desk.waiting()
    assert [("Ada", "⭐", True)] == await desk.reactions("m2")


async def test_recording_fails(desk):
    """Should recording fail, the event is stored at least, and applied by itself."""
    desk.failing = {1}
    await desk.take(reacted("e1", ref=ref("m1")))

    assert [("Ada", "⭐", True)] == await desk.reactions()
    assert [] == await desk.waiting()


async def test_not_stored(desk):
    """The caller learns what could not be stored and must not be acknowledged; it can be recorded when it is delivered again."""
    desk.failing = {1, 2}
    with pytest.raises(StorageError):
        await desk.recorder.receive(reacted("e1", ref=ref("m1")))
    await desk.take(reacted("e1", ref=ref("m1")))

    assert [("Ada", "⭐", True)] == await desk.reactions()


async def test_showing_fails(desk):
    """That it cannot be shown does not undo what was recorded, nor keep the next from being shown."""
    desk.unshowable = {"m1"}
    await desk.take(reacted("e1", ref=ref("m1")))
    await desk.take(reacted("e2", ref=ref("m2")))

    assert [("Ada", "⭐", True)] == await desk.reactions()
    assert ["m2"] == desk.shown


class TestGathering:
    async def test_batches(self):
        """What arrives while a batch is under way makes the next one, in order, and each gets its own result."""
        batches: list[list[int]] = []

        async def double(items):
            batches.append(list(items))
            await asyncio.sleep(0.01)
            return [2 * item for item in items]

        gathering: Batcher[int, int] = Batcher(double, most=5)
        results = await asyncio.gather(*(gathering.add(number) for number in range(12)))

        assert [2 * number for number in range(12)] == results
        assert [5, 5, 2] == [len(batch) for batch in batches]

    async def test_one_bad_item(self):
        """One bad item fails alone."""

        async def invert(items):
            return [1 / item for item in items]

        gathering: Batcher[int, float] = Batcher(invert)
        results = await asyncio.gather(*(gathering.add(number) for number in (1, 0, 2)), return_exceptions=True)

        assert [1.0, 0.5] == [results[0], results[2]]
        assert isinstance(results[1], ZeroDivisionError)

    async def test_given_up(self):
        """One who gives up waiting keeps nobody else from having their result."""

        async def slowly(items):
            await asyncio.sleep(0.02)
            return list(items)

        gathering: Batcher[int, int] = Batcher(slowly)
        first, second = (asyncio.create_task(gathering.add(number)) for number in (1, 2))
        await asyncio.sleep(0)
        first.cancel()

        assert 2 == await second


class TestUndrawn:
    async def died(self, desk: CommandFixture) -> None:
        """Record a reaction and a press in a process that dies before it draws either card."""
        desk.hangs = True
        await desk.recorder.receive(reacted("e1", ref=ref("m1")))
        await desk.recorder.receive(pressed("e2", ref=ref("m2")))
        for task in tuple(desk.recorder._background):
            task.cancel()
        desk.hangs = False

    async def test_drawn_by_the_next_one(self, desk: CommandFixture) -> None:
        """What was decided is shown, once, by the next process that looks, after a minute in which the one that recorded it may have done so."""
        await self.died(desk)
        desk.recorder = desk.started()
        await desk.recorder.apply_waiting()
        assert [] == desk.shown

        desk.now += LEFT_UNDRAWN
        await desk.recorder.apply_waiting()
        await desk.started().apply_waiting()

        assert ["m1", "m2"] == sorted(desk.shown)
        assert {} == desk.database.tables.undrawn

    async def test_nothing_is_left(self, desk: CommandFixture) -> None:
        """Where nobody dies nothing is drawn twice, a second delivery of the same event included."""
        await desk.take(reacted("e1", ref=ref("m1")), reacted("e2", ref=ref("m2"), member=BEN))
        await desk.take(reacted("e1", ref=ref("m1")))
        assert {} == desk.database.tables.undrawn

        desk.now += 2 * LEFT_UNDRAWN
        await desk.started().apply_waiting()
        assert ["m1", "m2"] == sorted(desk.shown)

    async def test_decided_again_meanwhile(self, desk: CommandFixture) -> None:
        """What is decided while a card is drawn is noted for itself: the drawing before does not count for it."""
        await desk.take(reacted("e1", ref=ref("m1")))
        desk.recorder._drawn = {ref("m1"): "e1"}  # as it is until the next transaction
        desk.hangs = True
        await desk.recorder.receive(unreacted("e2", ref=ref("m1"), at=NOW + timedelta(seconds=1)))

        assert {ref("m1"): "e2"} == {one: event_id for one, (event_id, _) in desk.database.tables.undrawn.items()}

    async def test_one_that_cannot_be_drawn(self, desk: CommandFixture) -> None:
        """What was left and cannot be drawn is tried once, and not at every tick for ever."""
        await self.died(desk)
        desk.unshowable, desk.fault, desk.now = {"m1"}, ValueError("no such card"), desk.now + LEFT_UNDRAWN
        await desk.started().apply_waiting()

        assert (["m2"], {}) == (desk.shown, desk.database.tables.undrawn)

    async def test_the_database_fails(self, desk: CommandFixture) -> None:
        """What could not be drawn, or put into the queue of what is to be drawn, since the database failed is drawn by a later tick, once."""
        desk.unshowable = {"m1"}
        await desk.take(reacted("e1", ref=ref("m1")))
        await desk.recorder.apply_waiting()
        assert {ref("m1")} == desk.database.tables.undrawn.keys()

        desk.now += LEFT_UNDRAWN
        await desk.recorder.apply_waiting()
        assert ([], {ref("m1")}) == (desk.shown, desk.database.tables.undrawn.keys())
        desk.unshowable = set()
        await desk.recorder.apply_waiting()
        await desk.recorder.apply_waiting()

        assert (["m1"], {}) == (desk.shown, desk.database.tables.undrawn)

    async def test_what_no_event_asked_for(self, desk: CommandFixture) -> None:
        """So is a card that is drawn since its paper was withdrawn or a quote of it changed; whoever asks is told where that cannot be noted."""
        desk.unshowable = {"m1"}
        await desk.recorder.redraw([ref("m1"), ref("m2")])
        desk.unshowable, desk.now = set(), desk.now + LEFT_UNDRAWN
        await desk.recorder.apply_waiting()
        assert ["m2", "m1", "m2"] == desk.shown
        assert {} == desk.database.tables.undrawn

        desk.unshowable, desk.failing = {"m1"}, {desk.opened + 1}
        with pytest.raises(StorageError):
            await desk.recorder.redraw([ref("m1")])


async def fails(_refs: Sequence[MessageRef]) -> None:
    raise StorageError("The queue is away.")


@pytest.mark.parametrize("one_message", [True, False])
async def test_a_failure_is_told_once(
    desk: CommandFixture, caplog: pytest.LogCaptureFixture, *, one_message: bool
) -> None:
    """What cannot be drawn is logged once, be it one message or whatever draws them."""
    desk.unshowable = {"m1"}
    recorder = Recorder(desk.unit_of_work, desk.clock, {}, one_by_one(desk.show) if one_message else fails)

    await recorder.redraw([ref("m1"), ref("m2")])

    assert ["redraw_failed"] == [getattr(one, "action", "") for one in caplog.records]
    assert desk.shown == (["m2"] if one_message else [])


async def test_work_that_is_ended() -> None:
    """Where the work of a batch is cancelled, nobody who added to it waits for ever; what is added later is worked on."""
    begun = asyncio.Event()

    async def work(items: Sequence[int]) -> Sequence[int]:
        begun.set()
        if 1 in items:
            await asyncio.Event().wait()
        return items

    batcher = Batcher(work)
    waiting = [asyncio.create_task(batcher.add(1)), asyncio.create_task(batcher.add(2))]
    await begun.wait()
    assert batcher._task
    batcher._task.cancel()

    async with asyncio.timeout(5):
        assert all(
            isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*waiting, return_exceptions=True)
        )
        assert await batcher.add(3) == 3
