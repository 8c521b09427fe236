"""Questions asked side by side, so many of them at once and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


async def side_by_side(ask: Callable[[Asked], Awaitable[Answer]], many: Iterable[Asked], at_once: int) -> list[Answer]:
    """Give the answers in the order of what was asked. Raises what the first that fails raises."""
    turns = asyncio.Semaphore(at_once)

    async def one(asked: Asked) -> Answer:
        async with turns:
            return await ask(asked)

    return await asyncio.gather(*map(one, many))
