"""
Reading foreign documents where it can do no harm: in processes that may be killed.

A few megabytes of nested tags keep a parser busy for ten seconds, and it holds the interpreter all the while: in a
thread, the heartbeats and acknowledgements of the chat would starve. So a document is read in a process of its own, with
a limit on work and memory; one that takes more dies with it and takes nothing else along.

What is limited is the time of the processor, not of the clock: on a machine with a load of 16, arXiv's page of 1,000
papers, 0.29 s of work, was not read within 5 s of the clock. The clock has a limit of its own, far looser, for what waits
without working.

What waits while every process is busy is handed over together, which saves more than half a millisecond of CPU a feed: a hand-over
wakes threads and a process. Documents that travel together are still strangers. Each has its own limit on work; one that cannot be read
is its own error; and when a process ends amid several, each of them is read again, alone, so that only the one to blame
fails. In company the limits are tight, for the others wait; who does not keep to them is read again alone, with all of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from adapters.sources.parse.document import Unreadable
from bot.errors import SourceError

_LOST: Final = "gave an answer that the reader did not survive"

P = ParamSpec("P")
T = TypeVar("T")

_MEMORY = 1_000_000_000
"""Address space of a reading process, in bytes. The interpreter with feedparser takes about a fifth of it."""
_COMPANY: Final = 8
"""Documents that are handed over together at most."""
_COMPANY_BYTES: Final = 1_000_000
"""Bytes that are handed over together at most; a document that is larger goes alone."""
_COMPANY_WORK: Final = 1.0
_COMPANY_CLOCK: Final = 5.0
"""Seconds of the processor for a document in company, and of the clock for all of them. A feed takes some milliseconds."""
_SHARE: Final = 0.25
"""Seconds of the clock after which those that have been read are given back, and the rest is handed over again."""

_Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


@dataclass(slots=True, eq=False)
class _Document:
    """
    What is to be read, and where its answer is awaited.

    `alone` says that others were handed over with it when a process ended, `apart` that all processes went while it was
    read alone: it may have been another's doing, so next nothing else is read meanwhile.
    """

    call: _Call
    answer: asyncio.Future[Any]
    size: int = field(init=False)
    alone: bool = False
    apart: bool = False

    def __post_init__(self) -> None:
        self.size = sum(len(given) for given in self.call[1] if isinstance(given, bytes))


@dataclass(slots=True, eq=False)
class _Batch:
    """What was handed over together, and to which processes; `lost` says that these have all gone."""

    documents: list[_Document]
    pool: ProcessPool | None = None
    lost: bool = False


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
        self._waiting: deque[_Document] = deque()
        self._under_way: dict[asyncio.Task[None], _Batch] = {}
        self._rest: asyncio.TimerHandle | None = None

    async def run(self, source_id: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Give what `function(*args, **kwargs)` gives, or raise `SourceError` in the name of the source.

        Function, arguments and result must be picklable, and the function's module light.
        """
        if self._rest:
            self._rest.cancel()
        self._busy += 1
        document = _Document((function, args, kwargs), asyncio.get_running_loop().create_future())
        self._waiting.append(document)
        self._hand_over()
        try:
            return await document.answer  # type: ignore[no-any-return]  # what `function` gives, carried across
        except (TookTooLong, Unreadable, ProcessExpired, BrokenExecutor, MemoryError, RecursionError) as error:
            raise SourceError(source_id, self._in_words(error)) from error
        except asyncio.CancelledError:
            self._give_up(document)
            raise
        finally:
            self._busy -= 1
            if not self._busy:
                self._rest = asyncio.get_running_loop().call_later(self._idle, self._retire)

    def _hand_over(self) -> None:
        """Give every process that has nothing to do what waits first, and what may travel with it."""
        while self._waiting and self._has_room_for(self._waiting[0]):
            batch = self._next()
            task = asyncio.get_running_loop().create_task(self._read(batch))
            self._under_way[task] = batch
            task.add_done_callback(self._came_back)

    def _has_room_for(self, document: _Document) -> bool:
        if document.apart or any(each.apart for batch in self._under_way.values() for each in batch.documents):
            return not self._under_way
        return len(self._under_way) < self._workers

    def _next(self) -> _Batch:
        company = [self._waiting.popleft()]
        size = company[0].size
        while self._waiting and len(company) < _COMPANY and not (company[0].alone or self._waiting[0].alone):
            size += self._waiting[0].size
            if size > _COMPANY_BYTES:
                break
            company.append(self._waiting.popleft())
        return _Batch(company)

    def _came_back(self, task: asyncio.Task[None]) -> None:
        batch = self._under_way.pop(task)
        if batch.lost:
            self._failed(batch, BrokenExecutor())
        elif task.cancelled():
            for document in batch.documents:
                document.answer.cancel()
        self._hand_over()

    async def _read(self, batch: _Batch) -> None:
        """Have documents read; put those back that were not, and were not to blame for it."""
        try:
            answers = await self._answers(batch)
        except BrokenExecutor:
            self._lose(batch.pool)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it is passed on to those who wait
            self._failed(batch, error)
            return
        for document, (value, reason) in zip(batch.documents, answers, strict=False):
            if document.answer.done():  # nobody waits for it any more
                continue
            if reason is None:
                document.answer.set_result(value)
            else:
                document.answer.set_exception(Unreadable(reason))
        self._put_back(batch.documents[len(answers) :])

    async def _answers(self, batch: _Batch) -> Sequence[tuple[Any, str | None]]:
        pool = batch.pool = self._started()
        first, *others = calls = [document.call for document in batch.documents]
        if not others:
            # Not through `_together`, for an error then brings its traceback in the process along.
            return [(await _scheduled(pool, _bounded, (self._work, *first), self._timeout), None)]
        work, clock = min(self._work, _COMPANY_WORK), min(self._timeout, _COMPANY_CLOCK)
        return await _scheduled(pool, _together, (work, calls), clock)

    def _lose(self, pool: ProcessPool | None) -> None:
        """
        Take everything that was handed over to these processes for lost.

        They all go when one of their answers cannot be received, or when they end with nothing to do. pebble tells most of
        those who wait, and never the one whose document was just being handed over.
        """
        if self._pool is pool:
            self._retire()
        for task, batch in self._under_way.items():
            if batch.pool is pool and not batch.lost:
                batch.lost = True
                task.cancel()

    def _failed(self, batch: _Batch, error: Exception) -> None:
        first, *others = batch.documents
        if others:
            for document in batch.documents:
                document.alone = True
        elif isinstance(error, BrokenExecutor) and not first.apart:
            first.alone = first.apart = True
        else:
            if not first.answer.done():
                first.answer.set_exception(error)
            return
        self._put_back(batch.documents)

    def _put_back(self, documents: Sequence[_Document]) -> None:
        self._waiting.extendleft(document for document in reversed(documents) if not document.answer.done())

    def _give_up(self, document: _Document) -> None:
        """Leave out what nobody waits for; end its reading where nobody waits for what is read with it, either."""
        with contextlib.suppress(ValueError):
            self._waiting.remove(document)
        for task, batch in self._under_way.items():
            if document in batch.documents and all(each.answer.done() for each in batch.documents):
                task.cancel()

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
        while self._waiting:
            self._waiting.popleft().answer.cancel()
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
        ended = self._retire()
        if ended:
            await ended


async def _scheduled(pool: ProcessPool, function: Callable[..., T], args: tuple[object, ...], timeout: float) -> T:  # noqa: ASYNC109 - pebble keeps it
    try:
        answer = pool.schedule(function, args, {}, timeout)
    except RuntimeError as error:  # it broke since we looked
        raise BrokenExecutor from error
    return await asyncio.wrap_future(answer)


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


def _together(work: float, calls: Sequence[_Call]) -> list[tuple[Any, str | None]]:
    """
    Read documents one after the other: what each gave, or the reason why it cannot be read.

    When the share of time is up, the answers are fewer than the calls. Every other error ends all of it: it may be of what
    the documents before have left behind, such as a want of memory, and nobody may be blamed for that.
    """
    answers: list[tuple[Any, str | None]] = []
    ends = time.monotonic() + _SHARE
    for function, args, kwargs in calls:
        try:
            answers.append((_bounded(work, function, args, kwargs), None))
        except Unreadable as error:
            answers.append((None, str(error)))
        if time.monotonic() > ends:
            break
    return answers


def confine() -> None:
    """Bound the memory of a reading process. Where the system knows no such limit, the limits on time must do."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
