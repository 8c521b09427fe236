"""Helpers of the commands: running on the services, printing JSON documents, progress bars."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.model import SourceReport, SourceSpec, SourceStatus
from scheduler.cli.tables import Column, Row, show

if TYPE_CHECKING:
    from bot.usecases.sources import SourceState
    from scheduler.services import Services
    from scheduler.settings.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]
Whole = Annotated[bool, typer.Option("--all", help="Name each channel, also where there are more than twenty.")]
ChannelName = Annotated[str | None, typer.Option("--channel", help="The channel's name; the first one if not given.")]
ChannelToChange = Annotated[
    str | None, typer.Option("--channel", help="The channel's name; may be left out where there is but one.")
]
Week = Annotated[
    str | None, typer.Option("--week", help="An ISO week, like 2026-W34; the week that is due if not given.")
]

Host = Annotated[str | None, typer.Option("--host", help="Where to serve the local channel; 127.0.0.1 if not given.")]


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Give a parser of an option; what is no number in the range is refused in words (Typer's own speak of its models)."""

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            raise typer.BadParameter(f"{text!r} is no whole number from {least} to {most:,}.")
        return found

    return number


def a_day(text: str) -> date:
    """Read a day of an option; what is none is refused in words."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no day. Write it like 2026-08-01.") from None


Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="NUMBER",
        parser=whole_number(0, 65_535),
        help="Its port; 8321 if not given, 0 for any free one.",
    ),
]

PortOrVariable = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="NUMBER",
        envvar="PORT",
        parser=whole_number(0, 65_535),
        help="The local channel's port, where it is started; 8321 if not given, 0 for any free one.",
    ),
]

T = TypeVar("T")

STATE_STYLE = {
    SourceStatus.OK: "green",
    SourceStatus.UNCHANGED: "green",
    SourceStatus.QUIET: "cyan",
    SourceStatus.STALE: "yellow",
    SourceStatus.FAILING: "red",
    SourceStatus.OFF: "dim",
    SourceStatus.NEW: "dim",
}


def prepared(secrets: Collection[str] = ()) -> Settings:
    """Load the settings, and configure logging with the secrets it must hide: theirs, and those that the command was given."""
    from scheduler.bootstrap import configuration  # noqa: PLC0415 - pydantic is not for `--help`
    from scheduler.logs import configure  # noqa: PLC0415

    settings = configuration()
    configure(settings.log_level, settings.all_secrets().union(secrets))
    return settings


def run(command: Callable[[Services], Awaitable[T]], *, port: int | None = None, registering: bool = True) -> T:
    """
    Load the settings, open the services, and run one command on them. A `port` that is given counts in place of `[web] port`, so that links
    to the page lead where it is served. `registering` is that of `open_services`: a command that only looks registers nothing.
    """
    import asyncio  # noqa: PLC0415 - it takes a sixth of the time of `--help`

    from scheduler.bootstrap import open_services  # noqa: PLC0415 - as above

    settings = prepared()
    if port is not None:
        settings = settings.model_copy(update={"web": settings.web.model_copy(update={"port": port})})

    async def in_services() -> T:
        async with open_services(settings, registering=registering) as services:
            return await command(services)

    return asyncio.run(in_services())


def print_json(document: object) -> None:
    """Print one document on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


async def records_of(
    services: Services, specs: Sequence[SourceSpec], reports: Sequence[SourceReport]
) -> list[SourceState]:
    """Pair a collect's reports with their source's records: since when it fails, when it is asked again."""
    from bot.usecases.sources import states  # noqa: PLC0415 - not for `--help`

    found = await states(specs, services.unit_of_work)
    return [replace(state, report=report) for state, report in zip(found, reports, strict=True)]


def report_document(report: SourceReport) -> dict[str, Any]:
    """
    A source's report as the commands print it. Instants are ISO 8601, UTC; `seconds` is wall time.

    `failing_since` is null where it does not fail; `partial` says that it answered, but not with everything of the window.
    """
    return {
        "id": report.id,
        "kind": report.kind,
        "state": report.state.value,
        "fetched": report.fetched,
        "new": report.new,
        "newest": _iso(report.newest),
        "seconds": report.seconds,
        "error": report.error,
        "partial": report.partial,
        "failing_since": _iso(report.failing_since),
    }


def report_document_with_next_try(state: SourceState) -> dict[str, Any]:
    """The same, with the instant at which a failing source is asked again by itself; null where it does not fail."""
    record = state.record if state.report.state is SourceStatus.FAILING else None
    return {
        **report_document(state.report),
        "next_try": _iso(record.next_try if record else None),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


_REPORT = (
    Column("source"),
    Column("state"),
    Column("read", right=True),
    Column("new", right=True),
    Column("newest"),
    Column("s", right=True, below="{} s"),
)


def show_reports(states: Sequence[SourceState], now: datetime) -> None:
    """Print the reports as a table for people."""
    from bot.usecases.sources import remark  # noqa: PLC0415 - not for `--help`

    show(_REPORT, [Row(_report_cells(one.report), STATE_STYLE[one.report.state], remark(one, now)) for one in states])


def _report_cells(report: SourceReport) -> list[str]:
    newest = f"{report.newest:%Y-%m-%d}" if report.newest else ""
    return [report.id, report.state.value, str(report.fetched), str(report.new), newest, f"{report.seconds:.1f}"]


MOST_BARS = 30


@contextlib.contextmanager
def source_progress(specs: Sequence[SourceSpec], *, silent: bool) -> Iterator[Callable[[SourceReport], None] | None]:
    """Show progress bars of the sources on a terminal; nothing elsewhere, or when `silent`."""
    if silent or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    # A bar a source, as far as they fit; a long list gets one bar for all of them.
    each = len(specs) <= MOST_BARS
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        everything = bar.add_task("Collecting", total=len(specs))
        tasks = {spec.id: bar.add_task(f"  {escape(spec.name)}", total=1) for spec in specs} if each else {}

        def tell(report: SourceReport) -> None:
            bar.update(everything, advance=1)
            if report.id in tasks:
                style = STATE_STYLE[report.state]
                words = f"  {escape(report.name or report.id)} [{style}]{report.state.value}[/{style}]"
                bar.update(tasks[report.id], completed=1, description=words)

        yield tell
