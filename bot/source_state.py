"""
How a source stands: what its answer means, what is stored of it, and when it is asked again. Pure.

What to do with an answer is decided here; `usecases.collect` asks and stores.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.announcement import spoken_at
from bot.dedupe import mentions_of
from bot.errors import SourceError
from bot.model import (
    A_DAY,
    Entry,
    FetchResult,
    Mention,
    Section,
    SourceRecord,
    SourceReport,
    SourceSpec,
    SourceStatus,
    StoredEntry,
)
from bot.ports import Batch, Upserted

LATENESS: Final = timedelta(days=14)
"""
An entry that reaches us after its window was read still counts as news if it is younger than this: arXiv announces a paper up
to four days after its submission, Hugging Face lists papers some days old. An older one is archive.
"""

LONGEST_GAP: Final = timedelta(days=28)
"""How far back a source is asked after weeks in which it did not answer, or nobody asked."""

_OVERLAP: Final = timedelta(hours=1)
"""A look ends when its answer is stored; what was published while it went on may not be in it."""

MOST_UNDATED: Final = 20
"""Of entries without a date only the first so many of an answer can be news: a feed that shows four hundred of a sudden shows its past."""

LONGEST_REST: Final = timedelta(hours=6)
"""A source's own word that nothing will be new is taken for so long; some servers promise a year for everything they have."""


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """What asking one source gave: a result, or the sentence that says why not. `full`: it was asked for everything."""

    spec: SourceSpec
    record: SourceRecord
    seconds: float
    result: FetchResult | None = None
    error: SourceError | None = None
    full: bool = False


def not_asked(spec: SourceSpec, record: SourceRecord, now: datetime, *, respect_backoff: bool) -> SourceReport | None:
    if not spec.enabled:
        return SourceReport(
            id=spec.id,
            kind=spec.kind,
            name=spec.name,
            state=SourceStatus.OFF,
            newest=record.newest,
            error=spec.off_because,
        )
    if not respect_backoff or record.next_try is None or not rests(record, now):
        return None
    if not record.failures:
        return replace(record.report, seconds=0.0, fetched=0, new=0) if record.report else None
    last = record.report.error if record.report else None
    error = f"{last or 'failed'}; will be asked again at {record.next_try:%Y-%m-%d %H:%M} UTC"
    return SourceReport(
        id=spec.id,
        kind=spec.kind,
        name=spec.name,
        state=SourceStatus.FAILING,
        newest=record.newest,
        error=error,
        failing_since=record.failing_since,
    )


def batch_of(
    spec: SourceSpec,
    record: SourceRecord,
    entries: Sequence[Entry],
    *,
    since: datetime,
    now: datetime,
    read_until: datetime | None = None,
    known: Collection[str] = (),
) -> Batch:
    """
    Make of a source's entries what is to be stored.

    When a source is asked for the first time, what is undated or older than `since` counts as seen (`backlog`): a new
    source must not flood the next digest. Later, an entry that is new to us counts from now on if it was published before
    the last successful look, or before the end of the last window that was made a digest of (`read_until`): a source may
    have been down just then. One from before that look, and of more than two weeks ago, is archive, too. `known` are the external ids that are stored
    already; those without a date among them are not counted with the ones that may be news.
    """
    stored: list[StoredEntry] = []
    mentions: list[Mention] = []
    titles: dict[str, str] = {}
    undated = 0
    for entry in entries:
        kept = _placed(entry, record, since=since, now=now, read_until=read_until)
        undated += entry.published is None and entry.external_id not in known
        if entry.published is None and undated > MOST_UNDATED:
            kept = replace(kept, backlog=True)
        found = mentions_of(entry, kept.at)
        stored.append(kept)
        mentions.extend(found)
        titles.update({m.key: m.title for m in found if m.direct or m.key not in titles})
    return Batch(source_id=spec.id, entries=tuple(stored), mentions=tuple(mentions), titles=titles)


