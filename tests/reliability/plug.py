"""
A plug that is pulled at a chosen side effect: every port of the program is wired through it.

`DIES`: from that instant on the program does nothing more; whatever it still tries, `finally` blocks included, is not done, just as
nothing is done after a kill -9. `FAILS`: that one call fails as the port says it may, and the program goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import Enum
from types import TracebackType
from typing import Any, Self

from bot.errors import ChatUnsettled, SourceError, StorageError
from bot.model import Channel, FetchResult, MessageRef, Post, Snapshot
from bot.ports import Chat, EventSink, Redraws, Source, UnitOfWork, UnitOfWorkFactory


class Pulled(BaseException):
    """The program is dead. No `except Exception` may keep it alive."""


class Manner(Enum):
    DIES = "dies"
    FAILS = "fails"


QUESTIONS = frozenset({"begin", "find", "snapshot", "fetch"})
"""Calls that change nothing anywhere."""


class Plug:
    """Counts side effects; pulled before or after the `at`-th. With `at=0` it only counts."""

    def __init__(self, at: int = 0, *, after: bool = False, manner: Manner = Manner.DIES) -> None:
        self.at = at
        self.after = after
        self.manner = manner
        self.count = 0
        self.pulled = False
        self.where = ""
        self.death = asyncio.Event()

    @property
    def dead(self) -> bool:
        return self.pulled and self.manner is Manner.DIES

    async def through(self, what: str, act: Callable[[], Awaitable[Any]], error: Callable[[], Exception]) -> Any:
        """Do a side effect, unless the plug is pulled before it; fail, if it is pulled after it."""
        if self.dead:
            raise Pulled(self.where)
        # To die of a question is to die after what was done before it. To be refused an answer is another matter.
        counts = self.manner is Manner.FAILS or what.partition(" ")[0] not in QUESTIONS
        self.count += counts
        here = counts and self.count == self.at
        if here and not self.after:
            self._pull(what, error)
        done = await act()
        if here:
            self._pull(what, error)
        return done

    def _pull(self, what: str, error: Callable[[], Exception]) -> None:
        self.pulled = True
        self.where = f"{self.manner.value} {'after' if self.after else 'before'} side effect {self.at}, {what}"
        if self.manner is Manner.FAILS:
            raise error()
        self.death.set()
        raise Pulled(self.where)


class WiredUnitOfWork:
    """A unit of work in a program that may die at its beginning and at its commit."""

    def __init__(self, inner: UnitOfWork, plug: Plug) -> None:
        self._inner = inner
        self._plug = plug

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def __aenter__(self) -> Self:
        await self._plug.through("begin", _nothing, _storage)
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)

    async def commit(self) -> None:
        await self._plug.through("commit", self._inner.commit, _storage)


async def _nothing() -> None: ...


def _storage() -> Exception:
    return StorageError("The database went away.")


def wired_units(units: UnitOfWorkFactory, plug: Plug) -> UnitOfWorkFactory:
    return lambda: WiredUnitOfWork(units(), plug)


class WiredChat:
    """A platform behind a program that may die at every call; `listen` is the program's own affair."""

    def __init__(self, inner: Chat, platform: str, plug: Plug) -> None:
        self._inner = inner
        self._platform = platform
        self._plug = plug

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        return await self._do(f"post {post.part}", lambda: self._inner.post(channel, post, key))

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        return await self._do("find", lambda: self._inner.find(channel, key, since))

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        return await self._do("snapshot", lambda: self._inner.snapshot(ref))

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        await self._do("acknowledge", lambda: self._inner.acknowledge(ref, recorded=recorded))

    async def redraw(self, ref: MessageRef, post: Post) -> None:
        inner: Redraws = self._inner
        await self._do("redraw", lambda: inner.redraw(ref, post))

    async def listen(self, sink: EventSink) -> None:
        await self._inner.listen(sink)

    async def stop_listening(self) -> None:
        await self._inner.stop_listening()

    async def close(self) -> None: ...

    async def _do(self, what: str, act: Callable[[], Awaitable[Any]]) -> Any:
        return await self._plug.through(what, act, lambda: ChatUnsettled(self._platform, "the connection dropped"))


class WiredSource:
    """A source that a program asks that may die of it."""

    def __init__(self, inner: Source, source_id: str, plug: Plug) -> None:
        self._inner = inner
        self._id = source_id
        self._plug = plug

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        return await self._plug.through(
            f"fetch {self._id}",
            lambda: self._inner.fetch(since, state),
            lambda: SourceError(self._id, "the connection dropped"),
        )


def wired_clock(clock: Callable[[], datetime], plug: Plug) -> Callable[[], datetime]:
    """A clock that a dead program cannot read."""

    def read() -> datetime:
        if plug.dead:
            raise Pulled(plug.where)
        return clock()

    return read
