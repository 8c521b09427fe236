"""Compile: what was collected becomes a channel's digest for a week. Reads only; `deliver` freezes what it gives."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import Row, fold
from bot.digest import choose
from bot.due import WEEK, channel_due_week, channel_window
from bot.keys import is_week, monday_of, week_key, week_of
from bot.model import (
    Channel,
    Digest,
    Entry,
    Item,
    Section,
    SourceRecord,
    SourceReport,
    SourceSpec,
    SourceStatus,
    Window,
)
from bot.ports import Ranker, UnitOfWork, UnitOfWorkFactory
from bot.ranking import rank
from bot.usecases.relevance import Found, relevance
from bot.usecases.suggest import NAME, SOURCE

LATE: Final = timedelta(hours=2)
"""A digest that comes more than this after it fell due says so."""

GRACE: Final = timedelta(hours=48)
"""How long after a window's end a collect may still be the one that was made for its digest."""


MOST_DAYS: Final = timedelta(days=28)
"""How much a digest covers at most, when there was none for weeks."""


async def due_digest(
    channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime, *, by_hand: bool = False
) -> tuple[str, Window] | None:
    """
    Tell which week's digest is due in a channel and not frozen yet, and what it covers; None if there is none.

    On the very first start that is the current ISO week at once, covering the last seven days. Later it is the week
    whose due instant came last; of several missed ones the latest alone, and none if that is `channel.catch_up` late, unless
    somebody asks for it `by_hand`. It covers the time since the last digest that was sent, at most `MOST_DAYS`.
    """
    async with unit_of_work() as uow:
        started = await uow.channels.started(channel.name)
        if started is None:
            week, window = week_key(now, channel.zone), Window(start=now - timedelta(days=7), end=now)
        else:
            week = channel_due_week(channel, now)
            window = channel_window(channel, week)
            if window.end <= started or (now - window.end > channel.catch_up and not by_hand):
                return None
            window = await _since_last(channel.name, week, window, uow)
        return None if await uow.digests.get(channel.name, week) else (week, window)


async def _since_last(channel: str, week: str, window: Window, uow: UnitOfWork) -> Window:
    """Let a window begin where the last digest that was sent ended, if that is earlier."""
    skipped = {skip.week for skip in await uow.digests.skipped(channel)}
    sent = [one for one in await uow.digests.weeks(channel) if is_week(one) and one < week and one not in skipped]
    last = await uow.digests.get(channel, sent[-1]) if sent else None
    if last is None or last.window.end >= window.start:
        return window
    return replace(window, start=max(last.window.end, window.end - MOST_DAYS))


async def next_digest(channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime) -> datetime:
    """
    Give the instant, UTC, at which the channel's next digest falls due: `now` if one is due, else that of the next week that has none.

    A first digest in the middle of a week is that week's, so the week's own instant passes without another one.
    """
    if await due_digest(channel, unit_of_work, now):
        return now
    async with unit_of_work() as uow:
        taken = set(await uow.digests.weeks(channel.name))
    week, window = upcoming(channel, now)
    while week in taken:
        week, window = upcoming(channel, window.end)
    return window.end


def upcoming(channel: Channel, now: datetime) -> tuple[str, Window]:
    """Give the week whose digest comes next, and what it will cover."""
    week = week_of(monday_of(channel_due_week(channel, now)) + WEEK)
    return week, channel_window(channel, week)


async def compile_digest(
    channel: Channel,
    week: str,
    window: Window,
    unit_of_work: UnitOfWorkFactory,
    *,
    specs: Sequence[SourceSpec],
    now: datetime,
    sample: bool = False,
    ranker: Ranker | None = None,
) -> Digest:
    """
    Choose a channel's picks for a week from what has been collected, leaving out what an earlier digest already sent.

    Only the sources that the channel asks for count, all of them if it names none. Gives the same digest for the same
    store; what the window covers and nobody mentioned inside it is no candidate. Without a `ranker`, topics are phrases and decisions teach
    nothing.
    """
    until = max(window.end, min(now, window.end + GRACE) + timedelta.resolution)
    async with unit_of_work() as uow:
        rows = await uow.entries.between(replace(window, end=until))
        sent = await uow.digests.sent_keys(channel.name, before=week)
        records = await uow.sources.all()
        weeks = await uow.digests.weeks(channel.name)
        skipped = await uow.digests.skipped(channel.name)
        started = await uow.channels.started(channel.name)
    # Folding and choosing takes a quarter of a second: in a thread, so that whoever reacts meanwhile is heard.
    candidates, reports = await asyncio.to_thread(
        _candidates, channel, window, rows, sent=sent, records=records, specs=specs
    )
    found = Found()
    if ranker:
        found = await relevance(channel, [item.key for item in candidates], unit_of_work, ranker, until=until, now=now)
    digest = await asyncio.to_thread(
        _chosen, channel, week, window, candidates, found, reports=reports, specs=specs, now=now, sample=sample
    )
    if sample:
        return digest
    told = [one for one in weeks if is_week(one) and one < week and one not in {skip.week for skip in skipped}]
    since = [skip for skip in skipped if (not told or told[-1] < skip.week) and skip.week < week]
    return replace(digest, skipped=tuple(since), late=started is not None and now - window.end > LATE)


