"""Receipts: which sources a digest read, and which not and why, as badges, as one line and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.card import NOTE_LIMIT, byline, short, source_name
from bot.model import SourceReport, SourceStatus, Window
from bot.text import counted

_WEEK: Final = 7


def receipt_badges(reports: Sequence[SourceReport], compiled_at: datetime, zone: str) -> list[str]:
    """
    Say how many of the sources that were asked were read, and name those that failed; the foot has the details.

    Where the last of them answered on another day of the channel's `zone` than that of `compiled_at`, the day is said: what came since is not
    in the digest.
    """
    asked = [report for report in reports if report.state.asked]
    failing = [source_name(report) for report in asked if report.state is SourceStatus.FAILING]
    if not asked:
        return []
    said = [
        f"{len(asked) - len(failing)} of {counted(len(asked), 'source', 'sources')} read{_day_of(asked, compiled_at, zone)}"
    ]
    return [*said, f"failing: {byline(failing)}"] if failing else said


def _day_of(asked: Sequence[SourceReport], compiled_at: datetime, zone: str) -> str:
    """
    Say on which day sources last answered, unless that is the day on which the digest was made; an answer of later is of a clock ahead of ours.

    >>> at = datetime.fromisoformat
    >>> for day in ("2026-08-17", "2026-08-14", "2026-08-07"):
    ...     asked = [SourceReport(id="arxiv", kind="arxiv", state=SourceStatus.OK, answered_at=at(f"{day}T06:00:00+00:00"))]
    ...     print(repr(_day_of(asked, at("2026-08-17T07:00:00+00:00"), "UTC")))
    ''
    ' on Friday'
    ' on 7 August'
    """
    answered = [one.answered_at for one in asked if one.state.answered and one.answered_at]
    if not answered:
        return ""
    here = ZoneInfo(zone)
    day, made = min(max(answered), compiled_at).astimezone(here).date(), compiled_at.astimezone(here).date()
    if day == made:
        return ""
    return f" on {day:%A}" if (made - day).days < _WEEK else f" on {day.day} {day:%B}"


def receipt_line(
    reports: Sequence[SourceReport], chosen: tuple[int, int] | None = None, window: Window | None = None
) -> str:
    """
    Say in one line what was read: how many sources were reached, and by name those that were not, or only in part.

    With `chosen`, also how many items were chosen of how many; with `window`, whether it includes days that a digest before it missed.
    """
    asked = [r for r in reports if r.state.asked]
    reached = [r for r in asked if r.state.answered]
    read = sum(r.fetched for r in asked)
    parts = [
        f"Read: {len(reached)} of {counted(len(asked), 'source', 'sources')}, {counted(read, 'entry', 'entries')}."
    ]
    if chosen:
        parts.append(f"Chosen: {chosen[0]:,} of {counted(chosen[1], 'item', 'items')}.")
    if window:
        days = round((window.end - window.start) / timedelta(days=1))
        missed = f"{days - _WEEK} missed ones included" if days > _WEEK else "no missed ones"
        parts.append(f"Covered: {counted(days, 'day', 'days')}, {missed}.")
    partly = [source_name(r) for r in reached if r.partial]
    if partly:
        parts.append(f"Read in part: {', '.join(partly)}.")
    for state, word in (
        (SourceStatus.FAILING, "Failing"),
        (SourceStatus.STALE, "Stale"),
        (SourceStatus.QUIET, "Quiet as usual"),
        (SourceStatus.NEW, "Not asked yet"),
    ):
        named = [source_name(r) for r in reports if r.state is state]
        if named:
            parts.append(f"{word}: {', '.join(named)}.")
    return " ".join(parts)


def receipt_rows(reports: Sequence[SourceReport]) -> tuple[tuple[str, ...], ...]:
    """Give the receipt as a table, head first: source, state, entries read, new, newest, remark. A source that is off is no news."""
    head = ("Source", "State", "Read", "New", "Newest", "Remark")
    return (head, *(_receipt_row(report) for report in reports if report.state is not SourceStatus.OFF))


def _receipt_row(report: SourceReport) -> tuple[str, ...]:
    newest = f"{report.newest:%Y-%m-%d}" if report.newest else ""
    return (
        source_name(report),
        report.state.value,
        str(report.fetched),
        str(report.new),
        newest,
        short(_remark(report), NOTE_LIMIT),
    )


def _remark(report: SourceReport) -> str:
    since = report.failing_since
    said = (report.error, f"failing since {since.day} {since:%B %Y}" if since else None)
    return ", ".join(filter(None, said))
