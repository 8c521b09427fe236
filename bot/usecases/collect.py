"""
Collect: ask every source, side by side, and store what they say.

A source that fails is a value in the result, never a stop. What is stored goes in few, large transactions, since each commit
waits for the disk; the queue between asking and storing is bounded, so memory does not grow with the number of sources.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import mentions_of
from bot.errors import SourceError
from bot.model import Entry, FetchResult, Mention, SourceRecord, SourceReport, SourceSpec, SourceStatus, StoredEntry
from bot.ports import Batch, Clock, Source, UnitOfWorkFactory, Upserted

logger = logging.getLogger(__name__)

LATENESS: Final = timedelta(days=14)
"""
An entry that reaches us after its window was read still counts as news if it is younger than this: arXiv announces a paper up
to four days after its submission, Hugging Face lists papers some days old. An older one is archive.
"""

_QUEUED: Final = 32
_TOGETHER: Final = 64

Progress = Callable[[SourceReport], None]
"""Called once for each source, when its result is known."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What asking one source gave: a result, or the sentence that says why not."""

    spec: SourceSpec
    record: SourceRecord
    seconds: float
    result: FetchResult | None = None
    error: SourceError | None = None


async def collect(
    specs: Sequence[SourceSpec],
    sources: Mapping[str, Source],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    *,
    since: datetime,
    at_once: int = 16,
    respect_backoff: bool = False,
    progress: Progress | None = None,
) -> tuple[SourceReport, ...]:
    """
    Ask each enabled source for what it said since `since` (UTC) and store it; give one report a source, in the order of `specs`.

    At most `at_once` sources are asked at the same time. With `respect_backoff`, a source that failed lately is not
    asked again before its time. Running it twice is harmless: what is known already is not stored again.
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
        resting = _not_asked(spec, record, now, respect_backoff=respect_backoff)
        if resting:
            tell(resting)
        else:
            asked.append((spec, record))

    answers: asyncio.Queue[_Answer | None] = asyncio.Queue(maxsize=_QUEUED)
    asking = asyncio.create_task(_ask_all(asked, sources, since, answers, at_once))
    try:
        while batch := await _gather(answers):
            for report in await _store(batch, unit_of_work, since, clock()):
                tell(report)
        await asking
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
    return tuple(reports[spec.id] for spec in specs)


def _not_asked(spec: SourceSpec, record: SourceRecord, now: datetime, *, respect_backoff: bool) -> SourceReport | None:
    if not spec.enabled:
        return SourceReport(
            id=spec.id,
            kind=spec.kind,
            name=spec.name,
            state=SourceStatus.OFF,
            newest=record.newest,
            error=spec.off_because,
        )
    if respect_backoff and record.next_try and record.next_try > now:
        last = record.report.error if record.report else None
        error = f"{last or 'failed'}; will be asked again at {record.next_try:%Y-%m-%d %H:%M} UTC"
        return SourceReport(
            id=spec.id, kind=spec.kind, name=spec.name, state=SourceStatus.FAILED, newest=record.newest, error=error
        )
    return None


async def _ask_all(
    asked: Sequence[tuple[SourceSpec, SourceRecord]],
    sources: Mapping[str, Source],
    since: datetime,
    answers: asyncio.Queue[_Answer | None],
    at_once: int,
) -> None:
    gate = asyncio.Semaphore(at_once)

    async def one(spec: SourceSpec, record: SourceRecord) -> None:
        async with gate:
            await answers.put(await _ask(spec, record, sources[spec.id], since))

    try:
        async with asyncio.TaskGroup() as group:
            for spec, record in asked:
                group.create_task(one(spec, record))
    finally:
        await answers.put(None)


async def _ask(spec: SourceSpec, record: SourceRecord, source: Source, since: datetime) -> _Answer:
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        result = await source.fetch(since, record.state)
    except SourceError as error:
        logger.info("Source %s failed: %s", spec.id, error.reason, extra={"action": "source_failed", "source": spec.id})
        return _Answer(spec, record, loop.time() - began, error=error)
    return _Answer(spec, record, loop.time() - began, result=result)


async def _gather(answers: asyncio.Queue[_Answer | None]) -> list[_Answer]:
    """Wait for one answer and take along those that are there already; an empty list is the end."""
    batch: list[_Answer] = []
    answer = await answers.get()
    while answer is not None:
        batch.append(answer)
        if answers.empty() or len(batch) >= _TOGETHER:
            return batch
        answer = answers.get_nowait()
    if batch:
        answers.put_nowait(None)
    return batch


async def _store(
    answers: Sequence[_Answer], unit_of_work: UnitOfWorkFactory, since: datetime, now: datetime
) -> list[SourceReport]:
    batches = [
        batch_of(a.spec, a.record, a.result.entries, since=since, now=now)
        for a in answers
        if a.result and a.result.entries
    ]
    async with unit_of_work() as uow:
        stored = await uow.entries.store(batches) if batches else {}
        reports = [report_of(a, stored.get(a.spec.id, Upserted()), now) for a in answers]
        await uow.sources.save([record_of(a, report, now) for a, report in zip(answers, reports, strict=True)])
        await uow.commit()
    return reports


# ---- rules


def batch_of(
    spec: SourceSpec, record: SourceRecord, entries: Sequence[Entry], *, since: datetime, now: datetime
) -> Batch:
    """
    Make of a source's entries what is to be stored.

    When a source is asked for the first time, what is undated or older than `since` counts as seen (`backlog`): a new
    source must not flood the next digest. Later, an entry that is new to us counts from now on if it was published before
    the last successful look, but not more than two weeks ago; older ones are archive, too.
    """
    stored: list[StoredEntry] = []
    mentions: list[Mention] = []
    titles: dict[str, str] = {}
    for entry in entries:
        kept = _placed(entry, record, since=since, now=now)
        found = mentions_of(entry, kept.at)
        stored.append(kept)
        mentions.extend(found)
        titles.update({m.key: m.title for m in found if m.direct or m.key not in titles})
    return Batch(source_id=spec.id, entries=tuple(stored), mentions=tuple(mentions), titles=titles)


def _placed(entry: Entry, record: SourceRecord, *, since: datetime, now: datetime) -> StoredEntry:
    """Tell whether an entry is archive, or late."""
    published = entry.published
    if record.last_success is None:
        return StoredEntry(entry=entry, first_seen=now, backlog=published is None or published < since)
    late = published is not None and published < record.last_success
    old = published is not None and published < now - LATENESS
    return StoredEntry(entry=entry, first_seen=now, backlog=old, late=late)


def report_of(answer: _Answer, stored: Upserted, now: datetime) -> SourceReport:
    """Say how a source did."""
    spec, result = answer.spec, answer.result
    base = SourceReport(
        id=spec.id,
        kind=spec.kind,
        name=spec.name,
        state=SourceStatus.FAILED,
        newest=answer.record.newest,
        seconds=round(answer.seconds, 3),
    )
    if result is None:
        return replace(base, error=answer.error.reason if answer.error else "failed")
    newest = max((at for at in (answer.record.newest, *_dates(result, now)) if at), default=None)
    rhythm = result.rhythm_days or answer.record.rhythm_days or spec.usual_days
    state, error = standing(spec, rhythm, newest=newest, now=now, not_modified=result.not_modified)
    return replace(
        base, state=state, fetched=len(result.entries), new=len(stored.new), newest=newest, error=error or result.note
    )


def _dates(result: FetchResult, now: datetime) -> list[datetime]:
    dates = [entry.published for entry in result.entries if entry.published and entry.published <= now]
    return [*dates, result.newest] if result.newest and result.newest <= now else dates


STALE_AFTER: Final = timedelta(days=7)
_MISSED: Final = 3


def standing(
    spec: SourceSpec, rhythm: float | None, *, newest: datetime | None, now: datetime, not_modified: bool
) -> tuple[SourceStatus, str | None]:
    """
    Tell how a source that answered stands, and why where that wants saying.

    Quiet: nothing new for a week, from a source of which that is expected. Stale: from any other, nothing new for three times
    its usual rhythm (`rhythm`, in days), and for a week at least.
    """
    silence = now - newest if newest else timedelta.max
    if spec.quiet and silence > STALE_AFTER:
        return SourceStatus.QUIET, None
    if newest and rhythm and not spec.quiet and silence > max(STALE_AFTER, timedelta(days=_MISSED * rhythm)):
        return SourceStatus.STALE, f"nothing since {newest.day} {newest:%B %Y}, usually {_every(rhythm)}"
    return (SourceStatus.UNCHANGED if not_modified else SourceStatus.OK), None


def _every(days: float) -> str:
    for limit, word in (
        (1.5, "daily"),
        (5, "several times a week"),
        (10, "weekly"),
        (20, "every two weeks"),
        (45, "monthly"),
    ):
        if days <= limit:
            return word
    return "rarely"


def record_of(answer: _Answer, report: SourceReport, now: datetime) -> SourceRecord:
    """Say what to remember of a source after it was asked."""
    record = answer.record
    if answer.result is None:
        failures = record.failures + 1
        wait = backoff(
            failures, answer.error.retry_after if answer.error else None, gone=bool(answer.error and answer.error.gone)
        )
        return replace(
            record, failures=failures, failing_since=record.failing_since or now, next_try=now + wait, report=report
        )
    return replace(
        record,
        state=answer.result.state,
        first_success=record.first_success or now,
        last_success=now,
        newest=report.newest,
        rhythm_days=answer.result.rhythm_days or record.rhythm_days,
        failures=0,
        failing_since=None,
        next_try=None,
        report=report,
    )


def backoff(failures: int, retry_after: float | None, *, gone: bool = False) -> timedelta:
    """
    Say how long to leave a source alone after `failures` failures in a row: five minutes, doubling, at most a day.

    What the source itself asked for (`retry_after`, seconds) is the least, up to a day. One that is gone rests for a week.
    """
    if gone:
        return timedelta(days=7)
    wait = timedelta(minutes=5 * 2 ** min(max(failures, 1) - 1, 12))
    return min(max(wait, timedelta(seconds=retry_after or 0)), timedelta(days=1))
