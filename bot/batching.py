"""Batching: items that arrive while a batch is being worked on make the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST: Final = 200


class Batcher(Generic[Item, Result]):
    """
    Passes items to `work` in batches, one batch at a time, in the order in which they came.

    `work` gives a result for each item. Where it fails for several, each is tried by itself, so that one bad item fails alone.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], most: int = MOST) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Result:
        """Add an item to the next batch; gives its result, or raises what `work` raised for it."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await done

    async def settle(self) -> None:
        """Wait until nothing is pending."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def _run(self) -> None:
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                if not await self._tried(batch):
                    for one in batch:
                        await self._tried([one])
        finally:
            # Where the work itself is ended, as at an exit, nobody waits for ever.
            left, self._waiting = [*batch, *self._waiting], []
            for _, done in left:
                if not done.done():
                    done.cancel()

    async def _tried(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> bool:
        """Work on a batch; False, and no item has its result, if it failed and is more than one item."""
        try:
            results = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is handed on to the one who waits
            if len(batch) > 1:
                return False
            if not batch[0][1].done():
                batch[0][1].set_exception(error)
            return True
        for (_, done), result in zip(batch, results, strict=True):
            if not done.done():
                done.set_result(result)
        return True
