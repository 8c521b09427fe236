"""How fast a host may be asked: so many questions side by side, and so many seconds between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from bot.ports import RateLimiter
from bot.rate_limits import exclusive_turn


class HostQueue:
    """
    The queue in front of one host, or of several that count as one.

    With one place only, the interval runs from the end of an answer to the next question: that is the reading of
    arXiv's terms ('one request every three seconds', 'a single connection') which can never be too fast. With `max_hold`, the next in the queue may ask after
    so many seconds without an answer.

    With a `limiter` the queue of one place is the same for all processes that share it, by the name of its `bucket`.
    """

    def __init__(
        self,
        places: int,
        interval: float,
        max_hold: float | None = None,
        *,
        limiter: RateLimiter | None = None,
        bucket: str = "",
    ) -> None:
        self.single = places == 1
        self._max_hold = max_hold
        self._places = asyncio.Semaphore(places)
        self._interval = interval
        self._free_at = 0.0
        self._limiter = limiter if self.single and interval else None
        self._bucket = bucket

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """
        Wait for a place and keep it for the length of the block, `max_hold` seconds at most. Raises `StorageError` where the limiter's database
        does not answer.
        """
        await self._places.acquire()
        place = _Place(self._places)
        timer = asyncio.get_running_loop().call_later(self._max_hold, place.leave) if self._max_hold else None
        try:
            async with await self._among_processes():
                yield
        finally:
            place.leave()
            if timer:
                timer.cancel()

    async def _among_processes(self) -> AbstractAsyncContextManager[None]:
        if self._limiter is None:
            return nullcontext()
        # Who has just asked comes after its interval: the next of another process has stood in line meanwhile, and is first.
        await asyncio.sleep(self._free_at - asyncio.get_running_loop().time())
        return exclusive_turn(self._limiter, self._bucket, self._interval, asyncio.sleep)

    async def pace(self) -> None:
        """Wait until the next question may go out, and count it as gone."""
        if not self._interval:
            return
        now = asyncio.get_running_loop().time()
        wait = self._free_at - now
        self._free_at = max(now, self._free_at) + self._interval
        if wait > 0:
            await asyncio.sleep(wait)

    def answered(self) -> None:
        """Start the interval again from now, if questions go one by one."""
        if self._interval and self.single:
            self._free_at = asyncio.get_running_loop().time() + self._interval


class _Place:
    """A place in a lane, which can be left once."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def leave(self) -> None:
        if self._places:
            self._places.release()
            self._places = None


class HostPacing:
    """
    Every lane of the process; whatever asks sources in one process is given the same one. `places` and `interval` hold for a public host that
    has no lane of its own. A lane with a name is kept for all processes that share `limiter`, since terms like arXiv's count all machines of an operator
    together (info.arxiv.org/help/api/tou); a host's is kept in this process.
    """

    def __init__(
        self, places: int = 2, interval: float = 0.2, private_places: int = 5, limiter: RateLimiter | None = None
    ) -> None:
        self._places = places
        self._interval = interval
        # A server on this machine or in the local network stands in for many hosts (a feed bridge, a replay of the web). It is
        # ours, so no interval is needed; but one written with Python's `socketserver` listens with a backlog of five,
        # and a sixth connection in the same moment is silently dropped and costs a second.
        self._private_places = private_places
        self._limiter = limiter if limiter and limiter.shared else None
        self._lanes: dict[str, HostQueue] = {}

    def named(self, name: str, interval: float) -> HostQueue:
        """The lane of this name: one question at a time."""
        key = f"lane {name}"
        if key not in self._lanes:
            self._lanes[key] = HostQueue(1, interval, limiter=self._limiter, bucket=f"source/{name}")
        return self._lanes[key]

    def of_host(self, host: str, *, private: bool, interval: float | None = None) -> HostQueue:
        """The lane of a host (with its port)."""
        usual = 0.0 if private else self._interval
        places = self._private_places if private else self._places
        # Behind one such server many sources are answered, some slower than others: after a second the next may ask.
        return self._lane(host, places, usual if interval is None else interval, 1.0 if private else None)

    def _lane(self, name: str, places: int, interval: float, max_hold: float | None = None) -> HostQueue:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = HostQueue(places, interval, max_hold)
        return lane