def _placed(
    entry: Entry, record: SourceRecord, *, since: datetime, now: datetime, read_until: datetime | None
) -> StoredEntry:
    """
    Tell whether an entry is archive, or late.

    Its date is compared by the last instant that it may mean: a source that gives days speaks at any hour of them.
    """
    spoke = _latest(entry)
    if record.last_success is None:
        # Its window may have become a digest before the source first answered (it failed then, or is new): late, not lost.
        late = bool(read_until and spoke and since <= spoke < read_until)
        # arXiv dates a paper by its submission; what was announced inside the window is its news, though it was submitted before.
        told = spoken_at(entry)
        announced = bool(told and spoke and spoke < since <= told and told > spoke)
        old = not announced and (spoke is None or spoke < since)
        return StoredEntry(entry=entry, first_seen=now, backlog=old, late=late or announced)
    late = spoke is not None and spoke < max(record.last_success, read_until or record.last_success)
    # After weeks without a look, what was said since the last one is news, however old it is by now.
    old = spoke is not None and spoke < min(now - LATENESS, record.last_success)
    return StoredEntry(entry=entry, first_seen=now, backlog=old, late=late)


def asked_since(record: SourceRecord, since: datetime, now: datetime) -> datetime:
    """
    Give from when on a source is asked: `since`, or its last answer where that is longer ago, four weeks back at most.

    So an outage of days, or weeks in which the program did not run, lose nothing that the source still shows.
    """
    if record.last_success is None:
        return since
    return min(since, max(record.last_success - _OVERLAP, now - LONGEST_GAP))


def _latest(entry: Entry) -> datetime | None:
    """Give the last instant at which the source may have spoken, by its own date."""
    if entry.published is None or not entry.whole_day:
        return entry.published
    return entry.published + A_DAY - timedelta.resolution


def report_of(answer: SourceAnswer, stored: Upserted, now: datetime) -> SourceReport:
    """Say how a source did."""
    spec, result = answer.spec, answer.result
    base = SourceReport(
        id=spec.id,
        kind=spec.kind,
        name=spec.name,
        state=SourceStatus.FAILING,
        newest=answer.record.newest,
        seconds=round(answer.seconds, 3),
    )
    if result is None:
        because = answer.error.reason if answer.error else "failed"
        return replace(base, error=because, failing_since=answer.record.failing_since or now)
    newest = max((at for at in (answer.record.newest, *_dates(result, now)) if at), default=None)
    rhythm = result.rhythm_days or answer.record.rhythm_days or spec.usual_days
    state, error = status_of(spec, rhythm, newest=newest, now=now, not_modified=result.not_modified)
    said = "; ".join(filter(None, (result.note, result.gap))) or None
    partial = result.partial or result.gap is not None
    note = f"read in part: {said}" if partial and said else said
    return replace(
        base,
        state=state,
        fetched=len(result.entries),
        new=len(stored.new),
        newest=newest,
        error="; ".join(filter(None, (error, note))) or None,
        partial=partial,
    )


def _dates(result: FetchResult, now: datetime) -> list[datetime]:
    dates = [entry.published for entry in result.entries if entry.published and entry.published <= now]
    return [*dates, result.newest] if result.newest and result.newest <= now else dates


STALE_AFTER: Final = timedelta(days=7)
HOLIDAYS: Final = timedelta(days=14)
"""Labs, and people who do not publish daily, are silent for so long at a conference, over Christmas and in August."""
_MISSED: Final = 3
_DAILY: Final = 1.5
"""Days between two entries of a source that is called daily."""


def status_of(
    spec: SourceSpec, rhythm: float | None, *, newest: datetime | None, now: datetime, not_modified: bool
) -> tuple[SourceStatus, str | None]:
    """
    Tell how a source that answered stands, and why where that wants saying.

    Quiet: nothing new for a week, from a source of which that is expected. Stale: from any other, nothing new for three times
    its usual rhythm (`rhythm`, in days), and for a week at least; for two weeks from a lab, or one that is not daily.
    """
    silence = now - newest if newest else timedelta.max
    if spec.quiet and silence > STALE_AFTER:
        return SourceStatus.QUIET, None
    daily = rhythm is not None and rhythm <= _DAILY and spec.section is not Section.LABS
    least = STALE_AFTER if daily else HOLIDAYS
    if newest and rhythm and not spec.quiet and silence > max(least, timedelta(days=_MISSED * rhythm)):
        return SourceStatus.STALE, f"nothing since {newest.day} {newest:%B %Y}, usually {_every(rhythm)}"
    return (SourceStatus.UNCHANGED if not_modified else SourceStatus.OK), None


