"""What every rate limiter promises: that of one process, and the one that processes share through PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import math
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.discord.rest import REQUESTS, SHARED_REQUESTS
from adapters.storage.rate_limits import PostgresRateLimiter
from bot.errors import StorageError
from bot.ports import HORIZON, RateLimit, RateLimiter
from bot.rate_limits import (
    InProcessRateLimiter,
    SlidingWindow,
    TurnTooLate,
    exclusive_turn,
    take_turn,
    take_turn_in_time,
)
from tests.databases import migrated_postgresql, opened
from tests.timeline import Timeline
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
POSTS = RateLimit(bucket="slack/T1/chat.postMessage", interval=10, burst=3)
BUSY = RateLimit(bucket="discord", interval=0.0001, burst=5)

WORKER = """
import asyncio, sys
from adapters.storage.database import create_engine
from adapters.storage.rate_limits import PostgresRateLimiter
from bot.ports import RateLimit

async def main():
    limiter = PostgresRateLimiter(create_engine(sys.argv[1]))
    limit = RateLimit(bucket="discord", interval=0.0001, burst=5)
    await limiter.reserve(limit)
    print("reserves", flush=True)
    while True:
        await asyncio.gather(*(limiter.reserve(limit) for _ in range(20)))

asyncio.run(main())
"""

HOLDER = """
import asyncio, sys
from adapters.storage.database import create_engine
from adapters.storage.rate_limits import PostgresRateLimiter
from bot.rate_limits import exclusive_turn

