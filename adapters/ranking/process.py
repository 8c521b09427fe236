"""
Client of the ranking process: `bot.ports.Ranker` on a single worker process.

Fitting holds a processor for tens of milliseconds a channel, and numpy, scipy and scikit-learn take a hundred megabytes;
neither belongs into the process that listens. The process begins with the first question and ends a while after the last one.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
from array import array
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from pebble import ProcessExpired, ProcessPool

from bot.errors import CorpusGone, RankingError
from bot.ports import Clock
from bot.ranking.question import Packed, Question, Relevance, Relevances, Text
from bot.ranking.regions import Written

logger = logging.getLogger(__name__)

T = TypeVar("T")

LOAD_SECONDS: Final = 300.0
"""Timeout of loading a corpus: fifty thousand works that were never seen take some ten seconds."""
ASK_SECONDS: Final = 60.0
KEPT_WORKS: Final = 4096
"""Works that are kept for their regions: a week's papers, and half as many again."""
START_SECONDS: Final = 60.0
"""
How long the process may take to begin with what it is asked, beside what it does before that. One that ends while it starts, as without memory, is started again
and again, and nothing would ever be answered: pebble counts a task's seconds from when it is begun.
"""

IDLE_SECONDS: Final = 20.0
"""Idle timeout: after so long without a request the process ends."""
MEMORY: Final = 4_000_000_000
"""Bytes of data that it may hold; fifty thousand works take about a quarter of it."""

