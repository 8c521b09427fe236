"""Rate limiting: how a caller waits for its turn, and the limiter of a single process."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from bot.errors import PaperRoundError, StorageError
from bot.ports.rate_limits import HORIZON, RateLimit, RateLimiter

DAY: Final = 86_400.0

LOOK_AGAIN: Final = 1.0
"""Who waited so many seconds for a turn asks whether the platform refused somebody else meanwhile."""


LATE: Final = 0.19
"""
How many seconds after it came a turn may be used: what processes that share a limit take in a second may be that much more than a second's turns. A
process whose event loop stands still for a fifth of a second again and again, as one that compiles on a busy machine, still uses nearly all of its turns.
"""

TRIES: Final = 3
"""How many turns are waited for. A process that is late for each of them uses the last one: on a machine that is so busy it would never ask at all."""


class TurnTooLate(PaperRoundError):
    """The next turn comes later than the caller waits. `wait` is in how many seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"the next request may be made in {wait:.0f} seconds")
        self.wait = wait


async def take_turn(
    limiter: RateLimiter, limit: RateLimit, sleep: Callable[[float], Awaitable[object]], *, most: float = HORIZON
) -> float:
    """
    Wait for a turn; give how many seconds that took. Raises `TurnTooLate` at once where it would take more than `most` in all.

    What the platform asks of anybody during the wait is waited for, too.
    """
    waited = 0.0
    wait = await limiter.reserve(limit)
    while wait > 0:
        if waited + wait > most:
            raise TurnTooLate(wait)
        await sleep(wait)
        waited += wait
        wait = await limiter.blocked(limit.bucket) if wait >= LOOK_AGAIN else 0.0
    return waited


async def take_turn_in_time(
    limiter: RateLimiter,
    limit: RateLimit,
    sleep: Callable[[float], Awaitable[object]],
    now: Callable[[], float],
    *,
    most: float = HORIZON,
) -> None:
    """
    Wait for a turn, and where this process comes to use it too late, give it up and wait for another one, for `most` seconds each time.

    A process that stood still would use all turns of that time at once, beside those of other processes, which are on time: together they would be
    more than the platform takes. `now` counts seconds from anywhere and never goes back. Raises `TurnTooLate` as `take_turn` does.
    """
    turn = 0.0

    async def slept(seconds: float) -> None:
        nonlocal turn
        turn = now() + seconds
        await sleep(seconds)

    for _ in range(TRIES):
        if not await take_turn(limiter, limit, slept, most=most) or now() - turn <= LATE:
            return


@contextlib.asynccontextmanager
async def exclusive_turn(
    limiter: RateLimiter, bucket: str, interval: float, sleep: Callable[[float], Awaitable[object]]
) -> AsyncIterator[None]:
    """
    Turn that nobody else has meanwhile, in no process that shares `limiter`, nor for `interval` seconds after its end. Waits for it as long as it takes.

    The bucket is blocked for an interval, again and again while the turn lasts: of one that dies with it the next is free after an interval. A process that
    stands still for longer than that loses it. The first turn raises `StorageError` where the limiter's database does not answer; later it is
    passed over, for what was asked meanwhile must not be lost.
    """
    # Those who wait come a third of an interval apart, so that no two of them find the bucket open at one moment. Whoever has the turn has blocked it
    # for nearly an interval; what is left of a tenth is the end of a turn that is over.
    limit = RateLimit(bucket=bucket, interval=interval / 3)
    while True:
        wait = await limiter.reserve(limit)
        await sleep(wait)
        while 0 < (left := await limiter.blocked(bucket)) < interval / 10:
            await sleep(left)
        if wait <= HORIZON and not left:
            break
    await limiter.block(bucket, interval)

    async def hold() -> None:
        while True:
            await sleep(interval / 3)
            blocking = asyncio.ensure_future(limiter.block(bucket, interval))
            # Never cancelled amid a question to the database: its connection would be lost to the pool.
            try:
                await asyncio.shield(blocking)
            except StorageError:
                continue
            except asyncio.CancelledError:
                await asyncio.wait([blocking])
                with contextlib.suppress(StorageError):
                    blocking.result()
                raise

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.wait([holding])
        with contextlib.suppress(StorageError):
            await limiter.block(bucket, interval)


class SlidingWindow:
    """
    At most so many in any span of so many seconds, counted where they are done.

    Turns are given out ahead, and a process that is busy uses several of them late and so at once: this is what keeps those apart.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._taken: deque[float] = deque()

    def left(self, now: float) -> tuple[int, float]:
        """Give how many places are left, and in how many seconds the first of those that are taken is free again."""
        taken = [at for at in self._taken if now - at < self._seconds]
        return self._most - len(taken), taken[0] + self._seconds - now if taken else 0.0

    def wait(self, now: float) -> float:
        """Take a place and give 0, or give in how many seconds there may be one."""
        while self._taken and now - self._taken[0] >= self._seconds:
            self._taken.popleft()
        if len(self._taken) >= self._most:
            return self._taken[0] + self._seconds - now
        self._taken.append(now)
        return 0.0


class InProcessRateLimiter:
    """
    `bot.ports.RateLimiter` for a process that serves its platforms alone. `now` counts seconds from anywhere and never goes back.

    By the generic cell rate algorithm (ITU-T I.371): one number a bucket, the instant from which it would be idle.
    """

    shared = False

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._idle_at: dict[str, float] = {}
        self._open_at: dict[str, float] = {}

    async def reserve(self, limit: RateLimit) -> float:
        now = self._now()
        opens = max(now, self._open_at.get(limit.bucket, now))
        idle = max(opens, self._idle_at.get(limit.bucket, opens))
        turn = max(opens, idle - (limit.burst - 1) * limit.interval)
        if turn - now <= HORIZON and limit.interval:
            self._idle_at[limit.bucket] = idle + limit.interval
        return turn - now

    async def block(self, bucket: str, seconds: float) -> None:
        at = self._now() + seconds
        self._open_at[bucket] = max(at, self._open_at.get(bucket, at))

    async def blocked(self, bucket: str) -> float:
        now = self._now()
        return max(0.0, self._open_at.get(bucket, now) - now)

    async def tidy(self) -> None:
        before = self._now() - DAY
        for times in (self._idle_at, self._open_at):
            for bucket in [bucket for bucket, at in times.items() if at < before]:
                del times[bucket]