def _candidates(
    channel: Channel,
    window: Window,
    rows: Sequence[Row],
    *,
    sent: Collection[str],
    records: dict[str, SourceRecord],
    specs: Sequence[SourceSpec],
) -> tuple[list[Item], list[SourceReport]]:
    """Fold what was said in the window into items; with them, what each source brought of it. Touches nothing."""
    wanted = _wanted(channel, specs)
    told = within((row for row in rows if _counts(row[1].entry, channel, wanted)), window)
    # The receipt counts what the week brought, not what the last of several answers happened to hold.
    spoken = {
        (stored.entry.source_id, stored.entry.external_id) for _, stored, mention in told if mention.at >= window.start
    }
    read = Counter(source_id for source_id, _ in spoken)
    reports = [
        replace(report, fetched=read[report.id])
        for report in source_reports([spec for spec in specs if spec.id in wanted], records)
    ]
    return [item for item in fold(told) if item.key not in sent], reports


def _chosen(
    channel: Channel,
    week: str,
    window: Window,
    candidates: Sequence[Item],
    found: Found,
    *,
    reports: Sequence[SourceReport],
    specs: Sequence[SourceSpec],
    now: datetime,
    sample: bool,
) -> Digest:
    """Rank and choose; touches nothing."""
    ranked = rank(
        candidates,
        channel,
        window,
        names={SOURCE: NAME, **{spec.id: spec.name for spec in specs}},
        rare={spec.id for spec in specs if spec.quiet},
        archives={spec.id for spec in specs if spec.section is Section.PAPERS},
        relevance=found.relevance,
        liked=found.liked,
    )
    return choose(ranked, channel, week=week, window=window, sources=reports, now=now, sample=sample)


def within(rows: Iterable[Row], window: Window) -> list[Row]:
    """
    Keep what was said of the items that were spoken of inside the window.

    A date at or after its end is next week's. What has no date that counts was seen by the collect that was made for this
    digest, a moment after the window's end: it belongs to this one.
    """
    timely = [row for row in rows if row[2].at < window.end or row[1].at == row[1].first_seen]
    spoken_of = {key for key, _, mention in timely if mention.at >= window.start}
    return [row for row in timely if row[0] in spoken_of]


def _counts(entry: Entry, channel: Channel, wanted: Collection[str]) -> bool:
    """Tell whether an entry counts in a channel: one of a source it reads, or what its own members proposed."""
    return f"for {channel.name}" in entry.tags if entry.source_id == SOURCE else entry.source_id in wanted


def _wanted(channel: Channel, specs: Sequence[SourceSpec]) -> Collection[str]:
    return set(channel.sources) or {spec.id for spec in specs}


def source_reports(specs: Sequence[SourceSpec], records: dict[str, SourceRecord]) -> list[SourceReport]:
    """Give each source's last report; for one that was never asked, one that says so."""
    return [_last_report(spec, records.get(spec.id)) for spec in specs]


def _last_report(spec: SourceSpec, record: SourceRecord | None) -> SourceReport:
    if not spec.enabled:
        return SourceReport(id=spec.id, kind=spec.kind, name=spec.name, state=SourceStatus.OFF, error=spec.off_because)
    if record and record.report:
        since = record.failing_since if record.report.state is SourceStatus.FAILING else None
        return replace(record.report, failing_since=since)
    return SourceReport(id=spec.id, kind=spec.kind, name=spec.name, state=SourceStatus.NEW, error="not asked yet")