async def main():
    limiter = PostgresRateLimiter(create_engine(sys.argv[1]))
    async with exclusive_turn(limiter, "source/arxiv", float(sys.argv[2]), asyncio.sleep):
        print("has it", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@contextlib.asynccontextmanager
async def holding(folder: Path, program: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that runs a program which has said a line; it is killed at the end."""
    script = folder / "program.py"
    script.write_text(program, "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(script), *arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class Watch:
    """A clock that may be put forward, and stands still in between."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture(params=["in-process", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def limiter(request: pytest.FixtureRequest) -> AsyncIterator[RateLimiter]:
    if request.param == "in-process":
        yield InProcessRateLimiter(Watch())
        return
    async with opened(await migrated_postgresql()) as engine:
        yield PostgresRateLimiter(engine)


async def reserved(limiter: RateLimiter, limit: RateLimit, number: int) -> list[float]:
    return [await limiter.reserve(limit) for _ in range(number)]


async def roughly(
    expected: Sequence[float], found: Callable[[], Awaitable[Sequence[float]]], began: float | None = None
) -> None:
    """Check waits that a real clock has shortened by as long as asking for them took, or by what went by since they `began`."""
    began = time.monotonic() if began is None else began
    waits = await found()
    took = time.monotonic() - began

    assert len(expected) == len(waits)
    for one, wait in zip(expected, waits, strict=True):
        assert max(0.0, one - took) - 0.01 <= wait <= one + 0.01, (expected, waits)


async def test_turns_follow_one_another(limiter: RateLimiter) -> None:
    """After a burst one turn comes every interval, in the order in which they were asked for."""
    await roughly([0, 0, 0, 10, 20, 30], lambda: reserved(limiter, POSTS, 6))


async def test_together(limiter: RateLimiter) -> None:
    """Those who ask at one moment get turns of their own, too."""

    async def together() -> Sequence[float]:
        return sorted(await asyncio.gather(*(limiter.reserve(POSTS) for _ in range(6))))

    await roughly([0, 0, 0, 10, 20, 30], together)


async def test_buckets_are_apart(limiter: RateLimiter) -> None:
    """What one workspace uses up, another one has still."""
    await reserved(limiter, POSTS, 6)
    other = RateLimit(bucket="slack/T2/chat.postMessage", interval=10)
    both = await asyncio.gather(limiter.reserve(other), limiter.reserve(POSTS))

    assert both[0] == pytest.approx(0, abs=0.01)
    assert both[1] > 30


async def test_horizon(limiter: RateLimiter) -> None:
    """Turns are given out for a minute; who comes later gets none, and takes none from those who come in time."""
    waits = await reserved(limiter, POSTS, 9)
    late = await asyncio.gather(*(limiter.reserve(POSTS) for _ in range(5)))

    assert max(waits) <= HORIZON < min(late)
    async with asyncio.timeout(PATIENCE):
        assert min(await reserved(limiter, POSTS, 1)) == pytest.approx(70, abs=5)


async def test_many_at_once_on_a_new_bucket(limiter: RateLimiter) -> None:
    """The horizon holds for a bucket that nobody asked for before, too."""
    waits = sorted(await asyncio.gather(*(limiter.reserve(POSTS) for _ in range(40))))

    assert 9 == sum(wait <= HORIZON for wait in waits)
    assert min(await reserved(limiter, POSTS, 1)) > HORIZON


async def test_blocked(limiter: RateLimiter) -> None:
    """What the platform asked one caller to wait, all wait; then turns follow one another again."""
    began = time.monotonic()
    await limiter.block(POSTS.bucket, 20)

    await roughly([20], lambda: asyncio.gather(limiter.blocked(POSTS.bucket)), began)
    await roughly([20, 20, 20, 30], lambda: reserved(limiter, POSTS, 4), began)


async def test_the_longer_block_holds(limiter: RateLimiter) -> None:
    """A second refusal that asks for less does not open a bucket earlier."""
    began = time.monotonic()
    await limiter.block("b", 30)
    await limiter.block("b", 5)

    await roughly([30], lambda: asyncio.gather(limiter.blocked("b")), began)


async def test_blocked_beyond_the_horizon(limiter: RateLimiter) -> None:
    """Where a platform asks for an hour, no turn is given out, and the hour is told."""
    began = time.monotonic()
    await limiter.block(POSTS.bucket, 3600)

    await roughly([3600] * 2, lambda: reserved(limiter, POSTS, 2), began)


async def test_without_a_rate(limiter: RateLimiter) -> None:
    """A bucket without a rate of its own waits for what the platform asks, and for nothing else."""
    free = RateLimit(bucket="slack/T1/users.info")
    await roughly([0] * 5, lambda: reserved(limiter, free, 5))
    began = time.monotonic()
    await limiter.block(free.bucket, 7)

    await roughly([7] * 3, lambda: reserved(limiter, free, 3), began)


async def test_nothing_is_blocked_that_nobody_blocked(limiter: RateLimiter) -> None:
    """A bucket that is unknown, or has its turns, is not blocked."""
    await reserved(limiter, POSTS, 5)

    assert [0, 0] == [await limiter.blocked(POSTS.bucket), await limiter.blocked("unknown")]


async def test_tidy(limiter: RateLimiter) -> None:
    """What is in use outlives the clean-up."""
    await reserved(limiter, POSTS, 5)
    await limiter.block("b", 30)
    await limiter.tidy()

    assert await limiter.reserve(POSTS) > 15
    assert await limiter.blocked("b") > 15


class TestWaiting:
    """`take_turn`: how a caller waits."""

    async def test_waits_for_its_turn(self) -> None:
        """Whoever asks in a row is let through at the bucket's pace."""
        watch = Watch()
        limiter = InProcessRateLimiter(watch)
        times = []
        for _ in range(6):
            await take_turn(limiter, POSTS, watch.sleep)
            times.append(watch.at - 1000)

        assert [0, 0, 0, 10, 20, 30] == times

    async def test_not_longer_than_it_may(self) -> None:
        """Whoever may not wait so long hears at once how long it would be."""
        watch = Watch()
        limiter = InProcessRateLimiter(watch)
        await reserved(limiter, POSTS, 5)

        with pytest.raises(TurnTooLate) as raised:
            await take_turn(limiter, POSTS, watch.sleep, most=20)
        assert (30, 1000) == (raised.value.wait, watch.at)

    async def test_a_refusal_during_the_wait(self) -> None:
        """A turn that was reserved before the platform refused somebody else is not used before that is over."""
        watch = Watch()
        limiter = InProcessRateLimiter(watch)
        await reserved(limiter, POSTS, 3)

        async def refused_meanwhile(seconds: float) -> None:
            watch.at += seconds
            if watch.at == 1010:
                await limiter.block(POSTS.bucket, 15)

        assert 25 == await take_turn(limiter, POSTS, refused_meanwhile)


class TestInTime:
    """`take_turn_in_time`: turns that a process comes to use late."""

    async def test_on_time(self) -> None:
        """Whoever is on time has the turns that it would have had."""
        watch = Watch()
        limiter, times = InProcessRateLimiter(watch), []
        for _ in range(5):
            await take_turn_in_time(limiter, POSTS, watch.sleep, watch)
            times.append(watch.at - 1000)

        assert [0, 0, 0, 10, 20] == times

    async def test_late(self) -> None:
        """Who slept through a turn has the next one; who is late each time asks at last, for else it never would."""
        watch = Watch()
        limiter, lags = InProcessRateLimiter(watch), [5.0, 0.0]
        await reserved(limiter, POSTS, 3)

        async def sleep(seconds: float) -> None:
            watch.at += seconds + (lags.pop(0) if lags else 5.0)

        await take_turn_in_time(limiter, POSTS, sleep, watch)
        assert 1020 == watch.at, "the turn at 1010 was over at 1015"
        await take_turn_in_time(limiter, POSTS, sleep, watch)
        assert 1020 + 3 * 10 + 5 == watch.at

    @pytest.mark.parametrize("in_time", [True, False])
    async def test_two_processes_that_stand_still(self, *, in_time: bool) -> None:
        """Two that share Discord's limit, each of which stands still now and then: no second has more than fifty requests, as it has without."""
        timeline, made = Timeline(), list[float]()
        limiter = InProcessRateLimiter(timeline)

        async def place(stalls: Sequence[tuple[float, float]]) -> None:
            async def sleep(seconds: float) -> None:
                await timeline.until(
                    next(
                        (end for begin, end in stalls if begin <= timeline.now + seconds < end), timeline.now + seconds
                    )
                )

            while timeline.now < 20:
                if in_time:
                    await take_turn_in_time(limiter, SHARED_REQUESTS, sleep, timeline)
                else:
                    await take_turn(limiter, REQUESTS, sleep)
                made.append(timeline.now)
                await sleep(0.1)

        stalls = [[(n + shift, n + shift + 0.8) for n in range(1, 20, 3)] for shift in (0.0, 1.3)]
        await timeline.run(*(place(stalls[number % 2]) for number in range(60)))
        window = SlidingWindow(50, 1.0)
        refused = sum(window.wait(at) > 0 for at in made)

        assert (refused == 0) is in_time, refused
        assert len(made) > 20 * 30

    @pytest.mark.parametrize(("still", "least"), [(0.0, 40), (0.12, 40), (0.2, 36)])
    @pytest.mark.parametrize("shift", [0.0, 0.1])
    async def test_processes_that_stand_still_all_the_time(self, still: float, least: float, shift: float) -> None:
        """
        Two that share Discord's limit, of which each event loop turns once in a while alone, as where the CPU is full: no second has more than fifty requests,
        and where that is a fifth of a second, nearly all turns are used.
        """
        timeline, made = Timeline(), list[float]()
        limiter = InProcessRateLimiter(timeline)

        async def place(number: int) -> None:
            late = shift * (number % 2)

            async def sleep(seconds: float) -> None:
                wakes = timeline.now + seconds
                turns = math.ceil((wakes - late) / still) * still + late if still else wakes
                await timeline.until(max(turns, timeline.now + 0.001))

            while timeline.now < 20:
                await take_turn_in_time(limiter, SHARED_REQUESTS, sleep, timeline)
                made.append(timeline.now)
                await sleep(0.1)

        await timeline.run(*(place(number) for number in range(100)))
        window = SlidingWindow(50, 1.0)
        refused = sum(window.wait(at) > 0 for at in made)

        assert refused == 0
        assert len([at for at in made if 4 <= at < 20]) > least * 16


class TestExclusive:
    """`exclusive_turn`: one at a time, whoever asks."""

    @pytest.mark.parametrize("took", [0.5, 4.0, 20.0])
    async def test_one_after_the_other(self, took: float) -> None:
        """Processes with many questions each: never two at once, and each an interval after the end of the one before."""
        timeline, turns = Timeline(), list[tuple[float, float]]()
        limiter = InProcessRateLimiter(timeline)

        async def process() -> None:
            for _ in range(4):
                async with exclusive_turn(limiter, "source/arxiv", 3.0, timeline.sleep):
                    began = timeline.now
                    await timeline.sleep(took)
                    turns.append((began, timeline.now))
                await timeline.sleep(3.0)

        await timeline.run(*(process() for _ in range(3)))

        assert 12 == len(turns)
        gaps = [later - ended for (_, ended), (later, _) in pairwise(turns)]
        assert min(gaps) >= 3.0 - 1e-9, turns
        assert max(gaps) <= 3.0 + 2, "the turn goes on soon to who waits"

    @pytest.mark.parametrize("failing", [{2}, {2, 4, 6}, {21}], ids=["at its begin", "again and again", "at its end"])
    async def test_a_limiter_that_fails_amid_a_turn(self, failing: set[int]) -> None:
        """What was asked meanwhile is not lost, and the turn stays this process's: its next hold counts again."""
        timeline, turns = Timeline(), list[tuple[float, float]]()

        class Failing(InProcessRateLimiter):
            blocks = 0

            async def block(self, bucket: str, seconds: float) -> None:
                self.blocks += 1
                if self.blocks in failing:
                    raise StorageError("The database is away.")
                await super().block(bucket, seconds)

        limiter = Failing(timeline)

        async def process() -> None:
            async with exclusive_turn(limiter, "source/arxiv", 3.0, timeline.sleep):
                began = timeline.now
                await timeline.sleep(20.0)
                turns.append((began, timeline.now))

        await timeline.run(process(), process())

        (_, ended), (later, _) = turns
        assert ended < later

    async def test_a_bucket_that_nobody_holds_any_more(self) -> None:
        """What was blocked, and is not blocked again, is open after an interval: whoever waits has its turn then, and no sooner."""
        timeline, began = Timeline(), list[float]()
        limiter = InProcessRateLimiter(timeline)
        await limiter.block("source/arxiv", 3.0)

        async def process() -> None:
            async with exclusive_turn(limiter, "source/arxiv", 3.0, timeline.sleep):
                began.append(timeline.now)

        await timeline.run(process())

        assert [3.0] == began


def test_sliding_window() -> None:
    """However they are asked for, no span of a second has more than so many."""
    window, now, taken = SlidingWindow(3, 1.0), 10.0, []
    for step in (0, 0.1, 0.1, 0.1, 0.6, 0.05, 0.2, 0.0, 0.0, 1.5, 0, 0, 0):
        now += step
        if not (wait := window.wait(now)):
            taken.append(now)
        else:
            assert 0 < wait <= 1

    assert 8 == len(taken)
    assert all(sum(at <= one < at + 1 - 1e-9 for one in taken) <= 3 for at in taken)


@pytest.mark.postgres
class TestShared:
    """Several processes, each with connections of its own."""

    async def test_one_pace_for_all(self) -> None:
        """Two processes together get no more turns than one alone."""
        address = await migrated_postgresql()
        async with opened(address) as first, opened(address) as second:
            both = PostgresRateLimiter(first), PostgresRateLimiter(second)
            waits = await asyncio.gather(*(one.reserve(POSTS) for one in both * 4))

        assert [0, 0, 0, 10, 20, 30, 40, 50] == [round(wait) for wait in sorted(waits)]

    async def test_a_refusal_is_heard_by_all(self) -> None:
        """What the platform asked one process to wait, the other one waits."""
        address = await migrated_postgresql()
        async with opened(address) as first, opened(address) as second:
            await PostgresRateLimiter(first).block(POSTS.bucket, 20)

            assert 20 == round(await PostgresRateLimiter(second).reserve(POSTS))

    async def test_one_at_a_time(self) -> None:
        """Two processes that ask one host by turns of their own are never there at once, and an interval apart."""
        address = await migrated_postgresql()
        turns = list[tuple[float, float]]()

        async def process(limiter: RateLimiter) -> None:
            for _ in range(2):
                async with exclusive_turn(limiter, "source/arxiv", 1.5, asyncio.sleep):
                    began = time.monotonic()
                    await asyncio.sleep(0.6)
                    turns.append((began, time.monotonic()))

        async with opened(address) as first, opened(address) as second, asyncio.timeout(PATIENCE):
            await asyncio.gather(process(PostgresRateLimiter(first)), process(PostgresRateLimiter(second)))

        assert all(later - ended >= 1.45 for (_, ended), (later, _) in pairwise(turns)), turns

    async def test_a_process_that_dies_with_its_turn(self, tmp_path: Path) -> None:
        """
        While a process that has the turn lives, it stays its own for many intervals; of one that is killed with it the next has it an interval after
        the last sign of life.
        """
        address = await migrated_postgresql()
        interval = 2.0
        async with holding(tmp_path, HOLDER, address, str(interval)) as process, opened(address) as engine:
            limiter, taken = PostgresRateLimiter(engine), list[float]()

            async def next_turn() -> None:
                async with exclusive_turn(limiter, "source/arxiv", interval, asyncio.sleep):
                    taken.append(time.monotonic())

            waiting = asyncio.create_task(next_turn())
            await asyncio.sleep(3 * interval)
            assert not taken, "it is asking"
            process.kill()
            await process.wait()
            killed = time.monotonic()
            await asyncio.wait_for(waiting, PATIENCE)

        # It blocks for an interval, again each third of one: so much of the last block is left at the least.
        assert interval / 2 < taken[0] - killed < 20 * interval

    async def test_a_clock_that_is_set_back(self) -> None:
        """A bucket is blocked for no longer than whoever blocked it asked for, wherever the server's clock goes; and turns follow one another."""
        async with opened(await migrated_postgresql()) as engine:
            limiter = PostgresRateLimiter(engine)

            async def set_clock(seconds: float) -> None:
                """Have the server's clock so many seconds further, by putting all that it wrote as far behind."""
                async with engine.begin() as connection:
                    moved = "UPDATE rate_limits SET idle_at = idle_at - :by, open_at = open_at - :by"
                    await connection.execute(text(moved), {"by": seconds})

            await reserved(limiter, POSTS, 2)
            await limiter.block(POSTS.bucket, 30)
            await set_clock(-3600)
            blocked, turn = await limiter.blocked(POSTS.bucket), await limiter.reserve(POSTS)
            await set_clock(20)
            later = await limiter.blocked(POSTS.bucket), await limiter.reserve(POSTS)
            await set_clock(-3600)
            await limiter.block(POSTS.bucket, 5)
            again = await limiter.blocked(POSTS.bucket), await limiter.reserve(POSTS)

        assert [30, 30] == pytest.approx([blocked, turn], abs=0.1)
        assert max(later) <= 10
        assert max(again) <= 30
        assert min(*later, *again) > 0

    async def test_many_buckets_in_every_order(self) -> None:
        """Processes that ask for the same buckets at once do not wait for one another in a circle."""
        address = await migrated_postgresql()
        limits = [RateLimit(bucket=f"b{number}", interval=0.001) for number in range(40)]
        async with opened(address) as first, opened(address) as second, asyncio.timeout(PATIENCE):
            both = PostgresRateLimiter(first), PostgresRateLimiter(second)
            for _ in range(10):
                forth = [both[0].reserve(one) for one in limits]
                back = [both[1].reserve(one) for one in reversed(limits)]
                await asyncio.gather(*forth, *back)

    async def test_a_process_that_is_stopped_amid_a_reservation(self, tmp_path: Path) -> None:
        """A worker that was killed while it asked for turns without end keeps nobody else waiting."""
        address = await migrated_postgresql()
        async with holding(tmp_path, WORKER, address) as process, opened(address) as engine:
            limiter = PostgresRateLimiter(engine)
            for signal_ in (signal.SIGSTOP, signal.SIGKILL):
                process.send_signal(signal_)
                async with asyncio.timeout(PATIENCE):
                    waits = [await limiter.reserve(BUSY) for _ in range(20)]
                assert max(waits) < HORIZON
