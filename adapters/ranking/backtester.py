"""`bot.ports.Backtester`: ranks past weeks again in a process of its own, at the lowest priority, which ends with its answer."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as TookTooLong
from datetime import date
from typing import Final

from pebble import ProcessExpired, ProcessPool

from adapters.ranking.process import MEMORY, begin
from bot.backtest.records import OwnRecords
from bot.errors import RankingError

logger = logging.getLogger(__name__)

SECONDS: Final = 1800.0
"""Timeout: four weeks of arXiv's computer science with the nine before them take a minute or two of CPU, of which others have more."""

_METHODS: Final = ("paperround", "votes", "recency")


class ProcessBacktester:
    """A process for each question. Nothing is kept."""

    async def measure(
        self, records: OwnRecords, weeks: Sequence[date]
    ) -> Mapping[tuple[str, date], Mapping[str, float]]:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPool(max_workers=1, initializer=_begin, initargs=(MEMORY,), context=context)
        try:
            return await asyncio.wrap_future(pool.schedule(_measure, args=[records, list(weeks)], timeout=SECONDS))
        except TookTooLong as error:
            raise RankingError(f"took longer than {SECONDS:g} s") from error
        except (ProcessExpired, BrokenExecutor, MemoryError, RuntimeError) as error:
            raise RankingError("ended before it had an answer") from error
        except Exception as error:
            logger.exception("The backtest stumbled", extra={"action": "ranking_stumbled"})
            raise RankingError(f"stumbled over {type(error).__name__}") from error
        finally:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one method untyped
            await asyncio.shield(asyncio.to_thread(pool.join))


# What follows runs in the process. The modules that calculate are imported there alone.


def _begin(memory: int) -> None:
    os.nice(19)
    begin(memory)


def _measure(records: OwnRecords, weeks: Sequence[date]) -> dict[tuple[str, date], dict[str, float]]:
    from bot.backtest.protocol import Backtest, run  # noqa: PLC0415

    plan = Backtest.of_own(records, records.works)
    found: defaultdict[tuple[str, date], dict[str, float]] = defaultdict(dict)
    for trial in run(plan, weeks, _METHODS):
        if trial.whole:
            found[trial.channel, trial.week][trial.method] = trial.measures["ndcg@10"]
    return dict(found)
