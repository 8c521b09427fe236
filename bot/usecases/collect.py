"""
Collect: ask every source, side by side, and store what they say.

A source that fails is a value in the result, never a stop, and so is one that does not come to an end. What is stored goes in
few, large transactions, since each commit waits for the disk; the queue between asking and storing is bounded, so memory does
not grow with the number of sources.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.errors import SourceError
from bot.identity import contested, in_doubt, told_apart
from bot.model import FetchResult, SourceRecord, SourceReport, SourceSpec, StoredEntry
from bot.ports import Batch, Clock, Source, UnitOfWork, UnitOfWorkFactory, Upserted
from bot.source_state import SourceAnswer, asked_since, batch_of, not_asked, record_of, report_of

logger = logging.getLogger(__name__)

SECONDS: Final = 60.0
"""The usual bound on asking one source, its wait for a turn at its host and the reading of its answer included."""

_QUEUED: Final = 32
_LINGER: Final = 0.2
"""Seconds that the first answer waits for others to be stored with: a person who watches does not notice."""
_TOGETHER: Final = 500
"""Entries and answers that are stored together, so that the loop is never held for longer than it takes to write these."""

Progress = Callable[[SourceReport], None]
"""Called once for each source, when its result is known."""


async def collect(
    specs: Sequence[SourceSpec],
    sources: Mapping[str, Source],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    since: datetime,
    at_once: int = 24,
    seconds: float = SECONDS,
    read_until: datetime | None = None,
    respect_backoff: bool = False,
    full: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[SourceReport, ...]:
    """
    Ask each enabled source for what it said since `since` (UTC), or since its last answer if that is longer ago, and store it; give
    one report a source, in the order of `specs`.

    At most `at_once` sources are asked at the same time, none for longer than `seconds` (or its spec's own, if that is
    more). So all is over within `seconds` times the number of sources by `at_once`, rounded up, whatever the sources do.
    With `respect_backoff`, a source that failed lately, is gone, or said when it will have news, is not asked before its time;
    without it, as when a person asks, all are, so that what works again is back at once.
    `full` names the sources that ask for everything, and not only for what has changed.
    `read_until` is the end of the last window that a digest was made of. Running it twice is harmless: what is known already
    is not stored again.
    """
    async with unit_of_work() as uow:
        records = await uow.sources.all()
    now = clock()
    reports: dict[str, SourceReport] = {}

    def tell(report: SourceReport) -> None:
        reports[report.id] = report
        if progress:
            progress(report)

    asked = []
    for spec in specs:
        record = records.get(spec.id) or SourceRecord(id=spec.id)
        resting = not_asked(spec, record, now, respect_backoff=respect_backoff)
        if resting:
            tell(resting)
        else:
            asked.append((spec, record))

    answers: asyncio.Queue[SourceAnswer | None] = asyncio.Queue(maxsize=_QUEUED)
    asking = asyncio.create_task(_ask_all(asked, sources, since, answers, at_once, seconds, full, now))
    try:
        while batch := await _gather(answers):
            for report in await _store(batch, unit_of_work, since, read_until, clock()):
                tell(report)
        await asking
    finally:
        asking.cancel()
        await asyncio.wait([asking])
    return tuple(reports[spec.id] for spec in specs)


async def _ask_all(
    asked: Sequence[tuple[SourceSpec, SourceRecord]],
    sources: Mapping[str, Source],
    since: datetime,
    answers: asyncio.Queue[SourceAnswer | None],
    at_once: int,
    seconds: float,
    full: Collection[str],
    now: datetime,
) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(spec: SourceSpec, record: SourceRecord) -> None:
        async with gate:
            start = asked_since(record, since, now)
            answer = await _ask(spec, record, sources[spec.id], start, max(seconds, spec.seconds or 0))
            await answers.put(replace(answer, full=spec.id in full))

    try:
        async with asyncio.TaskGroup() as group:
            for spec, record in asked:
                group.create_task(one(spec, record))
    except Exception:
        await answers.put(None)
        raise
    await answers.put(None)  # not when we are cancelled: nobody takes from the queue then, and it may be full


async def _ask(spec: SourceSpec, record: SourceRecord, source: Source, since: datetime, seconds: float) -> SourceAnswer:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        result = await _bounded(spec, source.fetch(since, record.state), seconds)
    except SourceError as error:
        logger.info("Source %s failed: %s", spec.id, error.reason, extra={"action": "source_failed", "source": spec.id})
        return SourceAnswer(spec, record, loop.time() - began, error=_plainly(error))
    return SourceAnswer(spec, record, loop.time() - began, result=result)


def _plainly(error: SourceError) -> SourceError:
    """The same; of a source that is gone (it answered 410), it is said first that it is left alone for a week (`backoff`)."""
    if not error.gone:
        return error
    reason = f"gone, turned off for a week: {error.reason}"
    return SourceError(error.source_id, reason, retry_after=error.retry_after, gone=True, state=error.state)


async def _bounded(spec: SourceSpec, fetching: Awaitable[FetchResult], seconds: float) -> FetchResult:
    try:
        async with asyncio.timeout(seconds) as bound:
            return await fetching
    except TimeoutError:
        if not bound.expired():
            raise  # a fault of the source's own making, not our timeout
        raise SourceError(spec.id, f"did not come to an end within {seconds:g} s") from None


async def _gather(answers: asyncio.Queue[SourceAnswer | None]) -> list[SourceAnswer]:
    """Wait for an answer, and a little for others to store with it; an empty list is the end."""
    batch: list[SourceAnswer] = []
    weight = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None) as timeout:
            while weight < _TOGETHER and (answer := await answers.get()):
                batch.append(answer)
                weight += 1 + (len(answer.result.entries) if answer.result else 0)
                if len(batch) == 1:
                    timeout.reschedule(asyncio.get_running_loop().time() + _LINGER)
            if batch and weight < _TOGETHER:
                answers.put_nowait(None)  # the end again, for the next call
    return batch


async def _store(
    answers: Sequence[SourceAnswer],
    unit_of_work: UnitOfWorkFactory,
    since: datetime,
    read_until: datetime | None,
    now: datetime,
) -> list[SourceReport]:
    async with unit_of_work() as uow:
        batches = await _batches(answers, uow, since, read_until, now)
        stored = await uow.entries.store(batches) if batches else {}
        reports = [report_of(a, stored.get(a.spec.id, Upserted()), now) for a in answers]
        await uow.sources.save([record_of(a, report, now) for a, report in zip(answers, reports, strict=True)])
        await uow.commit()
    return reports


async def _batches(
    answers: Sequence[SourceAnswer], uow: UnitOfWork, since: datetime, read_until: datetime | None, now: datetime
) -> list[Batch]:
    """What is to be stored of each answer, its entries told apart from those that are stored already."""
    said = [(a, a.result.entries) for a in answers if a.result and a.result.entries]
    asked = {pair for _, entries in said for pair in in_doubt(entries)}
    speakers = await uow.entries.speakers(asked) if asked else {}
    known: dict[str, set[str]] = defaultdict(set)
    for (source_id, _), external_ids in speakers.items():
        known[source_id] |= external_ids
    batches = [
        batch_of(a.spec, a.record, entries, since=since, now=now, read_until=read_until, known=known[a.spec.id])
        for a, entries in said
    ]
    keys = contested(batches, speakers)
    present: dict[str, list[StoredEntry]] = defaultdict(list)
    if keys:
        followed = await uow.items.canonical(keys)
        rows = await uow.entries.of_items(keys)
        for key in keys:
            present[key] = [stored for at, stored, mention in rows if at == followed[key] and mention.direct]
    return [told_apart(batch, speakers, present) for batch in batches]