_THREADS: Final = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""One thread: questions are short, and the other processors are for those who wait for an answer in chat."""


class ProcessRanker:
    """Answers in one process of its own. `store` is the file in which works' features are kept; None keeps none."""

    def __init__(self, clock: Clock, store: Path | None = None, idle: float = IDLE_SECONDS) -> None:
        self._clock = clock
        self._store = store
        self._idle = idle
        self._pool: ProcessPool | None = None
        self._corpus: str | None = None
        self._busy = 0
        self._rest: asyncio.TimerHandle | None = None
        self._promised = 0.0
        """Seconds that all may take together which wait for an answer."""
        self._turn = asyncio.Lock()
        self._places = _Places(())
        self._sent = _Sent()

    async def holds(self, corpus: str) -> bool:
        return self._corpus == corpus and self._pool is not None and bool(self._pool.active)

    async def load(self, corpus: str, texts: Sequence[Text], week: date = date.max) -> None:
        async with self._turn:
            if await self.holds(corpus):
                return
            self._corpus = None
            await self._run(LOAD_SECONDS, _load, corpus, texts, week, self._store, self._clock().date())
            self._places = _Places([text.key for text in texts])
            self._corpus = corpus

    async def relevance(self, corpus: str, question: Question) -> Mapping[str, Relevance]:
        if not await self.holds(corpus):
            raise CorpusGone(corpus)
        asked, places = self._places.of(question.asked)
        # The features of the corpus's works are there; of those without an abstract the title is looked at again.
        liked = [text for text in question.liked if text.key not in self._places or not text.abstract.strip()]
        sent = replace(question, asked=(), liked=liked)
        found: Packed | None = await self._run(ASK_SECONDS, _answer, corpus, sent, places)
        if found is None:
            raise CorpusGone(corpus)
        return Relevances.unpacked(found, asked)

    async def regions(self, texts: Sequence[Written]) -> list[int]:
        for _ in range(2):
            generation, before, new, works = self._sent.numbered(texts)
            found: list[int] | None = await self._run(ASK_SECONDS, _regions, generation, before, new, works)
            if found is not None:
                return found
            self._sent.forget()  # the process began since
        raise RankingError("forgot what it was sent")

    async def close(self) -> None:
        if self._rest:
            self._rest.cancel()
        ended = self._retire()
        if ended:
            await ended

    async def _run(self, timeout: float, function: Callable[..., T], *args: object) -> T:  # noqa: ASYNC109 - pebble keeps it
        """Have a function run in the process. Raises `RankingError` for whatever goes wrong there."""
        if self._rest:
            self._rest.cancel()
        self._busy += 1
        self._promised += timeout
        limit = asyncio.timeout(START_SECONDS + self._promised)
        try:
            pool = self._started()
            async with limit:
                return await asyncio.wrap_future(pool.schedule(function, args=list(args), timeout=timeout))
        except TookTooLong as error:
            if limit.expired():
                self._retire()
                raise RankingError("did not begin with what it was asked") from error
            raise RankingError(f"took longer than {timeout:g} s") from error
        except (ProcessExpired, BrokenExecutor, MemoryError, RuntimeError) as error:
            self._corpus = None
            raise RankingError("ended before it had an answer") from error
        except Exception as error:
            # Whatever the calculation stumbled over, a digest is made without it; the log has the cause.
            logger.exception("The ranking stumbled", extra={"action": "ranking_stumbled"})
            raise RankingError(f"stumbled over {type(error).__name__}") from error
        finally:
            self._busy -= 1
            self._promised -= timeout
            if not self._busy:
                self._rest = asyncio.get_running_loop().call_later(self._idle, self._retire)

    def _started(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self._corpus = None
            # 'spawn', for a fork would take our threads' locks and our open connections along.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(max_workers=1, initializer=begin, initargs=(MEMORY,), context=context)
        return self._pool

    def _retire(self) -> asyncio.Future[None] | None:
        """Let the process go; off the loop, for it is waited for."""
        pool, self._pool, self._corpus = self._pool, None, None
        self._places = _Places(())
        self._sent.forget()
        if pool is None:
            return None
        pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one method untyped
        return asyncio.get_running_loop().run_in_executor(None, pool.join)


class _Places:
    """The places of a corpus's works, by which a question names them: their keys are most of it, and both processes have them."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._known = {key: place for place, key in enumerate(keys)}
        self._last: tuple[Sequence[str], tuple[list[str], bytes]] = ((), ([], b""))

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def of(self, keys: Sequence[str]) -> tuple[list[str], bytes]:
        """Give those of these keys that are known, and their places. The last ones are kept, for most channels of a week ask about the same works."""
        if keys != self._last[0]:
            known = [key for key in keys if key in self._known]
            self._last = (keys, (known, array("l", map(self._known.__getitem__, known)).tobytes()))
        return self._last[1]


class _Sent:
    """The works that were sent to the process for their regions, so that each is sent once; at most `KEPT_WORKS`; where these would be more, all are forgotten."""

    def __init__(self) -> None:
        self._generation = 0
        self._numbers: dict[Written, int] = {}

    def forget(self) -> None:
        """Begin a new generation, of which nothing was sent."""
        self._generation += 1
        self._numbers = {}

    def numbered(self, texts: Sequence[Written]) -> tuple[int, int, list[Written], list[int]]:
        """Give the generation, how many works of it were sent before, those of these that are to be sent now, and the numbers of all of these."""
        before, works = len(self._numbers), self._number(texts)
        if len(self._numbers) > KEPT_WORKS:
            self.forget()
            before, works = 0, self._number(texts)
        return self._generation, before, list(islice(self._numbers, before, None)), works

    def _number(self, texts: Sequence[Written]) -> list[int]:
        numbers = self._numbers
        return [numbers.setdefault(text, len(numbers)) for text in texts]


# What follows runs in the process. The module that calculates is imported there alone.


def begin(memory: int) -> None:
    """Prepare a process that calculates: one thread, bounded memory."""
    os.environ.update(_THREADS)
    from adapters.ranking.worker import confine  # noqa: PLC0415

    confine(memory)


def _load(*given: Any) -> None:
    from adapters.ranking.worker import load  # noqa: PLC0415

    load(*given)


def _answer(corpus: str, question: Question, places: bytes) -> Packed | None:
    from adapters.ranking.worker import answer  # noqa: PLC0415

    return answer(corpus, question, places)


def _regions(*given: Any) -> list[int] | None:
    from adapters.ranking.region_worker import regions  # noqa: PLC0415

    return regions(*given)