def _every(days: float) -> str:
    for limit, word in (
        (_DAILY, "daily"),
        (5, "several times a week"),
        (10, "weekly"),
        (20, "every two weeks"),
        (45, "monthly"),
    ):
        if days <= limit:
            return word
    return "rarely"


def record_of(answer: SourceAnswer, report: SourceReport, now: datetime) -> SourceRecord:
    """Say what to remember of a source after it was asked."""
    record = answer.record
    if answer.result is None:
        failures = record.failures + 1
        wait = backoff(
            failures, answer.error.retry_after if answer.error else None, gone=bool(answer.error and answer.error.gone)
        )
        noted = answer.error.state if answer.error else None
        return replace(
            record,
            state=record.state if noted is None else noted,
            failures=failures,
            failing_since=record.failing_since or now,
            next_try=now + wait,
            report=report,
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
        next_try=_rest(answer.result, now),
        report=report,
        full_read=now if answer.full else record.full_read,
        **_gap(answer.result, record, now),
    )


FULL_READ_EVERY: Final = timedelta(days=6, hours=12)
"""
A server may answer 'not modified' for ever, whatever is new there; so often a source is asked without a condition. Half a day less
than a week: where one collect a week is all there is, the next one may begin seconds earlier on the clock, or an hour in spring.
"""


def wants_full_read(record: SourceRecord, now: datetime) -> bool:
    """Tell whether a source is to be asked for everything, and not only for what has changed since the last answer."""
    # One that lies ahead was noted by a clock that has been put right since.
    return record.full_read is None or not timedelta() <= now - record.full_read < FULL_READ_EVERY


_USUAL_HOURS: Final = 12.0
_LEAST_HOURS: Final = 1.0
_CALM: Final = timedelta(days=14)


def _gap(result: FetchResult, record: SourceRecord, now: datetime) -> dict[str, Any]:
    """
    What to remember of a source that may have lost entries between two looks: it is asked twice as often from now on, and again as
    often as the others once that has not happened for two weeks.
    """
    if result.gap:
        every = max(_LEAST_HOURS, (record.look_every or _USUAL_HOURS) / 2)
        return {"gap": result.gap, "gap_at": now, "look_every": every}
    if record.gap_at and now - record.gap_at >= _CALM:
        return {"look_every": None}
    return {}


def wants_another_look(record: SourceRecord, now: datetime) -> bool:
    """Tell whether a source is to be asked before the next round of all: its rest after a failure is over, or it loses entries."""
    if record.failures:
        return record.next_try is not None and not rests(record, now)
    if record.look_every is None or record.last_success is None or rests(record, now):
        return False
    return now - record.last_success >= timedelta(hours=record.look_every)


def gap_since(report: SourceReport, record: SourceRecord | None, since: datetime) -> SourceReport:
    """The report of a source, with what it may have lost since an instant, even if it was well at the last look."""
    if record is None or record.gap is None or record.gap_at is None or record.gap_at < since or report.partial:
        return report
    missed = f"read in part: on {record.gap_at.day} {record.gap_at:%B} it {record.gap}"
    return replace(report, partial=report.state.answered, error="; ".join(filter(None, (report.error, missed))))


def _rest(result: FetchResult, now: datetime) -> datetime | None:
    return min(result.rests_until, now + LONGEST_REST) if result.rests_until else None


def rests(record: SourceRecord, now: datetime) -> bool:
    """
    Tell whether a source is to be left alone still.

    A rest longer than any we grant was noted by a clock that ran ahead and has been put right since; it is over.
    """
    return record.next_try is not None and now < record.next_try <= now + _GONE


_DAY: Final = 86_400.0
_GONE: Final = timedelta(days=7)


def backoff(failures: int, retry_after: float | None, *, gone: bool = False) -> timedelta:
    """
    Say how long to leave a source alone after `failures` failures in a row: five minutes, doubling, at most a day.

    What the source itself asked for (`retry_after`, seconds) is the least, up to a day. One that is gone rests for a week.

    Not stamina: the wait lasts from one collect to another, over restarts, and is stored; stamina repeats one call in one process.
    """
    if gone:
        return _GONE
    wait = timedelta(minutes=5 * 2 ** min(max(failures, 1) - 1, 12))
    # Bounded as a number first: a server may ask for more seconds than a timedelta holds.
    asked = timedelta(seconds=min(_DAY, retry_after or 0.0))
    return min(max(wait, asked), timedelta(seconds=_DAY))
