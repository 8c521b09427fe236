"""
Reading foreign documents where it can do no harm: in processes that may be killed.

A few megabytes of nested tags keep a parser busy for ten seconds, and it holds the interpreter all the while: in a
thread, the heartbeats and acknowledgements of the chat would starve. So a document is read in a process of its own, with
a limit on work and memory; one that takes more dies with it and takes nothing else along.

What is limited is the time of the processor, not of the clock: on a machine with a load of 16, arXiv's page of 1,000
papers, 0.29 s of work, was not read within 5 s of the clock. The clock has a limit of its own, far looser, for what waits
without working.

Documents are handed over one by one. Batching would gain nothing: a hand-over costs 0.13 ms, reading a feed of 20
entries 4 ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as TookTooLong
from typing import Final, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from adapters.sources.documents import Unreadable
from bot.errors import SourceError

_LOST: Final = "gave an answer that the reader did not survive"

P = ParamSpec("P")
T = TypeVar("T")

_MEMORY = 1_000_000_000
"""Address space of a reading process, in bytes. The interpreter with feedparser takes about a fifth of it."""


class Parser:
    """
    Runs pure functions on foreign bytes, at most `workers` of them at a time, each for at most `work` seconds of the processor and
    `timeout` seconds of the clock.

    The processes begin with the first document and end `idle` seconds after the last one, so that a service which waits
    for next week holds no memory for them.
    """

    def __init__(self, workers: int = 2, work: float = 5.0, timeout: float = 30.0, idle: float = 5.0) -> None:
        self._workers = workers
        self._work = work
        self._timeout = timeout
        self._idle = idle
        self._pool: ProcessPool | None = None
        self._busy = 0
        self._rest: asyncio.TimerHandle | None = None

    async def run(self, source_id: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Give what `function(*args, **kwargs)` gives, or raise `SourceError` in the name of the source.

        Function, arguments and result must be picklable, and the function's module light.
        """
        if self._rest:
            self._rest.cancel()
        self._busy += 1
        try:
            try:
                return await self._handed_over(function, *args, **kwargs)
            except BrokenExecutor:  # the processes went while they had nothing to do, so this document is not to blame
                return await self._handed_over(function, *args, **kwargs)
        except (TookTooLong, Unreadable, ProcessExpired, BrokenExecutor, MemoryError, RecursionError) as error:
            raise SourceError(source_id, self._in_words(error)) from error
        finally:
            self._busy -= 1
            if not self._busy:
                self._rest = asyncio.get_running_loop().call_later(self._idle, self._retire)

    async def _handed_over(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.wrap_future(
            self._started().schedule(_bounded, (self._work, function, args, kwargs), {}, self._timeout)
        )

    def _in_words(self, error: BaseException) -> str:
        if isinstance(error, Unreadable):
            return str(error)
        if isinstance(error, TookTooLong):
            return f"gave an answer that could not be read within {self._timeout:g} s"
        if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGPROF:
            return f"gave an answer that took more than {self._work:g} s of work to be read"
        if isinstance(error, MemoryError | RecursionError):
            return "gave an answer that is too large or too deep to be read"
        return _LOST

    def _started(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:  # a pool whose processes all went at once is not to be mended
            # 'spawn', for a fork would take our threads' locks and our open connections along.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(max_workers=self._workers, initializer=confine, context=context)
        return self._pool

    def _retire(self) -> asyncio.Future[None] | None:
        """Let the processes go; off the loop, for they are waited for."""
        pool, self._pool = self._pool, None
        if pool is None:
            return None
        pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one method untyped
        return asyncio.get_running_loop().run_in_executor(None, pool.join)

    async def aclose(self) -> None:
        """Stop at once, whatever is being read."""
        if self._rest:
            self._rest.cancel()
        ended = self._retire()
        if ended:
            await ended


def _bounded(work: float, function: Callable[P, T], args: tuple[object, ...], kwargs: dict[str, object]) -> T:
    """
    Run a function for at most so many seconds of this process's own work; after that, the process ends.

    A signal that nobody handles ends a process inside of a parser written in C, too, where an exception would have to wait,
    and no `except` of the parser can swallow it.
    """
    signal.setitimer(signal.ITIMER_PROF, work)
    try:
        return function(*args, **kwargs)  # type: ignore[arg-type]  # what `run` was given for it, carried across
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def confine() -> None:
    """Bound the memory of a reading process. Where the system knows no such limit, the limits on time must do."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
