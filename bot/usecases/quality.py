"""
Quality of the choice: a channel's own past weeks ranked again from what was known before each, for its statistics.

A week is measured once, when its decisions are taken, and its figures are kept in a note; the ranking is done elsewhere (`bot.ports.Backtester`).
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from bot.backtest.records import monday
from bot.model import Channel, Window
from bot.ports import Backtester, Clock, UnitOfWorkFactory
from bot.usecases.measure import own_records
from bot.weeks import week_of

logger = logging.getLogger(__name__)

_SETTLED: Final = timedelta(weeks=3)
"""After so long from its Monday a week is measured: two weeks after its end most decisions are taken."""

_WEEKS: Final = 26
"""So many past weeks are measured, when there are that many, and kept."""

_AT_ONCE: Final = 4
"""Weeks that are measured in one go: their works, and those of the weeks before them, are in memory."""

_KNOWN: Final = timedelta(weeks=9)
"""How far back works are read of which the ranking of a week learns; see `bot.ranking.history`."""

UNTIL: Final = "choice quality"
"""Name of the note that holds the last Monday whose week was measured; with a channel's name behind it, that of its figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekQuality:
    """How well a week's works were ranked (nDCG at ten, from 0 to 1): as the choice does it, by votes alone, and the newest first."""

    week: str
    ours: float
    by_votes: float
    newest_first: float


async def quality_of(channel: Channel, unit_of_work: UnitOfWorkFactory) -> tuple[WeekQuality, ...]:
    """Give what was measured of a channel's weeks, oldest first."""
    async with unit_of_work() as uow:
        note = await uow.notes.get(_name(channel.name))
    return tuple(WeekQuality(**one) for one in json.loads(note or "[]"))


async def measure_quality(
    channels: Sequence[Channel],
    unit_of_work: UnitOfWorkFactory,
    backtester: Backtester,
    clock: Clock,
    *,
    reading: UnitOfWorkFactory | None = None,
) -> bool:
    """
    Measure the next weeks that are not measured yet, a few at once; False if there are none. Raises `RankingError`.

    What was measured is committed with how far that goes, so that it may be stopped at any point. With `reading`, no writer waits while each channel's
    past is read: of thousands that takes a minute.
    """
    reading = reading or unit_of_work
    weeks = await _due(reading, clock().astimezone(UTC).date())
    if not weeks:
        return False
    span = Window(start=_midnight(weeks[0] - _KNOWN), end=_midnight(weeks[-1] + timedelta(weeks=1)))
    records = await own_records(channels, reading, span=span)
    found: defaultdict[str, list[WeekQuality]] = defaultdict(list)
    seen = {work.key: work.week for work in records.works}
    chosen = {seen[one.key] for one in records.choices if one.chosen and one.key in seen}
    wanted = [week for week in weeks if week in chosen]
    measured = await backtester.measure(records, wanted) if wanted else {}
    for (channel, week), scores in sorted(measured.items()):
        found[channel].append(
            WeekQuality(
                week=week_of(week),
                ours=scores["paperround"],
                by_votes=scores["votes"],
                newest_first=scores["recency"],
            )
        )
    async with unit_of_work() as uow:
        for name, new in found.items():
            known = [WeekQuality(**one) for one in json.loads(await uow.notes.get(_name(name)) or "[]")]
            kept = {one.week: one for one in (*known, *new)}
            text = json.dumps([asdict(kept[week]) for week in sorted(kept)[-_WEEKS:]])
            await uow.notes.put(_name(name), text)
        await uow.notes.put(UNTIL, weeks[-1].isoformat())
        await uow.commit()
    logger.info("Measured the choice of %s weeks", len(weeks), extra={"action": "choice_measured"})
    return True


async def _due(unit_of_work: UnitOfWorkFactory, today: date) -> list[date]:
    """The Mondays of the next weeks to be measured, oldest first."""
    last = monday(today - _SETTLED)
    async with unit_of_work() as uow:
        until = await uow.notes.get(UNTIL)
        sent = await uow.digests.last_end()
    if sent is None:
        return []
    first = last - timedelta(weeks=_WEEKS - 1)
    if until:
        first = max(first, date.fromisoformat(until) + timedelta(weeks=1))
    return [week for n in range(_AT_ONCE) if (week := first + timedelta(weeks=n)) <= last]


def _name(channel: str) -> str:
    return f"{UNTIL} {channel}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
