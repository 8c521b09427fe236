"""
Fair pool: work in the background, so many pieces at once, in lanes that take turns.

A lane is what must not keep others waiting: a workspace of a platform. However many pieces one lane brings, each other lane has its turn
after one of them, and a lane whose work hangs holds no more than its own places.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBounds:
    """
    Bounds of a pool: how many pieces of work run at once, how many of one lane, and how many are held in all, waiting ones included. A lane
    that is failing runs one at a time, so that it takes no places from those that work while it is tried again.
    """

    running: int
    in_lane: int
    held: int


@dataclass(frozen=True, slots=True, eq=False)
class _Piece(Generic[Result]):
    """A piece of work that waits or runs."""

    key: str
    lane: Hashable
    work: Callable[[], Awaitable[Result]]
    done: asyncio.Future[Result]


class FairPool(Generic[Result]):
    """
    Runs each piece of work once at a time for its key. Lanes take turns; within a lane it is first come, first served.

    What is submitted outlives who submitted it: a caller that waits no longer leaves its work running, and finds it again by its key.
    """

    def __init__(self, bounds: PoolBounds) -> None:
        self.bounds = bounds
        self._held: dict[str, _Piece[Result]] = {}
        self._queues: dict[Hashable, deque[_Piece[Result]]] = {}
        # The lanes with work that waits and a place for it, in the order of their turns.
        self._turns: dict[Hashable, None] = {}
        self._running: Counter[Hashable] = Counter()
        self._failing: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def running(self) -> int:
        """How many pieces run."""
        return len(self._tasks)

    @property
    def waiting(self) -> int:
        """How many pieces wait for a place."""
        return sum(map(len, self._queues.values()))

    @property
    def failing(self) -> int:
        """How many lanes are failing."""
        return len(self._failing)

    def room(self, lane: Hashable) -> int:
        """How many pieces of this lane would begin at once, but for other lanes."""
        return 0 if lane in self._queues else max(0, self._places(lane) - self._running[lane])

    def holds(self, key: str) -> bool:
        """Whether work of this key waits or runs."""
        return key in self._held

    def submit(self, key: str, lane: Hashable, work: Callable[[], Awaitable[Result]]) -> asyncio.Future[Result] | None:
        """
        Run some work as soon as there is a place for it; give its result's future. None, and nothing is done, where the pool is full.

        While work of the same key waits or runs, that one's future is given.
        """
        if found := self._held.get(key):
            return found.done
        if self._closed or len(self._held) >= self.bounds.held:
            return None
        piece = self._held[key] = _Piece(key, lane, work, asyncio.get_running_loop().create_future())
        self._queues.setdefault(lane, deque()).append(piece)
        self._offer(lane)
        return piece.done

    def failed(self, lane: Hashable) -> None:
        """Note that a lane's platform failed: until it is `well` again, it has one place."""
        self._failing.add(lane)

    def well(self, lane: Hashable) -> None:
        """Note that a lane's platform answers."""
        if lane in self._failing:
            self._failing.discard(lane)
            self._offer(lane)

    async def close(self, seconds: float = 0.0, letting_go: float = 2.0) -> None:
        """Begin nothing more; wait for what runs for at most `seconds`, then cancel it, which has `letting_go` seconds to end."""
        self._closed = True
        for piece in [piece for queue in self._queues.values() for piece in queue]:
            del self._held[piece.key]
            piece.done.cancel()
        self._queues.clear()
        self._turns.clear()
        if self._tasks and seconds:
            await asyncio.wait(self._tasks, timeout=seconds)
        late = set(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=letting_go)

    def _offer(self, lane: Hashable) -> None:
        """Let a lane have a turn if it has work that waits and a place for it, and give the turns that there are places for."""
        self._put_in_line(lane)
        while self._turns and len(self._tasks) < self.bounds.running:
            following = next(iter(self._turns))
            del self._turns[following]
            queue = self._queues[following]
            self._begin(queue.popleft())
            if not queue:
                del self._queues[following]
            self._put_in_line(following)

    def _put_in_line(self, lane: Hashable) -> None:
        if lane in self._queues and self._running[lane] < self._places(lane):
            self._turns.setdefault(lane)

    def _places(self, lane: Hashable) -> int:
        return 1 if lane in self._failing else self.bounds.in_lane

    def _begin(self, piece: _Piece[Result]) -> None:
        self._running[piece.lane] += 1
        task = asyncio.create_task(self._run(piece), name=piece.key)
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._end(piece, ended))

    async def _run(self, piece: _Piece[Result]) -> None:
        try:
            result = await piece.work()
        except Exception as error:  # noqa: BLE001 - it is handed to the one who waits
            if not piece.done.done():
                piece.done.set_exception(error)
        else:
            if not piece.done.done():
                piece.done.set_result(result)

    def _end(self, piece: _Piece[Result], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._held.pop(piece.key, None)
        piece.done.cancel()  # of no effect where there is a result
        self._running[piece.lane] -= 1
        if not self._running[piece.lane]:
            del self._running[piece.lane]
        if not self._closed:
            self._offer(piece.lane)
